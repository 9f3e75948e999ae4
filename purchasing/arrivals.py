"""What came on receipts, as it lies in stock and as it is to be billed, read inside somebody's transaction."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from erp.locking import LockOrder, Locks
from inventory.stock import Place
from purchasing.models import GoodsReceipt, GoodsReceiptLine
from purchasing.status import ReceiptStatus


class Arrived(NamedTuple):
    """A layer that a receipt made."""

    layer_id: UUID
    place: Place


def arrivals_of(locks: Locks, lines: Collection[UUID]) -> dict[UUID, list[Arrived]]:
    """Line of an order, or of a receipt without one → the layers in which its goods came, by receipts that stand, oldest
    first; none for what never came."""
    stand = GoodsReceiptLine.objects.of(locks).filter(receipt__status=ReceiptStatus.POSTED)
    rows = stand.filter(Q(order_line_id__in=lines) | Q(id__in=lines, order_line=None))
    found: dict[UUID, list[Arrived]] = {}
    columns = rows.order_by("id").values_list("id", "order_line_id", "layer_id", "item_id", "receipt__warehouse_id")
    for line_id, order_line_id, layer_id, item_id, warehouse_id in columns:
        found.setdefault(order_line_id or line_id, []).append(Arrived(layer_id, Place(item_id, warehouse_id)))
    return found


def lock_received(locks: Locks, lines: Collection[UUID]) -> dict[UUID, GoodsReceiptLine]:
    """Lines of receipts by id, with item and receipt; those that are not there are missing. Locks RECEIPT, so that what is
    billed of them stays as it is read."""
    rows = GoodsReceiptLine.objects.of(locks).filter(id__in=lines)
    locks.take(LockOrder.RECEIPT, GoodsReceipt.objects.of(locks).filter(id__in=rows.values("receipt_id")))
    return {line.id: line for line in rows.select_related("item", "receipt")}
