"""Invoices under ``/api/sales/``."""

from django.urls import path

from invoices.api.billing_lists import BillingListView, InvoiceReportExportView, InvoiceReportView
from invoices.api.bulk import ImportInvoicesView
from invoices.api.sales_reports import ItemsBilledView, MissingInvoicesView, UserSummaryView
from invoices.api.views import ImportInvoiceView, InvoiceListView

urlpatterns = [
    path("import/invoice/", ImportInvoiceView.as_view(), name="import-invoice"),
    path("import/invoices/", ImportInvoicesView.as_view(), name="import-invoices"),
    path("invoices/", InvoiceListView.as_view(), name="sales-invoice-list"),
    path("billing/invoices/", BillingListView.as_view(), name="billing-invoice-list"),
    path("billing/user-summary/", UserSummaryView.as_view(), name="billing-user-summary"),
    path("invoice-report/", InvoiceReportView.as_view(), name="invoice-report"),
    path("invoice-report/export/", InvoiceReportExportView.as_view(), name="invoice-report-export"),
    path("items-billed-today/", ItemsBilledView.as_view(), name="items-billed"),
    path("missing-invoices/", MissingInvoicesView.as_view(), name="missing-invoices"),
]
