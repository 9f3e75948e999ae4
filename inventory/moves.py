"""Movements out of layers, back into them and into new ones, written in one statement, inside somebody's transaction.

What goes and what comes is judged together: a transfer is whole, or it does not happen, and on hand never dips between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from erp.identifiers import new_id
from erp.locking import Locks
from erp.rows import as_json
from inventory.fifo import Layer, Taking
from inventory.kinds import MovementKind
from inventory.restores import Restore
from inventory.statements import MOVE_GOODS
from inventory.stock import Place


@dataclass(frozen=True, slots=True)
class Successor:
    """The layer that goes on with what was taken of another: as old, of the same batch. `value` in base currency."""

    of: UUID
    received_on: date
    batch_id: UUID | None
    quantity: Decimal
    value: Decimal
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Move:
    """One movement: it takes of layers, puts back into them, or brings one layer; quantity in the base unit."""

    place: Place
    kind: MovementKind
    takings: Sequence[Taking] = ()
    restores: Sequence[Restore] = ()
    brings: Successor | None = None

    @property
    def quantity(self) -> Decimal:
        came = self.brings.quantity if self.brings else Decimal(0)
        back = sum((one.quantity for one in self.restores), Decimal(0))
        return came + back - sum((one.quantity for one in self.takings), Decimal(0))

    @property
    def value(self) -> Decimal:
        came = self.brings.value if self.brings else Decimal("0.00")
        back = sum((one.cost for one in self.restores), Decimal("0.00"))
        return came + back - sum((one.cost for one in self.takings), Decimal("0.00"))


def succeed(layer: Layer, taking: Taking, *, value: Decimal | None = None) -> Successor:
    """Goes on with a taking of a layer, at its cost unless another value is given."""
    worth = taking.cost if value is None else value
    return Successor(layer.id, layer.received_on, layer.batch_id, taking.quantity, worth)


def write_moves(
    locks: Locks,
    moves: Sequence[Move],
    *,
    source_kind: str,
    source_id: UUID,
    voucher_id: UUID | None,
    day: date,
    now: datetime,
) -> None:
    """Write the movements of a document. Their places are locked (rank STOCK); their voucher, if any, is written already."""
    if not moves:
        return
    movements = [
        {"place": number, **move.place._asdict(), "kind": move.kind.value, "quantity": move.quantity, "value": move.value}
        for number, move in enumerate(moves)
    ]
    consumptions = [
        {"place": number, **row, "turn": turn}
        for number, move in enumerate(moves)
        for turn, row in enumerate([*map(msgspec.to_builtins, move.takings), *map(_restored, move.restores)])
    ]
    layers = [
        {"place": number, **msgspec.to_builtins(move.brings)} for number, move in enumerate(moves) if move.brings is not None
    ]
    parameters: dict[str, Any] = {
        "company": locks.company_id,
        "movements": as_json(movements),
        "consumptions": as_json(consumptions),
        "layers": as_json(layers),
        "source_kind": source_kind,
        "source": source_id,
        "voucher": voucher_id,
        "day": day,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE_GOODS, parameters)


def _restored(one: Restore) -> dict[str, Any]:
    return {
        "layer_id": one.taken.layer_id,
        "quantity": -one.quantity,
        "cost": -one.cost,
        "restores_id": one.taken.consumption_id,
    }
