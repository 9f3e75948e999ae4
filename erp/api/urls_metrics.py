"""Metrics at ``/metrics``."""

from django.urls import path

from erp.api.health import MetricsView

urlpatterns = [path("", MetricsView.as_view(), name="metrics")]
