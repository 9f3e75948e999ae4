"""Stock over HTTP: what lies where."""

from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.filtering import refuse_unknown
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
from erp.identifiers import as_uuid
from erp.parsing import DocumentDate
from erp.problems import FieldErrors, ValidationFailed
from erp.rights import Right
from inventory.api.operations import SHOW_STOCK
from inventory.payloads import stock_row_payload
from inventory.queries import stock_rows


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
