"""Reading movements: what came and went, of which batches, and by which document."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, Sum
from msgspec import UNSET, Struct, UnsetType

from accounting.payloads import SourcePayload
from erp.clock import instant_text
from erp.models import Within
from erp.spelling import amount_text, quantity_text
from inventory.models import LayerConsumption, StockLayer, StockMovement


class MovedBatchPayload(Struct, kw_only=True, frozen=True):
    """How much of a movement was of this batch, with the movement's sign."""

    batch: UUID
    batch_no: str
    quantity: str


class MovementPayload(Struct, kw_only=True, frozen=True):
    """Goods in or, negative, out of a warehouse; `value` in base currency, only for those who may see costs."""

    id: int
    date: str
    recorded_at: str
    kind: str
    item: UUID
    item_sku: str
    item_name: str
    warehouse: UUID
    warehouse_code: str
    quantity: str
    batches: list[MovedBatchPayload]
    source: SourcePayload
    voucher: UUID | None
    value: str | UnsetType = UNSET


def movements(company_id: UUID) -> QuerySet[StockMovement]:
    """The company's movements with their items and warehouses."""
    return StockMovement.objects.of(Within(company_id)).select_related("item", "warehouse")


def show_movements(company_id: UUID, rows: Sequence[StockMovement], *, with_cost: bool) -> list[MovementPayload]:
    """Movements, read with their items and warehouses, as they are shown."""
    batches = _batches(company_id, rows)
    return [
        MovementPayload(
            id=row.id,
            date=row.booking_date.isoformat(),
            recorded_at=instant_text(row.recorded_at),
            kind=row.kind,
            item=row.item_id,
            item_sku=row.item.sku,
            item_name=row.item.name,
            warehouse=row.warehouse_id,
            warehouse_code=row.warehouse.code,
            quantity=quantity_text(row.quantity),
            batches=[
                MovedBatchPayload(batch=batch, batch_no=number, quantity=quantity_text(quantity))
                for batch, number, quantity in batches.get(row.id, [])
            ],
            source=SourcePayload(kind=row.source_kind, id=row.source_id),
            voucher=row.voucher_id,
            value=amount_text(row.value) if with_cost else UNSET,
        )
        for row in rows
    ]


def _batches(company_id: UUID, rows: Sequence[StockMovement]) -> dict[int, list[tuple[UUID, str, Decimal]]]:
    """Movement → its batches with what was moved of each, by number: of its layer, or of those it took of or put back."""
    mine, ids = Within(company_id), [row.id for row in rows]
    came = StockLayer.objects.of(mine).filter(movement_id__in=ids, batch__isnull=False)
    went = LayerConsumption.objects.of(mine).filter(
        movement_id__in=ids, layer__company_id=company_id, layer__batch__isnull=False
    )
    moved = [
        *came.values_list("movement_id", "batch_id", "batch__batch_no", "quantity"),
        *went.values_list("movement_id", "layer__batch_id", "layer__batch__batch_no")
        .annotate(sum=-Sum("quantity"))
        .order_by(),
    ]
    found: dict[int, list[tuple[UUID, str, Decimal]]] = {}
    for movement_id, batch_id, number, quantity in sorted(moved, key=lambda one: (one[0], one[2])):
        found.setdefault(movement_id, []).append((batch_id, number, quantity))
    return found
