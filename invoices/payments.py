"""Money in and out, inside somebody's transaction: accounts, numbers, and its posting with the invoices it settles."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from accounting.kinds import AccountRole, VoucherKind
from accounting.models import LedgerAccount
from accounting.periods import BookingYear
from accounting.vouchers import Leg, NewVoucher, PartyName, party_accounts, write_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.locking import Locks
from erp.money import add
from erp.numbering import Series
from erp.outbox import record_events
from erp.problems import NotFound, ValidationFailed
from invoices.books_queries import show_payment
from invoices.exchanges import fix_rate, parts_in_base, payment_legs
from invoices.models import Invoice, Payment
from invoices.plans import Share
from invoices.settlements import settle, settlement_events
from invoices.status import PaymentKind, PaymentMode, PaymentStatus

SOURCE = "payment"


def money_account(actor: Actor, mode: PaymentMode, code: str) -> LedgerAccount:
    """Where the money goes, or comes from: the account named, else CASH or BANK by the mode.

    Raises NotFound, ValidationFailed.
    """
    accounts = LedgerAccount.objects.of(actor)
    if not code:
        role = AccountRole.CASH if mode is PaymentMode.CASH else AccountRole.BANK
        return accounts.get(role=role.value, owner_id=None, is_active=True)
    account = accounts.filter(code=code).first()
    if account is None:
        raise NotFound("Account not found", errors={"account_code": ["Account not found"]})
    if account.role not in {AccountRole.CASH, AccountRole.BANK}:
        raise ValidationFailed(errors={"account_code": ["Not an account of cash or bank."]})
    return account


def account_of_party(locks: Locks, payment: Payment) -> UUID:
    """The account of the customer or supplier, made when it is the first booking. Locks rank ACCOUNT."""
    party = payment.party
    assert party is not None, "a payment that is made here has a party"
    role = AccountRole.PAYABLE if payment.is_outgoing else AccountRole.RECEIVABLE
    return party_accounts(locks, role, [PartyName(party.id, party.code, party.name)])[party.id]


def series_of(kind: str, year: BookingYear) -> Series:
    """What a payment is numbered in: RCT for money in, PAY for money out."""
    return Series("PAY" if kind == PaymentKind.PAYMENT else "RCT", year.year)


def book_payment(
    locks: Locks,
    payment: Payment,
    shares: Sequence[Share],
    invoices: Mapping[UUID, Invoice],
    *,
    account_id: UUID,
    number: str,
    year: BookingYear,
    day: date,
    deed: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Post a payment that is locked or new: voucher J5 or J6, rows of its shares, the invoices' state (all locked).

    In another currency at the rate of `day`; what an invoice was booked at differently is FX_REALISED in the same voucher.

    `account_id` is the party's, `number` the voucher's, `deed` what the audit entry calls it. Records `payment_received` or
    `payment_made`, and `invoice_paid` or `invoice_updated` for each invoice. Raises NoExchangeRate (409).
    """
    fix_rate(payment, day, actor)
    parts = parts_in_base(locks, payment, shares, invoices, actor)
    legs = payment_legs(locks, payment, parts, account_id, actor)
    voucher = _voucher(payment, legs, number=number, year=year, day=day, actor=actor)
    write_vouchers(locks, [voucher], now=now)
    is_new = payment._state.adding
    payment.status = PaymentStatus.POSTED.value
    payment.voucher_id = voucher.id
    payment.planned = []
    payment.allocated_amount = add([share.amount for share in shares])
    payment.version += 0 if is_new else 1
    payment.updated_at = now
    payment.save(force_insert=is_new)
    settle(locks, payment, shares, invoices, parts=parts, day=day, now=now)
    record_audit(locks, [Audit(deed, SOURCE, payment.id)], actor=actor, now=now)
    shown = show_payment(actor, payment.id)
    kind = "payment_made" if payment.is_outgoing else "payment_received"
    told = announcement(kind, subject_kind=SOURCE, subject_id=payment.id, payload=shown, actor=actor, now=now)
    settled = [invoices[one] for one in dict.fromkeys(share.invoice_id for share in shares)]
    record_events(locks, [told, *settlement_events(settled, actor=actor, now=now)], now=now)


def _voucher(payment: Payment, legs: list[Leg], *, number: str, year: BookingYear, day: date, actor: Actor) -> NewVoucher:
    party = payment.party
    assert party is not None, "a payment that is made here has a party"
    return NewVoucher(
        kind=VoucherKind.PAYMENT if payment.is_outgoing else VoucherKind.RECEIPT,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=day,
        source_kind=SOURCE,
        source_id=payment.id,
        legs=legs,
        currency_id=actor.company.base_currency_id,
        narration=f"{payment.payment_number} {party.name}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
