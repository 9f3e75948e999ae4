"""Calls of the purchasing side, on the scenes of the books'."""

import itertools
from collections.abc import Callable
from typing import Any

from tests.books.scene import DAY, Scene
from tests.house.calling import Asker, Call, Ids
from tests.house.calls_of_books import anew, once, scene_of

_numbers = itertools.count(1)


def _supplier(scene: Scene) -> Ids:
    return {"supplier_id": str(scene.supplier.id)}


def _receipt(scene: Scene) -> Ids:
    return {"receipt_id": str(scene.receipt().id)}


def _receipt_body(asker: Asker) -> Any:
    scene = scene_of(asker.world)
    line = {"item_id": scene.item().id, "quantity": "1", "unit_cost": "60"}
    return {"supplier_id": scene.supplier.id, "receipt_date": DAY, "lines": [line]}


def _named(text: str) -> Callable[[Asker], Any]:
    return lambda asker: {"name": f"{text} {next(_numbers)}"}


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/api/purchasing/suppliers/"): Call(),
    ("POST", "/api/purchasing/suppliers/"): Call(201, body=_named("Supplier")),
    ("GET", "/api/purchasing/suppliers/{supplier_id}/"): Call(ids=once(_supplier)),
    ("PATCH", "/api/purchasing/suppliers/{supplier_id}/"): Call(ids=once(_supplier), body=_named("Supplier")),
    ("GET", "/api/purchasing/receipts/"): Call(),
    ("POST", "/api/purchasing/receipts/"): Call(201, body=_receipt_body),
    ("GET", "/api/purchasing/receipts/{receipt_id}/"): Call(ids=once(_receipt)),
    ("POST", "/api/purchasing/receipts/{receipt_id}/reverse/"): Call(ids=anew(_receipt), body=lambda asker: {"reason": "r"}),
}
