"""Calls of the purchasing side, on the scenes of the books'."""

import itertools
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from purchasing.enrolling import NewSupplier, create_supplier
from tests.books.scene import Scene
from tests.house.calling import Asker, Call, Ids
from tests.house.calls_of_books import once

_numbers = itertools.count(1)


def _supplier(scene: Scene) -> Ids:
    draft = NewSupplier(name=f"Supplier {next(_numbers)}")
    return {"supplier_id": str(create_supplier(draft=draft, actor=scene.actor, now=timezone.now()).id)}


def _named(text: str) -> Callable[[Asker], Any]:
    return lambda asker: {"name": f"{text} {next(_numbers)}"}


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/api/purchasing/suppliers/"): Call(),
    ("POST", "/api/purchasing/suppliers/"): Call(201, body=_named("Supplier")),
    ("GET", "/api/purchasing/suppliers/{supplier_id}/"): Call(ids=once(_supplier)),
    ("PATCH", "/api/purchasing/suppliers/{supplier_id}/"): Call(ids=once(_supplier), body=_named("Supplier")),
}
