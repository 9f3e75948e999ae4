"""The life of a purchase order: made, confirmed, cancelled, closed. Receipts do the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.changing import require_version
from erp.currencies import find_currency
from erp.identifiers import new_id
from erp.locking import Locks
from erp.numbering import Series, take_numbers
from erp.performing import use_case
from erp.problems import Conflict, ValidationFailed
from inventory.kinds import PriceKind
from inventory.masters import find_warehouse
from inventory.order_billing import refuse_invoiced
from inventory.order_lines import (
    NewLine,
    compute,
    refuse_bad_amounts,
    require_state,
    terms_of,
)
from inventory.order_status import OrderStatus
from inventory.prices import find_price_list
from purchasing.models import PurchaseOrder, PurchaseOrderLine, Supplier
from purchasing.orders import TABLES, lines_of, lock_order, new_lines
from purchasing.suppliers import find_supplier


class SupplierOnHold(Conflict):
    """The supplier is on credit hold. Lift it on the supplier, or do not buy from him."""

    code = "credit-hold"
    message = "This supplier gets no new orders."


class NotBilled(Conflict):
    """Goods of the order came that no bill names: `data.lines` says which. Bill them, or reverse their receipts."""

    code = "wrong-state"
    message = "Goods of this order came that are not billed yet."


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """`currency` is a code or an id; what is None or empty comes from the supplier, the company, or the day."""

    supplier_id: UUID
    order_date: date
    currency: str | None = None
    expected_date: date | None = None
    price_list_id: UUID | None = None
    warehouse_id: UUID | None = None
    discount_amount: Decimal = Decimal("0.00")
    shipping_address: str = ""
    billing_address: str = ""
    payment_terms: str = ""
    notes: str = ""
    lines: Sequence[NewLine] = ()


@use_case
def create_purchase(locks: Locks, *, draft: NewPurchase, actor: Actor, now: datetime) -> PurchaseOrder:
    """A DRAFT order, with its number. Locks SERIES.

    Raises NotFound, SupplierOnHold (409), NoPrice, ValidationFailed.
    """
    supplier = find_supplier(actor, draft.supplier_id)
    _refuse_hold(supplier)
    currency = find_currency(actor, draft.currency)
    if draft.price_list_id:
        find_price_list(actor, draft.price_list_id, kind=PriceKind.PURCHASE, currency_id=currency.id)
    order = PurchaseOrder(
        id=new_id(),
        company_id=locks.company_id,
        order_date=draft.order_date,
        expected_date=draft.expected_date,
        supplier=supplier,
        currency=currency,
        price_list_id=draft.price_list_id,
        warehouse=find_warehouse(actor, draft.warehouse_id),
        discount_amount=draft.discount_amount,
        billing_address=draft.billing_address or supplier.billing_address,
        shipping_address=draft.shipping_address,
        payment_terms=draft.payment_terms,
        notes=draft.notes,
        created_at=now,
        updated_at=now,
    )
    lines = new_lines(actor, order, draft.lines, first=1, lines="items")
    refuse_bad_amounts(terms_of(lines), draft.discount_amount)
    series = Series("PO")
    order.order_number = take_numbers(locks, {series: 1})[series][0]
    compute(order, lines)
    order.save(force_insert=True)
    PurchaseOrderLine.objects.of(locks).bulk_create(lines)
    TABLES.note(locks, "create_purchase", order, actor=actor, now=now)
    return order


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The order; `already`: nothing was done."""

    order: PurchaseOrder
    already: bool = False


@use_case
def confirm_purchase(
    locks: Locks, *, order_id: UUID, actor: Actor, now: datetime, expected_version: int | None = None
) -> Confirmed:
    """DRAFT → CONFIRMED: goods may be received against it. Again: nothing happens. Locks PURCHASE_ORDER.

    Raises NotFound, Stale, SupplierOnHold, WrongState (409), ValidationFailed for an order without lines.
    """
    order = lock_order(locks, order_id)
    if order.status == OrderStatus.CONFIRMED:
        return Confirmed(order, already=True)
    require_version(order.version, expected_version)
    require_state(order, OrderStatus.DRAFT)
    _refuse_hold(Supplier.objects.of(locks).get(id=order.supplier_id))
    if not lines_of(order):
        raise ValidationFailed("The order has no line.", errors={"items": ["At least one item is required."]})
    order.confirmed_at = now
    TABLES.enter(locks, order, OrderStatus.CONFIRMED, actor=actor, now=now, action="confirm_purchase")
    return Confirmed(order)


@use_case
def cancel_purchase(
    locks: Locks,
    *,
    order_id: UUID,
    actor: Actor,
    now: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> PurchaseOrder:
    """DRAFT or CONFIRMED → CANCELLED. Again: nothing happens. Locks PURCHASE_ORDER.

    Raises NotFound, Stale, HasInvoices, WrongState once something has come: reverse its receipts first.
    """
    order = lock_order(locks, order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    require_version(order.version, expected_version)
    refuse_invoiced(lines_of(order))
    require_state(order, OrderStatus.DRAFT, OrderStatus.CONFIRMED)
    TABLES.enter(locks, order, OrderStatus.CANCELLED, actor=actor, now=now, action="cancel_purchase", reason=reason)
    return order


@use_case
def close_purchase(
    locks: Locks,
    *,
    order_id: UUID,
    actor: Actor,
    now: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> PurchaseOrder:
    """IN_PROGRESS → INVOICED: what is left is given up. Locks PURCHASE_ORDER.

    Raises NotFound, Stale, WrongState, HasInvoices for lines with a draft bill, NotBilled for goods that came without one.
    """
    order = lock_order(locks, order_id)
    require_version(order.version, expected_version)
    require_state(order, OrderStatus.IN_PROGRESS)
    lines = lines_of(order)
    refuse_invoiced(lines, drafts_only=True)
    unbilled = [line.id for line in lines if line.received_qty > line.posted_qty]
    if unbilled:
        raise NotBilled(data={"status": order.status, "lines": unbilled})
    order.invoiced_at = now
    TABLES.enter(locks, order, OrderStatus.INVOICED, actor=actor, now=now, action="close_purchase", reason=reason)
    return order


def _refuse_hold(supplier: Supplier) -> None:
    if supplier.credit_hold:
        raise SupplierOnHold
