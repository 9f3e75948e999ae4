"""Settling an invoice inside somebody's transaction: what it received, the state that follows, and what is told of it."""

from datetime import datetime
from decimal import Decimal

from erp.access import Actor
from erp.locking import Locks
from erp.outbox import Event
from erp.spelling import amount_text
from invoices.documents import read_documents
from invoices.events import invoice_event
from invoices.models import Invoice
from invoices.posting_rules import settled_status
from invoices.status import BooksStatus

SETTLEABLE = frozenset({BooksStatus.POSTED, BooksStatus.PARTIALLY_PAID, BooksStatus.PAID})
"""States of an invoice that stands in the books."""


def settle(invoice: Invoice, amount: Decimal, now: datetime) -> None:
    """Count the amount as received on the locked invoice; its state follows. The allocation row is written after this."""
    invoice.amount_received += amount
    invoice.status = settled_status(invoice.amount_received, invoice.total_value)
    invoice.version += 1
    invoice.updated_at = now
    invoice.save(update_fields=["amount_received", "status", "version", "updated_at"])


def settlement_event(locks: Locks, invoice: Invoice, *, actor: Actor, now: datetime) -> Event:
    """`invoice_paid` when nothing is outstanding any more, else `invoice_updated`."""
    content = read_documents(locks.company_id, [invoice.id])[invoice.id]
    kind = "invoice_paid" if invoice.status == BooksStatus.PAID else "invoice_updated"
    books = {
        "books_status": invoice.status,
        "amount_received": amount_text(invoice.amount_received),
        "outstanding_amount": amount_text(invoice.total_value - invoice.amount_received),
    }
    return invoice_event(kind, content, actor=actor, now=now, changed=["amount_received"], books=books)
