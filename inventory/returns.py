"""Goods out again of the very layers they came in with, inside somebody's transaction: a document that is taken back."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import connection

from erp.locking import Locks
from erp.problems import Conflict
from inventory.fifo import Taking
from inventory.models import Item, StockLayer
from inventory.stock import Balance, InsufficientStock, Place, short_item


class LayersUsed(Conflict):
    """Goods of these layers have gone already: `data.layers` names them. Return what is left
    of a receipt by a debit note instead, or correct the stock by a count."""

    code = "layers-used"
    message = "Goods that came with this document have been issued already."


# Layers of which something was gone at the end of the day, or of a later one: a return puts nothing back into the past.
_USED = """
SELECT DISTINCT s.layer_id FROM (
    SELECT c.layer_id, m.booking_date AS day, sum(sum(c.quantity)) OVER (PARTITION BY c.layer_id ORDER BY m.booking_date)
            AS gone,
        lead(m.booking_date) OVER (PARTITION BY c.layer_id ORDER BY m.booking_date) AS next_day
    FROM inventory_layerconsumption c
    JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
    WHERE c.company_id = %(company)s AND c.layer_id = ANY(%(layers)s)
    GROUP BY c.layer_id, m.booking_date
) s WHERE s.gone <> 0 AND (s.next_day IS NULL OR s.next_day > %(day)s)
"""


def refuse_used(locks: Locks, layers: Sequence[StockLayer], *, day: date) -> None:
    """Raise LayersUsed unless each layer held all that it came with, on this day and ever since. Their places are locked."""
    parameters: dict[str, Any] = {"company": locks.company_id, "layers": [layer.id for layer in layers], "day": day}
    with connection.cursor() as cursor:
        cursor.execute(_USED, parameters)
        used = {layer_id for (layer_id,) in cursor.fetchall()}
    if used:
        raise LayersUsed(data={"layers": [layer.id for layer in layers if layer.id in used]})


def refuse_promised(
    layers: Sequence[StockLayer],
    balances: Mapping[Place, Balance],
    items: Mapping[UUID, Item],
    *,
    coming: Mapping[Place, Decimal] = MappingProxyType({}),
) -> None:
    """Raise InsufficientStock, with every item of which so much is promised to orders that these layers cannot go.

    `coming` is what comes to a place in the same step.
    """
    leaving: dict[Place, Decimal] = {}
    for layer in layers:
        place = Place(layer.item_id, layer.warehouse_id)
        leaving[place] = leaving.get(place, Decimal(0)) + layer.quantity
    free = {place: balances[place].on_hand - balances[place].reserved + coming.get(place, Decimal(0)) for place in leaving}
    short = [
        short_item(
            place.item_id,
            items[place.item_id].sku,
            place.warehouse_id,
            wanted=wanted,
            available=free[place],
            reserved=balances[place].reserved,
        )
        for place, wanted in leaving.items()
        if wanted > free[place]
    ]
    if short:
        raise InsufficientStock("Goods of this document are promised to orders.", data={"items": short})


def whole(layer: StockLayer) -> Taking:
    """All of an untouched layer."""
    return Taking(layer.id, layer.quantity, layer.value)
