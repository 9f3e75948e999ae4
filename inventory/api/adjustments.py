"""Opening stock, write-offs and counts over HTTP: ``/api/inventory/adjustments/``."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.access import require
from erp.bodies import given
from erp.idempotency import Answer
from erp.money import AMOUNT_LIMIT, line_amount
from erp.problems import FieldErrors, ValidationFailed
from erp.rights import Right
from inventory.adjusting import OpeningLine, open_stock
from inventory.api.bodies import AdjustmentBody
from inventory.api.document_operations import ADJUST_STOCK, GET_ADJUSTMENT, LIST_ADJUSTMENTS, REVERSE_ADJUSTMENT
from inventory.api.documents import StockDocumentDetailView, StockDocumentReverseView, StockDocumentView
from inventory.api.filters import AdjustmentFilter
from inventory.counting import CountedLine, count_stock
from inventory.holdings import LeavingLine
from inventory.kinds import AdjustmentKind, WriteOffKind
from inventory.writing_off import write_off_stock

_REQUIRED = "This field is required."
_MEMBERS = frozenset({"quantity", "counted", "unit_cost", "expiry_date"})
_SAID = {
    AdjustmentKind.OPENING: frozenset({"quantity", "unit_cost", "expiry_date"}),
    AdjustmentKind.COUNT: frozenset({"counted", "unit_cost", "expiry_date"}),
    AdjustmentKind.DAMAGE: frozenset({"quantity"}),
    AdjustmentKind.EXPIRY: frozenset({"quantity"}),
}
"""What a line of each kind says beside its item and batch."""
_NEEDED = {
    AdjustmentKind.OPENING: frozenset({"quantity", "unit_cost"}),
    AdjustmentKind.COUNT: frozenset({"counted"}),
    AdjustmentKind.DAMAGE: frozenset({"quantity"}),
    AdjustmentKind.EXPIRY: frozenset({"quantity"}),
}


class AdjustmentListView(StockDocumentView):
    """GET the adjustments, newest first; POST one. OPENING is the accountants', all else the stock keepers'."""

    kinds = AdjustmentKind
    rights: ClassVar = {"GET": Right.READ, "POST": Right.ADJUST_STOCK}
    bodies: ClassVar = {"POST": AdjustmentBody}
    operations: ClassVar = {"GET": LIST_ADJUSTMENTS, "POST": ADJUST_STOCK}

    def get(self, request: Request) -> HttpResponse:
        return self.documents(AdjustmentFilter)

    def post(self, request: Request) -> HttpResponse:
        body = self.body(AdjustmentBody)
        opening = body.kind is AdjustmentKind.OPENING
        require(self.actor, Right.KEEP_BOOKS if opening else Right.KEEP_STOCK, ())
        return self.respond(self._adjust(body), location="/api/inventory/adjustments/")

    def _adjust(self, body: AdjustmentBody) -> Answer:
        lines = _members(body)
        said: dict[str, Any] = {"warehouse_id": body.warehouse_id} | ({"reason": body.reason} if body.reason else {})
        told = said | {"document_date": body.date.plain(), "actor": self.actor, "now": self.now}
        if body.kind is AdjustmentKind.OPENING:
            return open_stock.answer(self.terms(self.shown, status=201), lines=_opening_lines(lines), **told)
        terms = self.terms(self.shown_with_warnings, status=201)
        if body.kind is AdjustmentKind.COUNT:
            return count_stock.answer(terms, lines=[CountedLine(**line) for line in lines], **told)
        kind = WriteOffKind(body.kind)
        return write_off_stock.answer(terms, kind=kind, lines=[LeavingLine(**line) for line in lines], **told)


class AdjustmentDetailView(StockDocumentDetailView):
    """GET a whole adjustment."""

    kinds = AdjustmentKind
    operations: ClassVar = {"GET": GET_ADJUSTMENT}


class AdjustmentReverseView(StockDocumentReverseView):
    """POST: take an adjustment back."""

    kinds = AdjustmentKind
    operations: ClassVar = {"POST": REVERSE_ADJUSTMENT}


def _members(body: AdjustmentBody) -> list[dict[str, Any]]:
    """What the lines say. Raises ValidationFailed for what a line of this kind must say and does not, or must not."""
    lines = [given(line) for line in body.lines]
    faults = [
        {name: [_REQUIRED] for name in _NEEDED[body.kind] - line.keys()}
        | {name: [f"A line of kind {body.kind} does not say this."] for name in (_MEMBERS - _SAID[body.kind]) & line.keys()}
        for line in lines
    ]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    return lines


def _opening_lines(lines: Sequence[dict[str, Any]]) -> list[OpeningLine]:
    """Each line is worth quantity × unit cost, rounded once. Raises ValidationFailed for one that is worth too much."""
    values = [line_amount(line["quantity"], line.pop("unit_cost")) for line in lines]
    faults: list[FieldErrors] = [
        {"unit_cost": ["quantity × cost is too large."]} if value >= AMOUNT_LIMIT else {} for value in values
    ]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    return [OpeningLine(**line, value=value) for line, value in zip(lines, values, strict=True)]
