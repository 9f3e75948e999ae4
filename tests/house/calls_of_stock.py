"""Calls of the warehouses' side, on the scenes of the books'."""

from typing import Any

from inventory.models import Warehouse
from tests.books.scene import DAY, Scene
from tests.house.calling import Asker, Call, Ids
from tests.house.calls_of_books import once, scene_of


def _transfer(scene: Scene) -> Ids:
    return {"document_id": str(scene.transfer().id)}


def _transfer_body(asker: Asker) -> Any:
    scene = scene_of(asker.world)
    here = Warehouse.objects.of(scene.actor).get(is_default=True).id
    line = {"item_id": scene.item().id, "quantity": "1"}
    return {"from_warehouse_id": here, "to_warehouse_id": scene.side.id, "date": DAY, "lines": [line]}


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/api/inventory/transfers/"): Call(),
    ("POST", "/api/inventory/transfers/"): Call(201, body=_transfer_body),
    ("GET", "/api/inventory/transfers/{document_id}/"): Call(ids=once(_transfer)),
}
