"""How orders and customers are shown. Quantities three places, amounts two, rates two to four; all as texts. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from accounting.gst import STATES
from accounting.parties import PartyPayload
from erp.cautions import Caution
from erp.clock import instant_text
from erp.spelling import amount_text, percent_text, quantity_text, rate_text
from sales.customers import printed_billing_address
from sales.models import Customer, Salesman, SalesOrder, SalesOrderLine


class OrderLinePayload(Struct, kw_only=True, frozen=True):
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
    reserved_qty: str
    invoiced_qty: str
    posted_qty: str
    notes: str


class OrderPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    order_number: str
    order_date: str
    due_date: str | None
    customer: UUID
    customer_name: str
    currency: UUID
    currency_code: str
    price_list: UUID | None
    salesman: UUID | None
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
    items: list[OrderLinePayload]


class OrderRowPayload(Struct, kw_only=True, frozen=True):
    """An order in a list."""

    id: UUID
    order_number: str
    order_date: str
    due_date: str | None
    customer: UUID
    customer_name: str
    currency_code: str
    status: str
    item_count: int
    total_amount: str
    created_at: str


class OrderActPayload(Struct, kw_only=True, frozen=True):
    """What confirming, reserving, cancelling and closing answer."""

    order: OrderPayload
    message: str
    reservations_count: int | UnsetType = UNSET
    warnings: list[Caution] | UnsetType = UNSET


class CreditPayload(Struct, kw_only=True, frozen=True):
    """`available` is null where there is no limit."""

    credit_limit: str
    exposure: str
    available: str | None
    on_hold: bool


class SalesmanRowPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    name: str
    code: str
    phone: str
    user: UUID | None
    is_active: bool
    version: int


def order_payload(order: SalesOrder, lines: Sequence[SalesOrderLine], reserved: Mapping[UUID, Decimal]) -> OrderPayload:
    """The order, read with its customer and currency; `reserved` by line."""
    return OrderPayload(
        id=order.id,
        order_number=order.order_number,
        order_date=order.order_date.isoformat(),
        due_date=order.due_date.isoformat() if order.due_date else None,
        customer=order.customer_id,
        customer_name=order.customer.name,
        currency=order.currency_id,
        currency_code=order.currency.code,
        price_list=order.price_list_id,
        salesman=order.salesman_id,
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
        items=[order_line_payload(line, reserved.get(line.id, Decimal(0))) for line in lines],
    )


def order_line_payload(line: SalesOrderLine, reserved: Decimal) -> OrderLinePayload:
    """A line, read with its item and unit."""
    return OrderLinePayload(
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
        reserved_qty=quantity_text(reserved),
        invoiced_qty=quantity_text(line.invoiced_qty),
        posted_qty=quantity_text(line.posted_qty),
        notes=line.notes,
    )


def order_row_payload(order: SalesOrder, item_count: int) -> OrderRowPayload:
    """An order in a list, read with its customer and currency."""
    return OrderRowPayload(
        id=order.id,
        order_number=order.order_number,
        order_date=order.order_date.isoformat(),
        due_date=order.due_date.isoformat() if order.due_date else None,
        customer=order.customer_id,
        customer_name=order.customer.name,
        currency_code=order.currency.code,
        status=order.status,
        item_count=item_count,
        total_amount=amount_text(order.total_amount),
        created_at=instant_text(order.created_at),
    )


def party_payload(customer: Customer, *, balance: Decimal, currency_code: str) -> PartyPayload:
    """A customer with what he owes, in base currency."""
    return PartyPayload(
        id=customer.id,
        code=customer.code,
        name=customer.name,
        gstin=customer.gstin,
        gst_treatment=customer.gst_treatment,
        state_code=customer.state_code,
        state=next(iter(STATES.get(customer.state_code, ())), ""),
        email=customer.email,
        phone=customer.phone1,
        billing_address=printed_billing_address(customer),
        shipping_address=customer.shipping_address,
        currency_code=currency_code,
        credit_limit=amount_text(customer.credit_limit),
        credit_hold=customer.credit_hold,
        credit_days=customer.credit_days,
        price_list=customer.price_list_id,
        salesman=customer.salesman_id,
        is_active=customer.is_active,
        balance=amount_text(balance),
        version=customer.version,
        created_at=instant_text(customer.created_at),
    )


def salesman_payload(salesman: Salesman) -> SalesmanRowPayload:
    return SalesmanRowPayload(
        id=salesman.id,
        name=salesman.name,
        code=salesman.code,
        phone=salesman.phone,
        user=salesman.user_id,
        is_active=salesman.is_active,
        version=salesman.version,
    )
