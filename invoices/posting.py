"""Posting an invoice: one locked transaction, safe to repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.periods import open_period
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import require_version
from erp.locking import LockOrder, Locks, Raced
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound, Problem, ValidationFailed
from invoices.content import InvoiceContent
from invoices.documents import read_documents
from invoices.events import SUBJECT, invoice_event
from invoices.ledger_posting import Posted, post_documents
from invoices.models import Invoice
from invoices.posting_rows import InvoiceRow, read_for_posting
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus
from sales.models import SalesOrder


class InvoiceCancelled(Problem):
    """The invoice is cancelled and is never booked. Make a new one."""

    status, code = 400, "invoice-cancelled"
    message = "Cannot post a CANCELLED invoice"


class InvoiceInReview(Conflict):
    """The invoice is in review. Billing corrects it first, by importing it again."""

    code = "invoice-in-review"
    message = "The invoice is in review; billing has to correct it first."


@dataclass(frozen=True, slots=True)
class PostingResult:
    """`already` says that the invoice had been posted before: the same voucher, nothing done."""

    voucher_id: UUID
    voucher_number: str
    status: str
    already: bool


@use_case
def post_invoice(
    locks: Locks,
    *,
    invoice_id: UUID,
    actor: Actor,
    posting_date: date | None,
    now: datetime,
    expected_version: int | None = None,
) -> PostingResult:
    """DRAFT → POSTED: voucher, ledger entries, FIFO stock movements, reservation and order, in one transaction.

    The booking date defaults to the invoice date and may be later, never earlier. Amounts in the document's currency.
    Locks COMPANY (share), INVOICE, SALES_ORDER, STOCK, ACCOUNT, SERIES. Records `invoice_posted`. Posting again answers the
    same voucher. Raises NotFound, InvoiceCancelled, ValidationFailed (400), Stale (412), InvoiceInReview, InsufficientStock,
    NoExchangeRate, PeriodClosed (409).
    """
    seen = Invoice.objects.of(actor).filter(id=invoice_id).values("invoice_date", "sales_order_id", "tax_amount").first()
    if seen is None:
        raise NotFound("Invoice not found")
    day = posting_date or seen["invoice_date"]
    if day < seen["invoice_date"]:
        raise ValidationFailed(errors={"posting_date": ["An invoice is not booked before its own date."]})
    year = open_period(locks, day, actor=actor, has_tax=bool(seen["tax_amount"]))
    locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=invoice_id))
    if seen["sales_order_id"]:
        locks.take(LockOrder.SALES_ORDER, SalesOrder.objects.of(actor).filter(id=seen["sales_order_id"]))
    invoice = read_for_posting(locks, actor, [invoice_id]).get(invoice_id)
    if invoice is None:
        raise NotFound("Invoice not found")
    done = posted_already(invoice)
    if done is not None:
        return done
    require_version(invoice.version, expected_version)
    if invoice.invoice_date != seen["invoice_date"]:
        raise Raced("an import has moved the invoice to another date in this moment")
    (posted,) = post_documents(locks, [invoice], year=year, posting_date=day, actor=actor, now=now)
    (content,) = announce_posted(locks, [posted], actor=actor, now=now)
    return PostingResult(posted.voucher_id, posted.voucher_number, content.status, already=False)


def announce_posted(locks: Locks, posted: Sequence[Posted], *, actor: Actor, now: datetime) -> list[InvoiceContent]:
    """Audit entries and `invoice_posted` events of what has just been posted; the documents as they now are."""
    contents = read_documents(locks.company_id, [one.invoice_id for one in posted])
    record_audit(locks, [Audit("post_invoice", SUBJECT, one.invoice_id) for one in posted], actor=actor, now=now)
    events = []
    for one in posted:
        content = contents[one.invoice_id]
        books = {
            "books_status": content.status,
            "voucher_number": one.voucher_number,
            "amount_received": "0.00",
            "outstanding_amount": f"{content.total_value:.2f}",
        }
        events.append(invoice_event("invoice_posted", content, actor=actor, now=now, books=books))
    record_events(locks, events, now=now)
    return [contents[one.invoice_id] for one in posted]


def posted_already(invoice: InvoiceRow) -> PostingResult | None:
    """The voucher that stands for it already; None for one that may be posted. Raises what forbids posting."""
    if invoice.status == BooksStatus.CANCELLED:
        raise InvoiceCancelled
    if invoice.voucher_id is not None and invoice.voucher_number is not None:
        return PostingResult(invoice.voucher_id, invoice.voucher_number, invoice.status, already=True)
    if invoice.fulfilment_status == FulfilmentStatus.REVIEW or invoice.billing_status == BillingStatus.REVIEW:
        raise InvoiceInReview
    return None
