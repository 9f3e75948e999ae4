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
_KINDS: tuple[tuple[type[Any], type[Any], LockOrder, str, str], ...] = (
    (CreditNoteAllocation, CreditNote, LockOrder.CREDIT_NOTE, "credit_note_id", "amount_applied"),
    (PaymentAllocation, Payment, LockOrder.PAYMENT, "payment_id", "allocated_amount"),
)
"""Rows, what they are of, its rank, how they name it, and what of it sums them up."""


@dataclass(frozen=True, slots=True)
class _Refit:
    """An allocation that goes, and how much of it is made anew; ids of the rows, which sort as they were made."""

    row: Allocation
    kept: Decimal
    release_id: UUID
    anew_id: UUID


def fit_settlements(locks: Locks, invoice: Invoice, *, room: Decimal, first_day: date | None, now: datetime) -> None:
    """Release what no longer fits into `room`, newest first: payments and credit notes have it back.

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
    for kind, source, rank, column, summed in _KINDS:
        mine = [one for one in refits if isinstance(one.row, kind)]
        if mine:
            wanted = source.objects.of(locks).filter(id__in={getattr(one.row, column) for one in mine})
            sources = {one.id: one for one in locks.take(rank, wanted)}
            _give_back(invoice, mine, sources, column, summed, now)
            kind.objects.of(locks).bulk_create(_rows(kind, mine, first_day, now))


def _give_back(
    invoice: Invoice, refits: Sequence[_Refit], sources: dict[Any, Any], column: str, summed: str, now: datetime
) -> None:
    """The sums of the sources and of the invoice: said first, since the database compares them with the rows."""
    for one in refits:
        origin = sources[getattr(one.row, column)]
        setattr(origin, summed, getattr(origin, summed) - one.row.amount + one.kept)
    for origin in sources.values():
        origin.version += 1
        origin.updated_at = now
        origin.save(update_fields=[summed, "version", "updated_at"])
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
