"""Applying open credit: what is left of a credit note settles another invoice of the same party."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.kinds import AccountRole
from accounting.periods import BookingYear, open_period
from accounting.vouchers import PartyName, party_accounts
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import require_version
from erp.currencies import currency_named, refuse_parts
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed
from erp.spelling import amount_text
from invoices.credit_goods import SOURCE
from invoices.crediting import MISSING, NotCreditable, NoteInWrongState
from invoices.credits import add_allocation
from invoices.exchanges import book_differences, is_foreign, parts_in_base
from invoices.models import CreditNote, CreditNoteAllocation, Invoice
from invoices.plans import Share
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

    Both are on the party's account already, so nothing is booked but what the two rates differ in another currency (J10).
    Dated today, or when both were in the books. Locks INVOICE, CREDIT_NOTE; in another currency COMPANY (share) before, and
    ACCOUNT, SERIES after. Records `invoice_paid` or `invoice_updated`. Raises NotFound, ValidationFailed, Stale (412),
    NoteInWrongState, NotCreditable, ExceedsOpenInvoice, ExceedsOpenCredit, PeriodClosed (409).
    """
    seen = CreditNote.objects.of(actor).select_related("voucher").filter(id=note_id).first()
    if seen is None:
        raise NotFound(MISSING)
    booking = _open_for_differences(locks, seen, invoice_id, today, actor)
    found = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=invoice_id))
    if not found:
        raise NotFound("Invoice not found", errors={"invoice_id": ["Invoice not found"]})
    (invoice,) = found
    (note,) = locks.take(LockOrder.CREDIT_NOTE, CreditNote.objects.of(actor).filter(id=note_id))
    require_version(note.version, expected_version)
    refuse_parts(currency_named(actor, note.currency_id), amount)
    _refuse_applying(note, invoice, amount)
    share = Share(new_id(), invoice.id, amount)
    part = parts_in_base(locks, note, [share], {invoice.id: invoice}, actor).get(share.allocation_id)
    receive(locks, [(invoice, amount)], now)
    note.amount_applied += amount
    note.version += 1
    note.updated_at = now
    note.save(update_fields=["amount_applied", "version", "updated_at"])
    assert note.voucher is not None, "a posted note has its voucher"
    assert invoice.voucher is not None, "a posted invoice has its voucher"
    day = max(today, note.voucher.voucher_date, invoice.voucher.voucher_date)
    row = add_allocation(locks, note, share, part=part, day=day, now=now)
    if part is not None:
        _book_difference(locks, note, row, booking, actor, now)
    record_audit(locks, [Audit("apply_credit", SOURCE, note.id)], actor=actor, now=now)
    record_events(locks, settlement_events([invoice], actor=actor, now=now), now=now)
    return share.allocation_id


def _open_for_differences(
    locks: Locks, note: CreditNote, invoice_id: UUID, today: date, actor: Actor
) -> tuple[date, BookingYear] | None:
    """Hold the period in which a difference of rates is booked, when both are posted and in another currency."""
    if note.voucher is None or not is_foreign(note, actor):
        return None
    invoice = Invoice.objects.of(actor).select_related("voucher").filter(id=invoice_id).first()
    if invoice is None or invoice.voucher is None:
        return None
    day = max(today, note.voucher.voucher_date, invoice.voucher.voucher_date)
    return day, open_period(locks, day, actor=actor)


def _book_difference(
    locks: Locks,
    note: CreditNote,
    row: CreditNoteAllocation,
    booking: tuple[date, BookingYear] | None,
    actor: Actor,
    now: datetime,
) -> None:
    if booking is None:
        raise Raced("the note or the invoice was posted by somebody else in this moment")
    party = note.party
    assert party is not None, "a note has its party"
    role = AccountRole.PAYABLE if note.is_debit else AccountRole.RECEIVABLE
    account_id = party_accounts(locks, role, [PartyName(party.id, party.code, party.name)])[party.id]
    day, year = booking
    book_differences(locks, note, [row], account_id=account_id, year=year, day=day, actor=actor, now=now)


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
