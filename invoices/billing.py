"""Entering suppliers' bills: drafts made of purchase orders, of what is left of their lines, with the supplier's tax."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.gst import GstTreatment
from accounting.periods import fiscal_year_start
from erp.access import Actor
from erp.changing import require_version
from erp.locking import Locks
from erp.models import Registration
from erp.numbering import Series
from erp.performing import use_case
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
from invoices.remainders import quantities_to_invoice, received, refuse_unreceived
from invoices.status import InvoiceType
from purchasing.models import PurchaseOrder, Supplier
from purchasing.orders import lines_of, lock_order, note_billed

CHARGING = frozenset({GstTreatment.REGISTERED, GstTreatment.SEZ})
"""Suppliers who charge GST: a COMPOSITION dealer and one who is not registered here do not."""


@dataclass(frozen=True, slots=True)
class SuppliersBill:
    """What the supplier's paper says of itself; undated, it is of the day of our invoice."""

    number: str
    dated: date | None = None


@use_case
def bill_purchase(
    locks: Locks,
    *,
    order_id: UUID,
    bill: SuppliersBill,
    options: GenerationOptions,
    actor: Actor,
    today: date,
    now: datetime,
    expected_version: int | None = None,
) -> UUID:
    """A DRAFT purchase invoice of what is left of the order, or of what came of it when a part will do; its id.

    GST from the supplier's state to that of our registration, as he charges it, each component of each line rounded on its
    own; the order's currency. `expected_version` is the order's. Locks PURCHASE_ORDER, SERIES. Records `invoice_created`.
    Raises NotFound, Stale, OrderNotInvoiceable, OrderEmpty, NothingToInvoice, PartialNotAllowed, UnknownRegistration,
    GstRateMissing (400), QuantityExceedsOrder, NothingReceived, by policy QuantityExceedsReceipt, NumberTaken for a
    number of his that is known (409).
    """
    order = lock_order(locks, order_id)
    require_version(order.version, expected_version)
    lines = lines_of(order)
    refuse_uninvoiceable(order, lines)
    quantities = quantities_to_invoice(
        lines,
        asked=options.lines,
        partial_allowed=options.partial_allowed,
        live=Invoice.objects.of(order).filter(purchase_order_id=order.id),
        servable=lambda wanted: received(lines, wanted),
    )
    if actor.company.purchase_match == "receipt":
        refuse_unreceived(lines, quantities, taken={line.id: line.invoiced_qty for line in lines})
    supplier = Supplier.objects.of(actor).get(id=order.supplier_id)
    registration = registration_of(actor, order.warehouse_id, options, day=options.invoice_date or today)
    invoice = _header(order, supplier, bill, registration, options, actor, options.invoice_date or today, now)
    items = lines_of_order(
        invoice,
        order,
        lines,
        quantities,
        of_line="purchase_line_id",
        supplier_state=state_of(supplier, invoice),
        in_zone=supplier.gst_treatment == GstTreatment.SEZ,
    )
    sum_up(invoice, items, actor=actor)
    series = Series("PINV", fiscal_year_start(invoice.invoice_date, actor.company.fiscal_year_start))
    store_draft(locks, invoice, items, series=series)
    note_billed(order, lines, invoiced=quantities, now=now)
    announce_draft(locks, invoice, actor=actor, now=now)
    return invoice.id


def _header(
    order: PurchaseOrder,
    supplier: Supplier,
    bill: SuppliersBill,
    registration: Registration | None,
    options: GenerationOptions,
    actor: Actor,
    invoice_date: date,
    now: datetime,
) -> Invoice:
    invoice = header_of_order(order, supplier, registration, options, invoice_date=invoice_date, actor=actor, now=now)
    buy_from(invoice, supplier, bill, due_date=options.due_date, actor=actor)
    invoice.purchase_order = order
    return invoice


def state_of(supplier: Supplier, invoice: Invoice) -> str:
    """Where the supplier is, for the tax: his state, else his GSTIN's, else ours."""
    return str(supplier.state_code or supplier.gstin[:2] or invoice.company_state_code)


def buy_from(invoice: Invoice, supplier: Supplier, bill: SuppliersBill, *, due_date: date | None, actor: Actor) -> None:
    """Make the draft this supplier's bill, due on that day or after his credit days; some charge no tax."""
    suppliers_date = bill.dated or invoice.invoice_date
    invoice.invoice_type = InvoiceType.PURCHASE.value
    invoice.supplier = supplier
    invoice.supplier_invoice_number = bill.number
    invoice.supplier_invoice_date = suppliers_date
    invoice.supplier_invoice_year = fiscal_year_start(suppliers_date, actor.company.fiscal_year_start)
    invoice.due_date = due_date or due_date_of(invoice.invoice_date, supplier.credit_days)
    invoice.place_of_supply = invoice.company_state_code
    invoice.apply_gst = invoice.apply_gst and supplier.gst_treatment in CHARGING
