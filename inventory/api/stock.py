"""Stock over HTTP: what lies where, and what it is worth."""

from datetime import date
from typing import Any, ClassVar

from django.http import HttpResponse, QueryDict
from rest_framework.request import Request

from erp.api.filtering import refuse_unknown
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
from erp.identifiers import as_uuid
from erp.parsing import DocumentDate
from erp.problems import FieldErrors, ValidationFailed
from erp.rights import Right
from erp.spelling import amount_text
from inventory.api.operations import LAYERS, SHOW_STOCK, SHOW_VALUATION
from inventory.payloads import stock_row_payload
from inventory.queries import stock_rows
from inventory.valuation import stock_valuation, total_value, valued_stock_payload


class StockView(ResourceView):
    """GET what lies where: now, or at the end of a day by the dates of the books."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": SHOW_STOCK}

    def get(self, request: Request) -> HttpResponse:
        params = request._request.GET
        refuse_unknown(params, frozenset({"as_of", "item", "warehouse", "below_reorder", "_"}))
        faults: FieldErrors = {}
        item, warehouse = (self._reference(name, faults) for name in ("item", "warehouse"))
        as_of = read_day(params, "as_of", faults)
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


class ValuationView(ResourceView):
    """GET what the stock is worth at the end of a day: by law what the Inventory account says of it."""

    expandable = frozenset({LAYERS})
    rights: ClassVar = {"GET": Right.SEE_COST}
    operations: ClassVar = {"GET": SHOW_VALUATION}

    def get(self, request: Request) -> HttpResponse:
        params = request._request.GET
        refuse_unknown(params, frozenset({"as_of", "expand", "_"}))
        faults: FieldErrors = {}
        as_of = read_day(params, "as_of", faults)
        if faults:
            raise ValidationFailed(errors=faults)
        with_layers = LAYERS in self.expand()
        with scoped_read(self.actor):
            stock = stock_valuation(self.actor.company_id, as_of=as_of or self.today, with_layers=with_layers)
        answer: dict[str, Any] = {"as_of": (as_of or self.today).isoformat()}
        answer["currency_code"] = self.actor.company.base_currency.code
        answer["total"] = amount_text(total_value(stock))
        answer["rows"] = [valued_stock_payload(one, with_layers=with_layers) for one in stock]
        return json_response(answer)


def read_day(params: QueryDict, name: str, faults: FieldErrors) -> date | None:
    """The day that a parameter names, if it is there; what is wrong with it is noted."""
    text = params.get(name, "")
    try:
        return DocumentDate.read(text).plain() if text else None
    except ValueError as problem:
        faults[name] = [str(problem)]
        return None
