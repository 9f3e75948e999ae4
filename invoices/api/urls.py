"""Invoices as the books see them, under ``/api/invoices/``."""

from django.urls import path

from invoices.api.books import (
    BillDetailView,
    BillListView,
    CancelBillView,
    GenerateFromSalesOrderView,
    OutstandingListView,
    PostVouchersView,
    PostVoucherView,
    ReverseBillView,
)

urlpatterns = [
    path("", BillListView.as_view(), name="invoice-list"),
    path("outstanding/", OutstandingListView.as_view(), name="invoice-outstanding"),
    path("from_sales_order/<str:order_id>/", GenerateFromSalesOrderView.as_view(), name="invoice-from-sales-order"),
    path("post_vouchers/", PostVouchersView.as_view(), name="invoice-post-vouchers"),
    path("<str:invoice_id>/", BillDetailView.as_view(), name="invoice-detail"),
    path("<str:invoice_id>/post_voucher/", PostVoucherView.as_view(), name="invoice-post-voucher"),
    path("<str:invoice_id>/cancel/", CancelBillView.as_view(), name="invoice-cancel"),
    path("<str:invoice_id>/reverse/", ReverseBillView.as_view(), name="invoice-reverse"),
]
