"""Promising stock to the lines of an order, as far as there is some."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from erp.cautions import Caution
from erp.locking import Locks
from erp.spelling import quantity_text
from inventory.reservations import Promise, release, reserve, usable_stock
from inventory.stock import InsufficientStock, Place, lock_balances, short_item
from sales.models import SalesOrder, SalesOrderLine


def promise_stock(
    locks: Locks, order: SalesOrder, lines: Sequence[SalesOrderLine], *, day: date, whole: bool = False
) -> tuple[int, list[Caution]]:
    """Reserve what each tracked line still lacks, as far as it is available; how many lines got some, and who is short.

    Available is what is usable on that day, less what is promised already. Locks rank STOCK. `whole`: the order gets all it
    lacks, or InsufficientStock is raised, naming every short line.
    """
    tracked = [line for line in lines if line.item.tracked]
    places = {line.id: Place(line.item_id, order.warehouse_id) for line in tracked}
    balances = lock_balances(locks, places.values())
    stock = usable_stock(locks, places.values(), day=day, sources=places)
    free = {place: stock.quantity[place] - balance.reserved for place, balance in balances.items()}
    promises: list[Promise] = []
    short: list[Caution] = []
    items: list[dict[str, Any]] = []
    for position, line in enumerate(lines):
        if line.id not in places:
            continue
        place, mine = places[line.id], stock.reserved.get(line.id, Decimal(0))
        missing = line.quantity - line.posted_qty - mine
        quantity = max(min(missing, free[place]), Decimal(0))
        free[place] -= quantity
        if quantity > 0:
            promises.append(Promise(place, line.id, order.order_number, quantity))
        if quantity < missing:
            short.append(_short(line, mine + quantity, position))
            items.append(
                short_item(
                    line.item_id,
                    line.item.sku,
                    order.warehouse_id,
                    wanted=missing,
                    available=quantity,
                    reserved=balances[place].reserved - mine,
                )
            )
    if items and whole:
        raise InsufficientStock(data={"items": items})
    reserve(locks, promises)
    return len(promises), short


def _short(line: SalesOrderLine, reserved: Decimal, position: int) -> Caution:
    wanted = quantity_text(line.quantity - line.posted_qty)
    return Caution(
        code="short-stock",
        message=f"{line.item.sku}: {quantity_text(reserved)} of {wanted} reserved.",
        field=f"items[{position}]",
    )


def give_up_promises(locks: Locks, order: SalesOrder, lines: Sequence[SalesOrderLine]) -> None:
    """Release all that is reserved for these lines. Locks rank STOCK."""
    tracked = [line for line in lines if line.item.tracked]
    lock_balances(locks, [Place(line.item_id, order.warehouse_id) for line in tracked])
    release(locks, {line.id: line.quantity for line in tracked})
