"""What we sell, where it lies, and what it cost."""

from inventory.models.masters import Batch, Item, Uom, Warehouse
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
    "Item",
    "LayerConsumption",
    "Reservation",
    "StockBalance",
    "StockDocument",
    "StockLayer",
    "StockMovement",
    "Uom",
    "Warehouse",
]
