"""Drafts made of orders, sold or bought: which registration, the lines at the order's rates, their tax, the sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from django.db import IntegrityError

from accounting.gst import Component, Tax, state_code, tax_of_line
from accounting.rates import first_rate
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.currencies import currency_named, has_whole_units
from erp.identifiers import new_id
from erp.locking import Locks, constraint_of
from erp.models import Registration
from erp.money import AMOUNT_LIMIT, add, line_net, rupee_round_off, split
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.problems import Conflict, Problem, ValidationFailed
from erp.registrations import registrations_on
from inventory.gst_rates import holding_rates
from inventory.models import Item, Order, OrderLine, Warehouse
from inventory.order_status import OrderStatus
from invoices.bill_events import invoice_events
from invoices.events import SUBJECT
from invoices.models import Invoice, InvoiceItem
from invoices.status import BooksStatus, Origin, Priority
from purchasing.models import Supplier
from sales.models import Customer


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
    """An import has brought the next number of our own series, and none is skipped; or a supplier's number is known."""

    code = "number-taken"


class Basis(Protocol):
    """What a draft is made of: an order, or what somebody says."""

    company_id: UUID
    currency_id: UUID
    warehouse_id: UUID
    billing_address: str
    shipping_address: str


@dataclass(frozen=True, slots=True)
class DraftedLine:
    """A line about to be written: of an item, or of what only its name says. `line_no` is whence it comes."""

    line_no: int
    name: str
    quantity: Decimal
    unit_rate: Decimal
    discount_pct: Decimal
    gst_rate: Decimal | None
    item: Item | None = None
    uom_id: UUID | None = None
    hsn_code: str = ""

    @property
    def net(self) -> Decimal:
        return line_net(self.quantity, self.unit_rate, self.discount_pct)


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """What the caller may say. `lines`: order line → quantity; empty means everything that is left."""

    partial_allowed: bool = False
    apply_gst: bool = True
    company_state_code: str | None = None
    lines: Mapping[UUID, Decimal] = field(default_factory=dict)
    invoice_date: date | None = None
    due_date: date | None = None
    notes: str = ""


def refuse_uninvoiceable(order: Order, lines: Sequence[OrderLine]) -> None:
    """Raise OrderNotInvoiceable for an order that is not confirmed, or all done, and OrderEmpty."""
    if order.status not in {OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS}:
        raise OrderNotInvoiceable(f"Cannot create invoice from {order.status} order")
    if not lines:
        raise OrderEmpty


def registration_of(actor: Actor, warehouse_id: UUID, options: GenerationOptions, *, day: date) -> Registration | None:
    """Which of our registrations of that day sells or buys: the one named, else that of the warehouse's state, else the
    default one.

    Raises UnknownRegistration.
    """
    rows = registrations_on(actor, day)
    if options.company_state_code:
        code = state_code(options.company_state_code)
        found = rows.filter(state_code=code).order_by("-id").first() if code else None
        if found is None:
            raise UnknownRegistration(errors={"company_state_code": [UnknownRegistration.message]})
        return found
    warehouse = Warehouse.objects.of(actor).get(id=warehouse_id)
    at_home = rows.filter(state_code=warehouse.state_code).order_by("-id").first() if warehouse.state_code else None
    return at_home or rows.filter(is_default=True).first() or rows.order_by("state_code").first()


def header_of_order(
    order: Basis,
    party: Customer | Supplier,
    registration: Registration | None,
    options: GenerationOptions,
    *,
    invoice_date: date,
    actor: Actor,
    now: datetime,
) -> Invoice:
    """A draft as it begins whoever sells: ours by origin, with party, addresses and registration as printed, and no lines.

    Its type, its party, its order and its due date are the caller's to say.
    """
    return Invoice(
        id=new_id(),
        company_id=order.company_id,
        origin=Origin.ISSUED.value,
        invoice_date=invoice_date,
        created_by=actor.email or actor.name,
        created_user_id=actor.id if actor.kind == "user" else None,
        priority=Priority.MEDIUM.value,
        status=BooksStatus.DRAFT.value,
        currency_id=order.currency_id,
        exchange_rate=first_rate(actor, order.currency_id),
        warehouse_id=order.warehouse_id,
        party_name=party.name,
        party_gstin=party.gstin,
        billing_address=order.billing_address,
        shipping_address=order.shipping_address,
        company_state_code=registration.state_code if registration else "",
        company_gstin=registration.gstin if registration else "",
        apply_gst=options.apply_gst and registration is not None,
        notes=options.notes,
        version=1,
        created_at=now,
        updated_at=now,
    )


def lines_of_order(
    invoice: Invoice,
    order: Order,
    lines: Sequence[OrderLine],
    quantities: Mapping[UUID, Decimal],
    *,
    of_line: str,
    supplier_state: str,
    in_zone: bool,
) -> list[InvoiceItem]:
    """The lines of an invoice of these quantities, at the order's rates and its part of the order's discount.

    GST rates are those of the invoice's date.
    `of_line` names the column that holds the order's line; `supplier_state` is where the seller is, `in_zone` says that one
    of the two is in a special economic zone. Raises GstRateMissing.
    """
    chosen = [line for line in lines if quantities.get(line.id)]
    nets = [line_net(quantities[line.id], line.unit_rate, line.discount_pct) for line in chosen]
    whole = add([line_net(line.quantity, line.unit_rate, line.discount_pct) for line in lines])
    part = order.discount_amount
    if whole and add(nets) != whole:
        # A partial invoice carries its share of the order's discount.
        part = split(order.discount_amount, [add(nets), whole - add(nets)])[0]
    shares = split(part, nets)
    rates = holding_rates(invoice, [line.item_id for line in chosen], invoice.invoice_date)
    items = []
    for line_no, (line, share) in enumerate(zip(chosen, shares, strict=True), start=1):
        drafted = DraftedLine(
            line_no=line.line_no,
            name=line.description or line.item.name,
            quantity=quantities[line.id],
            unit_rate=line.unit_rate,
            discount_pct=line.discount_pct,
            gst_rate=rates[line.item_id],
            item=line.item,
            uom_id=line.uom_id,
            hsn_code=line.item.hsn_code,
        )
        item = draft_item(invoice, drafted, share=share, supplier_state=supplier_state, in_zone=in_zone)
        setattr(item, of_line, line.id)
        item.line_no = line_no
        items.append(item)
    return items


def draft_item(
    invoice: Invoice, line: DraftedLine, *, supplier_state: str, in_zone: bool, share: Decimal = Decimal("0.00")
) -> InvoiceItem:
    """The row of a line, with its `share` of a discount on all of them, and its tax. Raises GstRateMissing."""
    taxable = line.net - share
    taxes = {tax.component: tax.amount for tax in _taxes(invoice, line, taxable, supplier_state, in_zone=in_zone)}
    return InvoiceItem(
        id=new_id(),
        company_id=invoice.company_id,
        invoice_id=invoice.id,
        line_no=line.line_no,
        name=line.name,
        item_code=line.item.sku if line.item else "",
        quantity=line.quantity,
        mrp=line.unit_rate,
        line_total=taxable,
        item_id=line.item.id if line.item else None,
        uom_id=line.uom_id,
        hsn_code=line.hsn_code,
        discount_pct=line.discount_pct,
        allocated_discount=share,
        gst_rate=line.gst_rate,
        cgst=taxes.get(Component.CGST, Decimal(0)),
        sgst=taxes.get(Component.SGST, Decimal(0)),
        utgst=taxes.get(Component.UTGST, Decimal(0)),
        igst=taxes.get(Component.IGST, Decimal(0)),
    )


def _taxes(invoice: Invoice, line: DraftedLine, taxable: Decimal, supplier_state: str, *, in_zone: bool) -> list[Tax]:
    if not invoice.apply_gst:
        return []
    if line.gst_rate is None:
        item_id = line.item.id if line.item else None
        named = line.item.sku if line.item else line.name
        raise GstRateMissing(
            f"{named} has no GST rate on {invoice.invoice_date}.", data={"item": item_id, "line_no": line.line_no}
        )
    return tax_of_line(
        taxable,
        line.gst_rate,
        supplier_state=supplier_state,
        place_of_supply=invoice.place_of_supply,
        sez=in_zone,
    )


def sum_up(invoice: Invoice, items: Sequence[InvoiceItem], *, actor: Actor, to_rupee: bool = False) -> None:
    """Set the sums of the header.

    In a currency of whole units, or `to_rupee`, the total is whole and the difference is in `round_off`
    (`rupee_round_off`). Raises ValidationFailed for a total that fits no column.
    """
    invoice.items_total = add([item.line_total for item in items])
    invoice.subtotal = invoice.items_total
    invoice.tax_amount = add([item.cgst + item.sgst + item.utgst + item.igst for item in items])
    exact = invoice.items_total + invoice.tax_amount
    whole = to_rupee or has_whole_units(currency_named(actor, invoice.currency_id))
    invoice.round_off = rupee_round_off(exact) if whole else Decimal("0.00")
    invoice.total_value = exact + invoice.round_off
    if invoice.total_value >= AMOUNT_LIMIT:
        raise ValidationFailed("The invoice's total is too large.")


def store_draft(locks: Locks, invoice: Invoice, items: Sequence[InvoiceItem], *, series: Series) -> None:
    """Number the invoice and write it with its lines. Locks SERIES. Raises NumberTaken."""
    invoice.invoice_no = take_numbers(locks, {series: 1})[series][0]
    try:
        Invoice.objects.of(invoice).bulk_create([invoice])
    except IntegrityError as problem:
        taken = _taken(invoice, constraint_of(problem))
        if taken is None:
            raise
        raise taken from problem
    InvoiceItem.objects.of(invoice).bulk_create(items)


def _taken(invoice: Invoice, constraint: str | None) -> NumberTaken | None:
    if constraint == "invoice_sales_number":
        text = f"An invoice that was imported or migrated has our next number {invoice.invoice_no}."
        return NumberTaken(text, data={"invoice_number": invoice.invoice_no})
    if constraint == "invoice_supplier_number":
        text = f"The supplier's {invoice.supplier_invoice_number} is entered already in this fiscal year."
        return NumberTaken(text, errors={"supplier_invoice_number": [text]})
    return None


def announce_draft(locks: Locks, invoice: Invoice, *, actor: Actor, now: datetime, act: str = "generate_invoice") -> None:
    """Note who made it, and record `invoice_created`."""
    record_audit(locks, [Audit(act, SUBJECT, invoice.id)], actor=actor, now=now)
    record_events(locks, invoice_events([invoice], kind="invoice_created", actor=actor, now=now), now=now)
