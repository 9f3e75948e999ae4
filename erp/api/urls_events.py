"""Events under ``/api/sales/``; the live stream itself is mounted in `erp.asgi`."""

from django.urls import path

from erp.api.events import EventListView
from erp.api.tickets import TicketView

urlpatterns = [
    path("events/", EventListView.as_view(), name="event-list"),
    path("sse/ticket/", TicketView.as_view(), name="stream-ticket"),
]
