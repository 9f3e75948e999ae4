"""What ``/api/inventory/`` shows of invoices."""

from django.urls import path

from invoices.api.batch_traces import BatchTraceView

urlpatterns = [
    path("batches/<str:batch_id>/trace/", BatchTraceView.as_view(), name="batch-trace"),
]
