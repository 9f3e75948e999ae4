"""What the stock is worth on a day, by the dates of the books: equal to the Inventory account of that day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from msgspec import UNSET, Struct, UnsetType

from erp.money import add
from erp.spelling import amount_text, quantity_text

_VALUATION = """
SELECT m.item_id, i.sku, i.name, m.warehouse_id, w.code, sum(m.quantity), sum(m.value)
FROM inventory_stockmovement m
JOIN inventory_item i ON i.company_id = m.company_id AND i.id = m.item_id
JOIN inventory_warehouse w ON w.company_id = m.company_id AND w.id = m.warehouse_id
WHERE m.company_id = %(company)s AND m.booking_date <= %(day)s
GROUP BY m.item_id, i.sku, i.name, m.warehouse_id, w.code
HAVING sum(m.quantity) <> 0 OR sum(m.value) <> 0
ORDER BY i.sku, w.code
"""

# What was left of a layer on a day: what came in, less what movements booked by then took or put back.
_LAYERS = """
SELECT l.item_id, l.warehouse_id, l.received_on, coalesce(b.batch_no, ''), l.quantity - coalesce(c.quantity, 0),
    l.value - coalesce(c.cost, 0)
FROM inventory_stocklayer l
LEFT JOIN inventory_batch b ON b.company_id = l.company_id AND b.id = l.batch_id
LEFT JOIN (
    SELECT c.layer_id, sum(c.quantity) AS quantity, sum(c.cost) AS cost
    FROM inventory_layerconsumption c
    JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
    WHERE c.company_id = %(company)s AND m.booking_date <= %(day)s
    GROUP BY c.layer_id) c ON c.layer_id = l.id
WHERE l.company_id = %(company)s AND l.booked_on <= %(day)s AND l.quantity > coalesce(c.quantity, 0)
ORDER BY l.received_on, l.id
"""


@dataclass(frozen=True, slots=True)
class ValuedLayer:
    """What was left of a layer: quantity in the base unit, value in base currency."""

    received_on: date
    batch_no: str
    quantity: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class ValuedStock:
    """An item in a warehouse at the end of a day; `layers` only when they were asked for."""

    item_id: UUID
    sku: str
    name: str
    warehouse_id: UUID
    warehouse_code: str
    quantity: Decimal
    value: Decimal
    layers: tuple[ValuedLayer, ...] = ()


def stock_valuation(company_id: UUID, *, as_of: date, with_layers: bool = False) -> list[ValuedStock]:
    """Every item that lay in a warehouse at the end of the day, by SKU and warehouse, with its value.

    The values add up to the Inventory account of that day, and the layers to each value.
    """
    parameters: dict[str, Any] = {"company": company_id, "day": as_of}
    layers: dict[tuple[UUID, UUID], list[ValuedLayer]] = {}
    with connection.cursor() as cursor:
        if with_layers:
            cursor.execute(_LAYERS, parameters)
            for item_id, warehouse_id, *rest in cursor.fetchall():
                layers.setdefault((item_id, warehouse_id), []).append(ValuedLayer(*rest))
        cursor.execute(_VALUATION, parameters)
        rows = cursor.fetchall()
    return [
        ValuedStock(item_id, sku, name, warehouse_id, code, quantity, value, tuple(layers.get((item_id, warehouse_id), ())))
        for item_id, sku, name, warehouse_id, code, quantity, value in rows
    ]


def total_value(stock: list[ValuedStock]) -> Decimal:
    """What it all is worth, in base currency."""
    return add([one.value for one in stock])


class ValuedLayerPayload(Struct, kw_only=True, frozen=True):
    received_on: str
    batch_no: str
    quantity: str
    value: str


class ValuedStockPayload(Struct, kw_only=True, frozen=True):
    """An item in a warehouse with what it is worth, in base currency; `layers` only when they were asked for."""

    item: UUID
    item_sku: str
    item_name: str
    warehouse: UUID
    warehouse_code: str
    quantity: str
    value: str
    layers: list[ValuedLayerPayload] | UnsetType = UNSET


def valued_stock_payload(one: ValuedStock, *, with_layers: bool) -> ValuedStockPayload:
    layers = [
        ValuedLayerPayload(
            received_on=layer.received_on.isoformat(),
            batch_no=layer.batch_no,
            quantity=quantity_text(layer.quantity),
            value=amount_text(layer.value),
        )
        for layer in one.layers
    ]
    return ValuedStockPayload(
        item=one.item_id,
        item_sku=one.sku,
        item_name=one.name,
        warehouse=one.warehouse_id,
        warehouse_code=one.warehouse_code,
        quantity=quantity_text(one.quantity),
        value=amount_text(one.value),
        layers=layers if with_layers else UNSET,
    )
