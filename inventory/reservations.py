"""Stock promised to order lines: made when an order is confirmed, released when it is posted or given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from erp.identifiers import new_id
from erp.locking import Locks
from inventory.stock import Place


@dataclass(frozen=True, slots=True)
class Promise:
    """A quantity of an item in a warehouse, promised to a source (an order line)."""

    place: Place
    source_id: UUID
    quantity: Decimal


ORDER_LINE = "sales_order_line"

_RESERVE = """
WITH promise AS (
    INSERT INTO inventory_reservation AS r (id, company_id, item_id, warehouse_id, quantity, source_kind, source_id)
    SELECT p.id, %(company)s, p.item_id, p.warehouse_id, p.quantity, %(kind)s, p.source_id
    FROM jsonb_populate_recordset(NULL::inventory_reservation, %(promises)s::jsonb) AS p
    ON CONFLICT (company_id, source_kind, source_id) DO UPDATE SET quantity = r.quantity + EXCLUDED.quantity
    RETURNING 1
)
UPDATE inventory_stockbalance b
SET reserved = b.reserved + p.quantity
FROM (SELECT item_id, warehouse_id, sum(quantity) AS quantity
    FROM jsonb_populate_recordset(NULL::inventory_reservation, %(promises)s::jsonb) GROUP BY 1, 2) AS p
WHERE b.company_id = %(company)s AND b.item_id = p.item_id AND b.warehouse_id = p.warehouse_id
    AND (SELECT count(*) FROM promise) >= 0
"""

_RELEASE = """
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(%(releases)s::jsonb) AS r (source_id uuid, quantity numeric)
), held AS (
    SELECT r.id, r.item_id, r.warehouse_id, least(r.quantity, w.quantity) AS gone, r.quantity
    FROM inventory_reservation r JOIN wanted w ON w.source_id = r.source_id
    WHERE r.company_id = %(company)s AND r.source_kind = %(kind)s
), shrunk AS (
    UPDATE inventory_reservation r SET quantity = h.quantity - h.gone
    FROM held h WHERE r.company_id = %(company)s AND r.id = h.id AND h.gone < h.quantity
), ended AS (
    DELETE FROM inventory_reservation r USING held h
    WHERE r.company_id = %(company)s AND r.id = h.id AND h.gone = h.quantity
)
UPDATE inventory_stockbalance b SET reserved = b.reserved - h.gone
FROM (SELECT item_id, warehouse_id, sum(gone) AS gone FROM held GROUP BY 1, 2) AS h
WHERE b.company_id = %(company)s AND b.item_id = h.item_id AND b.warehouse_id = h.warehouse_id
"""


def reserve(locks: Locks, promises: Sequence[Promise]) -> None:
    """Add to the reservations of these sources. The places are locked (rank STOCK) and hold enough."""
    if not promises:
        return
    rows = [
        {"id": new_id(), **promise.place._asdict(), "quantity": promise.quantity, "source_id": promise.source_id}
        for promise in promises
    ]
    _execute(_RESERVE, locks, promises=rows)


def release(locks: Locks, quantities: dict[UUID, Decimal]) -> None:
    """Give back at most these quantities of the sources' reservations. The places are locked (rank STOCK)."""
    if quantities:
        _execute(_RELEASE, locks, releases=[{"source_id": one, "quantity": many} for one, many in quantities.items()])


def _execute(statement: str, locks: Locks, **rows: list[dict[str, Any]]) -> None:
    encoded = {name: msgspec.json.encode(value).decode() for name, value in rows.items()}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": locks.company_id, "kind": ORDER_LINE, **encoded})


def reserved_for(locks: Locks, source_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What is reserved for these sources now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_id, quantity FROM inventory_reservation"
            " WHERE company_id = %s AND source_kind = %s AND source_id = ANY(%s)",
            [locks.company_id, ORDER_LINE, list(source_ids)],
        )
        return dict(cursor.fetchall())
