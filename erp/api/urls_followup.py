"""Under ``/api/followup/``."""

from django.urls import path

from erp.api.followup import AlertsView

urlpatterns = [path("alerts/", AlertsView.as_view(), name="followup-alerts")]
