"""Events, pulled, at ``/api/sales/events/``. The stream beside it is mounted in `erp.asgi`."""

from django.urls import path

from erp.api.events import EventListView

urlpatterns = [path("", EventListView.as_view(), name="event-list")]
