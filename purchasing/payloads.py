"""How the purchasing side is shown. Quantities three places, amounts two, rates two to four; all as texts. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from accounting.gst import STATES
from accounting.parties import PartyPayload
from erp.cautions import Caution
from erp.clock import instant_text
from erp.spelling import amount_text, percent_text, quantity_text, rate_text
from purchasing.models import GoodsReceipt, GoodsReceiptLine, PurchaseOrder, PurchaseOrderLine, Supplier


class PurchaseLinePayload(Struct, kw_only=True, frozen=True):
    """A line of a purchase order; of `quantity`, `received_qty` has come and `invoiced_qty` is on live bills."""

    id: UUID
    line_no: int
    item: UUID
    item_name: str
    item_sku: str
    description: str
    quantity: str
    uom: UUID
    uom_name: str
    unit_rate: str
    discount_pct: str
    gst_rate: str | None
    line_total: str
    tax_amount: str
    received_qty: str
    invoiced_qty: str
    posted_qty: str
    notes: str


class PurchaseRowPayload(Struct, kw_only=True, frozen=True):
    """A purchase order in a list."""

    id: UUID
    order_number: str
    order_date: str
    expected_date: str | None
    supplier: UUID
    supplier_name: str
    currency_code: str
    status: str
    item_count: int
    total_amount: str
    created_at: str


class PurchasePayload(Struct, kw_only=True, frozen=True):
    id: UUID
    order_number: str
    order_date: str
    expected_date: str | None
    supplier: UUID
    supplier_name: str
    currency: UUID
    currency_code: str
    price_list: UUID | None
    warehouse: UUID
    status: str
    subtotal: str
    discount_amount: str
    tax_amount: str
    total_amount: str
    shipping_address: str
    billing_address: str
    payment_terms: str
    notes: str
    confirmed_at: str | None
    invoiced_at: str | None
    version: int
    created_at: str
    updated_at: str
    items: list[PurchaseLinePayload]


class PurchaseActPayload(Struct, kw_only=True, frozen=True):
    """What confirming, cancelling and closing answer."""

    order: PurchasePayload
    message: str


class ReceiptLinePayload(Struct, kw_only=True, frozen=True):
    """What came of an item; costs only for those who may see them."""

    id: UUID
    line_no: int
    item: UUID
    item_sku: str
    item_name: str
    order_item: UUID | None
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
    purchase_order: UUID | None
    purchase_order_number: str | None
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
        price_list=supplier.price_list_id,
        is_active=supplier.is_active,
        balance=amount_text(owed),
        version=supplier.version,
        created_at=instant_text(supplier.created_at),
    )


def receipt_row_payload(receipt: GoodsReceipt, *, with_cost: bool) -> ReceiptRowPayload:
    """A receipt in a list, read with its supplier, order, warehouse and voucher."""
    return ReceiptRowPayload(
        id=receipt.id,
        receipt_number=receipt.receipt_number,
        receipt_date=receipt.receipt_date.isoformat(),
        posting_date=receipt.voucher.voucher_date.isoformat(),
        supplier=receipt.supplier_id,
        supplier_name=receipt.supplier.name,
        supplier_reference=receipt.supplier_reference,
        purchase_order=receipt.purchase_order_id,
        purchase_order_number=receipt.purchase_order.order_number if receipt.purchase_order else None,
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
        order_item=line.order_line_id,
        quantity=quantity_text(line.quantity),
        unit_cost=rate_text(line.unit_cost) if with_cost else UNSET,
        cost=amount_text(line.cost) if with_cost else UNSET,
        batch_no=batch.batch_no if batch else "",
        manufactured_on=line.manufactured_on.isoformat() if line.manufactured_on else None,
        expiry_date=batch.expiry_date.isoformat() if batch and batch.expiry_date else None,
        layer=line.layer_id,
    )


def purchase_payload(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> PurchasePayload:
    """The order, read with its supplier and currency; its lines with their items and units."""
    return PurchasePayload(
        id=order.id,
        order_number=order.order_number,
        order_date=order.order_date.isoformat(),
        expected_date=order.expected_date.isoformat() if order.expected_date else None,
        supplier=order.supplier_id,
        supplier_name=order.supplier.name,
        currency=order.currency_id,
        currency_code=order.currency.code,
        price_list=order.price_list_id,
        warehouse=order.warehouse_id,
        status=order.status,
        subtotal=amount_text(order.subtotal),
        discount_amount=amount_text(order.discount_amount),
        tax_amount=amount_text(order.tax_amount),
        total_amount=amount_text(order.total_amount),
        shipping_address=order.shipping_address,
        billing_address=order.billing_address,
        payment_terms=order.payment_terms,
        notes=order.notes,
        confirmed_at=instant_text(order.confirmed_at) if order.confirmed_at else None,
        invoiced_at=instant_text(order.invoiced_at) if order.invoiced_at else None,
        version=order.version,
        created_at=instant_text(order.created_at),
        updated_at=instant_text(order.updated_at),
        items=[purchase_line_payload(line) for line in lines],
    )


def purchase_line_payload(line: PurchaseOrderLine) -> PurchaseLinePayload:
    """A line, read with its item and unit."""
    return PurchaseLinePayload(
        id=line.id,
        line_no=line.line_no,
        item=line.item_id,
        item_name=line.item.name,
        item_sku=line.item.sku,
        description=line.description,
        quantity=quantity_text(line.quantity),
        uom=line.uom_id,
        uom_name=line.uom.name,
        unit_rate=rate_text(line.unit_rate),
        discount_pct=percent_text(line.discount_pct),
        gst_rate=None if line.gst_rate is None else percent_text(line.gst_rate),
        line_total=amount_text(line.line_total),
        tax_amount=amount_text(line.tax_amount),
        received_qty=quantity_text(line.received_qty),
        invoiced_qty=quantity_text(line.invoiced_qty),
        posted_qty=quantity_text(line.posted_qty),
        notes=line.notes,
    )


def purchase_row_payload(order: PurchaseOrder, item_count: int) -> PurchaseRowPayload:
    """An order in a list, read with its supplier and currency."""
    return PurchaseRowPayload(
        id=order.id,
        order_number=order.order_number,
        order_date=order.order_date.isoformat(),
        expected_date=order.expected_date.isoformat() if order.expected_date else None,
        supplier=order.supplier_id,
        supplier_name=order.supplier.name,
        currency_code=order.currency.code,
        status=order.status,
        item_count=item_count,
        total_amount=amount_text(order.total_amount),
        created_at=instant_text(order.created_at),
    )
