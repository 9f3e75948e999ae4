"""Payments that are prepared before they are posted: written down, changed, dropped. What they will settle is a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from accounting.periods import fiscal_year_start, open_period
from accounting.rates import first_rate
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import apply_changes, changes_text, require_version
from erp.currencies import currency_named, find_currency, refuse_parts
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.models import Currency
from erp.numbering import Series, take_numbers
from erp.performing import use_case
from erp.problems import NotFound, ValidationFailed
from invoices.amending import WrongState
from invoices.models import Payment
from invoices.payments import SOURCE, account_of_party, book_payment, money_account, series_of
from invoices.plans import Share, plan_of, planned
from invoices.settlements import judge_shares, settleable
from invoices.status import PaymentKind, PaymentMode, PaymentStatus
from purchasing.models import Supplier
from sales.models import Customer


class Part(NamedTuple):
    """How much of the payment an invoice is to get."""

    invoice_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class NewPayment:
    """Money from a customer, or to a supplier as `kind` says. Posted at once with `post`.

    `currency` is a code or an id, the company's own when None.
    """

    party_id: UUID
    amount: Decimal
    payment_date: date
    kind: PaymentKind = PaymentKind.RECEIPT
    currency: str | None = None
    mode: PaymentMode = PaymentMode.BANK_TRANSFER
    account_code: str = ""
    reference_number: str = ""
    notes: str = ""
    allocations: Sequence[Part] = ()
    post: bool = False


@use_case
def draft_payment(locks: Locks, *, draft: NewPayment, actor: Actor, now: datetime) -> Payment:
    """A DRAFT payment with its number and the plan of what it settles; POSTED with `post`.

    A plan changes no invoice and holds nothing of it; what it names is judged again when the payment is posted. Locks
    COMPANY (share), SERIES; with `post` as `post_payment`, and records what that does. Raises NotFound, ValidationFailed,
    NoExchangeRate, ExceedsPayment, ExceedsOutstanding, NotPayable, PeriodClosed (409).
    """
    year = open_period(locks, draft.payment_date, actor=actor)
    currency = find_currency(actor, draft.currency)
    refuse_parts(currency, draft.amount, [part.amount for part in draft.allocations])
    shares = [Share(new_id(), part.invoice_id, part.amount) for part in draft.allocations]
    rows = settleable(actor, shares, kind=draft.kind)
    invoices = {one.id: one for one in (locks.take(LockOrder.INVOICE, rows) if draft.post else rows)}
    payment = _new_payment(locks, draft, currency, actor, now)
    judge_shares(payment, shares, invoices, planning=not draft.post)
    locks.claim(LockOrder.PAYMENT)
    account_id = account_of_party(locks, payment) if draft.post else None
    own, jv = series_of(payment.kind, year), Series("JV", year.year)
    numbers = take_numbers(locks, {own: 1, jv: 1} if draft.post else {own: 1})
    payment.payment_number = numbers[own][0]
    if account_id is not None:
        book_payment(
            locks,
            payment,
            shares,
            invoices,
            account_id=account_id,
            number=numbers[jv][0],
            year=year,
            day=draft.payment_date,
            deed="post_payment",
            actor=actor,
            now=now,
        )
        return payment
    payment.planned = planned(shares)
    payment.save(force_insert=True)
    record_audit(locks, [Audit("draft_payment", SOURCE, payment.id)], actor=actor, now=now)
    return payment


@use_case
def change_payment(
    locks: Locks,
    *,
    payment_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> UUID:
    """Change a DRAFT: amount, date, mode, account, texts; `allocations` replaces the plan. Its id.

    The date stays in the fiscal year that its number names. A mode that is sent without an account takes the account of
    that mode. Locks COMPANY (share) for another date, PAYMENT. Raises NotFound, Stale, WrongState, ValidationFailed,
    ExceedsPayment, ExceedsOutstanding, NotPayable, PeriodClosed (409).
    """
    if "payment_date" in changes:
        year = open_period(locks, changes["payment_date"], actor=actor)
    payment = lock_payment(locks, payment_id, actor)
    require_version(payment.version, expected_version)
    if payment.status != PaymentStatus.DRAFT:
        raise WrongState(f"The payment is {payment.status}; only a draft changes.", data={"status": payment.status})
    if "payment_date" in changes:
        numbered = fiscal_year_start(payment.payment_date, actor.company.fiscal_year_start)
        if year.year != numbered:
            text = f"The number is one of the fiscal year {numbered}; cancel this draft, and make another."
            raise ValidationFailed(errors={"payment_date": [text]})
    changed = apply_changes(payment, _columns(payment, changes, actor))
    if changed.keys() & {"amount", "planned"}:
        shares = plan_of(payment)
        refuse_parts(currency_named(actor, payment.currency_id), payment.amount, [share.amount for share in shares])
        judge_shares(payment, shares, {one.id: one for one in settleable(actor, shares, kind=payment.kind)}, planning=True)
    if changed:
        save_next(payment, now, *changed)
        audit = Audit("change_payment", SOURCE, payment.id, changes_text(changed))
        record_audit(locks, [audit], actor=actor, now=now)
    return payment.id


@use_case
def cancel_payment(
    locks: Locks,
    *,
    payment_id: UUID,
    actor: Actor,
    now: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> UUID:
    """DRAFT → CANCELLED, its plan dropped; its id. The number stays visible. Again: nothing happens.

    Locks PAYMENT. Raises NotFound, Stale, WrongState.
    """
    payment = lock_payment(locks, payment_id, actor)
    if payment.status == PaymentStatus.CANCELLED:
        return payment.id
    require_version(payment.version, expected_version)
    if payment.status != PaymentStatus.DRAFT:
        text = f"The payment is {payment.status}; only a draft is cancelled. Reverse what is posted."
        raise WrongState(text, data={"status": payment.status})
    payment.status = PaymentStatus.CANCELLED.value
    payment.planned = []
    save_next(payment, now, "status", "planned")
    changes = changes_text({"reason": ["", reason]}) if reason else ""
    record_audit(locks, [Audit("cancel_payment", SOURCE, payment.id, changes)], actor=actor, now=now)
    return payment.id


def lock_payment(locks: Locks, payment_id: UUID, actor: Actor) -> Payment:
    """The payment under lock. Raises NotFound."""
    found = locks.take(LockOrder.PAYMENT, Payment.objects.of(actor).filter(id=payment_id))
    if not found:
        raise NotFound("Payment not found")
    return found[0]


def save_next(payment: Payment, now: datetime, *columns: str) -> None:
    """Save these columns of the locked payment as its next version."""
    payment.version += 1
    payment.updated_at = now
    payment.save(update_fields=[*columns, "version", "updated_at"])


def _new_payment(locks: Locks, draft: NewPayment, currency: Currency, actor: Actor, now: datetime) -> Payment:
    outgoing = draft.kind is PaymentKind.PAYMENT
    parties: QuerySet[Customer] | QuerySet[Supplier] = (Supplier if outgoing else Customer).objects.of(actor)
    party = parties.filter(id=draft.party_id).first()
    if party is None:
        text = "Supplier not found" if outgoing else "Customer not found"
        raise NotFound(text, errors={"party_id": [text]})
    return Payment(
        id=new_id(),
        company_id=locks.company_id,
        kind=draft.kind.value,
        status=PaymentStatus.DRAFT.value,
        **{"supplier" if outgoing else "customer": party},
        payment_date=draft.payment_date,
        mode=draft.mode.value,
        account=money_account(actor, draft.mode, draft.account_code),
        currency=currency,
        exchange_rate=first_rate(actor, currency.id),
        amount=draft.amount,
        reference_number=draft.reference_number,
        notes=draft.notes,
        created_at=now,
        updated_at=now,
    )


def _columns(payment: Payment, changes: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The columns that are to hold what was sent."""
    columns = {name: value for name, value in changes.items() if name not in {"mode", "account_code", "allocations"}}
    if "mode" in changes or "account_code" in changes:
        mode = PaymentMode(changes.get("mode") or payment.mode)
        columns |= {"mode": mode.value, "account_id": money_account(actor, mode, changes.get("account_code") or "").id}
    if "allocations" in changes:
        parts: Sequence[Part] = changes["allocations"]
        columns["planned"] = planned([Share(new_id(), part.invoice_id, part.amount) for part in parts])
    return columns
