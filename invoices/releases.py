"""Fitting what has settled an invoice to what a revision makes it worth, inside somebody's transaction.

Allocation rows are never changed: one that fits in part is released, and made anew with the part that fits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.money import add
from invoices.books_queries import standing_allocations, standing_credit
from invoices.models import CreditNote, CreditNoteAllocation, Invoice, Payment, PaymentAllocation
from invoices.posting_rules import kept_of, settled_status

Allocation = PaymentAllocation | CreditNoteAllocation


@dataclass(frozen=True, slots=True)
class _Refit:
    """An allocation that goes, and how much of it is made anew; ids of the rows, which sort as they were made."""

    row: Allocation
    kept: Decimal
    release_id: UUID
    anew_id: UUID


def fit_settlements(
    locks: Locks, invoice: Invoice, *, room: Decimal, first_day: date | None, now: datetime
) -> list[Payment | CreditNote]:
    """Release what no longer fits into `room`, newest first; the payments and credit notes that have it back.

    `first_day`, when the invoice is booked later than it was: nothing settles it before. The locked invoice and its row
    say what it has received since; its version stays, which is the caller's. Takes ranks CREDIT_NOTE and PAYMENT.
    """
    rows: list[Allocation] = [
        *standing_allocations(locks, invoice_id=invoice.id),
        *standing_credit(locks, invoice.id),
    ]
    rows.sort(key=attrgetter("created_at", "id"))
    parts = kept_of([row.amount for row in rows], room)
    early = first_day is not None and any(row.allocation_date < first_day for row in rows)
    # All of them when one is too early: so they stay in the order in which they came.
    ids = iter(sorted(new_id() for _ in range(2 * len(rows))))
    refits = [
        _Refit(row, kept, next(ids), next(ids)) for row, kept in zip(rows, parts, strict=True) if early or kept != row.amount
    ]
    credited = [one for one in refits if isinstance(one.row, CreditNoteAllocation)]
    paid = [one for one in refits if isinstance(one.row, PaymentAllocation)]
    notes = CreditNote.objects.of(locks).filter(id__in={one.row.credit_note_id for one in credited})  # type: ignore[union-attr]
    payments = Payment.objects.of(locks).filter(id__in={one.row.payment_id for one in paid})  # type: ignore[union-attr]
    sources: list[Payment | CreditNote] = []
    if credited:
        locked = locks.take(LockOrder.CREDIT_NOTE, notes)
        _give_back(invoice, credited, {note.id: note for note in locked}, "credit_note_id", "amount_applied", now)
        CreditNoteAllocation.objects.of(locks).bulk_create(_rows(CreditNoteAllocation, credited, first_day, now))
        sources += locked
    if paid:
        taken = locks.take(LockOrder.PAYMENT, payments)
        _give_back(invoice, paid, {payment.id: payment for payment in taken}, "payment_id", "allocated_amount", now)
        PaymentAllocation.objects.of(locks).bulk_create(_rows(PaymentAllocation, paid, first_day, now))
        sources += taken
    return sources


def _give_back(
    invoice: Invoice, refits: Sequence[_Refit], sources: dict[Any, Any], source: str, column: str, now: datetime
) -> None:
    """The sums of the sources and of the invoice: said first, since the database compares them with the rows."""
    for one in refits:
        origin = sources[getattr(one.row, source)]
        setattr(origin, column, getattr(origin, column) - one.row.amount + one.kept)
    for origin in sources.values():
        origin.version += 1
        origin.updated_at = now
        origin.save(update_fields=[column, "version", "updated_at"])
    invoice.amount_received -= add([one.row.amount - one.kept for one in refits])
    invoice.status = settled_status(invoice.amount_received, invoice.total_value)
    invoice.save(update_fields=["amount_received", "status"])


def _rows(kind: type[Any], refits: Iterable[_Refit], first_day: date | None, now: datetime) -> list[Any]:
    """A release on the day of its allocation, so that no earlier day shows more than the invoice now says; and what is
    kept."""
    rows = []
    for one in refits:
        alike = {
            name: getattr(one.row, name)
            for name in ("company_id", "invoice_id", "payment_id", "credit_note_id")
            if hasattr(one.row, name)
        }
        day = one.row.allocation_date
        rows.append(
            kind(
                id=one.release_id,
                amount=-one.row.amount,
                allocation_date=day,
                releases_id=one.row.id,
                created_at=now,
                **alike,
            )
        )
        if one.kept:
            later = max(day, first_day) if first_day else day
            rows.append(kind(id=one.anew_id, amount=one.kept, allocation_date=later, created_at=now, **alike))
    return rows
