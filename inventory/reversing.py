"""Taking a stock document back: its goods where they were, at their very cost, and its voucher mirrored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounting.models import Voucher
from accounting.periods import BookingYear, open_period
from accounting.reversals import Reversed, find_reversal, reverse_voucher
from erp.access import Actor
from erp.changing import changes_text, require_version
from erp.locking import LockOrder, Locks
from erp.performing import use_case
from erp.problems import NotFound
from inventory.documents import SOURCE, tell_document
from inventory.kinds import MovementKind, StockDocumentKind, StockDocumentStatus
from inventory.models import Item, StockDocument, StockLayer
from inventory.moves import Move, write_moves
from inventory.restores import Restore, Taken, taken_by
from inventory.returns import refuse_promised, refuse_used, whole
from inventory.stock import Place, lock_balances


@dataclass(frozen=True, slots=True)
class Undone:
    """The document that was taken back, with both vouchers when it had one."""

    document: StockDocument
    vouchers: Reversed | None
    already: bool


@use_case
def reverse_document(
    locks: Locks,
    *,
    document_id: UUID,
    kinds: Iterable[str],
    reason: str,
    reversal_date: date,
    actor: Actor,
    now: datetime,
    missing: str = "Stock document not found",
    expected_version: int | None = None,
) -> Undone:
    """Mirror voucher, what came out of the very layers it made, what went back into those it left; REVERSED (J9).

    `kinds` are those of the path. Booked on this day or on the document's, whichever is later. Reversing again answers the
    same reversal. Locks COMPANY (share), RECEIPT, STOCK, SERIES. Records `stock_adjusted`, whose `status` says REVERSED.
    Raises NotFound, Stale (412), LayersUsed, InsufficientStock when the goods are promised to orders, PeriodClosed (409).
    """
    rows = StockDocument.objects.of(actor).filter(id=document_id, kind__in=list(kinds))
    document = rows.first()
    if document is None:
        raise NotFound(missing)
    if document.status == StockDocumentStatus.REVERSED:
        return _done(locks, document)
    day = max(reversal_date, document.document_date)
    year = open_period(locks, day, actor=actor)
    (document,) = locks.take(LockOrder.RECEIPT, rows)
    if document.status == StockDocumentStatus.REVERSED:
        return _done(locks, document)
    require_version(document.version, expected_version)
    moves = _moves_back(locks, document, day=day)
    document.status = StockDocumentStatus.REVERSED.value
    document.reversal_reason = reason
    document.version += 1
    # The movements of a transfer are judged by the document, so it comes first.
    document.save(update_fields=["status", "reversal_reason", "version"])
    vouchers = _mirror(locks, document, year, day=day, actor=actor, now=now)
    write_moves(
        locks,
        moves,
        source_kind=SOURCE,
        source_id=document.id,
        voucher_id=vouchers.reversed_voucher_id if vouchers else None,
        day=day,
        now=now,
    )
    changes = changes_text({"reason": ["", reason]})
    tell_document(locks, document, act="reverse_stock_document", actor=actor, now=now, changes=changes)
    return Undone(document, vouchers, already=False)


def _done(locks: Locks, document: StockDocument) -> Undone:
    vouchers = find_reversal(locks, document.voucher_id) if document.voucher_id else None
    return Undone(document, vouchers, already=True)


def _moves_back(locks: Locks, document: StockDocument, *, day: date) -> list[Move]:
    """What is to move so that all lies as before. Locks rank STOCK. Raises LayersUsed, InsufficientStock."""
    of_it = {"movement__company_id": locks.company_id, "movement__source_id": document.id}
    made = list(StockLayer.objects.of(locks).filter(**of_it).order_by("id"))
    taken = taken_by(locks, document.id)
    balances = lock_balances(locks, [*map(_place, made), *(row.place for row in taken)])
    refuse_used(locks, made, day=day)
    items = Item.objects.of(locks).in_bulk({place.item_id for place in balances})
    refuse_promised(made, balances, items, coming=_coming(taken))
    kind = MovementKind.TRANSFER if document.kind == StockDocumentKind.TRANSFER else MovementKind.REVERSAL
    out = [Move(_place(layer), kind, takings=[whole(layer)]) for layer in made]
    back = [Move(row.place, kind, restores=[Restore(row, row.quantity_left, row.cost_left)]) for row in taken]
    return out + back


def _place(layer: StockLayer) -> Place:
    return Place(layer.item_id, layer.warehouse_id)


def _coming(taken: Sequence[Taken]) -> dict[Place, Decimal]:
    coming: dict[Place, Decimal] = {}
    for row in taken:
        coming[row.place] = coming.get(row.place, Decimal(0)) + row.quantity_left
    return coming


def _mirror(
    locks: Locks, document: StockDocument, year: BookingYear, *, day: date, actor: Actor, now: datetime
) -> Reversed | None:
    """The mirror voucher, written; None for what was never booked. Locks rank SERIES."""
    if document.voucher_id is None:
        return None
    original = Voucher.objects.of(locks).get(id=document.voucher_id)
    return reverse_voucher(locks, original, year=year, day=day, reason=document.reversal_reason, actor=actor, now=now)
