"""Goods of notes inside somebody's transaction: back into the layers they left, or out of those they came in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.locking import Locks
from erp.money import add
from erp.spelling import quantity_text
from inventory.fifo import Layer, in_order, take, usable
from inventory.holdings import Held, Leaving, Parcel, held_layers, take_out
from inventory.kinds import IssueRule, MovementKind
from inventory.masters import find_warehouse
from inventory.models import Warehouse
from inventory.restores import Restore, choose_restores, taken_by, write_restores
from inventory.returns import LayersUsed
from inventory.stock import Issue, Place, lock_balances, write_issues
from inventory.transfers import OfLayer, move_on
from invoices.models import CreditNote, CreditNoteLine, InvoiceItem
from purchasing.arrivals import Arrived, arrivals_of

SOURCE = "credit_note"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What of a bill's line goes back to the supplier, of one place and batch."""

    line_id: UUID
    parcel: Parcel


@dataclass(frozen=True, slots=True)
class GoodsMoved:
    """What a note moves: goods of a sale that come back, or goods of a purchase that go back.

    `there` is the warehouse into which they go on, where that is not the one they left.
    """

    restores: Sequence[Restore] = ()
    outgoing: Sequence[Outgoing] = ()
    there: Warehouse | None = None

    @property
    def cost(self) -> Decimal:
        """What they cost, base currency, whichever way they go."""
        return add([*(one.cost for one in self.restores), *(one.parcel.cost for one in self.outgoing)])


def choose_goods(locks: Locks, note: CreditNote, lines: Sequence[CreditNoteLine], *, day: date, actor: Actor) -> GoodsMoved:
    """The layers that the goods of these lines go into or leave, at their cost. Locks rank STOCK, of both warehouses.

    Goods of a purchase may be expired, blocked or quarantined. Raises WarehouseInactive, LayersUsed for what has left its
    layers on this day or since, InsufficientStock for what is promised to orders.
    """
    wanted = {line.invoice_item_id: line.returned_qty for line in lines if line.returned_qty}
    if note.is_debit:
        return GoodsMoved(outgoing=_out_of_receipts(locks, wanted, day=day))
    there = find_warehouse(actor, note.warehouse_id) if wanted and note.warehouse_id else None
    return GoodsMoved(restores=_back(locks, note.invoice_id, wanted, there), there=there)


def pass_on(
    locks: Locks, note: CreditNote, goods: GoodsMoved, *, number: str, day: date, actor: Actor, now: datetime
) -> None:
    """The transfer of what has just come back, which the note, still to be saved, names. Records `stock_adjusted`."""
    assert goods.there is not None, "they go on to a warehouse"
    pieces = [OfLayer(one.taken.place, one.taken.layer_id, one.quantity) for one in goods.restores]
    reason = f"Returned by {note.credit_note_number}"
    document = move_on(locks, pieces, there=goods.there, number=number, day=day, reason=reason, actor=actor, now=now)
    note.transfer_id = document.id


def write_goods(locks: Locks, goods: GoodsMoved, *, note_id: UUID, voucher_id: UUID, day: date, now: datetime) -> None:
    """The movements of the note. Their places are locked, their voucher is written already."""
    write_restores(
        locks,
        goods.restores,
        kind=MovementKind.RETURN,
        source_kind=SOURCE,
        source_id=note_id,
        voucher_id=voucher_id,
        day=day,
        now=now,
    )
    issues = [
        Issue(
            place=one.parcel.place,
            kind=MovementKind.RETURN,
            source_kind=SOURCE,
            source_id=note_id,
            source_line_id=one.line_id,
            voucher_id=voucher_id,
            takings=one.parcel.takings,
        )
        for one in goods.outgoing
    ]
    write_issues(locks, issues, day=day, now=now)


def _back(locks: Locks, invoice_id: UUID, wanted: Mapping[UUID, Decimal], there: Warehouse | None) -> list[Restore]:
    """What of each consumption row of the sale goes back, latest first."""
    taken = [row for row in taken_by(locks, invoice_id) if row.source_line_id in wanted] if wanted else []
    places = {row.place for row in taken}
    lock_balances(locks, places | {Place(place.item_id, there.id) for place in places if there is not None})
    restores: list[Restore] = []
    for line_id, quantity in wanted.items():
        restores += choose_restores([row for row in taken if row.source_line_id == line_id], quantity)
    return restores


def _out_of_receipts(locks: Locks, wanted: Mapping[UUID, Decimal], *, day: date) -> list[Outgoing]:
    """What goes of the layers in which the goods of each line came, by the item's rule."""
    rows = InvoiceItem.objects.of(locks).filter(id__in=wanted).select_related("item").order_by("line_no")
    items = {item.id: item for item in rows}
    came_as = {line_id: item.purchase_line_id or item.receipt_line_id for line_id, item in items.items()}
    arrived = arrivals_of(locks, [one for one in came_as.values() if one is not None])
    of_line = {line_id: arrived.get(came_as[line_id] or line_id, []) for line_id in items}
    places = {one.place for ones in of_line.values() for one in ones}
    balances = lock_balances(locks, places)
    held = held_layers(locks, places, day=day)
    own = {line_id: _own(ones, held) for line_id, ones in of_line.items()}
    _refuse_gone(items, wanted, own, of_line)
    leaving = [part for line_id, item in items.items() for part in _parts(item, wanted[line_id], own[line_id])]
    line_of = {layer.id: line_id for line_id, ones in own.items() for _, layer in ones}
    return [Outgoing(line_of[parcel.pieces[0][0].id], parcel) for parcel in take_out(leaving, held, balances)]


def _own(arrived: Sequence[Arrived], held: Mapping[Place, Sequence[Held]]) -> list[tuple[Place, Layer]]:
    """Those of the layers that still hold something."""
    mine = {one.layer_id for one in arrived}
    places = dict.fromkeys(one.place for one in arrived)
    return [(place, one.layer) for place in places for one in held[place] if one.layer.id in mine]


def _parts(item: InvoiceItem, quantity: Decimal, own: Sequence[tuple[Place, Layer]]) -> list[Leaving]:
    """What goes of each place, of the layers of the line alone."""
    assert item.item is not None, "tracked goods are of an item"
    place_of = {layer.id: place for place, layer in own}
    layers = in_order([layer for _, layer in own], IssueRule(item.item.issue_rule))
    by_place: dict[Place, Decimal] = {}
    for taking in take(layers, quantity):
        place = place_of[taking.layer_id]
        by_place[place] = by_place.get(place, Decimal(0)) + taking.quantity
    return [Leaving(item.item, place, part, layers=frozenset(place_of)) for place, part in by_place.items()]


def _refuse_gone(
    items: Mapping[UUID, InvoiceItem],
    wanted: Mapping[UUID, Decimal],
    own: Mapping[UUID, Sequence[tuple[Place, Layer]]],
    arrived: Mapping[UUID, Sequence[Arrived]],
) -> None:
    """Raise LayersUsed with every line of which less is left in its layers than is to go back."""
    left = {line_id: usable(layer for _, layer in ones) for line_id, ones in own.items()}
    gone = [line_id for line_id, quantity in wanted.items() if quantity > left[line_id]]
    if gone:
        raise LayersUsed(
            "Less of these goods is left in the layers that they came in than is to go back.",
            data={
                "layers": [one.layer_id for line_id in gone for one in arrived[line_id]],
                "lines": [
                    {
                        "line": line_id,
                        "line_no": items[line_id].line_no,
                        "wanted": quantity_text(wanted[line_id]),
                        "left": quantity_text(left[line_id]),
                    }
                    for line_id in gone
                ],
            },
        )
