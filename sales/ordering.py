"""Taking orders: create, change while DRAFT, confirm with reservation and credit check, cancel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, one_transaction, run_use_case
from erp.models import Currency
from erp.numbering import Series, take_numbers
from erp.problems import Conflict, NotFound, Problem, ValidationFailed
from inventory.adjusting import find_warehouse
from inventory.models import Item
from inventory.reservations import Promise, release, reserve
from inventory.stock import Place, lock_balances
from sales.customers import find_customer, printed_billing_address
from sales.models import Customer, SalesOrder, SalesOrderLine
from sales.orders import lines_of, lock_order, recompute, require_state
from sales.status import OrderStatus

SUBJECT = "sales_order"


class NoPrice(Problem):
    status, code = 400, "no-price"
    message = "No price was given and the item has none."


class CreditHold(Conflict):
    code = "credit-hold"
    message = "This customer takes no new orders."


class HasInvoices(Conflict):
    code = "has-invoices"
    message = "There are invoices of this order; cancel or credit them first."


@dataclass(frozen=True, slots=True)
class NewLine:
    """`quantity` in the base unit; a rate of None means the item's price."""

    item_id: UUID
    quantity: Decimal
    unit_rate: Decimal | None = None
    discount_pct: Decimal = Decimal(0)
    description: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class NewOrder:
    customer_id: UUID
    order_date: date
    currency: str | None = None
    due_date: date | None = None
    warehouse_id: UUID | None = None
    discount_amount: Decimal = Decimal("0.00")
    shipping_address: str = ""
    billing_address: str = ""
    payment_terms: str = ""
    notes: str = ""
    lines: Sequence[NewLine] = ()


def create_order(*, draft: NewOrder, actor: Actor, now: datetime, dry_run: bool = False) -> SalesOrder:
    """A DRAFT order, with its number. Locks SERIES. Raises NotFound, CreditHold, NoPrice, ValidationFailed."""

    def attempt(_careful: bool) -> SalesOrder:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return _create(locks, draft, actor, now)

    return run_use_case(attempt)


def _create(locks: Locks, draft: NewOrder, actor: Actor, now: datetime) -> SalesOrder:
    customer = find_customer(actor, draft.customer_id)
    if customer.credit_hold:
        raise CreditHold
    currency = _currency(actor, draft.currency)
    warehouse = find_warehouse(actor, draft.warehouse_id)
    series = Series("SO")
    billing = draft.billing_address or printed_billing_address(customer)
    order = SalesOrder(
        id=new_id(),
        company_id=locks.company_id,
        order_date=draft.order_date,
        due_date=draft.due_date,
        customer=customer,
        currency=currency,
        warehouse=warehouse,
        billing_address=billing,
        shipping_address=draft.shipping_address or customer.shipping_address or billing,
        payment_terms=draft.payment_terms,
        notes=draft.notes,
        created_at=now,
        updated_at=now,
        version=0,
    )
    lines = _new_lines(actor, order, draft.lines, first=1)
    order.order_number = take_numbers(locks, {series: 1})[series][0]
    order.save(force_insert=True)
    SalesOrderLine.unscoped.bulk_create(lines)
    order.discount_amount = draft.discount_amount
    recompute(order, now=now)
    record_audit(locks, [Audit("create_order", SUBJECT, order.id)], actor=actor, now=now)
    return order


def add_item(*, order_id: UUID, line: NewLine, actor: Actor, now: datetime, dry_run: bool = False) -> SalesOrderLine:
    """Append a line to a DRAFT order. Locks SALES_ORDER. Raises NotFound, WrongState, NoPrice."""

    def attempt(_careful: bool) -> SalesOrderLine:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            order = lock_order(locks, order_id)
            require_state(order, OrderStatus.DRAFT)
            last = max((one.line_no for one in lines_of(order)), default=0)
            (added,) = _new_lines(actor, order, [line], first=last + 1)
            added.save(force_insert=True)
            recompute(order, now=now)
            record_audit(locks, [Audit("add_order_item", SUBJECT, order.id)], actor=actor, now=now)
            return SalesOrderLine.unscoped.select_related("item", "uom").get(id=added.id)

    return run_use_case(attempt)


@dataclass(frozen=True, slots=True)
class Confirmed:
    order: SalesOrder
    reservations_count: int
    warnings: list[dict[str, object]]


def confirm_order(*, order_id: UUID, actor: Actor, now: datetime, dry_run: bool = False) -> Confirmed:
    """DRAFT → CONFIRMED; reserves what is free of each tracked line. Again: nothing happens.

    Locks PARTY, SALES_ORDER, STOCK. Raises NotFound, WrongState, ValidationFailed for an order without lines.
    """

    def attempt(_careful: bool) -> Confirmed:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return _confirm(locks, order_id, actor, now)

    return run_use_case(attempt)


def _confirm(locks: Locks, order_id: UUID, actor: Actor, now: datetime) -> Confirmed:
    customer_id = SalesOrder.objects.of(actor).filter(id=order_id).values_list("customer_id", flat=True).first()
    if customer_id is None:
        raise NotFound("Sales order not found")
    (customer,) = locks.take(LockOrder.PARTY, Customer.objects.of(actor).filter(id=customer_id))
    if customer.credit_hold:
        raise CreditHold
    order = lock_order(locks, order_id)
    if order.status == OrderStatus.CONFIRMED:
        return Confirmed(order, 0, [])
    require_state(order, OrderStatus.DRAFT)
    lines = lines_of(order)
    if not lines:
        raise ValidationFailed("The order has no line.", errors={"items": ["At least one item is required."]})
    promises, warnings = _promises(locks, order, lines)
    reserve(locks, promises)
    order.status = OrderStatus.CONFIRMED.value
    order.confirmed_at = now
    order.updated_at = now
    order.version += 1
    order.save()
    record_audit(locks, [Audit("confirm_order", SUBJECT, order.id)], actor=actor, now=now)
    return Confirmed(order, len(promises), warnings)


def _promises(
    locks: Locks, order: SalesOrder, lines: Sequence[SalesOrderLine]
) -> tuple[list[Promise], list[dict[str, object]]]:
    """min(ordered, free) of each tracked line; a warning for each line that is short."""
    tracked = [line for line in lines if line.item.tracked]
    balances = lock_balances(locks, [Place(line.item_id, order.warehouse_id) for line in tracked])
    free = {place: balance.on_hand - balance.reserved for place, balance in balances.items()}
    promises: list[Promise] = []
    warnings: list[dict[str, object]] = []
    for line in tracked:
        place = Place(line.item_id, order.warehouse_id)
        quantity = min(line.quantity, free[place])
        free[place] -= quantity
        if quantity > 0:
            promises.append(Promise(place, line.id, quantity))
        if quantity < line.quantity:
            warnings.append(
                {
                    "code": "short-stock",
                    "message": f"{line.item.sku}: {quantity} of {line.quantity} reserved.",
                    "field": f"items[{line.line_no - 1}]",
                }
            )
    return promises, warnings


def cancel_order(*, order_id: UUID, actor: Actor, now: datetime, reason: str = "", dry_run: bool = False) -> SalesOrder:
    """DRAFT or CONFIRMED → CANCELLED; reservations released. Locks SALES_ORDER, STOCK. Raises HasInvoices, WrongState."""

    def attempt(_careful: bool) -> SalesOrder:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            order = lock_order(locks, order_id)
            if order.status == OrderStatus.CANCELLED:
                return order
            lines = lines_of(order)
            if any(line.invoiced_qty for line in lines):
                raise HasInvoices(data={"lines": [line.id for line in lines if line.invoiced_qty]})
            require_state(order, OrderStatus.DRAFT, OrderStatus.CONFIRMED)
            tracked = [line for line in lines if line.item.tracked]
            lock_balances(locks, [Place(line.item_id, order.warehouse_id) for line in tracked])
            release(locks, {line.id: line.quantity for line in tracked})
            order.status = OrderStatus.CANCELLED.value
            order.notes = f"{order.notes}\n{reason}".strip() if reason else order.notes
            order.updated_at = now
            order.version += 1
            order.save()
            record_audit(locks, [Audit("cancel_order", SUBJECT, order.id)], actor=actor, now=now)
            return order

    return run_use_case(attempt)


def _currency(actor: Actor, text: str | None) -> Currency:
    """By code or id; None is the company's base currency. Raises NotFound."""
    if not text:
        return actor.company.base_currency
    rows = Currency.objects.all()
    found = rows.filter(code=text).first() if len(text) == 3 else rows.filter(id=_uuid(text)).first()
    if found is None:
        raise NotFound("Currency not found.")
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValidationFailed(errors={"currency_id": ["Must be a currency's code or id."]}) from None


def _new_lines(actor: Actor, order: SalesOrder, drafts: Sequence[NewLine], *, first: int) -> list[SalesOrderLine]:
    items = Item.objects.of(actor).select_related("uom").in_bulk({draft.item_id for draft in drafts})
    lines = []
    for line_no, draft in enumerate(drafts, start=first):
        item = items.get(draft.item_id)
        if item is None or not item.is_active:
            raise NotFound("Item not found.")
        rate = draft.unit_rate if draft.unit_rate is not None else item.sale_rate
        if rate is None:
            raise NoPrice(f"{item.sku} has no price; give a unit_rate.", errors={"unit_rate": ["No price was found."]})
        lines.append(
            SalesOrderLine(
                id=new_id(),
                company_id=order.company_id,
                order_id=order.id,
                line_no=line_no,
                item=item,
                description=draft.description or item.name,
                quantity=draft.quantity,
                uom=item.uom,
                unit_rate=rate,
                discount_pct=draft.discount_pct,
                gst_rate=item.gst_rate,
                line_total=Decimal("0.00"),
                notes=draft.notes,
            )
        )
    return lines
