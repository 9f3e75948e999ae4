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
from inventory.fifo import Layer, Taking
from inventory.kinds import MovementKind


class InsufficientStock(Conflict):
    """There is not enough usable stock: `data.items` names every short line at once. Get more, or take less."""

    code = "insufficient-stock"
    message = "There is not enough stock."


class Place(NamedTuple):
    """An item in a warehouse."""

    item_id: UUID
    warehouse_id: UUID


@dataclass(frozen=True, slots=True)
class Balance:
    on_hand: Decimal
    reserved: Decimal


_LOCK_BALANCES = """
WITH place AS (
    SELECT * FROM jsonb_to_recordset(%(places)s::jsonb) AS p (id uuid, item_id uuid, warehouse_id uuid)
), missing AS (
    INSERT INTO inventory_stockbalance (id, company_id, item_id, warehouse_id, on_hand, reserved)
    SELECT p.id, %(company)s, p.item_id, p.warehouse_id, 0, 0 FROM place p
    WHERE NOT EXISTS (SELECT 1 FROM inventory_stockbalance b WHERE b.company_id = %(company)s
        AND b.item_id = p.item_id AND b.warehouse_id = p.warehouse_id)
    ORDER BY p.item_id, p.warehouse_id
    ON CONFLICT (company_id, item_id, warehouse_id) DO NOTHING
    RETURNING item_id, warehouse_id
), present AS (
    SELECT b.item_id, b.warehouse_id, b.on_hand, b.reserved
    FROM inventory_stockbalance b JOIN place p ON p.item_id = b.item_id AND p.warehouse_id = b.warehouse_id
    WHERE b.company_id = %(company)s AND (SELECT count(*) FROM missing) >= 0
    ORDER BY b.item_id, b.warehouse_id
    FOR NO KEY UPDATE OF b
)
SELECT item_id, warehouse_id, on_hand, reserved FROM present
UNION ALL
SELECT item_id, warehouse_id, 0, 0 FROM missing
"""

_USABLE_LAYERS = """
SELECT l.item_id, l.warehouse_id, l.id, l.received_on, b.expiry_date, l.batch_id, l.quantity, l.value, l.quantity_left,
    l.value_left
FROM inventory_stocklayer l
JOIN jsonb_to_recordset(%(places)s::jsonb) AS p (item_id uuid, warehouse_id uuid)
    ON p.item_id = l.item_id AND p.warehouse_id = l.warehouse_id
JOIN inventory_warehouse w ON w.company_id = l.company_id AND w.id = l.warehouse_id
LEFT JOIN inventory_batch b ON b.company_id = l.company_id AND b.id = l.batch_id
WHERE l.company_id = %(company)s AND l.quantity_left > 0 AND l.booked_on <= %(day)s AND NOT w.is_quarantine
    AND b.is_blocked IS NOT TRUE AND (b.expiry_date IS NULL OR b.expiry_date >= %(day)s)
"""
"""The one predicate of a usable layer: goods left, booked by that day, not in quarantine, not blocked, not expired."""


def lock_balances(locks: Locks, places: Iterable[Place]) -> dict[Place, Balance]:
    """Lock the balance rows of these places (rank STOCK), inserting missing ones as zero first; what lies there now."""
    locks.claim(LockOrder.STOCK)
    rows = [{"id": new_id(), **place._asdict()} for place in sorted(set(places))]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_BALANCES, {"company": locks.company_id, "places": _encoded(rows)})
        found = {Place(item, warehouse): Balance(on_hand, reserved) for item, warehouse, on_hand, reserved in cursor}
    if len(found) != len(rows):
        raise Raced("a stock balance was made by somebody else in this moment")
    return found


def usable_layers(locks: Locks, places: Iterable[Place], *, day: date) -> dict[Place, list[Layer]]:
    """Layers that an issue on this day may take, by place, unordered. The places are locked already."""
    rows = [place._asdict() for place in sorted(set(places))]
    found: dict[Place, list[Layer]] = {Place(**row): [] for row in rows}
    if not rows:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_USABLE_LAYERS, {"company": locks.company_id, "places": _encoded(rows), "day": day})
        for item_id, warehouse_id, layer_id, received_on, expiry, batch_id, quantity, value, left, value_left in cursor:
            found[Place(item_id, warehouse_id)].append(
                Layer(layer_id, received_on, expiry, batch_id, quantity, value, left, value_left)
            )
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


_WRITE_ISSUES = """
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(%(movements)s::jsonb) AS m (place int, item_id uuid, warehouse_id uuid, kind text,
        quantity numeric, value numeric, source_kind text, source_id uuid, source_line_id uuid, voucher_id uuid)
), numbered AS (
    SELECT w.*, nextval('inventory_stockmovement_id_seq') AS id FROM wanted w
), movement AS (
    INSERT INTO inventory_stockmovement (id, company_id, item_id, warehouse_id, kind, quantity, value, booking_date,
        source_kind, source_id, source_line_id, voucher_id, recorded_at)
    SELECT n.id, %(company)s, n.item_id, n.warehouse_id, n.kind, n.quantity, n.value, %(day)s, n.source_kind, n.source_id,
        n.source_line_id, n.voucher_id, %(now)s
    FROM numbered n
    RETURNING 1
)
INSERT INTO inventory_layerconsumption (company_id, movement_id, layer_id, quantity, cost)
SELECT %(company)s, n.id, t.layer_id, t.quantity, t.cost
FROM jsonb_to_recordset(%(takings)s::jsonb) AS t (place int, layer_id uuid, quantity numeric, cost numeric)
JOIN numbered n ON n.place = t.place
WHERE (SELECT count(*) FROM movement) >= 0
"""

_WRITE_ARRIVALS = """
WITH wanted AS (
    SELECT a.*, nextval('inventory_stockmovement_id_seq') AS id
    FROM jsonb_to_recordset(%(arrivals)s::jsonb) AS a (layer_id uuid, item_id uuid, warehouse_id uuid, kind text,
        quantity numeric, value numeric, source_kind text, source_id uuid, source_line_id uuid, voucher_id uuid,
        received_on date, batch_id uuid)
), movement AS (
    INSERT INTO inventory_stockmovement (id, company_id, item_id, warehouse_id, kind, quantity, value, booking_date,
        source_kind, source_id, source_line_id, voucher_id, recorded_at)
    SELECT w.id, %(company)s, w.item_id, w.warehouse_id, w.kind, w.quantity, w.value, %(day)s, w.source_kind, w.source_id,
        w.source_line_id, w.voucher_id, %(now)s
    FROM wanted w
    RETURNING 1
)
INSERT INTO inventory_stocklayer (id, company_id, item_id, warehouse_id, batch_id, received_on, booked_on, quantity, value,
    quantity_left, value_left, movement_id)
SELECT w.layer_id, %(company)s, w.item_id, w.warehouse_id, w.batch_id, w.received_on, %(day)s, w.quantity, w.value,
    w.quantity, w.value, w.id
FROM wanted w WHERE (SELECT count(*) FROM movement) >= 0
"""


def write_issues(locks: Locks, issues: Sequence[Issue], *, day: date, now: datetime) -> None:
    """Movements out with their consumption rows, in one statement; triggers carry the layers and what is on hand."""
    if not issues:
        return
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
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE_ISSUES,
            {
                "company": locks.company_id,
                "movements": _encoded(movements),
                "takings": _encoded(takings),
                "day": day,
                "now": now,
            },
        )


def write_arrivals(locks: Locks, arrivals: Sequence[Arrival], *, day: date, now: datetime) -> None:
    """Movements in, each with its layer, in one statement. Their places are locked already."""
    if not arrivals:
        return
    rows = [{**msgspec.to_builtins(arrival), **arrival.place._asdict()} for arrival in arrivals]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_ARRIVALS, {"company": locks.company_id, "arrivals": _encoded(rows), "day": day, "now": now})


def _encoded(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
