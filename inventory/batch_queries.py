"""Reading batches: what there is of each, and which expire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, Sum
from msgspec import Struct

from erp.models import Within
from erp.spelling import quantity_text
from inventory.models import Batch, StockLayer

ZERO = Decimal("0.000")

_EXPIRING = """
SELECT b.id, b.batch_no, b.is_blocked, b.item_id, i.sku, i.name, l.warehouse_id, w.code, sum(l.quantity_left), b.expiry_date
FROM inventory_stocklayer l
JOIN inventory_batch b ON b.company_id = l.company_id AND b.id = l.batch_id
JOIN inventory_item i ON i.company_id = l.company_id AND i.id = l.item_id
JOIN inventory_warehouse w ON w.company_id = l.company_id AND w.id = l.warehouse_id
WHERE l.company_id = %(company)s AND l.quantity_left > 0 AND b.expiry_date <= %(until)s
GROUP BY b.id, i.sku, i.name, l.warehouse_id, w.code
ORDER BY b.expiry_date, i.sku, b.batch_no, w.code
"""


class GoodsBatchPayload(Struct, kw_only=True, frozen=True):
    """A batch with what there is of it, over all warehouses, in the item's base unit."""

    id: UUID
    item: UUID
    item_sku: str
    item_name: str
    batch_no: str
    expiry_date: str | None
    is_blocked: bool
    block_reason: str
    on_hand: str
    version: int


class ExpiringPayload(Struct, kw_only=True, frozen=True):
    """What lies of a batch in a warehouse; negative `days_left` for what has expired."""

    batch: UUID
    batch_no: str
    is_blocked: bool
    item: UUID
    item_sku: str
    item_name: str
    warehouse: UUID
    warehouse_code: str
    quantity: str
    expiry_date: str
    days_left: int


@dataclass(frozen=True, slots=True)
class _Expiring:
    batch_id: UUID
    batch_no: str
    is_blocked: bool
    item_id: UUID
    sku: str
    name: str
    warehouse_id: UUID
    warehouse_code: str
    quantity: Decimal
    expiry_date: date


def batches(company_id: UUID) -> QuerySet[Batch]:
    """The company's batches with their items."""
    return Batch.objects.of(Within(company_id)).select_related("item")


def show_batches(company_id: UUID, rows: Sequence[Batch]) -> list[GoodsBatchPayload]:
    """Batches, read with their items, as they are shown."""
    layers = StockLayer.objects.of(Within(company_id)).filter(batch__in=rows, quantity_left__gt=0)
    held = dict(layers.values_list("batch_id").annotate(sum=Sum("quantity_left")).order_by())
    return [
        GoodsBatchPayload(
            id=batch.id,
            item=batch.item_id,
            item_sku=batch.item.sku,
            item_name=batch.item.name,
            batch_no=batch.batch_no,
            expiry_date=batch.expiry_date.isoformat() if batch.expiry_date else None,
            is_blocked=batch.is_blocked,
            block_reason=batch.block_reason,
            on_hand=quantity_text(held.get(batch.id, ZERO)),
            version=batch.version,
        )
        for batch in rows
    ]


def read_batch(company_id: UUID, batch_id: UUID) -> GoodsBatchPayload | None:
    """One batch as it is shown; None for what does not exist or belongs to others."""
    return next(iter(show_batches(company_id, list(batches(company_id).filter(id=batch_id)))), None)


def show_batch(company_id: UUID, batch_id: UUID) -> GoodsBatchPayload:
    """A batch that is there."""
    shown = read_batch(company_id, batch_id)
    assert shown is not None, "the use case has just read it"
    return shown


def expiring_batches(company_id: UUID, *, today: date, within_days: int) -> list[ExpiringPayload]:
    """What lies there and expires within so many days, or has expired already, which comes first."""
    parameters: dict[str, Any] = {"company": company_id, "until": today + timedelta(days=within_days)}
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRING, parameters)
        rows = [_Expiring(*row) for row in cursor.fetchall()]
    return [
        ExpiringPayload(
            batch=row.batch_id,
            batch_no=row.batch_no,
            is_blocked=row.is_blocked,
            item=row.item_id,
            item_sku=row.sku,
            item_name=row.name,
            warehouse=row.warehouse_id,
            warehouse_code=row.warehouse_code,
            quantity=quantity_text(row.quantity),
            expiry_date=row.expiry_date.isoformat(),
            days_left=(row.expiry_date - today).days,
        )
        for row in rows
    ]
