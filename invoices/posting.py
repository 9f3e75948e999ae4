"""Posting an invoice: one locked transaction, safe to repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.periods import booking_year
from erp.access import Actor
from erp.cautions import Caution
from erp.changing import require_version
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import Conflict, NotFound, Problem, ValidationFailed
from invoices.inclusive_tax import with_tax_inside
from invoices.ledger_posting import post_documents
from invoices.posting_rows import InvoiceRow, lock_for_posting, read_for_posting
from invoices.purchase_vouchers import bills_to_post, book_purchase
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus


class InvoiceCancelled(Problem):
    """The invoice is cancelled and is never booked. Make a new one."""

    status, code = 400, "invoice-cancelled"
    message = "Cannot post a CANCELLED invoice"


class InvoiceInReview(Conflict):
    """The invoice is in review. Billing corrects it first (`PATCH /api/sales/update/invoice/`)."""

    code = "invoice-in-review"
    message = "The invoice is in review; billing has to correct it first."


class NotHandledYet(Conflict):
    """By policy a sale is posted once the warehouse has packed or delivered it: the message names how far it is."""

    code = "wrong-state"
    message = "The warehouse is not as far as the company wants it before posting."


HANDLED = {
    "packed": frozenset({FulfilmentStatus.PACKED, FulfilmentStatus.DISPATCHED, FulfilmentStatus.DELIVERED}),
    "delivered": frozenset({FulfilmentStatus.DELIVERED}),
}
"""What the policy `post_requires` lets be posted."""


@dataclass(frozen=True, slots=True)
class PostingResult:
    """`already` says that the document had been posted before: the same voucher, nothing done."""

    voucher_id: UUID
    voucher_number: str
    status: str
    already: bool
    document: str = "Invoice"
    warnings: Sequence[Caution] = ()

    @property
    def message(self) -> str:
        return f"{self.document} already posted" if self.already else f"{self.document} posted successfully"


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

    A purchase moves no stock: its voucher is J2. The booking date defaults to the invoice date and may be later, never
    earlier. Amounts in the document's currency. Locks COMPANY (share), INVOICE, SALES_ORDER and STOCK (of a purchase
    PURCHASE_ORDER), ACCOUNT, SERIES. Records `invoice_posted`. Posting again answers the same voucher. Raises NotFound,
    InvoiceCancelled, GstRateMissing, ValidationFailed (400), Stale (412), InvoiceInReview, NotHandledYet, InsufficientStock,
    BatchShort, BatchExpired, BatchBlocked, NoExchangeRate, PeriodClosed (409).
    """
    lock_for_posting(locks, [invoice_id])
    found = read_for_posting(locks, actor, [invoice_id], day=posting_date)
    invoice = found.invoices.get(invoice_id)
    if invoice is None:
        return post_bill(
            locks,
            invoice_id=invoice_id,
            actor=actor,
            posting_date=posting_date,
            now=now,
            expected_version=expected_version,
        )
    done = posted_already(invoice, actor)
    if done is not None:
        return done
    require_version(invoice.version, expected_version)
    invoice = with_tax_inside(invoice)
    day = _booking_day(invoice.invoice_date, posting_date)
    year = booking_year(locks, invoice.period, day, actor=actor, has_tax=bool(invoice.tax_amount))
    (posted,) = post_documents(locks, [invoice], accounts=found.accounts, year=year, posting_date=day, actor=actor, now=now)
    return PostingResult(posted.voucher.id, posted.voucher.number, posted.status, already=False, warnings=posted.cautions)


def posted_already(invoice: InvoiceRow, actor: Actor) -> PostingResult | None:
    """The voucher that stands for it already; None for one that may be posted. Raises what forbids posting."""
    if invoice.status == BooksStatus.CANCELLED:
        raise InvoiceCancelled
    if invoice.voucher_id is not None and invoice.voucher_number is not None:
        return PostingResult(invoice.voucher_id, invoice.voucher_number, invoice.status, already=True)
    if invoice.fulfilment_status == FulfilmentStatus.REVIEW or invoice.billing_status == BillingStatus.REVIEW:
        raise InvoiceInReview
    wanted = actor.company.post_requires
    if wanted != "none" and invoice.fulfilment_status not in HANDLED[wanted]:
        text = f"The invoice is {invoice.fulfilment_status}; it is posted once it is {wanted.upper()}."
        raise NotHandledYet(text, data={"fulfilment_status": invoice.fulfilment_status, "required": wanted})
    return None


def post_bill(
    locks: Locks,
    *,
    invoice_id: UUID,
    actor: Actor,
    posting_date: date | None,
    now: datetime,
    expected_version: int | None = None,
) -> PostingResult:
    """As `post_invoice` for a purchase, of which `lock_for_posting` has locked the company and the invoice."""
    invoice = bills_to_post(actor).filter(id=invoice_id).first()
    if invoice is None:
        raise NotFound("Invoice not found")
    if invoice.status == BooksStatus.CANCELLED:
        raise InvoiceCancelled
    if invoice.voucher is not None:
        return PostingResult(invoice.voucher.id, invoice.voucher.number, invoice.status, already=True)
    require_version(invoice.version, expected_version)
    day = _booking_day(invoice.invoice_date, posting_date)
    voucher = book_purchase(locks, invoice, day=day, actor=actor, now=now)
    return PostingResult(voucher.id, voucher.number, invoice.status, already=False)


def _booking_day(invoice_date: date, posting_date: date | None) -> date:
    day = posting_date or invoice_date
    if day < invoice_date:
        raise ValidationFailed(errors={"posting_date": ["An invoice is not booked before its own date."]})
    return day
