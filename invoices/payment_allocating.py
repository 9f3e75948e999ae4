"""Which invoices a payment settles: planned while it is a draft, settled once it is posted, released again."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text, require_version
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import NotFound
from invoices.amending import WrongState
from invoices.books_queries import standing_allocations
from invoices.models import Invoice, Payment, PaymentAllocation
from invoices.payment_drafting import lock_payment, save_next
from invoices.payments import SOURCE
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

    The invoice is one of the payment's party and currency. Settled today, never before the payment's voucher. Locks INVOICE,
    PAYMENT. Records `invoice_paid` or `invoice_updated` when it settles. Raises NotFound, ValidationFailed, Stale,
    WrongState, NotPayable, ExceedsPayment, ExceedsOutstanding (409).
    """
    share = Share(new_id(), invoice_id, amount)
    invoices = {one.id: one for one in locks.take(LockOrder.INVOICE, _direction(actor, payment_id, [share]))}
    payment = lock_payment(locks, payment_id, actor)
    require_version(payment.version, expected_version)
    if payment.status == PaymentStatus.DRAFT:
        plan = [*plan_of(payment), share]
        others = {one.id: one for one in settleable(actor, plan, kind=payment.kind)}
        judge_shares(payment, plan, others | invoices, planning=True)
        payment.planned = planned(plan)
    elif payment.status == PaymentStatus.POSTED:
        judge_shares(payment, [share], invoices)
        payment.allocated_amount += amount
    else:
        raise WrongState(f"The payment is {payment.status}; it settles nothing.", data={"status": payment.status})
    save_next(payment, now, "planned", "allocated_amount")
    if payment.status == PaymentStatus.POSTED:
        settle(locks, payment, [share], invoices, day=max(today, _booked(payment)), now=now)
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

    Locks INVOICE, PAYMENT. Records `invoice_updated`. Raises NotFound, Stale, WrongState for what is no allocation of a
    posted payment any more.
    """
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
    record_events(locks, settlement_events(invoices.values(), actor=actor, now=now), now=now)
    told = changes_text({"reason": ["", reason], "released": [str(allocation_id), ""]})
    record_audit(locks, [Audit("release_allocation", SOURCE, payment.id, told)], actor=actor, now=now)
    return counter.id


def _direction(actor: Actor, payment_id: UUID, shares: list[Share]) -> QuerySet[Invoice]:
    """The invoices that the payment may settle; its kind never changes, so it is read before anything is locked."""
    kind = Payment.objects.of(actor).filter(id=payment_id).values_list("kind", flat=True).first()
    return settleable(actor, shares, kind=kind or PaymentKind.RECEIPT)


def _booked(payment: Payment) -> date:
    assert payment.voucher is not None, "a posted payment has its voucher"
    day: date = payment.voucher.voucher_date
    return day
