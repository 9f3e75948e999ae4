"""Taking money for invoices: receipts, their allocation, their reversal."""

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
from erp.outbox import Event, record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed
from erp.spelling import amount_text
from invoices.books_queries import show_payment
from invoices.documents import read_documents
from invoices.events import invoice_event
from invoices.models import Invoice, Payment, PaymentAllocation
from invoices.posting_rules import settled_status
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
    _allocate(locks, payment, invoice, allocated, actor, now)
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


def _allocate(locks: Locks, payment: Payment, invoice: Invoice, amount: Decimal, actor: Actor, now: datetime) -> None:
    """Settle the invoice by this amount: the row, the sum on the invoice, its state, one event each."""
    if amount:
        invoice.amount_received += amount
        invoice.status = settled_status(invoice.amount_received, invoice.total_value)
        invoice.version += 1
        invoice.updated_at = now
        invoice.save(update_fields=["amount_received", "status", "version", "updated_at"])
        PaymentAllocation.objects.of(locks).create(
            company_id=locks.company_id,
            payment=payment,
            invoice=invoice,
            amount=amount,
            allocation_date=payment.payment_date,
            created_at=now,
        )
    record_audit(locks, [Audit("receive_payment", SOURCE, payment.id)], actor=actor, now=now)
    shown = show_payment(actor, payment.id)
    received = announcement(
        "payment_received", subject_kind=SOURCE, subject_id=payment.id, payload=shown, actor=actor, now=now
    )
    settled = [_settled(locks, invoice, actor, now)] if amount else []
    record_events(locks, [received, *settled], now=now)


def _settled(locks: Locks, invoice: Invoice, actor: Actor, now: datetime) -> Event:
    """What the money means for the invoice."""
    content = read_documents(locks.company_id, [invoice.id])[invoice.id]
    kind = "invoice_paid" if invoice.status == BooksStatus.PAID else "invoice_updated"
    books = {
        "books_status": invoice.status,
        "amount_received": amount_text(invoice.amount_received),
        "outstanding_amount": amount_text(invoice.total_value - invoice.amount_received),
    }
    return invoice_event(kind, content, actor=actor, now=now, changed=["amount_received"], books=books)
