"""Reading stock: what lies where, what of it can be sold, which layers a document took."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from erp.access import Actor
from erp.clock import day_in
from erp.models import Within
from inventory.gst_rates import rates_on
from inventory.kinds import MovementKind, StockDocumentKind
from inventory.models import Item, LayerConsumption, StockDocument, StockLayer, StockMovement
from inventory.packs import packs_of
from inventory.payloads import (
    ZERO,
    CatalogueItemPayload,
    ItemStock,
    LayerPayload,
    StockDocumentPayload,
    StockRow,
    item_payload,
    layer_payload,
    stock_document_payload,
)

_STOCK_NOW = """
SELECT b.item_id, i.sku, i.name, i.reorder_level, b.warehouse_id, w.code, b.on_hand, b.reserved,
    coalesce(l.blocked, 0), coalesce(l.expired, 0),
    CASE WHEN w.is_quarantine THEN 0 ELSE greatest(coalesce(l.usable, 0) - b.reserved, 0) END
FROM inventory_stockbalance b
JOIN inventory_item i ON i.company_id = b.company_id AND i.id = b.item_id
JOIN inventory_warehouse w ON w.company_id = b.company_id AND w.id = b.warehouse_id
JOIN erp_company k ON k.id = b.company_id
LEFT JOIN LATERAL (
    SELECT sum(s.quantity_left) FILTER (WHERE t.is_blocked) AS blocked,
        sum(s.quantity_left) FILTER (WHERE t.is_blocked IS NOT TRUE AND t.expiry_date < %(day)s) AS expired,
        sum(s.quantity_left) FILTER (WHERE t.is_blocked IS NOT TRUE AND s.booked_on <= %(day)s
            AND (t.expiry_date IS NULL OR t.expiry_date >= %(day)s OR k.sell_expired = 'warn')) AS usable
    FROM inventory_stocklayer s
    LEFT JOIN inventory_batch t ON t.company_id = s.company_id AND t.id = s.batch_id
    WHERE s.company_id = b.company_id AND s.item_id = b.item_id AND s.warehouse_id = b.warehouse_id AND s.quantity_left > 0
) l ON true
WHERE b.company_id = %(company)s AND (%(items)s::uuid[] IS NULL OR b.item_id = ANY(%(items)s::uuid[]))
    AND (%(warehouse)s::uuid IS NULL OR b.warehouse_id = %(warehouse)s::uuid)
ORDER BY i.sku, w.code
"""

# What was left of a layer on a day: what came in, less what movements booked by then took or put back.
_STOCK_AS_OF = """
WITH layer AS (
    SELECT s.item_id, s.warehouse_id, t.is_blocked, t.expiry_date,
        s.quantity - coalesce((SELECT sum(c.quantity) FROM inventory_layerconsumption c
            JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
            WHERE c.company_id = s.company_id AND c.layer_id = s.id AND m.booking_date <= %(day)s), 0) AS quantity_left
    FROM inventory_stocklayer s
    LEFT JOIN inventory_batch t ON t.company_id = s.company_id AND t.id = s.batch_id
    WHERE s.company_id = %(company)s AND s.booked_on <= %(day)s
        AND (%(items)s::uuid[] IS NULL OR s.item_id = ANY(%(items)s::uuid[]))
        AND (%(warehouse)s::uuid IS NULL OR s.warehouse_id = %(warehouse)s::uuid)
), held AS (
    SELECT item_id, warehouse_id, sum(quantity_left) AS on_hand,
        sum(quantity_left) FILTER (WHERE is_blocked) AS blocked,
        sum(quantity_left) FILTER (WHERE is_blocked IS NOT TRUE AND expiry_date < %(day)s) AS expired
    FROM layer GROUP BY 1, 2
)
SELECT h.item_id, i.sku, i.name, i.reorder_level, h.warehouse_id, w.code, h.on_hand, NULL::numeric,
    coalesce(h.blocked, 0), coalesce(h.expired, 0),
    CASE WHEN w.is_quarantine THEN 0 ELSE h.on_hand - coalesce(h.blocked, 0)
        - CASE WHEN k.sell_expired = 'warn' THEN 0 ELSE coalesce(h.expired, 0) END END
FROM held h
JOIN inventory_item i ON i.company_id = %(company)s AND i.id = h.item_id
JOIN inventory_warehouse w ON w.company_id = %(company)s AND w.id = h.warehouse_id
JOIN erp_company k ON k.id = %(company)s
ORDER BY i.sku, w.code
"""


def stock_rows(
    company_id: UUID,
    *,
    today: date,
    as_of: date | None = None,
    items: Iterable[UUID] | None = None,
    warehouse_id: UUID | None = None,
) -> list[StockRow]:
    """What lies where now, or what lay there at the end of a day by the dates of the books; by SKU and warehouse."""
    parameters: dict[str, Any] = {
        "company": company_id,
        "day": as_of or today,
        "items": None if items is None else list(items),
        "warehouse": warehouse_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STOCK_NOW if as_of is None else _STOCK_AS_OF, parameters)
        return [StockRow(*row) for row in cursor.fetchall()]


def stock_of(company_id: UUID, items: Sequence[UUID], *, today: date) -> dict[UUID, ItemStock]:
    """What is there of each item, over all warehouses."""
    sums = dict.fromkeys(items, ItemStock())
    if not items:
        return sums
    for row in stock_rows(company_id, today=today, items=items):
        so_far = sums[row.item_id]
        sums[row.item_id] = ItemStock(
            so_far.on_hand + row.on_hand, so_far.reserved + (row.reserved or ZERO), so_far.available + row.available
        )
    return sums


def show_items(actor: Actor, items: Sequence[Item], *, now: datetime) -> list[CatalogueItemPayload]:
    """Items, read with their units, as they are shown, with what is there of them today."""
    today, ids = day_in(actor.company.timezone, now), [item.id for item in items]
    stock, rates = stock_of(actor.company_id, ids, today=today), rates_on(actor, ids, today)
    packs = packs_of(actor, ids)
    return [item_payload(item, stock[item.id], rates[item.id].own, packs[item.id]) for item in items]


def read_item(actor: Actor, item_id: UUID, *, now: datetime) -> CatalogueItemPayload | None:
    """One item as it is shown; None for what does not exist or belongs to others."""
    item = Item.objects.of(actor).select_related("uom").filter(id=item_id).first()
    return None if item is None else show_items(actor, [item], now=now)[0]


def stock_documents(company_id: UUID, kinds: Iterable[str]) -> QuerySet[StockDocument]:
    """The company's stock documents of these kinds with what their rows show."""
    rows = StockDocument.objects.of(Within(company_id)).filter(kind__in=list(kinds))
    return rows.select_related("warehouse", "destination", "voucher")


def read_stock_document(
    company_id: UUID, document_id: UUID, *, with_cost: bool, kinds: Iterable[str] = StockDocumentKind
) -> StockDocumentPayload | None:
    """A stock document of these kinds with the movements that it made; None for what is none, or belongs to others."""
    mine = Within(company_id)
    document = stock_documents(company_id, kinds).filter(id=document_id).first()
    if document is None:
        return None
    movements = StockMovement.objects.of(mine).filter(source_id=document_id).select_related("item").order_by("id")
    layers = StockLayer.objects.of(mine).filter(movement__in=movements.order_by()).select_related("batch")
    taken = LayerConsumption.objects.of(mine).filter(movement__company_id=company_id, movement__source_id=document_id)
    # A movement takes of one batch, whatever the number of its layers.
    batches = {one.movement_id: one.layer.batch for one in taken.select_related("layer__batch")}
    return stock_document_payload(
        document,
        [movement for movement in movements if not _undoes(movement, document)],
        {layer.movement_id: layer for layer in layers},
        batches,
        with_cost=with_cost,
    )


def _undoes(movement: StockMovement, document: StockDocument) -> bool:
    """Whether the movement is of the reversal; that of a transfer goes the other way."""
    if document.kind != StockDocumentKind.TRANSFER:
        return movement.kind == MovementKind.REVERSAL
    return (movement.quantity < 0) != (movement.warehouse_id == document.warehouse_id)


def show_stock_document(company_id: UUID, document_id: UUID, *, with_cost: bool) -> StockDocumentPayload:
    """A stock document that the running transaction has written."""
    shown = read_stock_document(company_id, document_id, with_cost=with_cost)
    assert shown is not None, "the use case has just written it"
    return shown


def layers_taken(company_id: UUID, voucher_id: UUID, *, with_cost: bool) -> list[LayerPayload]:
    """What moved with a voucher, and with the one that reversed it, in which layers; the oldest layer of a line first."""
    mine = Q(movement__voucher_id=voucher_id) | Q(movement__voucher__reverses_id=voucher_id)
    rows = LayerConsumption.objects.of(Within(company_id)).filter(
        mine, movement__company_id=company_id, layer__company_id=company_id
    )
    taken = rows.select_related("movement__item", "layer__batch")
    return [
        layer_payload(one, with_cost=with_cost)
        for one in taken.order_by("movement_id", "layer__received_on", "layer_id", "id")
    ]
