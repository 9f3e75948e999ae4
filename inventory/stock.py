"""Stock inside somebody's transaction: lock what will move, read the usable layers, write movements.

Whoever holds an item's balance row in a warehouse owns its layers and reservations; so these rows are locked first,
sorted, all at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced
from erp.problems import Conflict
from erp.rows import as_json
from erp.spelling import quantity_text
from inventory.fifo import Taking
from inventory.kinds import MovementKind
from inventory.statements import INSERT_ISSUES, LOCK_BALANCES, WRITE_ARRIVALS


class InsufficientStock(Conflict):
    """There is not enough usable stock: `data.items` names every short line at once. Get more, or take less."""

    code = "insufficient-stock"
    message = "There is not enough stock."


def short_item(
    item_id: UUID, sku: str, warehouse_id: UUID, *, wanted: Decimal, available: Decimal, reserved: Decimal
) -> dict[str, Any]:
    """How `InsufficientStock.data.items` names an item of which there is too little."""
    return {
        "item": item_id,
        "item_sku": sku,
        "warehouse": warehouse_id,
        "wanted": quantity_text(wanted),
        "available": quantity_text(available),
        "reserved": quantity_text(reserved),
    }


class Place(NamedTuple):
    """An item in a warehouse."""

    item_id: UUID
    warehouse_id: UUID


@dataclass(frozen=True, slots=True)
class Balance:
    on_hand: Decimal
    reserved: Decimal


def lock_balances(locks: Locks, places: Iterable[Place]) -> dict[Place, Balance]:
    """Lock the balance rows of these places (rank STOCK), inserting missing ones as zero first; what lies there now."""
    locks.claim(LockOrder.STOCK)
    rows = [{"id": new_id(), **place._asdict()} for place in sorted(set(places))]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LOCK_BALANCES, {"company": locks.company_id, "places": as_json(rows)})
        found = {Place(item, warehouse): Balance(on_hand, reserved) for item, warehouse, on_hand, reserved in cursor}
    if len(found) != len(rows):
        raise Raced("a stock balance was made by somebody else in this moment")
    return found


@dataclass(frozen=True, slots=True)
class Issue:
    """Goods leaving: what each layer gives, for one line of a document."""

    place: Place
    kind: MovementKind
    source_kind: str
    source_id: UUID
    source_line_id: UUID | None
    voucher_id: UUID
    takings: Sequence[Taking]

    @property
    def quantity(self) -> Decimal:
        return sum((taking.quantity for taking in self.takings), Decimal(0))

    @property
    def cost(self) -> Decimal:
        return sum((taking.cost for taking in self.takings), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """Goods coming in: they make one layer. `value` in base currency, quantity in the base unit."""

    place: Place
    kind: MovementKind
    source_kind: str
    source_id: UUID
    voucher_id: UUID
    received_on: date
    quantity: Decimal
    value: Decimal
    batch_id: UUID | None = None
    source_line_id: UUID | None = None
    layer_id: UUID = field(default_factory=new_id)


def issue_rows(issues: Sequence[Issue], *, day: date) -> dict[str, Any]:
    """What `WRITE_ISSUES` is given, the company and the time apart; triggers carry the layers and what is on hand."""
    movements = [
        {
            "place": number,
            **issue.place._asdict(),
            "kind": issue.kind.value,
            "quantity": -issue.quantity,
            "value": -issue.cost,
            "source_kind": issue.source_kind,
            "source_id": issue.source_id,
            "source_line_id": issue.source_line_id,
            "voucher_id": issue.voucher_id,
        }
        for number, issue in enumerate(issues)
    ]
    takings = [
        {"place": number, **msgspec.to_builtins(taking)} for number, issue in enumerate(issues) for taking in issue.takings
    ]
    return {"movements": as_json(movements), "takings": as_json(takings), "issued_on": day}


def write_issues(locks: Locks, issues: Sequence[Issue], *, day: date, now: datetime) -> None:
    """Movements out with their consumption rows, in one statement. Their voucher is written already."""
    if issues:
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ISSUES, {"company": locks.company_id, "now": now, **issue_rows(issues, day=day)})


def write_arrivals(locks: Locks, arrivals: Sequence[Arrival], *, day: date, now: datetime) -> None:
    """Movements in, each with its layer, in one statement. Their places are locked already."""
    if not arrivals:
        return
    rows = [{**msgspec.to_builtins(arrival), **arrival.place._asdict()} for arrival in arrivals]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_ARRIVALS, {"company": locks.company_id, "arrivals": as_json(rows), "day": day, "now": now})
