"""Stock promised to order lines: made when an order is confirmed, released when it is posted or given up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from erp.identifiers import new_id
from erp.locking import Locks
from inventory.fifo import Layer
from inventory.statements import RELEASE, RESERVE, USABLE_STOCK
from inventory.stock import Place


@dataclass(frozen=True, slots=True)
class Promise:
    """A quantity of an item in a warehouse, promised to a source (an order line)."""

    place: Place
    source_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class UsableStock:
    """Layers that an issue may take, by place and unordered; and what is reserved for sources, by source."""

    layers: dict[Place, list[Layer]]
    reserved: dict[UUID, Decimal]


def usable_stock(locks: Locks, places: Iterable[Place], *, day: date, sources: Iterable[UUID]) -> UsableStock:
    """What an issue on this day may take at these places, and what is reserved for these order lines; in one query."""
    rows = [place._asdict() for place in sorted(set(places))]
    layers: dict[Place, list[Layer]] = {Place(**row): [] for row in rows}
    reserved: dict[UUID, Decimal] = {}
    if not rows:
        return UsableStock(layers, reserved)
    parameters: dict[str, Any] = {
        "company": locks.company_id,
        "places": _encoded(rows),
        "day": day,
        "sources": list(sources),
    }
    with connection.cursor() as cursor:
        cursor.execute(USABLE_STOCK, parameters)
        for item_id, warehouse_id, one, received_on, expiry, batch_id, quantity, value, left, value_left, free in cursor:
            if received_on is None:
                reserved[one] = left
            else:
                layer = Layer(one, received_on, expiry, batch_id, quantity, value, left, value_left, free)
                layers[Place(item_id, warehouse_id)].append(layer)
    return UsableStock(layers, reserved)


def reserve(locks: Locks, promises: Sequence[Promise]) -> None:
    """Add to the reservations of these sources. The places are locked (rank STOCK) and hold enough."""
    if not promises:
        return
    rows = [
        {"id": new_id(), **promise.place._asdict(), "quantity": promise.quantity, "source_id": promise.source_id}
        for promise in promises
    ]
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, {"company": locks.company_id, "promises": _encoded(rows)})


def release(locks: Locks, quantities: Mapping[UUID, Decimal]) -> None:
    """Give back at most these quantities of the sources' reservations. The places are locked (rank STOCK)."""
    if quantities:
        with connection.cursor() as cursor:
            cursor.execute(RELEASE, {"company": locks.company_id, **release_rows(quantities)})


def release_rows(quantities: Mapping[UUID, Decimal]) -> dict[str, str]:
    """What `WRITE_RELEASES` is given, the company apart."""
    return {"releases": _encoded([{"source_id": one, "quantity": many} for one, many in quantities.items()])}


def _encoded(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
