"""Revising a posted invoice inside somebody's transaction: outside billing has sent it again with other content.

The old voucher is reversed on its own date, the old content kept, the new one posted; nobody ever sees the invoice between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import msgspec

from accounting.models import Voucher
from accounting.periods import BookingYear, year_of
from erp.access import Actor
from erp.cautions import Caution
from erp.locking import Locks
from erp.numbering import Series, take_numbers
from inventory.restores import Taken, taken_by
from inventory.stock import lock_balances
from invoices import warnings
from invoices.content import InvoiceContent
from invoices.credits import HasCreditNotes, refuse_credited
from invoices.documents import Batch, update_documents
from invoices.inclusive_tax import with_tax_inside
from invoices.ledger_posting import posting_lines, receivables_of, take_layers, voucher_of, wanted_of
from invoices.mirrors import book_mirror
from invoices.models import CreditNoteLine, Invoice, InvoiceRevision
from invoices.posting import InvoiceInReview
from invoices.posting_items import meet_items
from invoices.posting_rows import read_for_posting
from invoices.posting_rules import due_date_of, import_spread, settled_status
from invoices.posting_writing import Posted, Told, write_posted
from invoices.releases import fit_settlements
from invoices.status import BillingStatus, FulfilmentStatus
from invoices.warnings import WarningEntry

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Reposted:
    """The invoice as it is now, the number of the voucher that was reversed, and of the one that stands since.

    `released` is what of the money that had settled it is the customer's credit again; `cautions` say what was posted with
    doubt.
    """

    content: InvoiceContent
    reversed_number: str
    posted_number: str
    released: Decimal
    cautions: Sequence[Caution] = ()

    @property
    def told(self) -> list[WarningEntry]:
        """The warning that it was posted anew, and the doubts."""
        reposted = warnings.reposted(self.reversed_number, self.posted_number, self.released)
        return [reposted, *(msgspec.to_builtins(one) for one in self.cautions)]


def revise_posted(
    locks: Locks,
    batch: Batch,
    before: InvoiceContent,
    after: InvoiceContent,
    *,
    changes: Mapping[str, Sequence[object]],
    deed: str,
    actor: Actor,
    now: datetime,
    out_of_review: bool = False,
) -> Reposted:
    """Reverse the voucher of `before`, keep what it said, write `after` with the parties of the batch, and post it.

    The mirror is booked on the original's date, the new voucher too, unless the invoice is now dated later: an invoice is
    not booked before its own date. Goods go back into the very layers before the new lines take theirs. Settlements stay as
    far as they fit, the rest is open credit. The periods (rank COMPANY), the parties and the invoice are locked; takes
    CREDIT_NOTE, PAYMENT, STOCK, ACCOUNT, SERIES. Records one `invoice_updated`, and an audit entry `deed` with `changes`,
    ``{field: [before, after]}``. `out_of_review`: the review ends with this revision. Raises HasCreditNotes,
    InvoiceInReview, PeriodClosed, BeforeBooksStart, GstRateMissing, and what `take_layers` raises.
    """
    invoice = Invoice.objects.of(locks).select_related("voucher").get(id=before.id)
    original = invoice.voucher
    assert original is not None, "a posted invoice has its voucher"
    _refuse_revision(locks, invoice, before, after, out_of_review=out_of_review)
    has_tax = bool(invoice.tax_amount) or actor.company.import_tax == "inclusive"
    booked: date = original.voucher_date
    day = max(booked, after.invoice_date)
    undone_in = year_of(locks, booked, actor=actor, has_tax=has_tax)
    year = undone_in if day == booked else year_of(locks, day, actor=actor, has_tax=has_tax)
    received = invoice.amount_received
    room = after.total_value if after.customer.id == before.customer.id else ZERO
    fit_settlements(locks, invoice, room=room, first_day=day if day > booked else None, now=now)
    _keep(locks, before, original, now)
    after = _write_content(locks, batch, invoice, before, after, actor=actor, now=now)
    found = read_for_posting(locks, actor, [after.id], day=day)
    (row,) = meet_items(locks, [with_tax_inside(found.invoices[after.id])], actor=actor, now=now)
    lines = {row.id: posting_lines(row)}
    wanted = wanted_of([row], lines)
    taken = taken_by(locks, row.id)
    balances = lock_balances(locks, wanted.keys() | {one.place for one in taken})
    receivable_id = receivables_of(locks, [row])[row.customer_id]
    undoing, number = _two_numbers(locks, undone_in, year)
    _undo(locks, original, taken, number=undoing, year=undone_in, actor=actor, now=now)
    allocated = take_layers(locks, [row], lines, wanted, balances, day=day, actor=actor)
    voucher = voucher_of(
        row,
        lines[row.id],
        year=year,
        posting_date=day,
        actor=actor,
        takings=allocated.takings,
        receivable_id=receivable_id,
        accounts=found.accounts,
    )
    if received != invoice.amount_received:
        changes = {**changes, "amount_received": [received, invoice.amount_received]}
    told = Told(deed, msgspec.json.encode(changes).decode(), revised=sorted(changes))
    posted = Posted(row, lines[row.id], allocated.takings, voucher, received=invoice.amount_received, told=told)
    write_posted(locks, [posted], take_numbers=lambda: [number], day=day, actor=actor, now=now)
    doubts = allocated.cautions.get(row.id, ())
    return Reposted(after, original.number, number, received - invoice.amount_received, doubts)


def _refuse_revision(
    locks: Locks, invoice: Invoice, before: InvoiceContent, after: InvoiceContent, *, out_of_review: bool
) -> None:
    in_review = invoice.billing_status == BillingStatus.REVIEW or invoice.fulfilment_status == FulfilmentStatus.REVIEW
    if in_review and not out_of_review:
        raise InvoiceInReview
    refuse_credited(locks, invoice.id)
    gone = {item.id for item in before.items} - {item.id for item in after.items}
    naming = CreditNoteLine.objects.of(locks).filter(invoice_item_id__in=gone).order_by("credit_note_id")
    notes = list(dict.fromkeys(naming.values_list("credit_note_id", flat=True))) if gone else []
    if notes:
        text = "A cancelled credit note names a line that would go; reverse this invoice instead."
        raise HasCreditNotes(text, data={"credit_notes": notes})


def _keep(locks: Locks, before: InvoiceContent, voucher: Voucher, now: datetime) -> None:
    """What the invoice said while this voucher stood."""
    kept = InvoiceRevision(
        company_id=locks.company_id,
        invoice_id=before.id,
        revision=before.revision,
        voucher=voucher,
        content=msgspec.json.decode(msgspec.json.encode(before)),
        created_at=now,
    )
    InvoiceRevision.objects.of(locks).bulk_create([kept])


def _write_content(
    locks: Locks,
    batch: Batch,
    invoice: Invoice,
    before: InvoiceContent,
    after: InvoiceContent,
    *,
    actor: Actor,
    now: datetime,
) -> InvoiceContent:
    """The next revision as it is now; it is announced when it has been posted. A due date set by hand stays."""
    customer = invoice.customer
    assert customer is not None, "sales invoices have a customer"
    derived = due_date_of(before.invoice_date, customer.credit_days)
    moved = (before.invoice_date, before.customer.id) != (after.invoice_date, after.customer.id)
    if moved and invoice.due_date == derived:
        invoice.due_date = None
        invoice.save(update_fields=["due_date"])
    status = settled_status(invoice.amount_received, after.total_value)
    after = msgspec.structs.replace(after, revision=before.revision + 1, status=status)
    spread = import_spread(after.items_total, after.given_total, [item.line_total for item in after.items])
    batch.import_discounts |= {item.id: discount for item, discount in zip(after.items, spread, strict=True)}
    batch.documents.append(after)
    update_documents(locks, batch, actor=actor, now=now)
    return after


def _two_numbers(locks: Locks, first: BookingYear, second: BookingYear) -> tuple[str, str]:
    """A voucher number in each year; in one year the first comes first."""
    if first.year == second.year:
        undoing, number = take_numbers(locks, {Series("JV", first.year): 2})[Series("JV", first.year)]
        return undoing, number
    numbers = take_numbers(locks, {Series("JV", first.year): 1, Series("JV", second.year): 1})
    return numbers[Series("JV", first.year)][0], numbers[Series("JV", second.year)][0]


def _undo(
    locks: Locks, original: Voucher, taken: Sequence[Taken], *, number: str, year: BookingYear, actor: Actor, now: datetime
) -> None:
    """On the original's date: what was sold in between is judged against the stock as if the old content had never been."""
    book_mirror(
        locks,
        original,
        taken,
        number=number,
        year=year,
        day=original.voucher_date,
        reason="revised",
        actor=actor,
        now=now,
    )
