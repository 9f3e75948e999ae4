"""The dashboard's figures over HTTP: ``/api/analytics/``."""

from typing import ClassVar, Literal

from django.http import HttpResponse
from msgspec import Struct
from rest_framework.request import Request

from erp.api.contracts import Operation, Reply
from erp.api.views import ErpView, json_response
from erp.rights import Right
from fulfilment.dashboard_queries import read_breakdown, read_stats


class StatsPayload(Struct, kw_only=True):
    """Of today. *Hold* are invoices made earlier that were not picked before today."""

    totalInvoices: int
    completedPicking: int
    completedPacking: int
    completedDelivery: int
    holdInvoices: int
    completedHoldInvoices: int
    pendingInvoices: int


class StatsAnswer(Struct, kw_only=True):
    success: Literal[True]
    date: str
    stats: StatsPayload


class SectionPayload(Struct, kw_only=True):
    """Finished today, in hand, waiting for the section."""

    completed: int
    preparing: int
    pending: int


class BreakdownPayload(Struct, kw_only=True):
    picking: SectionPayload
    packing: SectionPayload
    delivery: SectionPayload


class BreakdownAnswer(Struct, kw_only=True):
    success: Literal[True]
    date: str
    breakdown: BreakdownPayload


class StatsView(ErpView):
    """GET today's figures."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {
        "GET": Operation(
            name="dashboard_stats",
            summary="Today's figures: invoices made, work finished by people, what was held over from earlier days.",
            replies={200: Reply("The figures.", StatsAnswer)},
        )
    }

    def get(self, request: Request) -> HttpResponse:
        found = read_stats(self.actor.company_id, now=self.now)
        return json_response({"success": True, "date": found.day.isoformat(), "stats": found.shown()})


class BreakdownView(ErpView):
    """GET where the work stands, by section."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {
        "GET": Operation(
            name="status_breakdown",
            summary="Where the work stands, by section: finished today, in hand, waiting.",
            replies={200: Reply("The sections.", BreakdownAnswer)},
        )
    }

    def get(self, request: Request) -> HttpResponse:
        day, sections = read_breakdown(self.actor.company_id, now=self.now)
        shown = {name: section.shown() for name, section in sections.items()}
        return json_response({"success": True, "date": day.isoformat(), "breakdown": shown})
