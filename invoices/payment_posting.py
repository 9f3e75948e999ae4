"""Posting a draft payment: its voucher, and the rows of what it planned to settle. Safe to repeat."""

from datetime import date, datetime
from uuid import UUID

from accounting.periods import open_period
from erp.access import Actor
from erp.changing import require_version
from erp.locking import LockOrder, Locks, Raced
from erp.numbering import Series, take_numbers
from erp.performing import use_case
from erp.problems import NotFound, ValidationFailed
from invoices.amending import WrongState
from invoices.models import Payment
from invoices.payment_drafting import lock_payment
from invoices.payments import account_of_party, book_payment
from invoices.plans import plan_of
from invoices.posting import PostingResult
from invoices.settlements import judge_shares, settleable
from invoices.status import PaymentStatus


@use_case
def post_payment(
    locks: Locks,
    *,
    payment_id: UUID,
    actor: Actor,
    posting_date: date | None,
    now: datetime,
    expected_version: int | None = None,
) -> PostingResult:
    """DRAFT → POSTED: voucher J5 or J6, allocation rows with the ids of the plan, the invoices' states. No plan: an advance.

    The booking date defaults to the payment's date and may be later, never earlier. Posting again answers the same voucher.
    Locks COMPANY (share), INVOICE, PAYMENT, ACCOUNT, SERIES. Records `payment_received` or `payment_made`,
    and `invoice_paid` or `invoice_updated`. Raises NotFound, Stale, WrongState, ValidationFailed, NotPayable,
    ExceedsOutstanding, NoExchangeRate, PeriodClosed.
    """
    seen = Payment.objects.of(actor).select_related("voucher").filter(id=payment_id).first()
    if seen is None:
        raise NotFound("Payment not found")
    if (done := _posted_already(seen)) is not None:
        return done
    day = posting_date or seen.payment_date
    year = open_period(locks, day, actor=actor)
    invoices = {one.id: one for one in locks.take(LockOrder.INVOICE, settleable(actor, plan_of(seen), kind=seen.kind))}
    payment = lock_payment(locks, payment_id, actor)
    if (done := _posted_already(payment)) is not None:
        return done
    require_version(payment.version, expected_version)
    if payment.version != seen.version:
        raise Raced("somebody has changed the draft in this moment")
    if day < payment.payment_date:
        raise ValidationFailed(errors={"posting_date": ["A payment is not booked before its own date."]})
    shares = plan_of(payment)
    judge_shares(payment, shares, invoices)
    account_id = account_of_party(locks, payment)
    series = Series("JV", year.year)
    number = take_numbers(locks, {series: 1})[series][0]
    book_payment(
        locks,
        payment,
        shares,
        invoices,
        account_id=account_id,
        number=number,
        year=year,
        day=day,
        deed="post_payment",
        actor=actor,
        now=now,
    )
    assert payment.voucher_id is not None, "it has just been written"
    return PostingResult(payment.voucher_id, number, payment.status, already=False)


def _posted_already(payment: Payment) -> PostingResult | None:
    """The voucher that stands for it; None for a draft. Raises WrongState for one that is cancelled or reversed."""
    if payment.status == PaymentStatus.DRAFT:
        return None
    if payment.status != PaymentStatus.POSTED or payment.voucher is None:
        raise WrongState(f"Cannot post a {payment.status} payment", data={"status": payment.status})
    return PostingResult(payment.voucher.id, payment.voucher.number, payment.status, already=True)
