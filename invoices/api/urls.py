"""Invoices as the books see them, under ``/api/invoices/``."""

from django.urls import path

from invoices.api.books import (
    BillDetailView,
    BillListView,
    CancelBillView,
    OutstandingListView,
    PostVouchersView,
    PostVoucherView,
    ReverseBillView,
)
from invoices.api.credit_notes import (
    ApplyCreditView,
    CancelCreditNoteView,
    CreditInvoiceView,
    CreditNoteDetailView,
    CreditNoteListView,
    PostCreditNoteView,
)
from invoices.api.generating import BillPurchaseOrderView, GenerateFromSalesOrderView
from invoices.api.reports import AgeingView, TaxSummaryView

urlpatterns = [
    path("", BillListView.as_view(), name="invoice-list"),
    path("outstanding/", OutstandingListView.as_view(), name="invoice-outstanding"),
    path("ageing/", AgeingView.as_view(), name="invoice-ageing"),
    path("gst_summary/", TaxSummaryView.as_view(), name="invoice-gst-summary"),
    path("from_sales_order/<str:order_id>/", GenerateFromSalesOrderView.as_view(), name="invoice-from-sales-order"),
    path("from_purchase_order/<str:order_id>/", BillPurchaseOrderView.as_view(), name="invoice-from-purchase-order"),
    path("post_vouchers/", PostVouchersView.as_view(), name="invoice-post-vouchers"),
    path("credit_notes/", CreditNoteListView.as_view(), name="credit-note-list"),
    path("credit_notes/<str:note_id>/", CreditNoteDetailView.as_view(), name="credit-note-detail"),
    path("credit_notes/<str:note_id>/post_voucher/", PostCreditNoteView.as_view(), name="credit-note-post-voucher"),
    path("credit_notes/<str:note_id>/cancel/", CancelCreditNoteView.as_view(), name="credit-note-cancel"),
    path("credit_notes/<str:note_id>/apply/", ApplyCreditView.as_view(), name="credit-note-apply"),
    path("<str:invoice_id>/credit_note/", CreditInvoiceView.as_view(), name="invoice-credit-note"),
    path("<str:invoice_id>/", BillDetailView.as_view(), name="invoice-detail"),
    path("<str:invoice_id>/post_voucher/", PostVoucherView.as_view(), name="invoice-post-voucher"),
    path("<str:invoice_id>/cancel/", CancelBillView.as_view(), name="invoice-cancel"),
    path("<str:invoice_id>/reverse/", ReverseBillView.as_view(), name="invoice-reverse"),
]
