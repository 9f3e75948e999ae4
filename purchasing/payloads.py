"""How the purchasing side is shown. Quantities three places, amounts two, rates two to four; all as texts. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from accounting.gst import STATES
from accounting.parties import PartyPayload
from erp.cautions import Caution
from erp.clock import instant_text
from erp.spelling import amount_text, quantity_text, rate_text
from purchasing.models import GoodsReceipt, GoodsReceiptLine, Supplier


class ReceiptLinePayload(Struct, kw_only=True, frozen=True):
    """What came of an item; costs only for those who may see them."""

    id: UUID
    line_no: int
    item: UUID
    item_sku: str
    item_name: str
    quantity: str
    unit_cost: str | UnsetType = UNSET
    cost: str | UnsetType = UNSET
    batch_no: str
    manufactured_on: str | None
    expiry_date: str | None
    layer: UUID


class ReceiptRowPayload(Struct, kw_only=True, frozen=True):
    """A receipt in a list."""

    id: UUID
    receipt_number: str
    receipt_date: str
    posting_date: str
    supplier: UUID
    supplier_name: str
    supplier_reference: str
    warehouse: UUID
    warehouse_code: str
    status: str
    voucher: UUID
    voucher_number: str
    total_cost: str | UnsetType = UNSET
    created_at: str


class ReceiptPayload(ReceiptRowPayload, kw_only=True, frozen=True):
    """A whole receipt; `posting_date` is the day on which the books have it."""

    version: int
    lines: list[ReceiptLinePayload]
    warnings: list[Caution] | UnsetType = UNSET


def supplier_payload(supplier: Supplier, *, owed: Decimal, currency_code: str) -> PartyPayload:
    """A supplier as a party; `owed` is what we owe him, in base currency."""
    return PartyPayload(
        id=supplier.id,
        code=supplier.code,
        name=supplier.name,
        gstin=supplier.gstin,
        gst_treatment=supplier.gst_treatment,
        state_code=supplier.state_code,
        state=next(iter(STATES.get(supplier.state_code, ())), ""),
        email=supplier.email,
        phone=supplier.phone,
        billing_address=supplier.billing_address,
        shipping_address=supplier.shipping_address,
        currency_code=currency_code,
        credit_limit=amount_text(supplier.credit_limit),
        credit_hold=supplier.credit_hold,
        credit_days=supplier.credit_days,
        is_active=supplier.is_active,
        balance=amount_text(owed),
        version=supplier.version,
        created_at=instant_text(supplier.created_at),
    )


def receipt_row_payload(receipt: GoodsReceipt, *, with_cost: bool) -> ReceiptRowPayload:
    """A receipt in a list, read with its supplier, warehouse and voucher."""
    return ReceiptRowPayload(
        id=receipt.id,
        receipt_number=receipt.receipt_number,
        receipt_date=receipt.receipt_date.isoformat(),
        posting_date=receipt.voucher.voucher_date.isoformat(),
        supplier=receipt.supplier_id,
        supplier_name=receipt.supplier.name,
        supplier_reference=receipt.supplier_reference,
        warehouse=receipt.warehouse_id,
        warehouse_code=receipt.warehouse.code,
        status=receipt.status,
        voucher=receipt.voucher_id,
        voucher_number=receipt.voucher.number,
        total_cost=amount_text(receipt.total_cost) if with_cost else UNSET,
        created_at=instant_text(receipt.created_at),
    )


def receipt_payload(receipt: GoodsReceipt, lines: Sequence[GoodsReceiptLine], *, with_cost: bool) -> ReceiptPayload:
    """A whole receipt; its lines read with their items, layers and batches."""
    row = receipt_row_payload(receipt, with_cost=with_cost)
    members = {name: getattr(row, name) for name in row.__struct_fields__}
    shown = [_receipt_line_payload(line, with_cost=with_cost) for line in lines]
    return ReceiptPayload(**members, version=receipt.version, lines=shown)


def _receipt_line_payload(line: GoodsReceiptLine, *, with_cost: bool) -> ReceiptLinePayload:
    batch = line.layer.batch
    return ReceiptLinePayload(
        id=line.id,
        line_no=line.line_no,
        item=line.item_id,
        item_sku=line.item.sku,
        item_name=line.item.name,
        quantity=quantity_text(line.quantity),
        unit_cost=rate_text(line.unit_cost) if with_cost else UNSET,
        cost=amount_text(line.cost) if with_cost else UNSET,
        batch_no=batch.batch_no if batch else "",
        manufactured_on=line.manufactured_on.isoformat() if line.manufactured_on else None,
        expiry_date=batch.expiry_date.isoformat() if batch and batch.expiry_date else None,
        layer=line.layer_id,
    )
