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


def _draft(scene: Scene) -> Ids:
    return {"order_id": str(scene.draft_purchase().id)}


def _confirmed(scene: Scene) -> Ids:
    return {"order_id": str(scene.confirmed_purchase().id)}


def _line(scene: Scene) -> Ids:
    order = scene.draft_purchase()
    return {"order_id": str(order.id), "line_id": str(scene.line_of_purchase(order))}


def _line_body(asker: Asker) -> Any:
    return {"item_id": scene_of(asker.world).item().id, "quantity": "1", "unit_rate": "60"}


def _order_body(asker: Asker) -> Any:
    return {"supplier_id": scene_of(asker.world).supplier.id, "order_date": DAY, "items": [_line_body(asker)]}


def _begun(scene: Scene) -> Ids:
    return {"order_id": str(scene.begun_purchase().id)}


def _bill_body(asker: Asker) -> Any:
    return {"supplier_invoice_number": f"S {next(_numbers)}", "invoice_date": DAY}


def _said(**members: Any) -> Callable[[Asker], Any]:
    return lambda asker: members


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
    ("GET", "/api/purchasing/orders/"): Call(),
    ("POST", "/api/purchasing/orders/"): Call(201, body=_order_body),
    ("GET", "/api/purchasing/orders/{order_id}/"): Call(ids=once(_draft)),
    ("PATCH", "/api/purchasing/orders/{order_id}/"): Call(ids=once(_draft), body=_said(notes="n")),
    ("POST", "/api/purchasing/orders/{order_id}/add_item/"): Call(201, ids=once(_draft), body=_line_body),
    ("PATCH", "/api/purchasing/orders/{order_id}/items/{line_id}/"): Call(ids=once(_line), body=_said(quantity="2")),
    ("DELETE", "/api/purchasing/orders/{order_id}/items/{line_id}/"): Call(204, ids=anew(_line)),
    ("POST", "/api/purchasing/orders/{order_id}/confirm/"): Call(ids=anew(_draft)),
    ("POST", "/api/purchasing/orders/{order_id}/cancel/"): Call(ids=anew(_confirmed), body=_said(reason="r")),
    ("POST", "/api/purchasing/orders/{order_id}/close/"): Call(ids=anew(_begun), body=_said(reason="r")),
    ("POST", "/api/invoices/from_purchase_order/{order_id}/"): Call(201, ids=anew(_confirmed), body=_bill_body),
    ("GET", "/api/purchasing/receipts/"): Call(),
    ("POST", "/api/purchasing/receipts/"): Call(201, body=_receipt_body),
    ("GET", "/api/purchasing/receipts/{receipt_id}/"): Call(ids=once(_receipt)),
    ("POST", "/api/purchasing/receipts/{receipt_id}/reverse/"): Call(ids=anew(_receipt), body=_said(reason="r")),
}
