"""Crediting invoices, sold or bought: a note for a part or for all, booked at once or kept a draft, and what it settles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.periods import open_period
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text, require_version
from erp.currencies import coin_fault, currency_named, has_whole_units
from erp.locking import LockOrder, Locks
from erp.models import Currency
from erp.money import add
from erp.numbering import Series, take_numbers
from erp.performing import use_case
from erp.problems import Conflict, FieldErrors, NotFound, ValidationFailed
from erp.spelling import amount_text, quantity_text
from inventory.documents import refuse_future
from inventory.masters import find_warehouse, fraction_fault
from invoices.credit_goods import SOURCE
from invoices.credit_rules import ZERO, Credit, Wish, all_that_is_left, credit_of, excesses, round_off_of, whole_round_off
from invoices.credit_vouchers import book_note, prepare_booking, settle_its_invoice
from invoices.credits import Left, left_to_credit, lines_of
from invoices.models import CreditNote, CreditNoteLine, Invoice
from invoices.posting import PostingResult
from invoices.settlements import SETTLEABLE
from invoices.status import CreditNoteStatus, CreditReason

MISSING = "Credit note not found"


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
    """A credit note about to be made; no `wishes`: all that is not yet credited. `return_stock`: what was sold comes back,
    what was bought goes back.

    `warehouse_id` is where goods of a sale are put; None, where they came from.
    """

    invoice_id: UUID
    credit_date: date
    reason: CreditReason
    return_stock: bool = False
    warehouse_id: UUID | None = None
    wishes: Sequence[Wish] = ()
    post: bool = True


@use_case
def create_credit_note(
    locks: Locks, *, credit: NewCredit, actor: Actor, now: datetime, expected_version: int | None = None
) -> UUID:
    """A credit note of a posted sales invoice, a debit note of a supplier's bill, posted unless it stays a draft; its id.

    Posting books J7 or J8 and settles its own invoice up to what is outstanding; the rest is open credit. Goods of a sale
    come back into their very layers at their cost, and go on from there where another warehouse is named (J13, a transfer
    of the same day); goods of a purchase leave the layers that its receipts made. Amounts in
    the invoice's currency, booked at the rate that it was booked at. Locks COMPANY (share), INVOICE, CREDIT_NOTE, STOCK,
    ACCOUNT, SERIES. Records `credit_note_posted`, `stock_adjusted` of a transfer, and `invoice_paid` or `invoice_updated`.
    Raises NotFound, ValidationFailed, Stale (412), NotCreditable, QuantityExceedsInvoice, WarehouseInactive, LayersUsed,
    InsufficientStock, PeriodClosed (409).
    """
    seen = Invoice.objects.of(actor).filter(id=credit.invoice_id).values("tax_amount").first()
    if seen is None:
        raise NotFound("Invoice not found")
    year = open_period(locks, credit.credit_date, actor=actor, has_tax=bool(seen["tax_amount"]))
    (invoice,) = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=credit.invoice_id))
    require_version(invoice.version, expected_version)
    _refuse_crediting(invoice, credit.credit_date)
    _refuse_warehouse(invoice, credit, actor, now)
    left = left_to_credit(locks, invoice)
    currency = currency_named(actor, invoice.currency_id)
    credits = _credits(left, credit, currency)
    locks.claim(LockOrder.CREDIT_NOTE)
    note = _note(locks, invoice, credit, credits, now)
    rounded = whole_round_off if has_whole_units(currency) else round_off_of
    note.round_off = rounded(credits, lines=left.lines, left=left.round_off)
    note.total_value = note.subtotal + note.tax_amount + note.round_off
    lines = lines_of(note, credits)
    day = credit.credit_date
    booking = prepare_booking(locks, note, lines, invoice, day=day, actor=actor) if credit.post else None
    own = Series("DN" if note.is_debit else "CN", year.year)
    numbers = take_numbers(locks, {own: 1} | (booking.series(year.year) if booking else {}))
    note.credit_note_number = numbers[own][0]
    if booking is not None:
        named = booking.named(numbers, year.year)
        book_note(locks, note, booking, numbers=named, year=year, day=day, actor=actor, now=now)
    note.save(force_insert=True)
    CreditNoteLine.objects.of(locks).bulk_create(lines)
    record_audit(locks, [Audit("create_credit_note", SOURCE, note.id)], actor=actor, now=now)
    if booking is not None:
        settle_its_invoice(locks, note, invoice, booking, day=day, actor=actor, now=now)
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
    NoteInWrongState, NotCreditable, LayersUsed, InsufficientStock, PeriodClosed (409).
    """
    seen = CreditNote.objects.of(actor).filter(id=note_id).values("credit_date", "invoice_id", "tax_amount").first()
    if seen is None:
        raise NotFound(MISSING)
    day = posting_date or seen["credit_date"]
    if day < seen["credit_date"]:
        raise ValidationFailed(errors={"posting_date": ["A note is not booked before its own date."]})
    year = open_period(locks, day, actor=actor, has_tax=bool(seen["tax_amount"]))
    (invoice,) = locks.take(LockOrder.INVOICE, Invoice.objects.of(actor).filter(id=seen["invoice_id"]))
    (note,) = locks.take(LockOrder.CREDIT_NOTE, CreditNote.objects.of(actor).filter(id=note_id))
    if note.status == CreditNoteStatus.POSTED:
        assert note.voucher is not None, "the database keeps that a posted note has its voucher"
        return PostingResult(note.voucher.id, note.voucher.number, note.status, already=True, document=note.document)
    require_version(note.version, expected_version)
    if note.status == CreditNoteStatus.CANCELLED:
        raise NoteInWrongState(
            f"The {note.document.lower()} is CANCELLED and is never booked.", data={"status": note.status}
        )
    _refuse_crediting(invoice, day)
    if note.warehouse_id is not None:
        refuse_future(day, actor=actor, now=now, member="posting_date")
    lines = list(CreditNoteLine.objects.of(locks).filter(credit_note_id=note.id).order_by("line_no"))
    booking = prepare_booking(locks, note, lines, invoice, day=day, actor=actor)
    named = booking.named(take_numbers(locks, booking.series(year.year)), year.year)
    voucher_id = book_note(locks, note, booking, numbers=named, year=year, day=day, actor=actor, now=now)
    note.version += 1
    note.updated_at = now
    note.save(update_fields=["status", "voucher", "transfer", "amount_applied", "version", "updated_at"])
    record_audit(locks, [Audit("post_credit_note", SOURCE, note.id)], actor=actor, now=now)
    settle_its_invoice(locks, note, invoice, booking, day=day, actor=actor, now=now)
    return PostingResult(voucher_id, named.voucher, note.status, already=False, document=note.document)


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
        raise NoteInWrongState(
            f"The {note.document.lower()} is POSTED, and what is posted stays.", data={"status": note.status}
        )
    note.status = CreditNoteStatus.CANCELLED.value
    note.version += 1
    note.updated_at = now
    note.save(update_fields=["status", "version", "updated_at"])
    changes = changes_text({"reason": ["", reason]}) if reason else ""
    record_audit(locks, [Audit("cancel_credit_note", SOURCE, note.id, changes)], actor=actor, now=now)
    return note.id


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _refuse_crediting(invoice: Invoice, day: date) -> None:
    if invoice.status not in SETTLEABLE:
        raise NotCreditable(
            f"The invoice is {invoice.status}; only a posted invoice is credited.",
            data={"id": invoice.id, "status": invoice.status},
        )
    assert invoice.voucher is not None, "a posted invoice has its voucher"
    booked = invoice.voucher.voucher_date
    if day < booked:
        raise ValidationFailed(errors={"credit_date": [f"The invoice was booked on {booked}; it is not credited before."]})


def _refuse_warehouse(invoice: Invoice, credit: NewCredit, actor: Actor, now: datetime) -> None:
    """Raise NotFound, WarehouseInactive; ValidationFailed for a purchase, and where goods would go on on a day to come."""
    if credit.warehouse_id is None:
        return
    if invoice.is_purchase:
        raise ValidationFailed(errors={"warehouse_id": ["Goods go back from where they came to; leave this out."]})
    find_warehouse(actor, credit.warehouse_id)
    if _goes_on(invoice, credit):
        refuse_future(credit.credit_date, actor=actor, now=now, member="credit_date")


def _goes_on(invoice: Invoice, credit: NewCredit) -> bool:
    return credit.return_stock and credit.warehouse_id not in {None, invoice.warehouse_id}


# ── Parts of a note ──────────────────────────────────────────────────────────────────────────────────────────────────
def _credits(left: Left, credit: NewCredit, currency: Currency) -> list[Credit]:
    """What the note credits, line by line, within what is left."""
    faults = [coin_fault(wish.amount, currency) for wish in credit.wishes]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    wishes = list(credit.wishes) or all_that_is_left(left.lines)
    if not wishes:
        raise QuantityExceedsInvoice("All of this invoice is credited already.", data={"lines": []})
    by_id = {line.id: line for line in left.lines}
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
    _refuse_fractions(left, wishes)
    return [credit_of(by_id[wish.line_id], wish, return_stock=credit.return_stock) for wish in wishes]


def _refuse_fractions(left: Left, wishes: Sequence[Wish]) -> None:
    """Raise ValidationFailed for what is counted more finely than its unit; all that is left of a line may always go."""
    rest = {line.id: line.quantity for line in left.lines}
    faults: list[FieldErrors] = []
    for wish in wishes:
        unit, quantity = left.units[wish.line_id], wish.quantity
        if unit is None or quantity is None or quantity == rest[wish.line_id]:
            faults.append({})
        else:
            faults.append(fraction_fault(quantity, unit))
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})


def _note(locks: Locks, invoice: Invoice, credit: NewCredit, credits: Sequence[Credit], now: datetime) -> CreditNote:
    assert invoice.currency_id is not None, "posting gives an invoice its currency"
    assert invoice.exchange_rate is not None, "and its rate"
    return CreditNote(
        company_id=locks.company_id,
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        supplier_id=invoice.supplier_id,
        status=CreditNoteStatus.DRAFT.value,
        credit_date=credit.credit_date,
        reason=credit.reason.value,
        return_stock=credit.return_stock,
        warehouse_id=credit.warehouse_id if _goes_on(invoice, credit) else None,
        currency_id=invoice.currency_id,
        exchange_rate=invoice.exchange_rate,
        subtotal=add([one.net for one in credits]),
        tax_amount=add([one.tax for one in credits]),
        round_off=ZERO,
        amount_applied=ZERO,
        created_at=now,
        updated_at=now,
    )
