"""Picking many invoices over HTTP: ``/api/sales/picking/bulk-start/`` and ``bulk-complete/``."""

from typing import Annotated, Any, ClassVar, Literal

from django.http import HttpResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request

from erp.idempotency import Answer
from erp.performing import Terms
from erp.rights import Right
from fulfilment.api.bodies import MOST_AT_ONCE, Email, Notes, Number
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import NotStarted, writes
from fulfilment.bulk_picking import FeatureOff, NonePicked, Picked, complete_pickings, start_pickings
from invoices.api.operations import Warned


class BulkBody(Struct, kw_only=True, frozen=True):
    invoice_numbers: Annotated[list[Number], Meta(min_length=1, max_length=MOST_AT_ONCE)]
    user_email: Email | None = ""
    notes: Notes | None = ""


class PickedInvoice(Struct, kw_only=True):
    """`session_id` is null when a dry run kept nothing."""

    invoice_no: str
    session_id: int | None


class BulkAnswer(Struct, kw_only=True):
    success: Literal[True]
    message: str
    failed: list[NotStarted]
    total_failed: int
    warnings: list[Warned] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class BulkStartAnswer(BulkAnswer, kw_only=True):
    started: list[PickedInvoice]
    total_started: int


class BulkCompleteAnswer(BulkAnswer, kw_only=True):
    completed: list[PickedInvoice]
    total_completed: int


class _BulkView(WarehouseView):
    rights: ClassVar = {"POST": Right.PICK}
    bodies: ClassVar = {"POST": BulkBody}
    done: ClassVar[str]
    status: ClassVar[int]

    def _terms(self) -> Terms[Picked]:
        def show(picked: Picked) -> Answer:
            body: dict[str, Any] = {
                "success": True,
                "message": self.message,
                self.done: [PickedInvoice(invoice_no=number, session_id=one) for number, one in picked.sessions.items()],
                "failed": [one.shown() for one in picked.refused],
                f"total_{self.done}": len(picked.sessions),
                "total_failed": len(picked.refused),
            }
            return self.told(body, status=self.status)

        return Terms(show, repeat=self.key(), dry_run=self.is_dry_run())


class BulkStartView(_BulkView):
    """POST: begin to pick many invoices."""

    message, done, status = "Picking started", "started", 201
    operations: ClassVar = {
        "POST": writes(
            "start_pickings",
            "Begin to pick many invoices, each by itself.",
            "Those that have begun, and why the others have not.",
            BulkStartAnswer,
            (FeatureOff, NonePicked),
            status=201,
        )
    }

    def post(self, request: Request) -> HttpResponse:
        body = self.body(BulkBody)
        answer = start_pickings(
            self._terms(),
            invoice_nos=body.invoice_numbers,
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class BulkCompleteView(_BulkView):
    """POST: many invoices are picked."""

    message, done, status = "Picking completed", "completed", 200
    operations: ClassVar = {
        "POST": writes(
            "complete_pickings",
            "Say that many invoices are picked, each by itself.",
            "Those that are picked, and why the others are not.",
            BulkCompleteAnswer,
            (FeatureOff, NonePicked),
        )
    }

    def post(self, request: Request) -> HttpResponse:
        body = self.body(BulkBody)
        answer = complete_pickings(
            self._terms(),
            invoice_nos=body.invoice_numbers,
            user_email=body.user_email or "",
            notes=body.notes or "",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)
