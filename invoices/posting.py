"""Posting an invoice: one locked transaction, safe to repeat."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.periods import booking_year
from erp.access import Actor
from erp.changing import require_version
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import Conflict, NotFound, Problem, ValidationFailed
from invoices.ledger_posting import post_documents
from invoices.posting_rows import InvoiceRow, lock_for_posting, read_for_posting
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus


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
    lock_for_posting(locks, [invoice_id])
    found = read_for_posting(locks, actor, [invoice_id], day=posting_date)
    invoice = found.invoices.get(invoice_id)
    if invoice is None:
        raise NotFound("Invoice not found")
    done = posted_already(invoice)
    if done is not None:
        return done
    require_version(invoice.version, expected_version)
    day = posting_date or invoice.invoice_date
    if day < invoice.invoice_date:
        raise ValidationFailed(errors={"posting_date": ["An invoice is not booked before its own date."]})
    year = booking_year(locks, invoice.period, day, actor=actor, has_tax=bool(invoice.tax_amount))
    (posted,) = post_documents(locks, [invoice], accounts=found.accounts, year=year, posting_date=day, actor=actor, now=now)
    return PostingResult(posted.voucher.id, posted.voucher.number, posted.status, already=False)


def posted_already(invoice: InvoiceRow) -> PostingResult | None:
    """The voucher that stands for it already; None for one that may be posted. Raises what forbids posting."""
    if invoice.status == BooksStatus.CANCELLED:
        raise InvoiceCancelled
    if invoice.voucher_id is not None and invoice.voucher_number is not None:
        return PostingResult(invoice.voucher_id, invoice.voucher_number, invoice.status, already=True)
    if invoice.fulfilment_status == FulfilmentStatus.REVIEW or invoice.billing_status == BillingStatus.REVIEW:
        raise InvoiceInReview
    return None
