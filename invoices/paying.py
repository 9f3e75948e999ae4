"""Taking money for an invoice: one call receives, allocates and books."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.charts import accounts_by_role
from accounting.kinds import AccountRole, VoucherKind
from accounting.models import LedgerAccount
from accounting.periods import open_period
from accounting.vouchers import Leg, NewVoucher, PartyName, party_accounts, write_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed
from invoices.books_queries import show_payment
from invoices.models import Invoice, Payment
from invoices.settlements import Share, settle, settlement_events
from invoices.status import BooksStatus, PaymentKind, PaymentMode, PaymentStatus

SOURCE = "payment"


class NotPayable(Conflict):
    """The invoice is not posted, or nothing of it is outstanding."""

    code = "wrong-state"


class ExceedsOutstanding(Conflict):
    """The amount is more than is outstanding: `data` says what is. Send less, or `"excess": "advance"`."""

    code = "allocation-exceeds-outstanding"
    message = "The amount is more than is outstanding on the invoice."


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """One-call payment of seed 004: money in for one invoice; what is over becomes an advance when `excess` allows it."""

    invoice_id: UUID
    amount: Decimal
    payment_date: date
    mode: PaymentMode = PaymentMode.BANK_TRANSFER
    account_code: str = ""
    reference_number: str = ""
    notes: str = ""
    excess_as_advance: bool = False


@use_case
def receive_payment(locks: Locks, *, receipt: NewReceipt, actor: Actor, now: datetime) -> Payment:
    """A posted receipt, allocated to the invoice as far as it is outstanding; the invoice's state follows the money.

    Voucher J5: BANK or CASH against the party's RECEIVABLE. Locks COMPANY (share), INVOICE, PAYMENT, ACCOUNT, SERIES.
    Records `payment_received`, and `invoice_paid` or `invoice_updated`. Raises NotFound, ValidationFailed, NotPayable,
    ExceedsOutstanding, PeriodClosed (409).
    """
    year = open_period(locks, receipt.payment_date, actor=actor)
    locked = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=receipt.invoice_id, invoice_type="SALES"))
    if not locked:
        raise NotFound("Invoice not found", errors={"invoice_id": ["Invoice not found"]})
    (invoice,) = locked
    allocated = _allocatable(invoice, receipt)
    locks.claim(LockOrder.PAYMENT)
    customer = invoice.customer
    assert customer is not None, "sales invoices have a customer"
    receivable = party_accounts(locks, AccountRole.RECEIVABLE, [PartyName(customer.id, customer.code, customer.name)])[
        customer.id
    ]
    money, money_role = _money_account(actor, receipt)
    rct, jv = Series("RCT", year.year), Series("JV", year.year)
    numbers = take_numbers(locks, {rct: 1, jv: 1})
    payment_id = new_id()
    voucher = NewVoucher(
        kind=VoucherKind.RECEIPT,
        number=numbers[jv][0],
        fiscal_year_id=year.id,
        voucher_date=receipt.payment_date,
        source_kind=SOURCE,
        source_id=payment_id,
        legs=[
            Leg(money, money_role, debit=receipt.amount),
            Leg(receivable, AccountRole.RECEIVABLE, credit=receipt.amount),
        ],
        currency_id=actor.company.base_currency_id,
        narration=f"{numbers[rct][0]} {customer.name}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    write_vouchers(locks, [voucher], now=now)
    payment = Payment(
        id=payment_id,
        company_id=locks.company_id,
        payment_number=numbers[rct][0],
        kind=PaymentKind.RECEIPT.value,
        status=PaymentStatus.POSTED.value,
        customer=customer,
        payment_date=receipt.payment_date,
        mode=receipt.mode.value,
        account_id=money,
        currency_id=actor.company.base_currency_id,
        amount=receipt.amount,
        allocated_amount=allocated,
        reference_number=receipt.reference_number,
        notes=receipt.notes,
        voucher_id=voucher.id,
        created_at=now,
        updated_at=now,
    )
    payment.save(force_insert=True)
    shares = [Share(new_id(), invoice.id, allocated)] if allocated else []
    settle(locks, payment, shares, {invoice.id: invoice}, day=payment.payment_date, now=now)
    _announce(locks, payment, [invoice] if allocated else [], actor, now)
    return payment


def _money_account(actor: Actor, receipt: NewReceipt) -> tuple[UUID, AccountRole]:
    """Where the money goes: the account named, else CASH or BANK by the mode. Raises NotFound, ValidationFailed."""
    if not receipt.account_code:
        role = AccountRole.CASH if receipt.mode is PaymentMode.CASH else AccountRole.BANK
        return accounts_by_role(actor.company_id, [role])[role], role
    account = LedgerAccount.objects.of(actor).filter(code=receipt.account_code).first()
    if account is None:
        raise NotFound("Account not found", errors={"account_code": ["Account not found"]})
    if account.role not in {AccountRole.CASH, AccountRole.BANK}:
        raise ValidationFailed(errors={"account_code": ["Not an account of cash or bank."]})
    return account.id, AccountRole(account.role)


def _allocatable(invoice: Invoice, receipt: NewReceipt) -> Decimal:
    if invoice.status not in {BooksStatus.POSTED, BooksStatus.PARTIALLY_PAID, BooksStatus.PAID}:
        raise NotPayable(
            f"The invoice is {invoice.status}; only a posted invoice takes payments.",
            data={"id": invoice.id, "status": invoice.status},
        )
    outstanding = invoice.total_value - invoice.amount_received
    if receipt.amount > outstanding and not receipt.excess_as_advance:
        raise ExceedsOutstanding(
            f"{receipt.amount:.2f} is more than the {outstanding:.2f} outstanding.",
            data={"invoice": invoice.id, "wanted": f"{receipt.amount:.2f}", "left": f"{outstanding:.2f}"},
        )
    return min(receipt.amount, outstanding)


def _announce(locks: Locks, payment: Payment, settled: list[Invoice], actor: Actor, now: datetime) -> None:
    record_audit(locks, [Audit("receive_payment", SOURCE, payment.id)], actor=actor, now=now)
    shown = show_payment(actor, payment.id)
    received = announcement(
        "payment_received", subject_kind=SOURCE, subject_id=payment.id, payload=shown, actor=actor, now=now
    )
    record_events(locks, [received, *settlement_events(locks, settled, actor=actor, now=now)], now=now)
