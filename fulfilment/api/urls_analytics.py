"""The dashboard's figures under ``/api/analytics/``; their stream is mounted in `erp.urls.STREAMS`."""

from django.urls import path

from fulfilment.api.dashboard import BreakdownView, StatsView

urlpatterns = [
    path("dashboard-stats/", StatsView.as_view(), name="dashboard-stats"),
    path("status-breakdown/", BreakdownView.as_view(), name="status-breakdown"),
]
