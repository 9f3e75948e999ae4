"""Credit and debit notes inside somebody's transaction: what is left to credit, their lines and allocations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from accounting.gst import Component
from erp.locking import Locks
from erp.money import add
from erp.problems import Conflict
from inventory.models import Uom
from invoices.books_queries import live_notes
from invoices.credit_rules import ZERO, Credit, LineLeft
from invoices.exchange import InBase
from invoices.models import CreditNote, CreditNoteAllocation, CreditNoteLine, Invoice, InvoiceItem
from invoices.plans import Share

COMPONENTS = {
    Component.CGST: "cgst",
    Component.SGST: "sgst",
    Component.UTGST: "utgst",
    Component.IGST: "igst",
}
"""Component of the tax → its column."""
_SUMMED = ("quantity", "line_total", *COMPONENTS.values())


class HasCreditNotes(Conflict):
    """The invoice has credit notes, whose ids are `credit_notes`. Cancel those that are drafts; what is posted stays."""

    code = "has-credit-notes"
    message = "This invoice has credit notes."


@dataclass(frozen=True, slots=True)
class Left:
    """What no live note has credited of an invoice. Drafts count: they have taken their part."""

    lines: list[LineLeft]
    round_off: Decimal
    units: Mapping[UUID, Uom | None]
    """What each line is counted in; an imported line may not say."""


def refuse_credited(locks: Locks, invoice_id: UUID) -> None:
    """Raise HasCreditNotes for a locked invoice that has any: what they took back would be taken back twice."""
    notes = live_notes(locks, invoice_id)
    if notes:
        raise HasCreditNotes(data={"credit_notes": [note.id for note in notes]})


def left_to_credit(locks: Locks, invoice: Invoice) -> Left:
    """Line by line what is left of the locked invoice."""
    notes = live_notes(locks, invoice.id)
    rows = CreditNoteLine.objects.of(locks).filter(credit_note_id__in=[note.id for note in notes])
    sums = rows.values("invoice_item_id").annotate(**{f"all_{name}": Sum(name) for name in _SUMMED}).order_by()
    credited = {row["invoice_item_id"]: row for row in sums}
    items = InvoiceItem.objects.of(locks).filter(invoice_id=invoice.id).select_related("uom").order_by("line_no")
    lines = [_line_left(item, credited.get(item.id, {})) for item in items]
    units = {item.id: item.uom for item in items}
    return Left(lines, invoice.round_off - add([note.round_off for note in notes]), units)


def _line_left(item: InvoiceItem, credited: Mapping[str, Any]) -> LineLeft:
    def rest(whole: Decimal, name: str) -> Decimal:
        return whole - (credited.get(f"all_{name}") or Decimal(0))

    return LineLeft(
        id=item.id,
        line_no=item.line_no,
        quantity=rest(item.quantity, "quantity"),
        net=rest(item.line_total - item.import_discount, "line_total"),
        taxes={component: rest(getattr(item, name), name) for component, name in COMPONENTS.items()},
        tracked=is_stock(item),
    )


def is_stock(item: InvoiceItem) -> bool:
    """Whether the posted line is of goods that we keep stock of: issued when it was sold, out of GRNI when it was bought."""
    return bool(item.posted_as_tracked) or item.grni_value is not None


def lines_of(note: CreditNote, credits: Sequence[Credit]) -> list[CreditNoteLine]:
    """The rows of a note's lines."""
    return [
        CreditNoteLine(
            company_id=note.company_id,
            credit_note_id=note.id,
            line_no=line_no,
            invoice_item_id=credit.line_id,
            quantity=credit.quantity,
            line_total=credit.net,
            returned_qty=credit.returned,
            **{name: credit.taxes.get(component, ZERO) for component, name in COMPONENTS.items()},
        )
        for line_no, credit in enumerate(credits, start=1)
    ]


def add_allocation(
    locks: Locks,
    note: CreditNote,
    share: Share,
    *,
    part: InBase | None,
    day: date,
    now: datetime,
) -> CreditNoteAllocation:
    """The row of this share, with its part in base where the note is in another currency; both sides say its amount."""
    row = CreditNoteAllocation(
        id=share.allocation_id,
        company_id=locks.company_id,
        credit_note_id=note.id,
        invoice_id=share.invoice_id,
        amount=share.amount,
        settled_base=part.settled if part else None,
        paid_base=part.paid if part else None,
        allocation_date=day,
        created_at=now,
    )
    CreditNoteAllocation.objects.of(locks).bulk_create([row])
    return row
