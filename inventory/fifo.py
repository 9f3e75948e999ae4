"""Which layers an issue takes, and what that costs. Pure.

The value of a layer is kept, not a unit cost: whoever empties a layer takes what is left of its value, so the layers
always sum to the stock account, to the paisa.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.money import layer_cost
from inventory.kinds import IssueRule


@dataclass(frozen=True, slots=True)
class Layer:
    """A usable layer: quantity in the base unit, value in the company's currency; `quantity`/`value` as it came in.

    `usable` is what an issue may take of `quantity_left`: less, where something was put back after the day of the issue.
    """

    id: UUID
    received_on: date
    expiry_date: date | None
    batch_id: UUID | None
    quantity: Decimal
    value: Decimal
    quantity_left: Decimal
    value_left: Decimal
    usable: Decimal


@dataclass(frozen=True, slots=True)
class Taking:
    layer_id: UUID
    quantity: Decimal
    cost: Decimal


class Short(Exception):
    """The usable layers do not hold what was asked for."""

    def __init__(self, wanted: Decimal, available: Decimal) -> None:
        self.wanted = wanted
        self.available = available
        super().__init__(f"{wanted} wanted, {available} usable")


def in_order(layers: Sequence[Layer], rule: IssueRule) -> list[Layer]:
    """FIFO: received_on, id. FEFO: expiry (none last), received_on, id."""
    if rule is IssueRule.FEFO:
        return sorted(layers, key=lambda one: (one.expiry_date or date.max, one.received_on, one.id))
    return sorted(layers, key=lambda one: (one.received_on, one.id))


def usable(layers: Iterable[Layer]) -> Decimal:
    """What an issue may take of all of them."""
    return sum((layer.usable for layer in layers), Decimal(0))


def take(layers: Sequence[Layer], quantity: Decimal) -> list[Taking]:
    """Take from the layers in the given order. Raises Short when they do not hold enough."""
    available = usable(layers)
    if available < quantity:
        raise Short(quantity, available)
    takings: list[Taking] = []
    missing = quantity
    for layer in layers:
        if missing == 0:
            break
        taken = min(missing, layer.usable)
        cost = layer_cost(
            taken=taken,
            quantity=layer.quantity,
            value=layer.value,
            quantity_left=layer.quantity_left,
            value_left=layer.value_left,
        )
        takings.append(Taking(layer.id, taken, cost))
        missing -= taken
    return takings


def after(layers: Sequence[Layer], takings: Sequence[Taking]) -> list[Layer]:
    """The layers with the takings gone, for the next line of the same document."""
    gone = {taking.layer_id: taking for taking in takings}
    left = []
    for layer in layers:
        taking = gone.get(layer.id)
        if taking is not None:
            layer = Layer(
                id=layer.id,
                received_on=layer.received_on,
                expiry_date=layer.expiry_date,
                batch_id=layer.batch_id,
                quantity=layer.quantity,
                value=layer.value,
                quantity_left=layer.quantity_left - taking.quantity,
                value_left=layer.value_left - taking.cost,
                usable=layer.usable - taking.quantity,
            )
        if layer.usable > 0:
            left.append(layer)
    return left
