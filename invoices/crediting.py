"""Crediting sales invoices: a note for a part of one or for all, booked at once or kept as a draft, and what it settles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.kinds import VoucherKind
from accounting.periods import BookingYear, open_period
from accounting.rates import not_booked_yet
from accounting.vouchers import Leg, NewVoucher, PartyName, write_vouchers
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.changing import changes_text, require_version
from erp.locking import LockOrder, Locks
from erp.money import add
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.performing import use_case
from erp.problems import Conflict, FieldErrors, NotFound, ValidationFailed
from erp.spelling import amount_text, quantity_text
from inventory.kinds import MovementKind
from inventory.restores import Restore, write_restores
from invoices.credit_queries import show_credit_note
from invoices.credit_rules import ZERO, Credit, LineLeft, Wish, all_that_is_left, credit_of, excesses, round_off_of
from invoices.credits import SOURCE, add_allocation, goods_back, left_to_credit, legs_of, lines_of
from invoices.models import CreditNote, CreditNoteLine, Invoice
from invoices.posting import PostingResult
from invoices.settlements import SETTLEABLE, receive, settlement_events
from invoices.status import CreditNoteStatus, CreditReason, InvoiceType

MISSING = "Credit note not found"
_SALES = InvoiceType.SALES.value


class NotCreditable(Conflict):
    """The invoice is not in the books, so there is nothing to credit. Change or cancel the draft."""

    code = "wrong-state"


class NoteInWrongState(Conflict):
    """The credit note is in a state that does not allow this: the message names it."""

    code = "wrong-state"


class QuantityExceedsInvoice(Conflict):
    """A line asks for more than is left to credit: `data.lines` says what is. Other notes, drafts too, took the rest."""

    code = "quantity-exceeds-invoice"
    message = "More is asked for than is left to credit on the invoice."


@dataclass(frozen=True, slots=True)
class NewCredit:
    """A credit note about to be made; no `wishes`: all that is not yet credited. `return_stock`: the goods come back.

    `warehouse_id` is where they are expected; None, where they came from.
    """

    invoice_id: UUID
    credit_date: date
    reason: CreditReason
    return_stock: bool = False
    warehouse_id: UUID | None = None
    wishes: Sequence[Wish] = ()
    post: bool = True


@dataclass(frozen=True, slots=True)
class _Booking:
    """All that a posting needs but its numbers, which are taken last."""

    restores: list[Restore]
    legs: list[Leg]
    narration: str


@use_case
def create_credit_note(
    locks: Locks, *, credit: NewCredit, actor: Actor, now: datetime, expected_version: int | None = None
) -> UUID:
    """A credit note of a posted sales invoice, posted unless it is to stay a draft; its id.

    Posting books J7, puts returned goods back into their very layers at their cost, and settles its own invoice up to what
    is outstanding; the rest is open credit. Amounts in the invoice's currency. Locks COMPANY (share), INVOICE, CREDIT_NOTE,
    STOCK, ACCOUNT, SERIES. Records `credit_note_posted`, and `invoice_paid` or `invoice_updated`. Raises NotFound,
    ValidationFailed, Stale (412), NotCreditable, QuantityExceedsInvoice, PeriodClosed (409).
    """
    seen = Invoice.objects.of(actor).filter(id=credit.invoice_id, invoice_type=_SALES).values("tax_amount").first()
    if seen is None:
        raise NotFound("Invoice not found")
    year = open_period(locks, credit.credit_date, actor=actor, has_tax=bool(seen["tax_amount"]))
    (invoice,) = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=credit.invoice_id))
    require_version(invoice.version, expected_version)
    _refuse_crediting(invoice, credit.credit_date, actor)
    if credit.warehouse_id not in {None, invoice.warehouse_id}:
        raise ValidationFailed(errors={"warehouse_id": ["Goods come back to the warehouse that they left."]})
    left = left_to_credit(locks, invoice)
    credits = _credits(left.lines, credit)
    locks.claim(LockOrder.CREDIT_NOTE)
    note = _note(locks, invoice, credit, credits, now)
    note.round_off = round_off_of(credits, lines=left.lines, left=left.round_off)
    note.total_value = note.subtotal + note.tax_amount + note.round_off
    lines = lines_of(note, credits)
    booking = _prepare(locks, note, lines, invoice) if credit.post else None
    cn, jv = Series("CN", year.year), Series("JV", year.year)
    numbers = take_numbers(locks, {cn: 1, jv: 1} if booking else {cn: 1})
    note.credit_note_number = numbers[cn][0]
    if booking is not None:
        _book(locks, note, invoice, booking, number=numbers[jv][0], year=year, day=credit.credit_date, actor=actor, now=now)
    note.save(force_insert=True)
    CreditNoteLine.objects.of(locks).bulk_create(lines)
    record_audit(locks, [Audit("create_credit_note", SOURCE, note.id)], actor=actor, now=now)
    if booking is not None:
        _apply_to_its_invoice(locks, note, invoice, day=credit.credit_date, actor=actor, now=now)
    return note.id


@use_case
def post_credit_note(
    locks: Locks,
    *,
    note_id: UUID,
    posting_date: date | None,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> PostingResult:
    """DRAFT → POSTED, as `create_credit_note` posts. The booking date defaults to the note's and may be later.

    Posting again answers the same voucher. Locks COMPANY (share), INVOICE, CREDIT_NOTE, STOCK, ACCOUNT, SERIES. Records
    `credit_note_posted`, and `invoice_paid` or `invoice_updated`. Raises NotFound, ValidationFailed, Stale (412),
    NoteInWrongState, NotCreditable, PeriodClosed (409).
    """
    seen = CreditNote.objects.of(actor).filter(id=note_id).values("credit_date", "invoice_id", "tax_amount").first()
    if seen is None:
        raise NotFound(MISSING)
    day = posting_date or seen["credit_date"]
    if day < seen["credit_date"]:
        raise ValidationFailed(errors={"posting_date": ["A credit note is not booked before its own date."]})
    year = open_period(locks, day, actor=actor, has_tax=bool(seen["tax_amount"]))
    (invoice,) = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=seen["invoice_id"]))
    (note,) = locks.take(LockOrder.CREDIT_NOTE, CreditNote.objects.of(actor).filter(id=note_id))
    if note.status == CreditNoteStatus.POSTED:
        assert note.voucher is not None, "the database keeps that a posted note has its voucher"
        return PostingResult(note.voucher.id, note.voucher.number, note.status, already=True)
    require_version(note.version, expected_version)
    if note.status == CreditNoteStatus.CANCELLED:
        raise NoteInWrongState("The credit note is CANCELLED and is never booked.", data={"status": note.status})
    _refuse_crediting(invoice, day, actor)
    lines = list(CreditNoteLine.objects.of(locks).filter(credit_note_id=note.id).order_by("line_no"))
    booking = _prepare(locks, note, lines, invoice)
    series = Series("JV", year.year)
    number = take_numbers(locks, {series: 1})[series][0]
    voucher_id = _book(locks, note, invoice, booking, number=number, year=year, day=day, actor=actor, now=now)
    note.version += 1
    note.updated_at = now
    note.save(update_fields=["status", "voucher", "amount_applied", "version", "updated_at"])
    record_audit(locks, [Audit("post_credit_note", SOURCE, note.id)], actor=actor, now=now)
    _apply_to_its_invoice(locks, note, invoice, day=day, actor=actor, now=now)
    return PostingResult(voucher_id, number, note.status, already=False)


@use_case
def cancel_credit_note(
    locks: Locks,
    *,
    note_id: UUID,
    actor: Actor,
    now: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> UUID:
    """DRAFT → CANCELLED; its id. The number stays visible, its part may be credited again. Again: nothing happens.

    Locks INVOICE, CREDIT_NOTE. Raises NotFound, Stale (412), NoteInWrongState (409) for a posted one.
    """
    seen = CreditNote.objects.of(actor).filter(id=note_id).values("invoice_id").first()
    if seen is None:
        raise NotFound(MISSING)
    # What is left of the invoice changes, so whoever credits it at this moment waits.
    locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=seen["invoice_id"]))
    (note,) = locks.take(LockOrder.CREDIT_NOTE, CreditNote.objects.of(actor).filter(id=note_id))
    if note.status == CreditNoteStatus.CANCELLED:
        return note.id
    require_version(note.version, expected_version)
    if note.status != CreditNoteStatus.DRAFT:
        raise NoteInWrongState("The credit note is POSTED, and what is posted stays.", data={"status": note.status})
    note.status = CreditNoteStatus.CANCELLED.value
    note.version += 1
    note.updated_at = now
    note.save(update_fields=["status", "version", "updated_at"])
    changes = changes_text({"reason": ["", reason]}) if reason else ""
    record_audit(locks, [Audit("cancel_credit_note", SOURCE, note.id, changes)], actor=actor, now=now)
    return note.id


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _refuse_crediting(invoice: Invoice, day: date, actor: Actor) -> None:
    if invoice.currency is not None and invoice.currency_id != actor.company.base_currency_id:
        raise not_booked_yet("Credit notes", invoice.currency.code, day)
    if invoice.status not in SETTLEABLE:
        raise NotCreditable(
            f"The invoice is {invoice.status}; only a posted invoice is credited.",
            data={"id": invoice.id, "status": invoice.status},
        )
    assert invoice.voucher is not None, "a posted invoice has its voucher"
    booked = invoice.voucher.voucher_date
    if day < booked:
        raise ValidationFailed(errors={"credit_date": [f"The invoice was booked on {booked}; it is not credited before."]})


# ── Parts of a note ──────────────────────────────────────────────────────────────────────────────────────────────────
def _credits(lines: Sequence[LineLeft], credit: NewCredit) -> list[Credit]:
    """What the note credits, line by line, within what is left."""
    wishes = list(credit.wishes) or all_that_is_left(lines)
    if not wishes:
        raise QuantityExceedsInvoice("All of this invoice is credited already.", data={"lines": []})
    by_id = {line.id: line for line in lines}
    text = "Invoice line not found"
    unknown: list[FieldErrors] = [{} if wish.line_id in by_id else {"line": [text]} for wish in wishes]
    if any(unknown):
        raise NotFound(text, errors={"lines": unknown})
    over = excesses(by_id, wishes)
    if over:
        raise QuantityExceedsInvoice(
            data={
                "lines": [
                    {
                        "line": one.line_id,
                        "line_no": one.line_no,
                        "wanted": quantity_text(one.wanted) if one.of_quantity else amount_text(one.wanted),
                        "left": quantity_text(one.left) if one.of_quantity else amount_text(one.left),
                    }
                    for one in over
                ]
            }
        )
    return [credit_of(by_id[wish.line_id], wish, return_stock=credit.return_stock) for wish in wishes]


def _note(locks: Locks, invoice: Invoice, credit: NewCredit, credits: Sequence[Credit], now: datetime) -> CreditNote:
    assert invoice.customer_id is not None, "sales invoices have a customer"
    assert invoice.currency_id is not None, "posting gives an invoice its currency"
    return CreditNote(
        company_id=locks.company_id,
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        status=CreditNoteStatus.DRAFT.value,
        credit_date=credit.credit_date,
        reason=credit.reason.value,
        return_stock=credit.return_stock,
        currency_id=invoice.currency_id,
        subtotal=add([one.net for one in credits]),
        tax_amount=add([one.tax for one in credits]),
        round_off=ZERO,
        amount_applied=ZERO,
        created_at=now,
        updated_at=now,
    )


def _prepare(locks: Locks, note: CreditNote, lines: Sequence[CreditNoteLine], invoice: Invoice) -> _Booking:
    """Takes ranks STOCK and ACCOUNT."""
    customer = invoice.customer
    assert customer is not None, "sales invoices have a customer"
    restores = goods_back(locks, invoice.id, lines)
    legs = legs_of(locks, note, lines, restores, PartyName(customer.id, customer.code, customer.name))
    return _Booking(restores, legs, f"for {invoice.invoice_no} {customer.name}")


def _book(
    locks: Locks,
    note: CreditNote,
    invoice: Invoice,
    booking: _Booking,
    *,
    number: str,
    year: BookingYear,
    day: date,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Write voucher and movements; the note, still to be saved, says that it is posted and what it settles."""
    voucher = NewVoucher(
        kind=VoucherKind.CREDIT_NOTE,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=day,
        source_kind=SOURCE,
        source_id=note.id,
        legs=booking.legs,
        currency_id=note.currency_id,
        narration=f"{note.credit_note_number} {booking.narration}"[:500],
        posted_by_id=actor.id if actor.kind == "user" else None,
    )
    write_vouchers(locks, [voucher], now=now)
    write_restores(
        locks,
        booking.restores,
        kind=MovementKind.RETURN,
        source_kind=SOURCE,
        source_id=note.id,
        voucher_id=voucher.id,
        day=day,
        now=now,
    )
    note.voucher_id = voucher.id
    note.status = CreditNoteStatus.POSTED.value
    note.amount_applied = min(note.total_value, invoice.total_value - invoice.amount_received)
    return voucher.id


def _apply_to_its_invoice(
    locks: Locks, note: CreditNote, invoice: Invoice, *, day: date, actor: Actor, now: datetime
) -> None:
    """The invoice is settled by what the note says is applied; both are announced."""
    settled = note.amount_applied > 0
    if settled:
        receive(locks, [(invoice, note.amount_applied)], now)
        add_allocation(locks, note, invoice, note.amount_applied, day, now)
    shown = show_credit_note(actor, note.id)
    posted = announcement(
        "credit_note_posted", subject_kind=SOURCE, subject_id=note.id, payload=shown, actor=actor, now=now, lines="lines"
    )
    of_invoice = settlement_events([invoice], actor=actor, now=now) if settled else []
    record_events(locks, [posted, *of_invoice], now=now)
