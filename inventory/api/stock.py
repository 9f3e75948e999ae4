"""Stock over HTTP: what lies where, and opening stock."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.access import require
from erp.api.filtering import refuse_unknown
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
from erp.bodies import given
from erp.identifiers import as_uuid
from erp.money import AMOUNT_LIMIT, line_amount
from erp.parsing import DocumentDate
from erp.problems import FieldErrors, ValidationFailed
from erp.rights import Right
from inventory.adjusting import OpeningLine, open_stock
from inventory.api.bodies import AdjustmentBody, AdjustmentLineBody
from inventory.api.operations import ADJUST_STOCK, SHOW_STOCK
from inventory.kinds import StockDocumentKind
from inventory.payloads import StockDocumentPayload, stock_row_payload
from inventory.queries import read_stock_document, stock_rows


class StockView(ResourceView):
    """GET what lies where: now, or at the end of a day by the dates of the books."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": SHOW_STOCK}

    def get(self, request: Request) -> HttpResponse:
        params = request._request.GET
        refuse_unknown(params, frozenset({"as_of", "item", "warehouse", "below_reorder", "_"}))
        faults: FieldErrors = {}
        item, warehouse = (self._reference(name, faults) for name in ("item", "warehouse"))
        as_of = self._day("as_of", faults)
        if faults:
            raise ValidationFailed(errors=faults)
        below = self.flag("below_reorder")
        with scoped_read(self.actor):
            rows = stock_rows(
                self.actor.company_id,
                today=self.today,
                as_of=as_of,
                items=[item] if item else None,
                warehouse_id=warehouse,
            )
        answer: dict[str, Any] = {name: params.get(name) for name in ("as_of", "item", "warehouse")}
        answer["below_reorder"] = below
        answer["currency_code"] = self.actor.company.base_currency.code
        answer["rows"] = [stock_row_payload(row) for row in rows if not below or row.on_hand < row.reorder_level]
        return json_response(answer)

    def _reference(self, name: str, faults: FieldErrors) -> Any:
        text = self.request._request.GET.get(name, "")
        found = as_uuid(text)
        if text and found is None:
            faults[name] = ["Must be a valid UUID."]
        return found

    def _day(self, name: str, faults: FieldErrors) -> Any:
        text = self.request._request.GET.get(name, "")
        try:
            return DocumentDate.read(text).plain() if text else None
        except ValueError as problem:
            faults[name] = [str(problem)]
            return None


class AdjustmentListView(ResourceView):
    """POST stock that neither was bought nor is sold. OPENING is the accountants'."""

    rights: ClassVar = {"POST": Right.ADJUST_STOCK}
    bodies: ClassVar = {"POST": AdjustmentBody}
    operations: ClassVar = {"POST": ADJUST_STOCK}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(AdjustmentBody)
        if body.kind is not StockDocumentKind.OPENING:
            raise ValidationFailed(errors={"kind": ["Only OPENING can be posted so far."]})
        require(self.actor, Right.KEEP_BOOKS, ())
        answer = open_stock.answer(
            self.terms(self._shown, status=201),
            document_date=body.date.plain(),
            lines=_opening_lines(body.lines),
            warehouse_id=body.warehouse_id,
            reason=body.reason or "Opening stock",
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)

    def _shown(self, document: Any) -> StockDocumentPayload:
        return read_stock_document(self.actor.company_id, document.id, with_cost=self.may(Right.SEE_COST))


def _opening_lines(bodies: list[AdjustmentLineBody]) -> list[OpeningLine]:
    """Each line is worth quantity × unit cost, rounded once. Raises ValidationFailed for a cost missing or too large."""
    faults: list[FieldErrors] = []
    lines = []
    for body in bodies:
        members = given(body)
        unit_cost = members.pop("unit_cost", None)
        value = line_amount(body.quantity, unit_cost) if unit_cost is not None else None
        if value is None or value >= AMOUNT_LIMIT:
            faults.append({"unit_cost": ["This field is required."] if value is None else ["quantity × cost is too large."]})
            continue
        faults.append({})
        lines.append(OpeningLine(**members, value=value))
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    return lines
