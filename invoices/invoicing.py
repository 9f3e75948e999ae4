"""Making invoices of orders: what is left of the lines, at their rates, with the tax of the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError

from accounting.gst import Component, GstTreatment, Tax, state_code, tax_of_line
from accounting.periods import fiscal_year_start
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import require_version
from erp.identifiers import new_id
from erp.locking import Locks, constraint_of
from erp.models import Registration
from erp.money import AMOUNT_LIMIT, add, line_net, split
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, Problem, ValidationFailed
from inventory.models import Warehouse
from invoices.documents import read_documents
from invoices.events import SUBJECT, invoice_event
from invoices.models import Invoice, InvoiceItem
from invoices.posting_rules import due_date_of
from invoices.remainders import quantities_to_invoice
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, InvoiceType, Origin, Priority
from sales.models import Customer, SalesOrder, SalesOrderLine
from sales.orders import lines_of, lock_order, put_on_invoice
from sales.status import OrderStatus


class OrderNotInvoiceable(Problem):
    """The order is in a state from which no invoice is made. Confirm it first."""

    status, code = 400, "order-not-invoiceable"


class OrderEmpty(Problem):
    """The order has no line. Add one."""

    status, code = 400, "order-empty"
    message = "The order has no line."


class UnknownRegistration(Problem):
    """The company has no GST registration in the state named. Register it, or name another."""

    status, code = 400, "unknown-registration"
    message = "company_state_code is none of this company's registrations."


class GstRateMissing(Problem):
    """Tax is to be charged and an item has no rate: `data` names it. Give it one, or leave `apply_gst` out."""

    status, code = 400, "gst-rate-missing"


class NumberTaken(Conflict):
    """An import has brought the next number of our own series, and none is skipped."""

    code = "number-taken"


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


@use_case
def generate_from_order(
    locks: Locks,
    *,
    order_id: UUID,
    options: GenerationOptions,
    actor: Actor,
    today: date,
    now: datetime,
    expected_version: int | None = None,
) -> UUID:
    """A DRAFT sales invoice of what is left of the order; its id. Stock is not touched: posting does that.

    GST by place of supply, each component of each line rounded on its own. `expected_version` is the order's. Locks
    SALES_ORDER, SERIES. Records `invoice_created`. Raises NotFound, Stale, OrderNotInvoiceable, OrderEmpty,
    NothingToInvoice, PartialNotAllowed, UnknownRegistration, GstRateMissing (400), QuantityExceedsOrder, InsufficientStock,
    NumberTaken (409).
    """
    order = lock_order(locks, order_id)
    require_version(order.version, expected_version)
    if order.status not in {OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS}:
        raise OrderNotInvoiceable(f"Cannot create invoice from {order.status} order")
    lines = lines_of(order)
    if not lines:
        raise OrderEmpty
    invoice_date = options.invoice_date or today
    quantities = quantities_to_invoice(
        locks, order, lines, asked=options.lines, partial_allowed=options.partial_allowed, day=invoice_date
    )
    registration = _registration(actor, order, options)
    customer = Customer.objects.of(actor).get(id=order.customer_id)
    invoice = _header(order, customer, registration, options, actor, invoice_date, now)
    items = _lines(invoice, order, lines, quantities, in_zone=customer.gst_treatment == GstTreatment.SEZ)
    _sum_up(invoice, items)
    year = fiscal_year_start(invoice_date, actor.company.fiscal_year_start)
    series = Series("INV", year)
    invoice.invoice_no = take_numbers(locks, {series: 1})[series][0]
    _store(invoice, items)
    put_on_invoice(locks, order, quantities, now=now)
    content = read_documents(locks.company_id, [invoice.id])[invoice.id]
    record_audit(locks, [Audit("generate_invoice", SUBJECT, invoice.id)], actor=actor, now=now)
    record_events(locks, [invoice_event("invoice_created", content, actor=actor, now=now)], now=now)
    return invoice.id


def _registration(actor: Actor, order: SalesOrder, options: GenerationOptions) -> Registration | None:
    """Which of our registrations sells: the one named, else that of the warehouse's state, else the default one."""
    rows = Registration.objects.of(actor)
    if options.company_state_code:
        code = state_code(options.company_state_code)
        found = rows.filter(state_code=code).first() if code else None
        if found is None:
            raise UnknownRegistration(errors={"company_state_code": [UnknownRegistration.message]})
        return found
    warehouse = Warehouse.objects.of(actor).get(id=order.warehouse_id)
    at_home = rows.filter(state_code=warehouse.state_code).first() if warehouse.state_code else None
    return at_home or rows.filter(is_default=True).first() or rows.order_by("state_code").first()


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
    invoice: Invoice,
    order: SalesOrder,
    lines: list[SalesOrderLine],
    quantities: Mapping[UUID, Decimal],
    *,
    in_zone: bool,
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
        taxes = {tax.component: tax.amount for tax in _taxes(invoice, line, taxable, in_zone=in_zone)}
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


def _taxes(invoice: Invoice, line: SalesOrderLine, taxable: Decimal, *, in_zone: bool) -> list[Tax]:
    if not invoice.apply_gst:
        return []
    if line.item.gst_rate is None:
        raise GstRateMissing(f"{line.item.sku} has no GST rate.", data={"item": line.item_id, "line_no": line.line_no})
    return tax_of_line(
        taxable,
        line.item.gst_rate,
        supplier_state=invoice.company_state_code,
        place_of_supply=invoice.place_of_supply,
        sez=in_zone,
    )


def _sum_up(invoice: Invoice, items: list[InvoiceItem]) -> None:
    invoice.items_total = add([item.line_total for item in items])
    invoice.subtotal = invoice.items_total
    invoice.tax_amount = add([item.cgst + item.sgst + item.utgst + item.igst for item in items])
    invoice.total_value = invoice.items_total + invoice.tax_amount
    if invoice.total_value >= AMOUNT_LIMIT:
        raise ValidationFailed("The invoice's total is too large.")


def _store(invoice: Invoice, items: list[InvoiceItem]) -> None:
    """Raises NumberTaken when an import has brought our next number: none is skipped, so somebody has to look."""
    try:
        Invoice.objects.of(invoice).bulk_create([invoice])
    except IntegrityError as problem:
        if constraint_of(problem) != "invoice_sales_number":
            raise
        raise NumberTaken(
            f"An imported invoice has our next number {invoice.invoice_no}.", data={"invoice_number": invoice.invoice_no}
        ) from problem
    InvoiceItem.objects.of(invoice).bulk_create(items)
