"""Making invoices of sales orders: what is left of the lines, at their rates, with the tax of the day."""

from datetime import date, datetime
from uuid import UUID

from accounting.gst import GstTreatment
from accounting.periods import fiscal_year_start
from accounting.rates import first_rate
from erp.access import Actor
from erp.changing import require_version
from erp.identifiers import new_id
from erp.locking import Locks
from erp.models import Registration
from erp.numbering import Series
from erp.performing import use_case
from invoices.models import Invoice
from invoices.order_invoices import (
    GenerationOptions,
    announce_draft,
    lines_of_order,
    refuse_uninvoiceable,
    registration_of,
    store_draft,
    sum_up,
)
from invoices.posting_rules import due_date_of
from invoices.remainders import quantities_to_invoice, servable
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, InvoiceType, Origin, Priority
from sales.models import Customer, SalesOrder
from sales.orders import lines_of, lock_order, put_on_invoice


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
    registration = registration_of(actor, order, options)
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
    sum_up(invoice, items)
    series = Series("INV", fiscal_year_start(invoice_date, actor.company.fiscal_year_start))
    store_draft(locks, invoice, items, series=series)
    put_on_invoice(locks, order, quantities, now=now)
    announce_draft(locks, invoice, actor=actor, now=now)
    return invoice.id


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
        exchange_rate=first_rate(actor, order.currency_id),
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
