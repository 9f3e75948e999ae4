"""Undoing a posted invoice that should never have been: a mirror voucher, the goods back in their layers."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.models import Voucher
from accounting.periods import open_period
from accounting.reversals import Reversed, find_reversal
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text, require_version
from erp.locking import LockOrder, Locks, Raced
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound
from inventory.restores import taken_by
from inventory.stock import lock_balances
from invoices.bill_events import invoice_events
from invoices.books_queries import REVERSE, standing_allocations, standing_credit
from invoices.credits import refuse_credited
from invoices.events import SUBJECT
from invoices.mirrors import book_mirror
from invoices.models import Invoice
from invoices.order_quantities import give_back_to_order, lock_order_of
from invoices.posting import InvoiceInReview
from invoices.settlements import money_told
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus

_IN_HANDS = {
    FulfilmentStatus.PICKING,
    FulfilmentStatus.PICKED,
    FulfilmentStatus.PACKING,
    FulfilmentStatus.BOXING,
    FulfilmentStatus.PACKED,
    FulfilmentStatus.DISPATCHED,
}


class NotPosted(Conflict):
    """The document is not posted, so there is nothing to reverse. Cancel a draft."""

    code = "wrong-state"


class HasSettlements(Conflict):
    """Money or credit settles the invoice: `payments` and `credit_notes` are their ids. Reverse or release it first."""

    code = "has-settlements"
    message = "This invoice is settled, in part or in all; reverse or release that first."


class InFulfilment(Conflict):
    """The warehouse has the goods of this invoice in hand. Take it out of there first."""

    code = "in-fulfilment"
    message = "The warehouse has this invoice in hand."


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is read of the invoice before it can be locked; none of it changes while its voucher stands."""

    cancelled: bool
    voucher: Voucher
    has_tax: bool


@use_case
def reverse_invoice(
    locks: Locks,
    *,
    invoice_id: UUID,
    actor: Actor,
    reason: str,
    reversal_date: date | None,
    today: date,
    now: datetime,
    expected_version: int | None = None,
) -> Reversed:
    """Mirror voucher, stock back into its layers at its cost, order quantities back, invoice CANCELLED (J9).

    Booked today or on `reversal_date`, never before the original. Reversing again answers the same reversal, whatever is
    closed since. Locks COMPANY (share), INVOICE, SALES_ORDER or PURCHASE_ORDER, STOCK, SERIES. Records `invoice_reversed`.
    Raises NotFound, Stale (412), NotPosted, HasCreditNotes, HasSettlements, HasReceipts, InFulfilment, InvoiceInReview,
    PeriodClosed (409).
    """
    seen = _look_at(invoice_id, actor)
    done = _done_before(locks, seen.cancelled, seen.voucher)
    if done is not None:
        return done
    day = max(reversal_date or today, seen.voucher.voucher_date)
    year = open_period(locks, day, actor=actor, has_tax=seen.has_tax)
    (invoice,) = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=invoice_id))
    lock_order_of(locks, invoice)
    if invoice.voucher_id != seen.voucher.id:
        raise Raced("the invoice was revised by an import in this moment")
    done = _done_before(locks, invoice.status == BooksStatus.CANCELLED, seen.voucher)
    if done is not None:
        return done
    require_version(invoice.version, expected_version)
    refuse_credited(locks, invoice.id)
    _refuse_reversal(invoice, actor)
    taken = taken_by(locks, invoice.id)
    lock_balances(locks, {row.place for row in taken})
    series = Series("JV", year.year)
    number = take_numbers(locks, {series: 1})[series][0]
    done = book_mirror(locks, seen.voucher, taken, number=number, year=year, day=day, reason=reason, actor=actor, now=now)
    give_back_to_order(locks, invoice, now=now)
    _cancel(locks, invoice, number, reason=reason, actor=actor, now=now)
    return done


def _look_at(invoice_id: UUID, actor: Actor) -> _Seen:
    invoice = Invoice.objects.of(actor).select_related("voucher").filter(id=invoice_id).first()
    if invoice is None:
        raise NotFound("Invoice not found")
    if invoice.voucher is None:
        text = f"The invoice is {invoice.status}; only a posted invoice is reversed."
        raise NotPosted(text, data={"status": invoice.status})
    return _Seen(invoice.status == BooksStatus.CANCELLED, invoice.voucher, bool(invoice.tax_amount))


def _done_before(locks: Locks, cancelled: bool, voucher: Voucher) -> Reversed | None:
    """The reversal of a cancelled invoice. A voucher of one that stands may be reversed as well: by a revision."""
    return find_reversal(locks, voucher.id) if cancelled else None


def _refuse_reversal(invoice: Invoice, actor: Actor) -> None:
    if invoice.amount_received:
        payments = sorted({one.payment_id for one in standing_allocations(actor, invoice_id=invoice.id)})
        notes = sorted({one.credit_note_id for one in standing_credit(actor, invoice.id)})
        received = f"{invoice.amount_received:.2f}"
        raise HasSettlements(data={"amount_received": received, "payments": payments, "credit_notes": notes})
    if invoice.billing_status == BillingStatus.REVIEW or invoice.fulfilment_status == FulfilmentStatus.REVIEW:
        raise InvoiceInReview
    if invoice.fulfilment_status in _IN_HANDS:
        raise InFulfilment(data={"fulfilment_status": invoice.fulfilment_status})


def _cancel(locks: Locks, invoice: Invoice, number: str, *, reason: str, actor: Actor, now: datetime) -> None:
    invoice.status = BooksStatus.CANCELLED.value
    invoice.version += 1
    invoice.updated_at = now
    invoice.save(update_fields=["status", "version", "updated_at"])
    told = invoice_events(
        [invoice],
        kind="invoice_reversed",
        actor=actor,
        now=now,
        books=lambda one: money_told(one) | {"voucher_number": number},
    )
    record_events(locks, told, now=now)
    record_audit(locks, [Audit(REVERSE, SUBJECT, invoice.id, changes_text({"reason": ["", reason]}))], actor=actor, now=now)
