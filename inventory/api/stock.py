"""Stock over HTTP: what lies where, and what it is worth."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.parameters import Parameters
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
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
        asked = Parameters(params, frozenset({"as_of", "item", "warehouse", "below_reorder"}))
        item, warehouse, as_of = asked.reference("item"), asked.reference("warehouse"), asked.day("as_of")
        asked.judge()
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


class ValuationView(ResourceView):
    """GET what the stock is worth at the end of a day: by law what the Inventory account says of it."""

    expandable = frozenset({LAYERS})
    rights: ClassVar = {"GET": Right.SEE_COST}
    operations: ClassVar = {"GET": SHOW_VALUATION}

    def get(self, request: Request) -> HttpResponse:
        asked = Parameters(request._request.GET, frozenset({"as_of", "expand"}))
        as_of = asked.day("as_of")
        asked.judge()
        with_layers = LAYERS in self.expand()
        with scoped_read(self.actor):
            stock = stock_valuation(self.actor.company_id, as_of=as_of or self.today, with_layers=with_layers)
        answer: dict[str, Any] = {"as_of": (as_of or self.today).isoformat()}
        answer["currency_code"] = self.actor.company.base_currency.code
        answer["total"] = amount_text(total_value(stock))
        answer["rows"] = [valued_stock_payload(one, with_layers=with_layers) for one in stock]
        return json_response(answer)
