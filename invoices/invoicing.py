"""Making invoices of sales orders: what is left of the lines, at their rates, with the tax of the day."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.gst import GstTreatment, place_of_goods
from accounting.periods import fiscal_year_start
from erp.access import Actor
from erp.cautions import Caution
from erp.changing import require_version
from erp.locking import Locks
from erp.models import Registration
from erp.numbering import Series
from erp.performing import use_case
from invoices.date_order import judge_date
from invoices.models import Invoice
from invoices.order_invoices import (
    GenerationOptions,
    announce_draft,
    header_of_order,
    lines_of_order,
    refuse_uninvoiceable,
    registration_of,
    store_draft,
    sum_up,
)
from invoices.posting_rules import due_date_of
from invoices.remainders import quantities_to_invoice, servable
from invoices.status import BillingStatus, FulfilmentStatus, InvoiceType
from sales.models import Customer, SalesOrder
from sales.orders import lines_of, lock_order, put_on_invoice


@dataclass(frozen=True, slots=True)
class Drafted:
    """The draft's id, and what to mind about it."""

    id: UUID
    warnings: list[Caution]


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
) -> Drafted:
    """A DRAFT sales invoice of what is left of the order. Stock is not touched: posting does that.

    GST by place of supply, each component of each line rounded on its own. `expected_version` is the order's. Locks
    SALES_ORDER, SERIES. Records `invoice_created`. Raises NotFound, Stale, OrderNotInvoiceable, OrderEmpty,
    NothingToInvoice, PartialNotAllowed, UnknownRegistration, GstRateMissing (400), QuantityExceedsOrder, InsufficientStock,
    NumberTaken, by policy NumberDateOrder (409).
    """
    order = lock_order(locks, order_id)
    require_version(order.version, expected_version)
    lines = lines_of(order)
    refuse_uninvoiceable(order, lines)
    invoice_date = options.invoice_date or today
    quantities = quantities_to_invoice(
        lines,
        asked=options.lines,
        partial_allowed=options.partial_allowed,
        live=Invoice.objects.of(order).filter(sales_order_id=order.id),
        servable=lambda wanted: servable(locks, order, lines, wanted, invoice_date),
    )
    if actor.company.invoice_requires_stock:
        servable(locks, order, lines, quantities, invoice_date, whole=True)
    registration = registration_of(actor, order.warehouse_id, options, day=invoice_date)
    customer = Customer.objects.of(actor).get(id=order.customer_id)
    invoice = _header(order, customer, registration, options, actor, invoice_date, now)
    items = lines_of_order(
        invoice,
        order,
        lines,
        quantities,
        of_line="order_line_id",
        supplier_state=invoice.company_state_code,
        in_zone=customer.gst_treatment == GstTreatment.SEZ,
    )
    sum_up(invoice, items, actor=actor, to_rupee=actor.company.round_total_to_rupee)
    series = Series("INV", fiscal_year_start(invoice_date, actor.company.fiscal_year_start))
    store_draft(locks, invoice, items, series=series)
    warnings = judge_date(invoice, actor)
    put_on_invoice(locks, order, quantities, now=now)
    announce_draft(locks, invoice, actor=actor, now=now)
    return Drafted(invoice.id, warnings)


def _header(
    order: SalesOrder,
    customer: Customer,
    registration: Registration | None,
    options: GenerationOptions,
    actor: Actor,
    invoice_date: date,
    now: datetime,
) -> Invoice:
    invoice = header_of_order(order, customer, registration, options, invoice_date=invoice_date, actor=actor, now=now)
    sell_to(invoice, customer, due_date=options.due_date or order.due_date)
    invoice.sales_order = order
    invoice.salesman_id = order.salesman_id
    return invoice


def sell_to(invoice: Invoice, customer: Customer, *, due_date: date | None) -> None:
    """Make the draft a sale to this customer, due on that day or after his credit days."""
    invoice.invoice_type = InvoiceType.SALES.value
    invoice.customer = customer
    invoice.due_date = due_date or due_date_of(invoice.invoice_date, customer.credit_days)
    invoice.fulfilment_status = FulfilmentStatus.INVOICED.value
    invoice.billing_status = BillingStatus.BILLED.value
    invoice.place_of_supply = place_of_goods(
        treatment=customer.gst_treatment,
        state=customer.state_code,
        gstin=customer.gstin,
        supplier_state=invoice.company_state_code,
    )
