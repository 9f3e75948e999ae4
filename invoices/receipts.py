"""Money in, inside somebody's transaction: the account it goes to, and its posting with the invoices that it settles."""

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
from erp.outbox import record_events
from erp.problems import NotFound, ValidationFailed
from invoices.books_queries import show_payment
from invoices.models import Invoice, Payment
from invoices.plans import Share
from invoices.settlements import settle, settlement_events
from invoices.status import PaymentMode, PaymentStatus
from sales.models import Customer

SOURCE = "payment"


def money_account(actor: Actor, mode: PaymentMode, code: str) -> LedgerAccount:
    """Where the money goes: the account named, else CASH or BANK by the mode. Raises NotFound, ValidationFailed."""
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


def receivable_of(locks: Locks, customer: Customer) -> UUID:
    """The customer's own account, made when it is the first booking. Locks rank ACCOUNT."""
    name = PartyName(customer.id, customer.code, customer.name)
    return party_accounts(locks, AccountRole.RECEIVABLE, [name])[customer.id]


def book_receipt(
    locks: Locks,
    payment: Payment,
    shares: Sequence[Share],
    invoices: Mapping[UUID, Invoice],
    *,
    receivable_id: UUID,
    number: str,
    year: BookingYear,
    day: date,
    deed: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Post a payment that is locked or new: voucher J5, allocation rows of its shares, the invoices' state (all locked).

    `number` is the voucher's, `deed` what the audit entry calls it. Records `payment_received`, and `invoice_paid` or
    `invoice_updated` for each invoice.
    """
    voucher = _voucher(payment, receivable_id, number=number, year=year, day=day, actor=actor)
    write_vouchers(locks, [voucher], now=now)
    is_new = payment._state.adding
    payment.status = PaymentStatus.POSTED.value
    payment.voucher_id = voucher.id
    payment.planned = []
    payment.allocated_amount = add([share.amount for share in shares])
    payment.version += 0 if is_new else 1
    payment.updated_at = now
    payment.save(force_insert=is_new)
    settle(locks, payment, shares, invoices, day=day, now=now)
    record_audit(locks, [Audit(deed, SOURCE, payment.id)], actor=actor, now=now)
    shown = show_payment(actor, payment.id)
    told = announcement("payment_received", subject_kind=SOURCE, subject_id=payment.id, payload=shown, actor=actor, now=now)
    settled = [invoices[one] for one in dict.fromkeys(share.invoice_id for share in shares)]
    record_events(locks, [told, *settlement_events(locks, settled, actor=actor, now=now)], now=now)


def _voucher(
    payment: Payment, receivable_id: UUID, *, number: str, year: BookingYear, day: date, actor: Actor
) -> NewVoucher:
    party = payment.customer
    assert party is not None, "money in comes from a customer"
    return NewVoucher(
        kind=VoucherKind.RECEIPT,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=day,
        source_kind=SOURCE,
        source_id=payment.id,
        legs=[
            Leg(payment.account_id, AccountRole(payment.account.role), debit=payment.amount),
            Leg(receivable_id, AccountRole.RECEIVABLE, credit=payment.amount),
        ],
        currency_id=payment.currency_id,
        narration=f"{payment.payment_number} {party.name}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
