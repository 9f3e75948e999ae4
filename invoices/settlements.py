"""Settling invoices with money: allocation rows and their releases, and what they mean for the invoices.

Building blocks. The invoices and the payment are locked; the caller keeps the payment's own sum, and saves it first: the
database compares it with the rows at the end of the statement that adds them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from erp.access import Actor
from erp.identifiers import new_id
from erp.locking import Locks
from erp.models.scoped import HasCompany
from erp.outbox import Event
from erp.spelling import amount_text
from invoices.documents import read_documents
from invoices.events import invoice_event
from invoices.models import Invoice, Payment, PaymentAllocation
from invoices.posting_rules import settled_status
from invoices.status import BooksStatus


class Share(NamedTuple):
    """How much of a payment goes to an invoice, and the id under which that is known."""

    allocation_id: UUID
    invoice_id: UUID
    amount: Decimal


def standing_allocations(scope: HasCompany, payment_id: UUID) -> list[PaymentAllocation]:
    """What a payment settles and has not been released, oldest first."""
    rows = PaymentAllocation.objects.of(scope).filter(payment_id=payment_id)
    released = rows.filter(releases__isnull=False).values("releases_id")
    return list(rows.filter(releases__isnull=True).exclude(id__in=released).order_by("id"))


def settle(
    locks: Locks,
    payment: Payment,
    shares: Sequence[Share],
    invoices: Mapping[UUID, Invoice],
    *,
    day: date,
    now: datetime,
) -> list[PaymentAllocation]:
    """Allocation rows of these shares; sums, states and versions of their invoices follow."""
    _receive(locks, [(invoices[share.invoice_id], share.amount) for share in shares], now)
    rows = [
        PaymentAllocation(
            id=share.allocation_id,
            company_id=locks.company_id,
            payment_id=payment.id,
            invoice_id=share.invoice_id,
            amount=share.amount,
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
    _receive(locks, [(invoices[row.invoice_id], -row.amount) for row in rows], now)
    counter = [
        PaymentAllocation(
            id=new_id(),
            company_id=locks.company_id,
            payment_id=row.payment_id,
            invoice_id=row.invoice_id,
            amount=-row.amount,
            allocation_date=max(day, row.allocation_date),
            releases_id=row.id,
            created_at=now,
        )
        for row in rows
    ]
    return PaymentAllocation.objects.of(locks).bulk_create(counter)


def _receive(locks: Locks, changes: Sequence[tuple[Invoice, Decimal]], now: datetime) -> None:
    """One more version of each invoice, however many changes it gets."""
    touched = {invoice.id: invoice for invoice, _ in changes}
    for invoice, amount in changes:
        invoice.amount_received += amount
    for invoice in touched.values():
        invoice.status = settled_status(invoice.amount_received, invoice.total_value)
        invoice.version += 1
        invoice.updated_at = now
    columns = ["amount_received", "status", "version", "updated_at"]
    Invoice.objects.of(locks).bulk_update(touched.values(), columns, batch_size=500)


def settlement_events(locks: Locks, invoices: Iterable[Invoice], *, actor: Actor, now: datetime) -> list[Event]:
    """`invoice_paid` for an invoice that became PAID, `invoice_updated` for one whose money changed otherwise."""
    touched = {invoice.id: invoice for invoice in invoices}
    contents = read_documents(locks.company_id, list(touched)) if touched else {}
    return [
        invoice_event(
            "invoice_paid" if invoice.status == BooksStatus.PAID else "invoice_updated",
            contents[invoice.id],
            actor=actor,
            now=now,
            changed=["amount_received"],
            books=money_told(invoice),
        )
        for invoice in touched.values()
    ]


def money_told(invoice: Invoice) -> dict[str, str]:
    """What an event tells of the invoice's money."""
    return {
        "books_status": invoice.status,
        "amount_received": amount_text(invoice.amount_received),
        "outstanding_amount": amount_text(invoice.total_value - invoice.amount_received),
    }
