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
from erp.rows import as_json
from inventory.fifo import Layer
from inventory.statements import NEWEST_RESERVATIONS, RELEASE, RESERVE, USABLE_STOCK
from inventory.stock import Place


@dataclass(frozen=True, slots=True)
class Promise:
    """A quantity of an item in a warehouse, promised to a source (an order line), or lost to it.

    `source_number` is what people call the source: its order.
    """

    place: Place
    source_id: UUID
    source_number: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class UsableStock:
    """By place: what an issue may take in all, and the layers that come first, unordered. By source: what is reserved."""

    quantity: dict[Place, Decimal]
    layers: dict[Place, list[Layer]]
    reserved: dict[UUID, Decimal]


QUANTITY_LEFT = 4
"""Where it stands after the day of receipt."""


def usable_stock(
    locks: Locks,
    places: Iterable[Place],
    *,
    day: date,
    sources: Iterable[UUID],
    wanted: Mapping[Place, Decimal] | None = None,
    batches: Iterable[UUID] = (),
) -> UsableStock:
    """What an issue on this day may take at these places, and what is reserved for these order lines; in one query.

    Layers come as far as `wanted` reaches, in the order of the item's rule, and all of `batches`.
    """
    rows = [
        {**place._asdict(), "wanted": wanted.get(place, 0) if wanted is not None else 0} for place in sorted(set(places))
    ]
    found = UsableStock({}, {}, {})
    for row in rows:
        place = Place(row["item_id"], row["warehouse_id"])
        found.quantity[place], found.layers[place] = Decimal(0), []
    if not rows:
        return found
    parameters: dict[str, Any] = {
        "company": locks.company_id,
        "places": as_json(rows),
        "day": day,
        "sources": list(sources),
        "batches": list(batches),
    }
    with connection.cursor() as cursor:
        cursor.execute(USABLE_STOCK, parameters)
        for item_id, warehouse_id, one, received_on, *layer, in_all in cursor:
            if received_on is None:
                found.reserved[one] = layer[QUANTITY_LEFT]
                continue
            place = Place(item_id, warehouse_id)
            found.quantity[place] = in_all
            found.layers[place].append(Layer(one, received_on, *layer))
    return found


def reserve(locks: Locks, promises: Sequence[Promise]) -> None:
    """Add to the reservations of these sources. The places are locked (rank STOCK) and hold enough."""
    if not promises:
        return
    rows = [{"id": new_id(), **msgspec.to_builtins(promise), **promise.place._asdict()} for promise in promises]
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, {"company": locks.company_id, "promises": as_json(rows)})


def release(locks: Locks, quantities: Mapping[UUID, Decimal]) -> None:
    """Give back at most these quantities of the sources' reservations. The places are locked (rank STOCK)."""
    if quantities:
        with connection.cursor() as cursor:
            cursor.execute(RELEASE, {"company": locks.company_id, **release_rows(quantities)})


def shrink(locks: Locks, over: Mapping[Place, Decimal]) -> list[Promise]:
    """Take so much from the reservations at each place, from the newest first; what each lost. The places are locked."""
    if not over:
        return []
    rows = as_json({**place._asdict(), "over": quantity} for place, quantity in over.items())
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_RESERVATIONS, {"company": locks.company_id, "places": rows})
        lost = [
            Promise(Place(item_id, warehouse_id), source_id, number, quantity)
            for item_id, warehouse_id, source_id, number, quantity in cursor
        ]
    release(locks, {one.source_id: one.quantity for one in lost})
    return lost


def release_rows(quantities: Mapping[UUID, Decimal]) -> dict[str, str]:
    """What `WRITE_RELEASES` is given, the company apart."""
    return {"releases": as_json([{"source_id": one, "quantity": many} for one, many in quantities.items()])}
