"""Which invoices a payment settles: planned while it is a draft, settled once it is posted, released again."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from accounting.periods import BookingYear, open_period
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text, require_version
from erp.currencies import currency_named, refuse_parts
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import NotFound
from invoices.amending import WrongState
from invoices.books_queries import standing_allocations
from invoices.exchanges import book_differences, is_foreign, parts_in_base
from invoices.models import Invoice, Payment, PaymentAllocation
from invoices.payment_drafting import lock_payment, save_next
from invoices.payments import SOURCE, account_of_party
from invoices.plans import Share, plan_of, planned
from invoices.settlements import (
    judge_shares,
    release,
    settle,
    settleable,
    settlement_events,
)
from invoices.status import PaymentKind, PaymentStatus


@use_case
def allocate_payment(
    locks: Locks,
    *,
    payment_id: UUID,
    invoice_id: UUID,
    amount: Decimal,
    actor: Actor,
    today: date,
    now: datetime,
    expected_version: int | None = None,
) -> UUID:
    """Give an invoice a part of the payment; the allocation's id. A draft plans it, a posted payment settles it now.

    The invoice is one of the payment's party and currency. Settled today, never before the payment's voucher. In another
    currency what the two rates differ is booked (J10). Locks INVOICE, PAYMENT; in another currency COMPANY (share) before,
    and ACCOUNT, SERIES after. Records `invoice_paid` or `invoice_updated` when it settles. Raises NotFound, Stale,
    ValidationFailed, WrongState, NotPayable, ExceedsPayment, ExceedsOutstanding, PeriodClosed (409).
    """
    share = Share(new_id(), invoice_id, amount)
    booking = _open_for_differences(locks, payment_id, today, actor)
    invoices = {one.id: one for one in locks.take(LockOrder.INVOICE, _direction(actor, payment_id, [share]))}
    payment = lock_payment(locks, payment_id, actor)
    require_version(payment.version, expected_version)
    refuse_parts(currency_named(actor, payment.currency_id), amount)
    if payment.status == PaymentStatus.DRAFT:
        plan = [*plan_of(payment), share]
        others = {one.id: one for one in settleable(actor, plan, kind=payment.kind)}
        judge_shares(payment, plan, others | invoices, planning=True)
        payment.planned = planned(plan)
    elif payment.status == PaymentStatus.POSTED:
        judge_shares(payment, [share], invoices)
        parts = parts_in_base(locks, payment, [share], invoices, actor)
        payment.allocated_amount += amount
    else:
        raise WrongState(f"The payment is {payment.status}; it settles nothing.", data={"status": payment.status})
    save_next(payment, now, "planned", "allocated_amount")
    if payment.status == PaymentStatus.POSTED:
        day = max(today, _booked(payment))
        rows = settle(locks, payment, [share], invoices, parts=parts, day=day, now=now)
        _book_differences(locks, payment, rows, booking, actor, now)
        record_events(locks, settlement_events(invoices.values(), actor=actor, now=now), now=now)
    told = changes_text({"allocated": ["", f"{amount:.2f} to {invoice_id}"]})
    record_audit(locks, [Audit("allocate_payment", SOURCE, payment.id, told)], actor=actor, now=now)
    return share.allocation_id


@use_case
def remove_allocation(
    locks: Locks,
    *,
    payment_id: UUID,
    allocation_id: UUID,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> None:
    """Take a part out of a draft's plan. Locks PAYMENT. Raises NotFound, Stale, WrongState."""
    payment = lock_payment(locks, payment_id, actor)
    require_version(payment.version, expected_version)
    if payment.status != PaymentStatus.DRAFT:
        text = f"The payment is {payment.status}; what it settles is released, not deleted."
        raise WrongState(text, data={"status": payment.status})
    plan = plan_of(payment)
    left = [share for share in plan if share.allocation_id != allocation_id]
    if len(left) == len(plan):
        raise NotFound("Allocation not found")
    payment.planned = planned(left)
    save_next(payment, now, "planned", "allocated_amount")
    told = changes_text({"removed": [str(allocation_id), ""]})
    record_audit(locks, [Audit("remove_allocation", SOURCE, payment.id, told)], actor=actor, now=now)


@use_case
def release_allocation(
    locks: Locks,
    *,
    payment_id: UUID,
    allocation_id: UUID,
    reason: str,
    actor: Actor,
    today: date,
    now: datetime,
    expected_version: int | None = None,
) -> UUID:
    """Take back what a posted payment settled: a row of the opposite sign, whose id this is. The money is free again.

    In another currency what the two rates differ is booked back. Locks INVOICE, PAYMENT; in another currency COMPANY (share)
    before and ACCOUNT, SERIES after. Records `invoice_updated`. Raises NotFound, Stale, WrongState for what is no allocation
    of a posted payment any more, PeriodClosed (409).
    """
    booking = _open_for_differences(locks, payment_id, today, actor)
    seen = PaymentAllocation.objects.of(actor).filter(id=allocation_id, payment_id=payment_id).first()
    rows = Invoice.objects.of(actor).filter(id__in=[seen.invoice_id] if seen else [])
    invoices = {one.id: one for one in locks.take(LockOrder.INVOICE, rows)}
    payment = lock_payment(locks, payment_id, actor)
    require_version(payment.version, expected_version)
    if payment.status == PaymentStatus.DRAFT:
        raise WrongState("The payment is DRAFT; delete the allocation from its plan.", data={"status": payment.status})
    if seen is None:
        raise NotFound("Allocation not found")
    standing = [one for one in standing_allocations(locks, payment_id=payment_id) if one.id == allocation_id]
    if not standing:
        raise WrongState("This allocation has been released already, or is a release.", data={"id": allocation_id})
    payment.allocated_amount -= seen.amount
    save_next(payment, now, "planned", "allocated_amount")
    (counter,) = release(locks, standing, invoices, day=today, now=now)
    _book_differences(locks, payment, [counter], booking, actor, now)
    record_events(locks, settlement_events(invoices.values(), actor=actor, now=now), now=now)
    told = changes_text({"reason": ["", reason], "released": [str(allocation_id), ""]})
    record_audit(locks, [Audit("release_allocation", SOURCE, payment.id, told)], actor=actor, now=now)
    return counter.id


class _Booking(NamedTuple):
    """The day on which a difference of rates is booked, and its fiscal year."""

    day: date
    year: BookingYear


def _open_for_differences(locks: Locks, payment_id: UUID, today: date, actor: Actor) -> _Booking | None:
    """Hold the period of a posted payment in another currency; nothing is booked of one in the company's own."""
    seen = Payment.objects.of(actor).select_related("voucher").filter(id=payment_id).first()
    if seen is None or seen.voucher is None or not is_foreign(seen, actor):
        return None
    day = max(today, _booked(seen))
    return _Booking(day, open_period(locks, day, actor=actor))


def _book_differences(
    locks: Locks,
    payment: Payment,
    rows: list[PaymentAllocation],
    booking: _Booking | None,
    actor: Actor,
    now: datetime,
) -> None:
    if booking is None:
        if any(row.paid_base is not None for row in rows):
            raise Raced("the payment was posted by somebody else in this moment")
        return
    account_id = account_of_party(locks, payment)
    book_differences(locks, payment, rows, account_id=account_id, year=booking.year, day=booking.day, actor=actor, now=now)


def _direction(actor: Actor, payment_id: UUID, shares: list[Share]) -> QuerySet[Invoice]:
    """The invoices that the payment may settle; its kind never changes, so it is read before anything is locked."""
    kind = Payment.objects.of(actor).filter(id=payment_id).values_list("kind", flat=True).first()
    return settleable(actor, shares, kind=kind or PaymentKind.RECEIPT)


def _booked(payment: Payment) -> date:
    assert payment.voucher is not None, "a posted payment has its voucher"
    day: date = payment.voucher.voucher_date
    return day
