"""Making invoices of orders: what is left of the lines, at their rates, with the tax of the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.gst import Component, Tax, state_code, tax_of_line
from accounting.periods import fiscal_year_start
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from erp.locking import Locks, one_transaction, run_use_case
from erp.models import Registration
from erp.money import add, line_net, split
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.problems import Conflict, NotFound, Problem
from inventory.models import StockBalance
from invoices.documents import read_documents
from invoices.events import SUBJECT, invoice_event
from invoices.models import Invoice, InvoiceItem
from invoices.posting_rules import due_date_of
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, InvoiceType, Origin, Priority
from sales.models import Customer, SalesOrder, SalesOrderLine
from sales.orders import lines_of, lock_order
from sales.status import GstTreatment, OrderStatus


class OrderNotInvoiceable(Problem):
    status, code = 400, "order-not-invoiceable"


class OrderEmpty(Problem):
    status, code = 400, "order-empty"
    message = "The order has no line."


class NothingToInvoice(Problem):
    status, code = 400, "nothing-to-invoice"
    message = "Everything on this order is on an invoice already."


class PartialNotAllowed(Problem):
    status, code = 400, "partial-not-allowed"
    message = "These lines leave something open; say partial_allowed to invoice a part."


class UnknownRegistration(Problem):
    status, code = 400, "unknown-registration"
    message = "company_state_code is none of this company's registrations."


class GstRateMissing(Problem):
    status, code = 400, "gst-rate-missing"


class QuantityExceedsOrder(Conflict):
    code = "quantity-exceeds-order"
    message = "A line asks for more than is left on the order."


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """What seed 004 lets the caller say. `lines`: order line → quantity; empty means everything that is left."""

    partial_allowed: bool = False
    apply_gst: bool = True
    company_state_code: str | None = None
    lines: Mapping[UUID, Decimal] = field(default_factory=dict)
    invoice_date: date | None = None
    due_date: date | None = None
    notes: str = ""


def generate_from_order(
    *, order_id: UUID, options: GenerationOptions, actor: Actor, today: date, now: datetime, dry_run: bool = False
) -> UUID:
    """A DRAFT sales invoice of what is left of the order; its id. Stock is not touched: posting does that.

    GST by place of supply, each component of each line rounded on its own. Locks SALES_ORDER, SERIES. Records
    `invoice_created`. Raises NotFound, OrderNotInvoiceable, OrderEmpty, NothingToInvoice, PartialNotAllowed,
    UnknownRegistration, GstRateMissing (400), QuantityExceedsOrder (409).
    """

    def attempt(_careful: bool) -> UUID:
        with one_transaction(company_id=actor.company_id, dry_run=dry_run) as locks:
            return _generate(locks, order_id, options, actor, today, now)

    return run_use_case(attempt)


def _generate(locks: Locks, order_id: UUID, options: GenerationOptions, actor: Actor, today: date, now: datetime) -> UUID:
    order = lock_order(locks, order_id)
    if order.status not in {OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS}:
        raise OrderNotInvoiceable(f"Cannot create invoice from {order.status} order")
    lines = lines_of(order)
    if not lines:
        raise OrderEmpty
    quantities = _quantities(order, lines, options)
    registration = _registration(actor, options)
    customer = Customer.objects.of(actor).get(id=order.customer_id)
    invoice_date = options.invoice_date or today
    invoice = _header(order, customer, registration, options, actor, invoice_date, now)
    items = _lines(invoice, order, lines, quantities)
    _sum_up(invoice, items)
    year = fiscal_year_start(invoice_date, actor.company.fiscal_year_start)
    series = Series("INV", year)
    invoice.invoice_no = take_numbers(locks, {series: 1})[series][0]
    _store(invoice, items)
    for line in lines:
        line.invoiced_qty += quantities.get(line.id, Decimal(0))
    SalesOrderLine.unscoped.bulk_update(lines, ["invoiced_qty"])
    if order.status == OrderStatus.CONFIRMED:
        SalesOrder.unscoped.filter(company_id=locks.company_id, id=order.id).update(
            status=OrderStatus.IN_PROGRESS.value, version=order.version + 1, updated_at=now
        )
    content = read_documents(locks.company_id, [invoice.id])[invoice.id]
    record_audit(locks, [Audit("generate_invoice", SUBJECT, invoice.id)], actor=actor, now=now)
    record_events(locks, [invoice_event("invoice_created", content, actor=actor, now=now)], now=now)
    return invoice.id


def _quantities(order: SalesOrder, lines: list[SalesOrderLine], options: GenerationOptions) -> dict[UUID, Decimal]:
    """What of each line goes onto the invoice."""
    left = {line.id: line.quantity - line.invoiced_qty for line in lines}
    if not any(left.values()):
        raise NothingToInvoice
    if options.lines:
        if not options.lines.keys() <= left.keys():
            raise NotFound("Order line not found")
        over = [line for line, quantity in options.lines.items() if quantity > left[line]]
        if over:
            raise QuantityExceedsOrder(data={"lines": over})
        covers_all = all(options.lines.get(line, Decimal(0)) == quantity for line, quantity in left.items())
        if not covers_all and not options.partial_allowed:
            raise PartialNotAllowed
        return dict(options.lines)
    wanted = {line: quantity for line, quantity in left.items() if quantity > 0}
    return _servable(order, lines, wanted) if options.partial_allowed else wanted


def _servable(order: SalesOrder, lines: list[SalesOrderLine], wanted: dict[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Of each tracked line what stock can serve now; others in full. Read without a lock: posting judges again."""
    tracked = [line for line in lines if line.item.tracked and line.id in wanted]
    rows = StockBalance.unscoped.filter(
        company_id=order.company_id, warehouse_id=order.warehouse_id, item_id__in=[line.item_id for line in tracked]
    )
    on_hand = {row.item_id: row.on_hand for row in rows}
    servable = dict(wanted)
    for line in tracked:
        quantity = min(wanted[line.id], on_hand.get(line.item_id, Decimal(0)))
        on_hand[line.item_id] = on_hand.get(line.item_id, Decimal(0)) - quantity
        servable[line.id] = quantity
    servable = {line: quantity for line, quantity in servable.items() if quantity > 0}
    if not servable:
        raise NothingToInvoice("Nothing of this order can be served from stock now.")
    return servable


def _registration(actor: Actor, options: GenerationOptions) -> Registration | None:
    rows = Registration.objects.of(actor)
    if options.company_state_code:
        code = state_code(options.company_state_code)
        found = rows.filter(state_code=code).first() if code else None
        if found is None:
            raise UnknownRegistration
        return found
    return rows.filter(is_default=True).first() or rows.order_by("state_code").first()


def _header(
    order: SalesOrder,
    customer: Customer,
    registration: Registration | None,
    options: GenerationOptions,
    actor: Actor,
    invoice_date: date,
    now: datetime,
) -> Invoice:
    supplier_state = registration.state_code if registration else ""
    due = options.due_date or order.due_date or due_date_of(invoice_date, customer.credit_days)
    return Invoice(
        id=new_id(),
        company_id=order.company_id,
        invoice_type=InvoiceType.SALES.value,
        origin=Origin.ISSUED.value,
        invoice_date=invoice_date,
        due_date=due,
        customer=customer,
        salesman_id=order.salesman_id,
        created_by=actor.email or actor.name,
        created_user_id=actor.id if actor.kind == "user" else None,
        priority=Priority.MEDIUM.value,
        fulfilment_status=FulfilmentStatus.INVOICED.value,
        billing_status=BillingStatus.BILLED.value,
        status=BooksStatus.DRAFT.value,
        currency_id=order.currency_id,
        sales_order=order,
        warehouse_id=order.warehouse_id,
        party_name=customer.name,
        party_gstin=customer.gstin,
        billing_address=order.billing_address,
        shipping_address=order.shipping_address,
        company_state_code=supplier_state,
        company_gstin=registration.gstin if registration else "",
        place_of_supply=_place_of_supply(customer, supplier_state),
        apply_gst=options.apply_gst and registration is not None,
        notes=options.notes,
        version=1,
        created_at=now,
        updated_at=now,
    )


def _place_of_supply(customer: Customer, supplier_state: str) -> str:
    """Goods: abroad for OVERSEAS; the buyer's state, else his GSTIN's; the supplier's when nothing is known."""
    if customer.gst_treatment == GstTreatment.OVERSEAS:
        return "96"
    return customer.state_code or customer.gstin[:2] or supplier_state


def _lines(
    invoice: Invoice, order: SalesOrder, lines: list[SalesOrderLine], quantities: Mapping[UUID, Decimal]
) -> list[InvoiceItem]:
    chosen = [line for line in lines if quantities.get(line.id)]
    nets = [line_net(quantities[line.id], line.unit_rate, line.discount_pct) for line in chosen]
    whole = add([line_net(line.quantity, line.unit_rate, line.discount_pct) for line in lines])
    part = order.discount_amount
    if whole and add(nets) != whole:
        # A partial invoice carries its share of the order's discount.
        part = split(order.discount_amount, [add(nets), whole - add(nets)])[0]
    shares = split(part, nets)
    items = []
    for line_no, (line, net, share) in enumerate(zip(chosen, nets, shares, strict=True), start=1):
        taxable = net - share
        taxes = {tax.component: tax.amount for tax in _taxes(invoice, line, taxable)}
        items.append(
            InvoiceItem(
                id=new_id(),
                company_id=invoice.company_id,
                invoice_id=invoice.id,
                line_no=line_no,
                name=line.description or line.item.name,
                item_code=line.item.sku,
                quantity=quantities[line.id],
                mrp=line.unit_rate,
                line_total=taxable,
                item_id=line.item_id,
                order_line_id=line.id,
                uom_id=line.uom_id,
                hsn_code=line.item.hsn_code,
                discount_pct=line.discount_pct,
                allocated_discount=share,
                gst_rate=line.item.gst_rate,
                cgst=taxes.get(Component.CGST, Decimal(0)),
                sgst=taxes.get(Component.SGST, Decimal(0)),
                utgst=taxes.get(Component.UTGST, Decimal(0)),
                igst=taxes.get(Component.IGST, Decimal(0)),
            )
        )
    return items


def _taxes(invoice: Invoice, line: SalesOrderLine, taxable: Decimal) -> list[Tax]:
    if not invoice.apply_gst:
        return []
    if line.item.gst_rate is None:
        raise GstRateMissing(f"{line.item.sku} has no GST rate.", data={"item": line.item_id, "line_no": line.line_no})
    return tax_of_line(
        taxable,
        line.item.gst_rate,
        supplier_state=invoice.company_state_code,
        place_of_supply=invoice.place_of_supply,
    )


def _sum_up(invoice: Invoice, items: list[InvoiceItem]) -> None:
    invoice.items_total = add([item.line_total for item in items])
    invoice.subtotal = invoice.items_total
    invoice.tax_amount = add([item.cgst + item.sgst + item.utgst + item.igst for item in items])
    invoice.total_value = invoice.items_total + invoice.tax_amount


def _store(invoice: Invoice, items: list[InvoiceItem]) -> None:
    Invoice.unscoped.bulk_create([invoice])
    InvoiceItem.unscoped.bulk_create(items)
