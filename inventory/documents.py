"""Stock documents inside somebody's transaction: their voucher, their row, and what is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounting.kinds import VoucherKind
from accounting.periods import BookingYear
from accounting.vouchers import Leg, NewVoucher, merge_legs
from erp.access import Actor
from erp.announcing import announcement
from erp.audit import Audit, record_audit
from erp.cautions import Caution
from erp.clock import day_in
from erp.locking import Locks
from erp.numbering import Series, take_numbers
from erp.outbox import record_events
from erp.problems import ValidationFailed
from inventory.models import Item, StockDocument
from inventory.queries import show_stock_document

SOURCE = "stock_document"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a stock document and of its voucher."""

    document: str
    voucher: str


@dataclass(frozen=True, slots=True)
class Documented:
    """A stock document that was just made, and what of it was done with doubt."""

    document: StockDocument
    warnings: list[Caution]


def take_stock_numbers(locks: Locks, year: BookingYear, *, booked: bool = True) -> Numbers:
    """The next numbers of a document of this year; no voucher's for one that is not booked. Locks rank SERIES."""
    stk, jv = Series("STK", year.year), Series("JV", year.year)
    numbers = take_numbers(locks, {stk: 1, jv: 1} if booked else {stk: 1})
    return Numbers(numbers[stk][0], numbers[jv][0] if booked else "")


def stock_voucher(
    kind: VoucherKind,
    legs: Sequence[Leg],
    *,
    number: str,
    document_id: UUID,
    year: BookingYear,
    day: date,
    narration: str,
    actor: Actor,
) -> NewVoucher:
    """The voucher of a stock document; without entries when the goods are worth nothing."""
    return NewVoucher(
        kind=kind,
        number=number,
        fiscal_year_id=year.id,
        voucher_date=day,
        source_kind=SOURCE,
        source_id=document_id,
        legs=merge_legs(legs),
        currency_id=actor.company.base_currency_id,
        narration=narration,
        posted_by_id=actor.id if actor.kind == "user" else None,
    )


def keep_document(
    locks: Locks, document: StockDocument, *, act: str, actor: Actor, now: datetime, changes: str = ""
) -> StockDocument:
    """Write the document, whose movements are written, and tell of it."""
    document.save(force_insert=True)
    return tell_document(locks, document, act=act, actor=actor, now=now, changes=changes)


def tell_document(
    locks: Locks, document: StockDocument, *, act: str, actor: Actor, now: datetime, changes: str = ""
) -> StockDocument:
    """The audit entry of what happened to a written document, and `stock_adjusted` with it as it now is, without costs."""
    record_audit(locks, [Audit(act, SOURCE, document.id, changes)], actor=actor, now=now)
    shown = show_stock_document(locks.company_id, document.id, with_cost=False)
    event = announcement(
        "stock_adjusted", subject_kind=SOURCE, subject_id=document.id, payload=shown, actor=actor, now=now, lines="lines"
    )
    record_events(locks, [event], now=now)
    return document


def refuse_future(day: date, *, actor: Actor, now: datetime, member: str = "date") -> None:
    """Raise ValidationFailed for a day that is to come: nobody has found anything then, and goods would expire early."""
    if day > day_in(actor.company.timezone, now):
        raise ValidationFailed(errors={member: ["This day is yet to come."]})


def refuse_untracked(items: Sequence[Item], *, batches: Sequence[str] | None = None) -> None:
    """Raise ValidationFailed for every line whose item has no stock; given the lines' batches, also for one that lacks its
    batch."""
    errors: list[dict[str, list[str]]] = []
    for place, item in enumerate(items):
        if not item.tracked:
            errors.append({"item_id": [f"{item.sku} is not tracked; it has no stock."]})
        elif batches is not None and item.batch_required and not batches[place]:
            errors.append({"batch_no": [f"{item.sku} needs a batch."]})
        else:
            errors.append({})
    if any(errors):
        raise ValidationFailed(errors={"lines": errors})
