"""What the warehouse has in common, under ``/api/common/``."""

from django.urls import path

from fulfilment.api import trays

urlpatterns = [
    path("trays/", trays.TrayListView.as_view(), name="tray-list"),
    path("trays/<str:tray_id>/", trays.TrayDetailView.as_view(), name="tray-detail"),
]
