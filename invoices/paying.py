"""Taking money for an invoice: one call receives, allocates and books."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.periods import open_period
from erp.access import Actor
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.numbering import Series, take_numbers
from erp.performing import use_case
from erp.problems import NotFound
from invoices.models import Invoice, Payment
from invoices.plans import Share
from invoices.receipts import book_receipt, money_account, receivable_of
from invoices.settlements import SETTLEABLE, ExceedsOutstanding, NotPayable
from invoices.status import PaymentKind, PaymentMode, PaymentStatus


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
    receivable_id = receivable_of(locks, customer)
    payment = Payment(
        id=new_id(),
        company_id=locks.company_id,
        kind=PaymentKind.RECEIPT.value,
        status=PaymentStatus.DRAFT.value,
        customer=customer,
        payment_date=receipt.payment_date,
        mode=receipt.mode.value,
        account=money_account(actor, receipt.mode, receipt.account_code),
        currency_id=actor.company.base_currency_id,
        amount=receipt.amount,
        reference_number=receipt.reference_number,
        notes=receipt.notes,
        created_at=now,
        updated_at=now,
    )
    rct, jv = Series("RCT", year.year), Series("JV", year.year)
    numbers = take_numbers(locks, {rct: 1, jv: 1})
    payment.payment_number = numbers[rct][0]
    book_receipt(
        locks,
        payment,
        [Share(new_id(), invoice.id, allocated)] if allocated else [],
        {invoice.id: invoice},
        receivable_id=receivable_id,
        number=numbers[jv][0],
        year=year,
        day=receipt.payment_date,
        deed="receive_payment",
        actor=actor,
        now=now,
    )
    return payment


def _allocatable(invoice: Invoice, receipt: NewReceipt) -> Decimal:
    if invoice.status not in SETTLEABLE:
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
