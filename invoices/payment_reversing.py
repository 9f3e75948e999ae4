"""Undoing a posted payment, a bounced cheque for one: a mirror voucher, and its invoices are open again."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.periods import open_period
from accounting.reversals import Reversed, find_reversal, reverse_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.changing import changes_text, require_version
from erp.locking import LockOrder, Locks, Raced
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import NotFound
from invoices.books_queries import show_payment, standing_allocations
from invoices.exchanges import days_of_differences, standing_differences
from invoices.models import Invoice, Payment
from invoices.payment_drafting import save_next
from invoices.payments import SOURCE
from invoices.reversing import NotPosted
from invoices.settlements import release, settlement_events
from invoices.status import PaymentStatus


@use_case
def reverse_payment(
    locks: Locks,
    *,
    payment_id: UUID,
    actor: Actor,
    reason: str,
    reversal_date: date | None,
    today: date,
    now: datetime,
    expected_version: int | None = None,
) -> Reversed:
    """Release all allocations, mirror the voucher, give the invoices their state back; the payment is REVERSED (J9).

    What its allocations gained or lost by exchange rates is mirrored with it. Booked today or on `reversal_date`, never
    before the originals. Reversing again answers the same reversal, whatever is closed since. Locks COMPANY (share), INVOICE
    (all it settles), PAYMENT, SERIES. Records `payment_reversed`, and `invoice_updated` for each invoice. Raises NotFound,
    Stale (412), NotPosted, PeriodClosed (409).
    """
    seen = Payment.objects.of(actor).filter(id=payment_id).select_related("voucher").first()
    if seen is None:
        raise NotFound("Payment not found")
    if seen.voucher is None:
        raise NotPosted(f"The payment is {seen.status}; only a posted one is reversed.", data={"status": seen.status})
    done = find_reversal(locks, seen.voucher.id)
    if done is not None:
        return done
    day = max(reversal_date or today, seen.voucher.voucher_date, *days_of_differences(actor, payment_id))
    year = open_period(locks, day, actor=actor)
    settled = [row.invoice_id for row in standing_allocations(actor, payment_id=payment_id)]
    invoices = {one.id: one for one in locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id__in=settled))}
    (payment,) = locks.take(LockOrder.PAYMENT, Payment.objects.of(actor).filter(id=payment_id))
    done = find_reversal(locks, seen.voucher.id)
    if done is not None:
        return done
    require_version(payment.version, expected_version)
    standing = standing_allocations(locks, payment_id=payment_id)
    if {row.invoice_id for row in standing} != invoices.keys():
        raise Raced("the payment was allocated or released by somebody else in this moment")
    undone = [seen.voucher, *standing_differences(locks, payment_id)]
    mirrored = reverse_vouchers(locks, undone, year=year, day=day, reason=reason, actor=actor, now=now)
    payment.status = PaymentStatus.REVERSED.value
    payment.allocated_amount = Decimal("0.00")
    save_next(payment, now, "status", "allocated_amount")
    release(locks, standing, invoices, day=day, now=now)
    changes = changes_text({"reason": ["", reason]})
    audits = [Audit("reverse_payment", one.source_kind, one.source_id, changes) for one in undone]
    record_audit(locks, audits, actor=actor, now=now)
    shown = show_payment(actor, payment.id)
    told = announcement("payment_reversed", subject_kind=SOURCE, subject_id=payment.id, payload=shown, actor=actor, now=now)
    record_events(locks, [told, *settlement_events(invoices.values(), actor=actor, now=now)], now=now)
    return mirrored[0]
