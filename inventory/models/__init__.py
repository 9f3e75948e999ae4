"""What we sell, where it lies, and what it cost."""

from inventory.models.masters import Batch, Item, ItemPack, Uom, Warehouse
from inventory.models.orders import Order, OrderLine
from inventory.models.prices import Price, PriceList
from inventory.models.rates import HsnRate, ItemRate
from inventory.models.stock import (
    LayerConsumption,
    Reservation,
    StockBalance,
    StockDocument,
    StockLayer,
    StockMovement,
)

__all__ = [
    "Batch",
    "HsnRate",
    "Item",
    "ItemPack",
    "ItemRate",
    "LayerConsumption",
    "Order",
    "OrderLine",
    "Price",
    "PriceList",
    "Reservation",
    "StockBalance",
    "StockDocument",
    "StockLayer",
    "StockMovement",
    "Uom",
    "Warehouse",
]
