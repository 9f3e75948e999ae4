"""Goods that leave a warehouse unsold, inside somebody's transaction: all that lies there may go, usable for a sale or not.

What is promised to orders stays, for they were promised goods that can be sold; goods that are lost stay for nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from erp.access import Actor
from erp.cautions import Caution
from erp.locking import Locks
from erp.rows import as_json
from erp.spelling import quantity_text
from inventory.batches import BatchKey, find_batches
from inventory.documents import refuse_untracked
from inventory.fifo import Layer, Short, Taking, after, in_order, take, usable
from inventory.kinds import IssueRule
from inventory.masters import find_items, refuse_fractions
from inventory.models import Batch, Item
from inventory.reservations import shrink
from inventory.shortages import ShortBatch, refuse_short
from inventory.statements import HELD_LAYERS
from inventory.stock import Balance, Place, short_item


@dataclass(frozen=True, slots=True)
class Held:
    """A layer that holds goods, and whether an order could have them: no quarantine, not blocked, not expired."""

    layer: Layer
    sellable: bool


@dataclass(frozen=True, slots=True)
class LeavingLine:
    """What somebody says is to go, in the base unit: of this batch, else by the item's rule."""

    item_id: UUID
    quantity: Decimal
    batch_no: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A quantity that is to go, in the base unit: of this batch, else by the item's rule; of none but `layers`, if named.

    `line_no` counts from 1.
    """

    item: Item
    place: Place
    quantity: Decimal
    batch: Batch | None = None
    layers: frozenset[UUID] | None = None
    line_no: int = 1


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes of one batch (or of none) for one line: each layer as it was, with what is taken of it."""

    place: Place
    batch_id: UUID | None
    pieces: Sequence[tuple[Layer, Taking]]

    @property
    def takings(self) -> list[Taking]:
        return [taking for _, taking in self.pieces]

    @property
    def cost(self) -> Decimal:
        return sum((taking.cost for taking in self.takings), Decimal("0.00"))


def find_leaving(
    locks: Locks, lines: Sequence[LeavingLine], *, warehouse_id: UUID, actor: Actor
) -> tuple[list[Leaving], dict[BatchKey, Batch]]:
    """The goods that the lines mean, and the batches they name. Raises NotFound; ValidationFailed for what has no stock."""
    items = find_items(actor, [line.item_id for line in lines], lines="lines")
    refuse_untracked([items[line.item_id] for line in lines])
    refuse_fractions([(line.quantity, items[line.item_id]) for line in lines])
    batches = find_batches(locks, [(line.item_id, line.batch_no) for line in lines])
    leaving = []
    for number, line in enumerate(lines, start=1):
        batch = batches.get((line.item_id, line.batch_no))
        place = Place(line.item_id, warehouse_id)
        leaving.append(Leaving(items[line.item_id], place, line.quantity, batch, line_no=number))
    return leaving, batches


def held_layers(
    locks: Locks, places: Iterable[Place], *, day: date, only: Iterable[UUID] | None = None
) -> dict[Place, list[Held]]:
    """Every layer of these places, or those of `only`, that something may be taken of on this day. The places are locked
    (rank STOCK)."""
    wanted = sorted(set(places))
    held: dict[Place, list[Held]] = {place: [] for place in wanted}
    if not wanted:
        return held
    rows = as_json(place._asdict() for place in wanted)
    layers = None if only is None else list(only)
    parameters: dict[str, Any] = {"company": locks.company_id, "places": rows, "day": day, "layers": layers}
    with connection.cursor() as cursor:
        cursor.execute(HELD_LAYERS, parameters)
        for item_id, warehouse_id, layer_id, received_on, expiry, batch_id, *amounts, sellable in cursor:
            layer = Layer(layer_id, received_on, expiry, batch_id, *amounts)
            held[Place(item_id, warehouse_id)].append(Held(layer, sellable))
    return held


def take_out(
    leaving: Sequence[Leaving], held: Mapping[Place, Sequence[Held]], balances: Mapping[Place, Balance]
) -> list[Parcel]:
    """As `take_lost`, of goods that keep their promises.

    Raises InsufficientStock naming every item of which there is too little, or too little that is not promised to orders;
    BatchShort where a batch is named of which there is too little.
    """
    parcels, short, batches = _take(leaving, held, balances)
    items = {line.item.id: line.item for line in leaving}
    for place, going in _by_place(parcels).items():
        free = _free(going, held[place], balances[place])
        wanted = sum((taking.quantity for taking in going), Decimal(0))
        if wanted > free:
            short.append(_short(items[place.item_id], place, wanted, max(free, Decimal(0)), balances))
    if short or batches:
        refuse_short(short, batches, because={}, message="There is not so much that could go, or it is promised to orders.")
    return parcels


def take_lost(
    leaving: Sequence[Leaving], held: Mapping[Place, Sequence[Held]], balances: Mapping[Place, Balance]
) -> list[Parcel]:
    """Allocate the layers of goods that are no more, line after line; a named batch is taken oldest first.

    Raises InsufficientStock naming every item of which there is too little, BatchShort where a batch is named.
    """
    parcels, short, batches = _take(leaving, held, balances)
    if short or batches:
        refuse_short(short, batches, because={}, message="There is not so much that could go.")
    return parcels


def give_way(
    locks: Locks,
    parcels: Sequence[Parcel],
    held: Mapping[Place, Sequence[Held]],
    balances: Mapping[Place, Balance],
    items: Mapping[UUID, Item],
) -> list[Caution]:
    """Shrink the newest reservations where these goods leave less than is promised; whose orders lost what.

    To be called before the goods are taken: there is never less on hand than is reserved.
    """
    over: dict[Place, Decimal] = {}
    for place, going in _by_place(parcels).items():
        missing = sum((taking.quantity for taking in going), Decimal(0)) - _free(going, held[place], balances[place])
        if missing > 0:
            over[place] = missing
    return [
        Caution(
            code="reservation-shrunk",
            message=f"{lost.source_number}: {quantity_text(lost.quantity)} of {items[lost.place.item_id].sku}"
            " are no longer reserved.",
        )
        for lost in shrink(locks, over)
    ]


def _take(
    leaving: Sequence[Leaving], held: Mapping[Place, Sequence[Held]], balances: Mapping[Place, Balance]
) -> tuple[list[Parcel], list[dict[str, Any]], list[ShortBatch]]:
    """What the layers give, every item of which they do not hold enough, and every batch."""
    left: dict[Place, Sequence[Layer]] = {place: [one.layer for one in rows] for place, rows in held.items()}
    parcels: list[Parcel] = []
    short: list[dict[str, Any]] = []
    batches: list[ShortBatch] = []
    for line in leaving:
        try:
            takings = take(_candidates(line, left[line.place]), line.quantity)
        except Short as missing:
            if line.batch is None:
                short.append(_short(line.item, line.place, missing.wanted, missing.available, balances))
            else:
                batches.append(_short_batch(line, line.batch, missing))
            continue
        parcels += _parcels(line.place, left[line.place], takings)
        left[line.place] = after(left[line.place], takings)
    return parcels, short, batches


def _by_place(parcels: Sequence[Parcel]) -> dict[Place, list[Taking]]:
    going: dict[Place, list[Taking]] = {}
    for parcel in sorted(parcels, key=lambda one: one.place):
        going.setdefault(parcel.place, []).extend(parcel.takings)
    return going


def _candidates(line: Leaving, layers: Sequence[Layer]) -> list[Layer]:
    """The layers that the line may take, in the order in which it takes them."""
    layers = [layer for layer in layers if line.layers is None or layer.id in line.layers]
    if line.batch is None:
        return in_order(layers, IssueRule(line.item.issue_rule))
    return in_order([layer for layer in layers if layer.batch_id == line.batch.id], IssueRule.FIFO)


def _free(going: Sequence[Taking], held: Sequence[Held], balance: Balance) -> Decimal:
    """How much may go with the promises kept: on hand there is as much as promised, and of what can be sold as well.

    Less than nothing where that is not so already.
    """
    sellable = {one.layer.id for one in held if one.sellable}
    free = balance.on_hand - balance.reserved
    if any(taking.layer_id in sellable for taking in going):
        unsellable = sum((taking.quantity for taking in going if taking.layer_id not in sellable), Decimal(0))
        keeps = usable(one.layer for one in held if one.sellable) - balance.reserved
        free = min(free, unsellable + keeps)
    return free


def _parcels(place: Place, layers: Sequence[Layer], takings: Sequence[Taking]) -> list[Parcel]:
    """The takings of a line by batch, in the order in which they were taken."""
    known = {layer.id: layer for layer in layers}
    by_batch: dict[UUID | None, list[tuple[Layer, Taking]]] = {}
    for taking in takings:
        layer = known[taking.layer_id]
        by_batch.setdefault(layer.batch_id, []).append((layer, taking))
    return [Parcel(place, batch_id, pieces) for batch_id, pieces in by_batch.items()]


def _short(
    item: Item, place: Place, wanted: Decimal, available: Decimal, balances: Mapping[Place, Balance]
) -> dict[str, Any]:
    reserved = balances[place].reserved
    return short_item(item.id, item.sku, place.warehouse_id, wanted=wanted, available=available, reserved=reserved)


def _short_batch(line: Leaving, batch: Batch, missing: Short) -> ShortBatch:
    """Expired and blocked goods may go as well, so a batch of which there is too little is short, whatever else it is."""
    return ShortBatch(
        line_id=None,
        line_no=line.line_no,
        sku=line.item.sku,
        place=line.place,
        batch_id=batch.id,
        batch_no=batch.batch_no,
        wanted=missing.wanted,
        usable=missing.available,
    )
