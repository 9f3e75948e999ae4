"""How stock and its masters are shown. Quantities three places, amounts two, rates two to four; all as texts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from erp.cautions import Caution
from erp.spelling import amount_text, percent_text, quantity_text, rate_text, shortest_text
from inventory.models import (
    Batch,
    HsnRate,
    Item,
    ItemPack,
    LayerConsumption,
    StockDocument,
    StockLayer,
    StockMovement,
    Uom,
    Warehouse,
)

ZERO = Decimal("0.000")


@dataclass(frozen=True, slots=True)
class StockRow:
    """An item in a warehouse, in its base unit. `reserved` is known for today only."""

    item_id: UUID
    sku: str
    name: str
    reorder_level: Decimal
    warehouse_id: UUID
    warehouse_code: str
    on_hand: Decimal
    reserved: Decimal | None
    blocked: Decimal
    expired: Decimal
    available: Decimal


@dataclass(frozen=True, slots=True)
class ItemStock:
    """An item in all warehouses."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    available: Decimal = ZERO


class UomPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    code: str
    name: str
    uqc: str
    decimals: int
    version: int


class HsnRatePayload(Struct, kw_only=True, frozen=True):
    """The GST rate, in percent, of what begins with this HSN code, from a day on."""

    id: UUID
    hsn_code: str
    gst_rate: str
    valid_from: str
    version: int


class WarehousePayload(Struct, kw_only=True, frozen=True):
    id: UUID
    code: str
    name: str
    address: str
    state_code: str
    is_quarantine: bool
    is_default: bool
    is_active: bool
    version: int


class PackPayload(Struct, kw_only=True, frozen=True):
    """A unit that holds `factor` of the item's own, exactly."""

    uom_code: str
    factor: str


class CatalogueItemPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    sku: str
    name: str
    description: str
    kind: str
    tracked: bool
    batch_required: bool
    issue_rule: str
    uom: UUID
    uom_name: str
    packs: list[PackPayload]
    hsn_code: str
    gst_rate: str | None
    tax_category: str
    sale_rate: str | None
    purchase_rate: str | None
    mrp: str
    reorder_level: str
    on_hand: str
    reserved: str
    available: str
    is_active: bool
    version: int


class StockRowPayload(Struct, kw_only=True, frozen=True):
    item: UUID
    item_sku: str
    item_name: str
    warehouse: UUID
    warehouse_code: str
    on_hand: str
    reserved: str | None
    blocked: str
    expired: str
    available: str
    reorder_level: str


class LayerPayload(Struct, kw_only=True, frozen=True):
    """What a line took from a layer, negative where it went back; `cost` only for those who may see costs."""

    line: UUID | None
    item: UUID
    item_sku: str
    layer: UUID
    received_on: str
    batch_no: str
    quantity: str
    cost: str | UnsetType = UNSET


class StockDocumentLinePayload(Struct, kw_only=True, frozen=True):
    """Goods of one batch that came (positive) or went; `layer` is the one that they made."""

    item: UUID
    item_sku: str
    warehouse: UUID
    quantity: str
    layer: UUID | None
    batch_no: str
    expiry_date: str | None
    value: str | UnsetType = UNSET


class StockDocumentRowPayload(Struct, kw_only=True, frozen=True):
    """A stock document in a list."""

    id: UUID
    number: str
    kind: str
    date: str
    warehouse: UUID | None
    warehouse_code: str | None
    destination: UUID | None
    destination_code: str | None
    reason: str
    status: str
    voucher: UUID | None
    voucher_number: str | None
    version: int


class StockDocumentPayload(StockDocumentRowPayload, kw_only=True, frozen=True):
    """A whole stock document, as it was made; what changed nothing has neither voucher nor lines."""

    lines: list[StockDocumentLinePayload]
    warnings: list[Caution] | UnsetType = UNSET


class StockReversalPayload(Struct, kw_only=True, frozen=True):
    """What taking a stock document back answers: both vouchers, null for what was never booked."""

    reversed_voucher: UUID | None
    reversed_voucher_number: str | None
    original_voucher: UUID | None
    original_voucher_number: str | None
    status: str
    reason: str
    message: str


def uom_payload(uom: Uom) -> UomPayload:
    return UomPayload(id=uom.id, code=uom.code, name=uom.name, uqc=uom.uqc, decimals=uom.decimals, version=uom.version)


def warehouse_payload(warehouse: Warehouse) -> WarehousePayload:
    return WarehousePayload(
        id=warehouse.id,
        code=warehouse.code,
        name=warehouse.name,
        address=warehouse.address,
        state_code=warehouse.state_code,
        is_quarantine=warehouse.is_quarantine,
        is_default=warehouse.is_default,
        is_active=warehouse.is_active,
        version=warehouse.version,
    )


def hsn_rate_payload(rate: HsnRate) -> HsnRatePayload:
    return HsnRatePayload(
        id=rate.id,
        hsn_code=rate.hsn_code,
        gst_rate=percent_text(rate.gst_rate),
        valid_from=rate.valid_from.isoformat(),
        version=rate.version,
    )


def item_payload(item: Item, stock: ItemStock, gst_rate: Decimal | None, packs: Sequence[ItemPack]) -> CatalogueItemPayload:
    """The item and its packs, read with their units, what is there of it, and the GST rate of its own that it has today."""
    return CatalogueItemPayload(
        id=item.id,
        sku=item.sku,
        name=item.name,
        description=item.description,
        kind=item.kind,
        tracked=item.tracked,
        batch_required=item.batch_required,
        issue_rule=item.issue_rule,
        uom=item.uom_id,
        uom_name=item.uom.name,
        packs=[PackPayload(uom_code=pack.uom.code, factor=shortest_text(pack.factor)) for pack in packs],
        hsn_code=item.hsn_code,
        gst_rate=None if gst_rate is None else percent_text(gst_rate),
        tax_category=item.tax_category,
        sale_rate=None if item.sale_rate is None else rate_text(item.sale_rate),
        purchase_rate=None if item.purchase_rate is None else rate_text(item.purchase_rate),
        mrp=rate_text(item.mrp),
        reorder_level=quantity_text(item.reorder_level),
        on_hand=quantity_text(stock.on_hand),
        reserved=quantity_text(stock.reserved),
        available=quantity_text(stock.available),
        is_active=item.is_active,
        version=item.version,
    )


def stock_row_payload(row: StockRow) -> StockRowPayload:
    return StockRowPayload(
        item=row.item_id,
        item_sku=row.sku,
        item_name=row.name,
        warehouse=row.warehouse_id,
        warehouse_code=row.warehouse_code,
        on_hand=quantity_text(row.on_hand),
        reserved=None if row.reserved is None else quantity_text(row.reserved),
        blocked=quantity_text(row.blocked),
        expired=quantity_text(row.expired),
        available=quantity_text(row.available),
        reorder_level=quantity_text(row.reorder_level),
    )


def layer_payload(taken: LayerConsumption, *, with_cost: bool) -> LayerPayload:
    batch = taken.layer.batch
    return LayerPayload(
        line=taken.movement.source_line_id,
        item=taken.movement.item_id,
        item_sku=taken.movement.item.sku,
        layer=taken.layer_id,
        received_on=taken.layer.received_on.isoformat(),
        batch_no=batch.batch_no if batch else "",
        quantity=quantity_text(taken.quantity),
        cost=amount_text(taken.cost) if with_cost else UNSET,
    )


def stock_document_row_payload(document: StockDocument) -> StockDocumentRowPayload:
    """The document with its warehouses and voucher read already."""
    return StockDocumentRowPayload(**_head(document))


def stock_document_payload(
    document: StockDocument,
    movements: list[StockMovement],
    layers: dict[int, StockLayer],
    batches: dict[int, Batch | None],
    *,
    with_cost: bool,
) -> StockDocumentPayload:
    """As its row; `layers` by the movement that brought each in, `batches` by the movement that took of each."""
    lines = []
    for movement in movements:
        layer = layers.get(movement.id)
        batch = layer.batch if layer else batches.get(movement.id)
        lines.append(_stock_line(movement, layer, batch, with_cost=with_cost))
    return StockDocumentPayload(**_head(document), lines=lines)


def _head(document: StockDocument) -> dict[str, Any]:
    return {
        "id": document.id,
        "number": document.number,
        "kind": document.kind,
        "date": document.document_date.isoformat(),
        "warehouse": document.warehouse_id,
        "warehouse_code": document.warehouse.code if document.warehouse else None,
        "destination": document.destination_id,
        "destination_code": document.destination.code if document.destination else None,
        "reason": document.reason,
        "status": document.status,
        "voucher": document.voucher_id,
        "voucher_number": document.voucher.number if document.voucher else None,
        "version": document.version,
    }


def _stock_line(
    movement: StockMovement, layer: StockLayer | None, batch: Batch | None, *, with_cost: bool
) -> StockDocumentLinePayload:
    return StockDocumentLinePayload(
        item=movement.item_id,
        item_sku=movement.item.sku,
        warehouse=movement.warehouse_id,
        quantity=quantity_text(movement.quantity),
        layer=layer.id if layer else None,
        batch_no=batch.batch_no if batch else "",
        expiry_date=batch.expiry_date.isoformat() if batch and batch.expiry_date else None,
        value=amount_text(movement.value) if with_cost else UNSET,
    )
