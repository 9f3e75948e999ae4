"""Money for an invoice, from a customer or to a supplier: one call numbers, allocates and books."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.periods import open_period
from accounting.rates import first_rate
from erp.access import Actor
from erp.currencies import currency_named, refuse_parts
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.numbering import Series, take_numbers
from erp.performing import use_case
from erp.problems import NotFound
from invoices.models import Invoice, Payment
from invoices.payments import account_of_party, book_payment, money_account, series_of
from invoices.plans import Share
from invoices.settlements import SETTLEABLE, ExceedsOutstanding, NotPayable
from invoices.status import PaymentKind, PaymentMode, PaymentStatus


@dataclass(frozen=True, slots=True)
class OneCall:
    """Money for one invoice, in for a sale and out for a purchase; what is over becomes an advance when `excess` allows it.

    Source: the one-call payment of the quick reference.
    """

    invoice_id: UUID
    amount: Decimal
    payment_date: date
    mode: PaymentMode = PaymentMode.BANK_TRANSFER
    account_code: str = ""
    reference_number: str = ""
    notes: str = ""
    excess_as_advance: bool = False


@use_case
def pay_invoice(locks: Locks, *, call: OneCall, actor: Actor, now: datetime) -> Payment:
    """A posted payment, allocated to the invoice as far as it is outstanding; the invoice's state follows the money.

    Voucher J5 (RECEIPT): BANK or CASH against the customer's RECEIVABLE; or J6 (PAYMENT): the supplier's PAYABLE against
    BANK or CASH. In the invoice's currency, at the rate of the payment date. Locks COMPANY (share), INVOICE, PAYMENT,
    ACCOUNT, SERIES. Records `payment_received` or `payment_made`, and `invoice_paid` or `invoice_updated`. Raises NotFound,
    ValidationFailed, NotPayable, ExceedsOutstanding, NoExchangeRate, PeriodClosed (409).
    """
    year = open_period(locks, call.payment_date, actor=actor)
    locked = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=call.invoice_id))
    if not locked:
        raise NotFound("Invoice not found", errors={"invoice_id": ["Invoice not found"]})
    (invoice,) = locked
    currency = currency_named(actor, invoice.currency_id)
    refuse_parts(currency, call.amount)
    allocated = _allocatable(invoice, call)
    locks.claim(LockOrder.PAYMENT)
    payment = Payment(
        id=new_id(),
        company_id=locks.company_id,
        kind=(PaymentKind.PAYMENT if invoice.is_purchase else PaymentKind.RECEIPT).value,
        status=PaymentStatus.DRAFT.value,
        customer=invoice.customer,
        supplier=invoice.supplier,
        payment_date=call.payment_date,
        mode=call.mode.value,
        account=money_account(actor, call.mode, call.account_code),
        currency=currency,
        exchange_rate=first_rate(actor, currency.id),
        amount=call.amount,
        reference_number=call.reference_number,
        notes=call.notes,
        created_at=now,
        updated_at=now,
    )
    account_id = account_of_party(locks, payment)
    own, jv = series_of(payment.kind, year), Series("JV", year.year)
    numbers = take_numbers(locks, {own: 1, jv: 1})
    payment.payment_number = numbers[own][0]
    book_payment(
        locks,
        payment,
        [Share(new_id(), invoice.id, allocated)] if allocated else [],
        {invoice.id: invoice},
        account_id=account_id,
        number=numbers[jv][0],
        year=year,
        day=call.payment_date,
        deed="make_payment" if payment.is_outgoing else "receive_payment",
        actor=actor,
        now=now,
    )
    return payment


def _allocatable(invoice: Invoice, call: OneCall) -> Decimal:
    if invoice.status not in SETTLEABLE:
        raise NotPayable(
            f"The invoice is {invoice.status}; only a posted invoice takes payments.",
            data={"id": invoice.id, "status": invoice.status},
        )
    outstanding = invoice.total_value - invoice.amount_received
    if call.amount > outstanding and not call.excess_as_advance:
        raise ExceedsOutstanding(
            f"{call.amount:.2f} is more than the {outstanding:.2f} outstanding.",
            data={"invoice": invoice.id, "wanted": f"{call.amount:.2f}", "left": f"{outstanding:.2f}"},
        )
    return min(call.amount, outstanding)
