"""Goods that change their warehouse, inside somebody's transaction: the document, and the movements that it is judged by."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from erp.access import Actor
from erp.identifiers import new_id
from erp.locking import Locks
from inventory.documents import SOURCE, tell_document
from inventory.holdings import Leaving, Parcel, held_layers, take_lost
from inventory.kinds import MovementKind, StockDocumentKind
from inventory.models import Item, StockDocument, Warehouse
from inventory.moves import Move, succeed, write_moves
from inventory.stock import Balance, Place


class OfLayer(NamedTuple):
    """So much of the goods of a layer, in the base unit."""

    place: Place
    layer_id: UUID
    quantity: Decimal


def write_transfer(
    locks: Locks,
    parcels: Sequence[Parcel],
    *,
    here_id: UUID,
    there: Warehouse,
    number: str,
    day: date,
    reason: str,
    act: str,
    actor: Actor,
    now: datetime,
) -> StockDocument:
    """Of every layer that gives something a new one goes on there, at the cost that was taken; no voucher (J13).

    The places of both warehouses are locked (rank STOCK), the number is taken. Records `stock_adjusted`.
    """
    document = StockDocument(
        id=new_id(),
        company_id=locks.company_id,
        number=number,
        kind=StockDocumentKind.TRANSFER.value,
        document_date=day,
        warehouse_id=here_id,
        destination=there,
        reason=reason,
        created_at=now,
    )
    # The movements are judged by the document, so it comes first.
    document.save(force_insert=True)
    moves = [move for parcel in parcels for move in _there(parcel, there.id)]
    write_moves(locks, moves, source_kind=SOURCE, source_id=document.id, voucher_id=None, day=day, now=now)
    return tell_document(locks, document, act=act, actor=actor, now=now)


def move_on(
    locks: Locks,
    goods: Sequence[OfLayer],
    *,
    there: Warehouse,
    number: str,
    day: date,
    reason: str,
    actor: Actor,
    now: datetime,
) -> StockDocument:
    """A transfer of the very goods that have just come into these layers of one warehouse. As `write_transfer`.

    They have been promised to nobody, so nothing is kept back.
    """
    (here_id,) = {one.place.warehouse_id for one in goods}
    places = {one.place for one in goods}
    items = Item.objects.of(locks).in_bulk([place.item_id for place in places])
    leaving = [
        Leaving(items[one.place.item_id], one.place, one.quantity, layers=frozenset({one.layer_id}), line_no=number)
        for number, one in enumerate(goods, start=1)
    ]
    held = held_layers(locks, places, day=day, only=[one.layer_id for one in goods])
    nothing = dict.fromkeys(places, Balance(Decimal(0), Decimal(0)))
    parcels = take_lost(leaving, held, nothing)
    return write_transfer(
        locks,
        parcels,
        here_id=here_id,
        there=there,
        number=number,
        day=day,
        reason=reason,
        act="transfer_stock",
        actor=actor,
        now=now,
    )


def _there(parcel: Parcel, warehouse_id: UUID) -> list[Move]:
    """A parcel out of its place, and each of its pieces into the other warehouse."""
    place = Place(parcel.place.item_id, warehouse_id)
    kind = MovementKind.TRANSFER
    pieces = [Move(place, kind, brings=succeed(layer, taking)) for layer, taking in parcel.pieces]
    return [Move(parcel.place, kind, takings=parcel.takings), *pieces]
