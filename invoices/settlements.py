"""Settling invoices with money: allocation rows and their releases, and what they mean for the invoices.

Building blocks. The invoices and the payment are locked; the caller keeps the payment's own sum, and saves it first: the
database compares it with the rows at the end of the statement that adds them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from erp.access import Actor
from erp.identifiers import new_id
from erp.locking import Locks
from erp.models.scoped import HasCompany
from erp.money import add
from erp.outbox import Event
from erp.problems import Conflict, NotFound, ValidationFailed
from erp.spelling import amount_text
from invoices.bill_events import invoice_events
from invoices.exchange import InBase
from invoices.models import Invoice, Payment, PaymentAllocation
from invoices.plans import Share
from invoices.posting_rules import settled_status
from invoices.status import BooksStatus, InvoiceType, PaymentKind

SETTLEABLE = frozenset({BooksStatus.POSTED, BooksStatus.PARTIALLY_PAID, BooksStatus.PAID})
"""States of an invoice that stands in the books."""


class NotPayable(Conflict):
    """The invoice is not posted, or nothing of it is outstanding."""

    code = "wrong-state"


class ExceedsOutstanding(Conflict):
    """The amount is more than is outstanding: `data` says what is. Send less, or `"excess": "advance"`."""

    code = "allocation-exceeds-outstanding"
    message = "The amount is more than is outstanding on the invoice."


class ExceedsPayment(Conflict):
    """The allocations are more than the payment has left: `data` says what is. Send less, or release some first."""

    code = "allocation-exceeds-payment"


def settleable(scope: HasCompany, shares: Iterable[Share], *, kind: str) -> QuerySet[Invoice]:
    """The invoices that these shares name, of the direction in which this kind of payment goes."""
    direction = InvoiceType.PURCHASE if kind == PaymentKind.PAYMENT else InvoiceType.SALES
    return Invoice.objects.of(scope).filter(id__in={share.invoice_id for share in shares}, invoice_type=direction)


def judge_shares(
    payment: Payment, shares: Sequence[Share], invoices: Mapping[UUID, Invoice], *, planning: bool = False
) -> None:
    """Refuse shares that the payment does not have left, or that an invoice does not take.

    A plan may name an invoice that is a draft still. Raises NotFound, ValidationFailed, NotPayable, ExceedsPayment,
    ExceedsOutstanding.
    """
    wanted, left = add([share.amount for share in shares]), payment.amount - payment.allocated_amount
    if wanted > left:
        text = f"{wanted:.2f} is more than the {left:.2f} that the payment has left."
        raise ExceedsPayment(text, data={"wanted": amount_text(wanted), "left": amount_text(left)})
    for invoice_id in dict.fromkeys(share.invoice_id for share in shares):
        invoice = invoices.get(invoice_id)
        if invoice is None:
            raise NotFound("Invoice not found", errors={"invoice_id": ["Invoice not found"]})
        amount = add([share.amount for share in shares if share.invoice_id == invoice_id])
        _judge_invoice(payment, invoice, amount, planning=planning)


def _judge_invoice(payment: Payment, invoice: Invoice, amount: Decimal, *, planning: bool) -> None:
    if invoice.party_id != payment.party_id:
        raise ValidationFailed(errors={"invoice_id": [f"{invoice.invoice_no} is an invoice of another party."]})
    if invoice.currency_id not in {None, payment.currency_id}:
        raise ValidationFailed(errors={"invoice_id": [f"{invoice.invoice_no} is in another currency."]})
    if invoice.status not in SETTLEABLE and not (planning and invoice.status == BooksStatus.DRAFT):
        raise NotPayable(
            f"{invoice.invoice_no} is {invoice.status}; only a posted invoice takes payments.",
            data={"id": invoice.id, "status": invoice.status},
        )
    outstanding = invoice.total_value - invoice.amount_received
    if amount > outstanding:
        raise ExceedsOutstanding(
            f"{amount:.2f} is more than the {outstanding:.2f} outstanding on {invoice.invoice_no}.",
            data={"invoice": invoice.id, "wanted": amount_text(amount), "left": amount_text(outstanding)},
        )


def settle(
    locks: Locks,
    payment: Payment,
    shares: Sequence[Share],
    invoices: Mapping[UUID, Invoice],
    *,
    parts: Mapping[UUID, InBase],
    day: date,
    now: datetime,
) -> list[PaymentAllocation]:
    """Allocation rows of these shares, with their `parts` in base where they are in another currency.

    Sums, states and versions of their invoices follow.
    """
    receive(locks, [(invoices[share.invoice_id], share.amount) for share in shares], now)
    rows = [
        PaymentAllocation(
            id=share.allocation_id,
            company_id=locks.company_id,
            payment_id=payment.id,
            invoice_id=share.invoice_id,
            amount=share.amount,
            settled_base=parts[share.allocation_id].settled if parts else None,
            paid_base=parts[share.allocation_id].paid if parts else None,
            allocation_date=day,
            created_at=now,
        )
        for share in shares
    ]
    return PaymentAllocation.objects.of(locks).bulk_create(rows)


def release(
    locks: Locks,
    rows: Sequence[PaymentAllocation],
    invoices: Mapping[UUID, Invoice],
    *,
    day: date,
    now: datetime,
) -> list[PaymentAllocation]:
    """Rows of the opposite sign that take these allocations back; sums, states and versions of their invoices follow."""
    receive(locks, [(invoices[row.invoice_id], -row.amount) for row in rows], now)
    counter = [
        PaymentAllocation(
            id=new_id(),
            company_id=locks.company_id,
            payment_id=row.payment_id,
            invoice_id=row.invoice_id,
            amount=-row.amount,
            settled_base=None if row.settled_base is None else -row.settled_base,
            paid_base=None if row.paid_base is None else -row.paid_base,
            allocation_date=max(day, row.allocation_date),
            releases_id=row.id,
            created_at=now,
        )
        for row in rows
    ]
    return PaymentAllocation.objects.of(locks).bulk_create(counter)


def receive(locks: Locks, changes: Sequence[tuple[Invoice, Decimal]], now: datetime) -> None:
    """Sums and states of locked invoices that receive these amounts; one more version of each, however many it gets."""
    touched = {invoice.id: invoice for invoice, _ in changes}
    for invoice, amount in changes:
        invoice.amount_received += amount
    for invoice in touched.values():
        invoice.status = settled_status(invoice.amount_received, invoice.total_value)
        invoice.version += 1
        invoice.updated_at = now
    columns = ["amount_received", "status", "version", "updated_at"]
    Invoice.objects.of(locks).bulk_update(touched.values(), columns, batch_size=500)


def settlement_events(invoices: Iterable[Invoice], *, actor: Actor, now: datetime) -> list[Event]:
    """`invoice_paid` for an invoice that became PAID, `invoice_updated` for one whose money changed otherwise."""
    touched = {invoice.id: invoice for invoice in invoices}
    return invoice_events(
        touched.values(),
        kind=lambda invoice: "invoice_paid" if invoice.status == BooksStatus.PAID else "invoice_updated",
        actor=actor,
        now=now,
        changed=["amount_received"],
        books=money_told,
    )


def money_told(invoice: Invoice) -> dict[str, str]:
    """What an event tells of the invoice's money."""
    return {
        "books_status": invoice.status,
        "amount_received": amount_text(invoice.amount_received),
        "outstanding_amount": amount_text(invoice.total_value - invoice.amount_received),
    }
