"""Calls of the warehouses' side, on the scenes of the books'."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from inventory.holdings import LeavingLine
from inventory.kinds import PriceKind, WriteOffKind
from inventory.models import Batch, Warehouse
from inventory.pricing import NewPriceList, create_price_list
from inventory.rating import create_hsn_rate
from inventory.writing_off import write_off_stock
from tests.books.scene import DAY, Scene
from tests.house.calling import Asker, Call, Ids
from tests.house.calls_of_books import anew, once, scene_of

_codes = itertools.count(1)


def _transfer(scene: Scene) -> Ids:
    return {"document_id": str(scene.transfer().id)}


def _write_off(scene: Scene) -> Ids:
    lines = [LeavingLine(scene.item().id, Decimal(1))]
    made = write_off_stock(kind=WriteOffKind.DAMAGE, actor=scene.actor, document_date=DAY, lines=lines, now=timezone.now())
    return {"document_id": str(made.document.id)}


def _revaluation(scene: Scene) -> Ids:
    return {"document_id": str(scene.revaluation().id)}


def _revaluation_body(asker: Asker) -> Any:
    layer = scene_of(asker.world).newest_layer.id
    return {"date": DAY, "reason": "Freight", "lines": [{"layer": layer, "difference": "0.01"}]}


def _batch(scene: Scene) -> Ids:
    batch = Batch.objects.of(scene.actor).first() or Batch.unscoped.create(
        company=scene.world.company, item=scene.item(), batch_no="B1"
    )
    return {"batch_id": str(batch.id)}


def _transfer_body(asker: Asker) -> Any:
    scene = scene_of(asker.world)
    here = Warehouse.objects.of(scene.actor).get(is_default=True).id
    line = {"item_id": scene.item().id, "quantity": "1"}
    return {"from_warehouse_id": here, "to_warehouse_id": scene.side.id, "date": DAY, "lines": [line]}


def _said(**members: Any) -> Callable[[Asker], Any]:
    return lambda asker: members


def _hsn_rate(scene: Scene) -> Ids:
    rate = create_hsn_rate(hsn_code="8471", gst_rate=Decimal(18), valid_from=DAY, actor=scene.actor, now=timezone.now())
    return {"rate_id": str(rate.id)}


def _hsn_rate_body(asker: Asker) -> Any:
    return {"hsn_code": f"{next(_codes):08}", "gst_rate": "18", "valid_from": DAY}


def _price_list(scene: Scene) -> Ids:
    draft = NewPriceList(name="Trade prices", kind=PriceKind.SALES)
    return {"list_id": str(create_price_list(draft=draft, actor=scene.actor, now=timezone.now()).id)}


def _price_list_body(asker: Asker) -> Any:
    return {"name": f"Prices {next(_codes)}", "kind": "SALES"}


def _prices_body(asker: Asker) -> Any:
    return [{"item_id": scene_of(asker.world).item().id, "unit_rate": "100"}]


CALLS: dict[tuple[str, str], Call] = {
    ("POST", "/api/inventory/adjustments/{document_id}/reverse/"): Call(ids=anew(_write_off), body=_said(reason="r")),
    ("GET", "/api/inventory/transfers/"): Call(),
    ("POST", "/api/inventory/transfers/"): Call(201, body=_transfer_body),
    ("GET", "/api/inventory/transfers/{document_id}/"): Call(ids=once(_transfer)),
    ("POST", "/api/inventory/transfers/{document_id}/reverse/"): Call(ids=anew(_transfer), body=_said(reason="r")),
    ("GET", "/api/inventory/revaluations/"): Call(),
    ("POST", "/api/inventory/revaluations/"): Call(201, body=_revaluation_body),
    ("GET", "/api/inventory/revaluations/{document_id}/"): Call(ids=once(_revaluation)),
    ("POST", "/api/inventory/revaluations/{document_id}/reverse/"): Call(ids=anew(_revaluation), body=_said(reason="r")),
    ("GET", "/api/inventory/hsn_rates/"): Call(),
    ("POST", "/api/inventory/hsn_rates/"): Call(201, body=_hsn_rate_body),
    ("GET", "/api/inventory/hsn_rates/{rate_id}/"): Call(ids=once(_hsn_rate)),
    ("PATCH", "/api/inventory/hsn_rates/{rate_id}/"): Call(ids=once(_hsn_rate), body=_said(gst_rate="12")),
    ("GET", "/api/inventory/price_lists/"): Call(),
    ("POST", "/api/inventory/price_lists/"): Call(201, body=_price_list_body),
    ("GET", "/api/inventory/price_lists/{list_id}/"): Call(ids=once(_price_list)),
    ("PATCH", "/api/inventory/price_lists/{list_id}/"): Call(ids=once(_price_list), body=_said(valid_from=DAY)),
    ("GET", "/api/inventory/price_lists/{list_id}/prices/"): Call(ids=once(_price_list)),
    ("POST", "/api/inventory/price_lists/{list_id}/prices/"): Call(ids=once(_price_list), body=_prices_body),
    ("GET", "/api/inventory/batches/"): Call(),
    ("GET", "/api/inventory/batches/expiring/"): Call(),
    ("GET", "/api/inventory/batches/{batch_id}/"): Call(ids=once(_batch)),
    ("POST", "/api/inventory/batches/{batch_id}/block/"): Call(ids=once(_batch), body=_said(reason="r")),
    ("POST", "/api/inventory/batches/{batch_id}/unblock/"): Call(ids=once(_batch), body=_said(reason="r")),
    ("GET", "/api/inventory/batches/{batch_id}/trace/"): Call(ids=once(_batch)),
    ("GET", "/api/inventory/movements/"): Call(),
    ("GET", "/api/inventory/valuation/"): Call(),
}
