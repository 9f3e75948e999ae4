"""Applying open credit: what is left of a credit note settles another invoice of the same party."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import require_version
from erp.locking import LockOrder, Locks
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed
from erp.spelling import amount_text
from invoices.credit_goods import SOURCE
from invoices.crediting import MISSING, NotCreditable, NoteInWrongState
from invoices.credits import add_allocation
from invoices.models import CreditNote, Invoice
from invoices.settlements import SETTLEABLE, receive, settlement_events
from invoices.status import CreditNoteStatus


class ExceedsOpenInvoice(Conflict):
    """The amount is more than is outstanding on the invoice: `data` says what is. Apply less."""

    code = "allocation-exceeds-outstanding"


class ExceedsOpenCredit(Conflict):
    """The amount is more than is left of the credit note: `data` says what is. Apply less."""

    code = "allocation-exceeds-credit"


@use_case
def apply_credit(
    locks: Locks,
    *,
    note_id: UUID,
    invoice_id: UUID,
    amount: Decimal,
    actor: Actor,
    today: date,
    now: datetime,
    expected_version: int | None = None,
) -> UUID:
    """Settle another invoice of the same party, currency and direction with open credit; the id of the allocation.

    Nothing is booked: both are on the party's account already. Dated today, or when both were in the books. Locks
    INVOICE, CREDIT_NOTE. Records `invoice_paid` or `invoice_updated`. Raises NotFound, ValidationFailed, Stale (412),
    NoteInWrongState, NotCreditable, ExceedsOpenInvoice, ExceedsOpenCredit (409).
    """
    if not CreditNote.objects.of(actor).filter(id=note_id).exists():
        raise NotFound(MISSING)
    found = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=invoice_id))
    if not found:
        raise NotFound("Invoice not found", errors={"invoice_id": ["Invoice not found"]})
    (invoice,) = found
    (note,) = locks.take(LockOrder.CREDIT_NOTE, CreditNote.objects.of(actor).filter(id=note_id))
    require_version(note.version, expected_version)
    _refuse_applying(note, invoice, amount)
    receive(locks, [(invoice, amount)], now)
    note.amount_applied += amount
    note.version += 1
    note.updated_at = now
    note.save(update_fields=["amount_applied", "version", "updated_at"])
    assert note.voucher is not None, "a posted note has its voucher"
    assert invoice.voucher is not None, "a posted invoice has its voucher"
    day = max(today, note.voucher.voucher_date, invoice.voucher.voucher_date)
    allocation_id = add_allocation(locks, note, invoice, amount, day, now)
    record_audit(locks, [Audit("apply_credit", SOURCE, note.id)], actor=actor, now=now)
    record_events(locks, settlement_events([invoice], actor=actor, now=now), now=now)
    return allocation_id


def _refuse_applying(note: CreditNote, invoice: Invoice, amount: Decimal) -> None:
    if note.status != CreditNoteStatus.POSTED:
        raise NoteInWrongState(
            f"The {note.document.lower()} is {note.status}; only a posted one settles invoices.",
            data={"status": note.status},
        )
    if (invoice.is_purchase, invoice.party_id) != (note.is_debit, note.party_id) or (
        invoice.currency_id is not None and invoice.currency_id != note.currency_id
    ):
        raise ValidationFailed(errors={"invoice_id": ["Not an invoice of the credit note's party and currency."]})
    if invoice.status not in SETTLEABLE:
        raise NotCreditable(
            f"The invoice is {invoice.status}; only a posted invoice is settled.",
            data={"id": invoice.id, "status": invoice.status},
        )
    credit, outstanding = note.total_value - note.amount_applied, invoice.total_value - invoice.amount_received
    if amount > credit:
        raise ExceedsOpenCredit(
            f"{amount:.2f} is more than the {credit:.2f} left of the {note.document.lower()}.",
            data={"credit_note": note.id, "wanted": amount_text(amount), "left": amount_text(credit)},
        )
    if amount > outstanding:
        raise ExceedsOpenInvoice(
            f"{amount:.2f} is more than the {outstanding:.2f} outstanding.",
            data={"invoice": invoice.id, "wanted": amount_text(amount), "left": amount_text(outstanding)},
        )
