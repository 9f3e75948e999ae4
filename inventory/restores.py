"""Goods back into the very layers they came from, at the very cost, inside somebody's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from erp.locking import Locks
from erp.money import share_of_left
from erp.rows import as_json
from inventory.kinds import MovementKind
from inventory.stock import Place


@dataclass(frozen=True, slots=True)
class Taken:
    """A consumption row with what of it has not been restored yet."""

    consumption_id: int
    layer_id: UUID
    place: Place
    source_line_id: UUID | None
    quantity_left: Decimal
    cost_left: Decimal


@dataclass(frozen=True, slots=True)
class Restore:
    """What goes back of one consumption row."""

    taken: Taken
    quantity: Decimal
    cost: Decimal


_TAKEN = """
SELECT c.id, c.layer_id, m.item_id, m.warehouse_id, m.source_line_id, c.quantity + coalesce(r.quantity, 0),
    c.cost + coalesce(r.cost, 0)
FROM inventory_stockmovement m
JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id
LEFT JOIN LATERAL (
    SELECT sum(quantity) AS quantity, sum(cost) AS cost FROM inventory_layerconsumption
    WHERE company_id = c.company_id AND restores_id = c.id) r ON true
WHERE m.company_id = %(company)s AND m.source_id = %(source)s AND m.kind <> 'REVERSAL' AND c.restores_id IS NULL
ORDER BY c.id DESC
"""

_WRITE_RESTORES = """
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(%(movements)s::jsonb) AS m (place int, item_id uuid, warehouse_id uuid,
        source_line_id uuid, quantity numeric, value numeric)
), numbered AS (
    SELECT w.*, nextval('inventory_stockmovement_id_seq') AS id FROM wanted w
), movement AS (
    INSERT INTO inventory_stockmovement (id, company_id, item_id, warehouse_id, kind, quantity, value, booking_date,
        source_kind, source_id, source_line_id, voucher_id, recorded_at)
    SELECT n.id, %(company)s, n.item_id, n.warehouse_id, %(kind)s, n.quantity, n.value, %(day)s, %(source_kind)s,
        %(source)s, n.source_line_id, %(voucher)s, %(now)s
    FROM numbered n
    RETURNING 1
)
INSERT INTO inventory_layerconsumption (company_id, movement_id, layer_id, quantity, cost, restores_id)
SELECT %(company)s, n.id, t.layer_id, -t.quantity, -t.cost, t.restores_id
FROM jsonb_to_recordset(%(restores)s::jsonb) AS t (place int, layer_id uuid, quantity numeric, cost numeric,
    restores_id bigint)
JOIN numbered n ON n.place = t.place
WHERE (SELECT count(*) FROM movement) >= 0
"""


def taken_by(locks: Locks, source_id: UUID) -> list[Taken]:
    """Consumption rows of what a document took that still hold something, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, {"company": locks.company_id, "source": source_id})
        rows = [
            Taken(row_id, layer_id, Place(item_id, warehouse_id), line_id, quantity, cost)
            for row_id, layer_id, item_id, warehouse_id, line_id, quantity, cost in cursor.fetchall()
        ]
    return [row for row in rows if row.quantity_left > 0]


def choose_restores(taken: Sequence[Taken], quantity: Decimal) -> list[Restore]:
    """Of one line's rows, latest first, as many as the quantity asks for; cost by `share_of_left`."""
    restores: list[Restore] = []
    missing = quantity
    for row in taken:
        if missing == 0:
            break
        part = min(missing, row.quantity_left)
        cost = share_of_left(value_left=row.cost_left, quantity_left=row.quantity_left, step=part)
        restores.append(Restore(row, part, cost))
        missing -= part
    return restores


def write_restores(
    locks: Locks,
    restores: Sequence[Restore],
    *,
    kind: MovementKind,
    source_kind: str,
    source_id: UUID,
    voucher_id: UUID,
    day: date,
    now: datetime,
) -> None:
    """One movement in per line and place, with a restore row per consumption row. The places are locked (rank STOCK)."""
    if not restores:
        return
    groups: dict[tuple[Place, UUID | None], list[Restore]] = {}
    for restore in restores:
        groups.setdefault((restore.taken.place, restore.taken.source_line_id), []).append(restore)
    movements: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for number, ((place, line_id), members) in enumerate(groups.items()):
        movements.append(
            {
                "place": number,
                **place._asdict(),
                "source_line_id": line_id,
                "quantity": sum((one.quantity for one in members), Decimal(0)),
                "value": sum((one.cost for one in members), Decimal("0.00")),
            }
        )
        rows += [
            {
                "place": number,
                "layer_id": one.taken.layer_id,
                "quantity": one.quantity,
                "cost": one.cost,
                "restores_id": one.taken.consumption_id,
            }
            for one in members
        ]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE_RESTORES,
            {
                "company": locks.company_id,
                "movements": as_json(movements),
                "restores": as_json(rows),
                "kind": kind.value,
                "source_kind": source_kind,
                "source": source_id,
                "voucher": voucher_id,
                "day": day,
                "now": now,
            },
        )
