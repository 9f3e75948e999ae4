"""Suppliers and goods receipts under ``/api/purchasing/``."""

from django.urls import path

from purchasing.api.receipts import ReceiptDetailView, ReceiptListView, ReceiptReverseView
from purchasing.api.suppliers import SupplierDetailView, SupplierListView

urlpatterns = [
    path("suppliers/", SupplierListView.as_view(), name="supplier-list"),
    path("suppliers/<str:supplier_id>/", SupplierDetailView.as_view(), name="supplier-detail"),
    path("receipts/", ReceiptListView.as_view(), name="receipt-list"),
    path("receipts/<str:receipt_id>/", ReceiptDetailView.as_view(), name="receipt-detail"),
    path("receipts/<str:receipt_id>/reverse/", ReceiptReverseView.as_view(), name="receipt-reverse"),
]
