"""``GET /api/followup/alerts/``: follow-ups are not kept here, and every page of the published web client asks for them."""

from typing import ClassVar

from django.http import HttpResponse
from msgspec import Struct
from rest_framework.request import Request

from erp.api.contracts import Operation, Reply
from erp.api.views import ErpView, json_response
from erp.rights import Right


class NoAlerts(Struct, kw_only=True):
    count: int = 0
    next: None = None
    previous: None = None
    results: list[None] = []


class AlertsView(ErpView):
    """GET an empty page."""

    rights: ClassVar = {"GET": Right.MEMBER}
    operations: ClassVar = {
        "GET": Operation(
            name="followup_alerts",
            summary="No alerts: follow-ups are not kept here, but the published web client asks for them.",
            replies={200: Reply("An empty page.", NoAlerts)},
        )
    }

    def get(self, request: Request) -> HttpResponse:
        return json_response(NoAlerts())
