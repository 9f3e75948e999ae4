"""The one writer of invoices: lists of complete documents in, rows out, in one statement.

The single import is a list of one, a bulk import a list of a thousand; both are planned by `invoices.revision`, which
knows no database, and written here together with their parties, events and audit entries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection

from erp.access import Actor
from erp.audit import Audit, audit_rows
from erp.locking import LockOrder, Locks, Raced, constraint_of
from erp.logging import current_request_id
from erp.outbox import Event, event_rows, wake_on_commit
from erp.rows import as_json
from invoices.content import CustomerContent, InvoiceContent, ItemContent, SalesmanContent
from invoices.models import Invoice
from invoices.statements import (
    INSERT_DOCUMENTS,
    MAKE_CUSTOMERS,
    MAKE_SALESMEN,
    READ_BY_IDS,
    READ_PRESENT,
    UPDATE_DOCUMENTS,
)
from sales.models import Customer


@dataclass(frozen=True, slots=True)
class Present:
    """What the database holds of the documents about to be written."""

    invoices: dict[str, InvoiceContent]
    customers: dict[str, CustomerContent]
    salesmen: dict[str, SalesmanContent]
    serials: list[int]


@dataclass(slots=True)
class Batch:
    """Documents to write with all that belongs to them: all new, or all revised.

    `import_discounts` says, of the lines of a posted invoice in its next revision, what a given ``Total`` takes off them.
    """

    documents: list[InvoiceContent] = field(default_factory=list)
    new_salesmen: list[SalesmanContent] = field(default_factory=list)
    new_customers: list[CustomerContent] = field(default_factory=list)
    changed_customers: list[CustomerContent] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    audit: list[Audit] = field(default_factory=list)
    import_discounts: dict[UUID, Decimal] = field(default_factory=dict)


_NONE = Decimal("0.00")

_invoices_decoder = msgspec.json.Decoder(list[InvoiceContent])
_customers_decoder = msgspec.json.Decoder(list[CustomerContent])
_salesmen_decoder = msgspec.json.Decoder(list[SalesmanContent])
_document_decoder = msgspec.json.Decoder(InvoiceContent)


def read_present(
    locks: Locks, *, numbers: Sequence[str], customer_codes: Sequence[str], salesman_names: Sequence[str]
) -> Present:
    """Read, in one round trip, what exists under these numbers, codes and names; nothing is locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            READ_PRESENT,
            {
                "company": locks.company_id,
                "numbers": list(numbers),
                "codes": list(customer_codes),
                "names": list(salesman_names),
                "with_items": True,
            },
        )
        invoices, customers, salesmen, serials = cursor.fetchone()
    return Present(
        invoices={one.invoice_no: one for one in _invoices_decoder.decode(invoices or "[]")},
        customers={one.code: one for one in _customers_decoder.decode(customers or "[]")},
        salesmen={one.name: one for one in _salesmen_decoder.decode(salesmen or "[]")},
        serials=list(serials or []),
    )


def lock_present(
    locks: Locks,
    actor: Actor,
    *,
    numbers: Sequence[str],
    customers: Sequence[CustomerContent],
    salesmen: Sequence[SalesmanContent],
    now: datetime,
) -> None:
    """Make the parties that are missing and lock the customers (rank PARTY), then the invoices (rank INVOICE) that exist.

    Made before an invoice is locked: who holds an invoice and then waits for a party that somebody else is making, who
    waits for the invoice, waits in a circle.
    """
    parties: dict[str, Any] = {
        "company": locks.company_id,
        "now": now,
        "new_salesmen": as_json(salesmen),
        "new_customers": as_json(customers),
    }
    with connection.cursor() as cursor:
        cursor.execute(MAKE_SALESMEN, parties)
        cursor.execute(MAKE_CUSTOMERS, parties)
    codes = [customer.code for customer in customers]
    locks.take(LockOrder.PARTY, Customer.objects.of(actor).filter(code__in=codes))
    locks.take(
        LockOrder.INVOICE,
        Invoice.objects.of(actor).filter(invoice_no__in=numbers, invoice_type="SALES").exclude(origin="HISTORY"),
    )


def read_documents(company_id: UUID, ids: Iterable[UUID], *, with_items: bool = True) -> dict[UUID, InvoiceContent]:
    """Whole sales documents by id, in one query whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(READ_BY_IDS, {"company": company_id, "ids": list(ids), "with_items": with_items})
        rows = cursor.fetchall()
    contents = [_document_decoder.decode(text) for (text,) in rows]
    return {content.id: content for content in contents}


def insert_documents(locks: Locks, batch: Batch, *, actor: Actor, now: datetime) -> None:
    """Write new documents; raise `Raced` when somebody else was first with a number, code or name."""
    _write(locks, INSERT_DOCUMENTS, batch, actor=actor, now=now)


def update_documents(locks: Locks, batch: Batch, *, actor: Actor, now: datetime) -> None:
    """Write the next version of documents; raise `Raced` when one of them is no longer the version before."""
    _write(locks, UPDATE_DOCUMENTS, batch, actor=actor, now=now)


# Refusals that mean: another transaction came first. Everything else a constraint refuses is a bug.
_RACES = {"invoice_sales_number", "customer_code", "salesman_name"}


def _write(locks: Locks, statement: str, batch: Batch, *, actor: Actor, now: datetime) -> None:
    """Locks parties, then invoices, each sorted; the statement's own order of evaluation sees to that."""
    parameters: dict[str, Any] = {
        "company": locks.company_id,
        "now": now,
        "new_salesmen": as_json(batch.new_salesmen),
        "new_customers": as_json(batch.new_customers),
        "changed_customers": as_json(batch.changed_customers),
        "documents": as_json(_header(document) for document in batch.documents),
        "lines": as_json(_line(document, item, batch) for document in batch.documents for item in document.items),
        "events": event_rows(batch.events),
        "audit": audit_rows(batch.audit, actor.signature(current_request_id.get())),
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            parties, documents, events = cursor.fetchone()
    except IntegrityError as problem:
        if constraint_of(problem) in _RACES:
            raise Raced from problem
        raise
    expected = len(batch.new_salesmen) + len(batch.new_customers) + len(batch.changed_customers)
    if parties != expected or documents != len(batch.documents):
        raise Raced
    assert events == len(batch.events), "one event per written document"
    wake_on_commit()


def _header(content: InvoiceContent) -> dict[str, Any]:
    return {
        "id": content.id,
        "serial": content.serial,
        "origin": content.origin,
        "invoice_no": content.invoice_no,
        "invoice_date": content.invoice_date,
        "customer_id": content.customer.id,
        "salesman_id": content.salesman and content.salesman.id,
        "created_by": content.created_by,
        "created_user_id": content.created_user and content.created_user.id,
        "priority": content.priority,
        "given_total": content.given_total,
        "items_total": content.items_total,
        "total_value": content.total_value,
        "temp_name": content.temp_name,
        "remarks": content.remarks,
        "fulfilment_status": content.fulfilment_status,
        "billing_status": content.billing_status,
        "status": content.status,
        "handling": content.handling,
        "revision": content.revision,
        "version": content.version,
    }


def _line(content: InvoiceContent, item: ItemContent, batch: Batch) -> dict[str, Any]:
    discount = batch.import_discounts.get(item.id, _NONE)
    return {"invoice_id": content.id, "import_discount": discount, **msgspec.structs.asdict(item)}
