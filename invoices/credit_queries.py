"""Reading credit notes. A fixed number of queries, whatever the number of rows."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from msgspec import UNSET

from accounting.periods import fiscal_year_start
from erp.access import Actor
from erp.cautions import Caution
from invoices.books_queries import expanded
from invoices.credit_payloads import CreditNotePayload, credit_allocation_payload, credit_payload
from invoices.models import CreditNote, CreditNoteAllocation, CreditNoteLine
from invoices.payment_payloads import AllocationPayload


def credit_notes(actor: Actor) -> QuerySet[CreditNote]:
    """The company's credit notes with what their rows show."""
    return CreditNote.objects.of(actor).select_related("invoice", "customer", "supplier", "currency", "voucher")


def read_credit_note(
    actor: Actor, note_id: UUID, *, expand: frozenset[str] = frozenset(), warned: bool = False
) -> CreditNotePayload | None:
    """A whole credit note; None for what does not exist or belongs to others."""
    note = credit_notes(actor).filter(id=note_id).first()
    if note is None:
        return None
    lines = CreditNoteLine.objects.of(actor).filter(credit_note_id=note_id).select_related("invoice_item")
    allocations = CreditNoteAllocation.objects.of(actor).filter(credit_note_id=note_id).select_related("invoice")
    entries, layers = expanded(actor, note.voucher_id, expand)
    warnings = _cautions(actor, note) if warned else []
    return credit_payload(
        note,
        list(lines.order_by("line_no")),
        list(allocations.order_by("id")),
        entries=entries,
        layers=layers,
        warnings=warnings or UNSET,
    )


def show_credit_note(
    actor: Actor, note_id: UUID, *, expand: frozenset[str] = frozenset(), warned: bool = False
) -> CreditNotePayload:
    """A whole credit note that the running transaction has written."""
    shown = read_credit_note(actor, note_id, expand=expand, warned=warned)
    assert shown is not None, "the use case has just written it"
    return shown


def show_credit_allocation(actor: Actor, allocation_id: UUID) -> AllocationPayload:
    """An allocation that the running transaction has written."""
    rows = CreditNoteAllocation.objects.of(actor).select_related("invoice")
    return credit_allocation_payload(rows.get(id=allocation_id))


def _cautions(actor: Actor, note: CreditNote) -> list[Caution]:
    """CGST Act, section 34(2): tax is not reduced after 30 November that follows the invoice's fiscal year."""
    last = date(fiscal_year_start(note.invoice.invoice_date, actor.company.fiscal_year_start) + 1, 11, 30)
    if not note.tax_amount or note.credit_date <= last:
        return []
    text = f"After {last} a note no longer reduces the tax of this invoice."
    return [Caution(code="late-tax-reduction", message=text, field="credit_date")]
