"""Suppliers, purchase orders and goods receipts under ``/api/purchasing/``."""

from django.urls import path

from purchasing.api.orders import (
    AddPurchaseItemView,
    CancelPurchaseView,
    ClosePurchaseView,
    ConfirmPurchaseView,
    PurchaseDetailView,
    PurchaseLineView,
    PurchaseListView,
)
from purchasing.api.receipts import ReceiptDetailView, ReceiptListView, ReceiptReverseView
from purchasing.api.suppliers import SupplierDetailView, SupplierListView

urlpatterns = [
    path("suppliers/", SupplierListView.as_view(), name="supplier-list"),
    path("suppliers/<str:supplier_id>/", SupplierDetailView.as_view(), name="supplier-detail"),
    path("orders/", PurchaseListView.as_view(), name="purchase-list"),
    path("orders/<str:order_id>/", PurchaseDetailView.as_view(), name="purchase-detail"),
    path("orders/<str:order_id>/add_item/", AddPurchaseItemView.as_view(), name="purchase-add-item"),
    path("orders/<str:order_id>/items/<str:line_id>/", PurchaseLineView.as_view(), name="purchase-line"),
    path("orders/<str:order_id>/confirm/", ConfirmPurchaseView.as_view(), name="purchase-confirm"),
    path("orders/<str:order_id>/cancel/", CancelPurchaseView.as_view(), name="purchase-cancel"),
    path("orders/<str:order_id>/close/", ClosePurchaseView.as_view(), name="purchase-close"),
    path("receipts/", ReceiptListView.as_view(), name="receipt-list"),
    path("receipts/<str:receipt_id>/", ReceiptDetailView.as_view(), name="receipt-detail"),
    path("receipts/<str:receipt_id>/reverse/", ReceiptReverseView.as_view(), name="receipt-reverse"),
]
