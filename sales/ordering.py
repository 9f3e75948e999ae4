"""The life of an order: taken, confirmed with stock promised to it, and what ends it but an invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.announcing import announcement
from erp.cautions import Caution
from erp.changing import require_version
from erp.clock import day_in
from erp.currencies import find_currency
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed
from inventory.kinds import PriceKind
from inventory.masters import find_warehouse
from inventory.order_billing import refuse_invoiced
from inventory.order_lines import NewLine, compute, refuse_bad_amounts, require_state, terms_of
from inventory.order_status import OrderStatus
from inventory.prices import find_price_list
from sales.customers import default_salesman, find_customer, find_salesman, printed_billing_address
from sales.exposures import judge_credit
from sales.lines import new_lines
from sales.models import Customer, SalesOrder, SalesOrderLine
from sales.orders import TABLES, lines_of, lock_order
from sales.promises import give_up_promises, promise_stock
from sales.queries import show_order


class CreditHold(Conflict):
    """The customer is on credit hold. Lift it on the customer, or do not sell to him."""

    code = "credit-hold"
    message = "This customer takes no new orders."


@dataclass(frozen=True, slots=True)
class NewOrder:
    """`currency` is a code or an id; what is None or empty comes from the customer, the company, or the day."""

    customer_id: UUID
    order_date: date
    currency: str | None = None
    due_date: date | None = None
    price_list_id: UUID | None = None
    warehouse_id: UUID | None = None
    salesman_id: UUID | None = None
    discount_amount: Decimal = Decimal("0.00")
    shipping_address: str = ""
    billing_address: str = ""
    payment_terms: str = ""
    notes: str = ""
    lines: Sequence[NewLine] = ()


@use_case
def create_order(locks: Locks, *, draft: NewOrder, actor: Actor, now: datetime) -> SalesOrder:
    """A DRAFT order, with its number. Locks SERIES.

    Raises NotFound, CreditHold (409), NoPrice, ValidationFailed.
    """
    customer = find_customer(actor, draft.customer_id)
    if customer.credit_hold:
        raise CreditHold
    billing = draft.billing_address or printed_billing_address(customer)
    currency = find_currency(actor, draft.currency)
    if draft.price_list_id:
        find_price_list(actor, draft.price_list_id, kind=PriceKind.SALES, currency_id=currency.id)
    order = SalesOrder(
        id=new_id(),
        company_id=locks.company_id,
        order_date=draft.order_date,
        due_date=draft.due_date,
        customer=customer,
        currency=currency,
        price_list_id=draft.price_list_id,
        warehouse=find_warehouse(actor, draft.warehouse_id),
        salesman=find_salesman(actor, draft.salesman_id) if draft.salesman_id else default_salesman(actor, customer),
        billing_address=billing,
        shipping_address=draft.shipping_address or customer.shipping_address or billing,
        payment_terms=draft.payment_terms,
        notes=draft.notes,
        created_at=now,
        updated_at=now,
    )
    lines = new_lines(actor, order, draft.lines, first=1, lines="items")
    refuse_bad_amounts(terms_of(lines), draft.discount_amount)
    series = Series("SO")
    order.order_number = take_numbers(locks, {series: 1})[series][0]
    order.discount_amount = draft.discount_amount
    compute(order, lines)
    order.save(force_insert=True)
    SalesOrderLine.objects.of(locks).bulk_create(lines)
    TABLES.note(locks, "create_order", order, actor=actor, now=now)
    return order


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The order, how many of its lines got stock promised, and what to mind. `already`: nothing was done."""

    order: SalesOrder
    reservations_count: int
    warnings: list[Caution]
    already: bool = False


@use_case
def confirm_order(
    locks: Locks, *, order_id: UUID, actor: Actor, now: datetime, expected_version: int | None = None
) -> Confirmed:
    """DRAFT → CONFIRMED; reserves what is available of each tracked line. Again: nothing happens.

    Locks PARTY, SALES_ORDER, STOCK. Records `order_confirmed`. Raises NotFound, Stale, WrongState, CreditHold (409),
    by policy CreditLimitExceeded, NoExchangeRate and InsufficientStock, ValidationFailed for an order without lines.
    """
    customer_id = SalesOrder.objects.of(actor).filter(id=order_id).values_list("customer_id", flat=True).first()
    if customer_id is None:
        raise NotFound("Sales order not found")
    (customer,) = locks.take(LockOrder.PARTY, Customer.objects.of(actor).filter(id=customer_id))
    order = lock_order(locks, order_id)
    if order.status == OrderStatus.CONFIRMED:
        return Confirmed(order, 0, [], already=True)
    require_version(order.version, expected_version)
    require_state(order, OrderStatus.DRAFT)
    if customer.credit_hold:
        raise CreditHold
    lines = lines_of(order)
    if not lines:
        raise ValidationFailed("The order has no line.", errors={"items": ["At least one item is required."]})
    day = day_in(actor.company.timezone, now)
    warnings = judge_credit(actor, customer, order, day=day)
    count, short = promise_stock(locks, order, lines, day=day, whole=actor.company.confirm_requires_stock)
    order.confirmed_at = now
    TABLES.enter(locks, order, OrderStatus.CONFIRMED, actor=actor, now=now, action="confirm_order")
    _announce(locks, "order_confirmed", order, actor, now)
    return Confirmed(order, count, warnings + short)


@use_case
def reserve_order(
    locks: Locks, *, order_id: UUID, actor: Actor, now: datetime, expected_version: int | None = None
) -> Confirmed:
    """Try again to reserve what the lines of a confirmed order still lack. Locks SALES_ORDER, STOCK.

    Raises NotFound, Stale, WrongState.
    """
    order = lock_order(locks, order_id)
    require_version(order.version, expected_version)
    require_state(order, OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS)
    count, short = promise_stock(locks, order, lines_of(order), day=day_in(actor.company.timezone, now))
    if count:
        TABLES.enter(locks, order, OrderStatus(order.status), actor=actor, now=now, action="reserve_order")
    return Confirmed(order, count, short)


@use_case
def cancel_order(
    locks: Locks,
    *,
    order_id: UUID,
    actor: Actor,
    now: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> SalesOrder:
    """DRAFT or CONFIRMED → CANCELLED; reservations released. Again: nothing happens. Locks SALES_ORDER, STOCK.

    Records `order_cancelled`. Raises NotFound, Stale, HasInvoices, WrongState.
    """
    order = lock_order(locks, order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    require_version(order.version, expected_version)
    lines = lines_of(order)
    refuse_invoiced(lines)
    require_state(order, OrderStatus.DRAFT, OrderStatus.CONFIRMED)
    give_up_promises(locks, order, lines)
    TABLES.enter(locks, order, OrderStatus.CANCELLED, actor=actor, now=now, action="cancel_order", reason=reason)
    _announce(locks, "order_cancelled", order, actor, now)
    return order


@use_case
def close_order(
    locks: Locks,
    *,
    order_id: UUID,
    actor: Actor,
    now: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> SalesOrder:
    """IN_PROGRESS → INVOICED: what is left is given up, and its reservations with it. Locks SALES_ORDER, STOCK.

    Raises NotFound, Stale, WrongState, HasInvoices for lines with a draft invoice.
    """
    order = lock_order(locks, order_id)
    require_version(order.version, expected_version)
    require_state(order, OrderStatus.IN_PROGRESS)
    lines = lines_of(order)
    refuse_invoiced(lines, drafts_only=True)
    give_up_promises(locks, order, lines)
    order.invoiced_at = now
    TABLES.enter(locks, order, OrderStatus.INVOICED, actor=actor, now=now, action="close_order", reason=reason)
    return order


def _announce(locks: Locks, kind: str, order: SalesOrder, actor: Actor, now: datetime) -> None:
    shown = show_order(actor, order.id)
    event = announcement(
        kind, subject_kind=TABLES.subject, subject_id=order.id, payload=shown, actor=actor, now=now, lines="items"
    )
    record_events(locks, [event], now=now)
