"""What invoices announce, sold or bought: a sale as the warehouse sees it, a purchase as its detail shows it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from erp.access import Actor
from erp.announcing import announcement
from erp.clock import day_in
from erp.outbox import Event
from invoices.books_queries import show_bill
from invoices.documents import read_documents
from invoices.events import SUBJECT, invoice_event
from invoices.models import Invoice


def invoice_events(
    invoices: Iterable[Invoice],
    *,
    kind: str | Callable[[Invoice], str],
    actor: Actor,
    now: datetime,
    changed: Sequence[str] | None = None,
    books: Callable[[Invoice], dict[str, Any]] = lambda _: {},
) -> list[Event]:
    """An event for each invoice, as the running transaction has written it.

    `changed` names the fields of an update; `books` is what a sale tells of its money, which a purchase shows anyway.
    """
    told = list(invoices)
    sold = [invoice.id for invoice in told if not invoice.is_purchase]
    contents = read_documents(actor.company_id, sold) if sold else {}
    today = day_in(actor.company.timezone, now)

    def event(invoice: Invoice) -> Event:
        what = kind if isinstance(kind, str) else kind(invoice)
        named = None if changed is None else list(changed)
        if invoice.id in contents:
            document = contents[invoice.id]
            return invoice_event(what, document, actor=actor, now=now, changed=named, books=books(invoice))
        shown = show_bill(actor, invoice.id, today=today)
        return announcement(
            what,
            subject_kind=SUBJECT,
            subject_id=invoice.id,
            payload=shown,
            actor=actor,
            now=now,
            lines="lines",
            changed=named,
        )

    return [event(invoice) for invoice in told]
