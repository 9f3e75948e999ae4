"""Invoices under ``/api/sales/``."""

from django.urls import path

from invoices.api.bulk import ImportInvoicesView
from invoices.api.views import ImportInvoiceView, InvoiceListView

urlpatterns = [
    path("import/invoice/", ImportInvoiceView.as_view(), name="import-invoice"),
    path("import/invoices/", ImportInvoicesView.as_view(), name="import-invoices"),
    path("invoices/", InvoiceListView.as_view(), name="sales-invoice-list"),
]
