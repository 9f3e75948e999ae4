"""What came of a purchase order's lines, as it lies in stock, read inside somebody's transaction."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from erp.locking import Locks
from inventory.stock import Place
from purchasing.models import GoodsReceiptLine
from purchasing.status import ReceiptStatus


class Arrived(NamedTuple):
    """A layer that a receipt made."""

    layer_id: UUID
    place: Place


def arrivals_of(locks: Locks, order_lines: Collection[UUID]) -> dict[UUID, list[Arrived]]:
    """Order line → the layers in which its goods came, by receipts that stand, oldest first; none for what never came."""
    rows = GoodsReceiptLine.objects.of(locks).filter(order_line_id__in=order_lines, receipt__status=ReceiptStatus.POSTED)
    found: dict[UUID, list[Arrived]] = {}
    columns = rows.order_by("id").values_list("order_line_id", "layer_id", "item_id", "receipt__warehouse_id")
    for line_id, layer_id, item_id, warehouse_id in columns:
        found.setdefault(line_id, []).append(Arrived(layer_id, Place(item_id, warehouse_id)))
    return found
