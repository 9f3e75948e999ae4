"""What is left of an order, and how much of it goes onto an invoice."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from erp.locking import Locks
from erp.problems import Conflict, NotFound, Problem, ValidationFailed
from erp.spelling import quantity_text
from inventory.masters import fraction_fault
from inventory.models import OrderLine, StockBalance
from inventory.reservations import usable_stock
from inventory.stock import InsufficientStock, Place, short_item
from invoices.models import Invoice
from invoices.status import BooksStatus
from purchasing.models import PurchaseOrderLine
from sales.models import SalesOrder, SalesOrderLine

ZERO = Decimal(0)


class NothingToInvoice(Problem):
    """Every line of the order is on an invoice already: `data.invoices` names them."""

    status, code = 400, "nothing-to-invoice"
    message = "Everything on this order is on an invoice already."


class PartialNotAllowed(Problem):
    """The lines asked for leave something open. Say `partial_allowed`, or ask for all."""

    status, code = 400, "partial-not-allowed"
    message = "These lines leave something open; say partial_allowed to invoice a part."


class NothingReceived(Conflict):
    """A part was asked for, and nothing has come that is not on a bill. Receive the goods, or bill ahead of them."""

    code = "wrong-state"
    message = "Nothing of this order has come that is not on a bill already."


class QuantityExceedsOrder(Conflict):
    """A line asks for more than is left on the order. Read the order again."""

    code = "quantity-exceeds-order"
    message = "A line asks for more than is left on the order."


class QuantityExceedsReceipt(Conflict):
    """A bill is for more tracked goods than have come and are on no bill yet: `data` says of which lines. Of an order that
    is refused where the company bills receipts only (`purchase_match`); of goods that came without one, always. Receive
    the goods first, or bill what has come."""

    code = "quantity-exceeds-receipt"
    message = "A line bills more than has come and is on no bill yet."


def quantities_to_invoice(
    lines: Sequence[OrderLine],
    *,
    asked: Mapping[UUID, Decimal],
    partial_allowed: bool,
    live: QuerySet[Invoice],
    servable: Callable[[Mapping[UUID, Decimal]], dict[UUID, Decimal]],
) -> dict[UUID, Decimal]:
    """Order line → what of it goes onto the invoice; the order is locked.

    What is `asked` goes; else all that is left, or what is `servable` of that when a part will do. `live` are the order's
    invoices. Raises NothingToInvoice, PartialNotAllowed, ValidationFailed (400), NotFound, QuantityExceedsOrder (409), what
    `servable` does.
    """
    left = {line.id: line.quantity - line.invoiced_qty for line in lines}
    if not any(left.values()):
        raise NothingToInvoice(data={"invoices": _live_invoices(live)})
    if asked:
        return _asked(lines, left, asked, partial_allowed=partial_allowed)
    wanted = {line: quantity for line, quantity in left.items() if quantity > 0}
    return servable(wanted) if partial_allowed else wanted


def _live_invoices(rows: QuerySet[Invoice]) -> list[dict[str, object]]:
    live = rows.exclude(status=BooksStatus.CANCELLED.value).order_by("id")
    return [{"id": one.id, "invoice_number": one.invoice_no, "status": one.status} for one in live]


def _asked(
    lines: Sequence[OrderLine],
    left: Mapping[UUID, Decimal],
    asked: Mapping[UUID, Decimal],
    *,
    partial_allowed: bool,
) -> dict[UUID, Decimal]:
    if not asked.keys() <= left.keys():
        text = "Order line not found"
        raise NotFound(text, errors={"lines": [{} if one in left else {"order_item": [text]} for one in asked]})
    over = [line for line, quantity in asked.items() if quantity > left[line]]
    if over:
        ordered = {line.id: line for line in lines}
        exceeding = [_exceeding(ordered[line], wanted=asked[line], left=left[line]) for line in over]
        raise QuantityExceedsOrder(data={"lines": exceeding})
    units = {line.id: line.uom for line in lines}
    # What is left may all be taken, however finely it was ordered.
    faults = [{} if asked[line] == left[line] else fraction_fault(asked[line], units[line]) for line in asked]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    if not partial_allowed and any(asked.get(line, ZERO) != quantity for line, quantity in left.items()):
        raise PartialNotAllowed
    return dict(asked)


def servable(
    locks: Locks,
    order: SalesOrder,
    lines: Sequence[SalesOrderLine],
    wanted: Mapping[UUID, Decimal],
    day: date,
    *,
    whole: bool = False,
) -> dict[UUID, Decimal]:
    """Of each tracked line what stock can serve on that day, others in full. Read without a lock: posting judges again.

    Raises InsufficientStock when that is nothing, and when it is not all where the `whole` is asked for.
    """
    tracked = [line for line in lines if line.item.tracked]
    pool, reserved = _pool(locks, order, tracked, day)
    found = dict(wanted)
    short: list[dict[str, object]] = []
    for line in tracked:
        if line.id not in wanted:
            continue
        available = max(pool[line.item_id], ZERO)
        found[line.id] = min(wanted[line.id], available)
        pool[line.item_id] -= found[line.id]
        if found[line.id] < wanted[line.id]:
            short.append(
                short_item(
                    line.item_id,
                    line.item.sku,
                    order.warehouse_id,
                    wanted=wanted[line.id],
                    available=available,
                    reserved=reserved.get(line.item_id, ZERO),
                )
            )
    if short and whole:
        raise InsufficientStock(data={"items": short})
    found = {line: quantity for line, quantity in found.items() if quantity > 0}
    if not found:
        raise InsufficientStock("Nothing of this order can be served from stock now.", data={"items": short})
    return found


def received(lines: Sequence[PurchaseOrderLine], wanted: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Of each tracked line what came and is on no bill yet; others in full. Raises NothingReceived when that is nothing."""
    found = {}
    for line in lines:
        came = line.received_qty - line.invoiced_qty if line.item.tracked else line.quantity
        if line.id in wanted and came > 0:
            found[line.id] = min(wanted[line.id], came)
    if not found:
        raise NothingReceived
    return found


def refuse_unreceived(
    lines: Sequence[PurchaseOrderLine], billed: Mapping[UUID, Decimal], *, taken: Mapping[UUID, Decimal]
) -> None:
    """Raise QuantityExceedsReceipt where tracked goods are billed that have not come, or were `taken` by other bills.

    The order is locked.
    """
    over = [
        _exceeding(line, wanted=billed[line.id], left=max(line.received_qty - taken[line.id], ZERO))
        for line in lines
        if line.item.tracked and billed.get(line.id, ZERO) > line.received_qty - taken[line.id]
    ]
    if over:
        raise QuantityExceedsReceipt(data={"lines": over})


def _exceeding(line: OrderLine, *, wanted: Decimal, left: Decimal) -> dict[str, object]:
    return {
        "order_item": line.id,
        "line_no": line.line_no,
        "wanted": quantity_text(wanted),
        "left": quantity_text(left),
    }


def _pool(
    locks: Locks, order: SalesOrder, tracked: Sequence[SalesOrderLine], day: date
) -> tuple[dict[UUID, Decimal], dict[UUID, Decimal]]:
    """Item → what this order may still take, and what others reserved of it.

    It may take what is usable, less what others reserved, less what its own drafts hold.
    """
    places = {Place(line.item_id, order.warehouse_id) for line in tracked}
    stock = usable_stock(locks, places, day=day, sources=[line.id for line in tracked])
    pool = {place.item_id: quantity for place, quantity in stock.quantity.items()}
    balances = StockBalance.objects.of(order).filter(warehouse_id=order.warehouse_id, item_id__in=list(pool))
    reserved = dict(balances.values_list("item_id", "reserved"))
    for line in tracked:
        reserved[line.item_id] = reserved.get(line.item_id, ZERO) - stock.reserved.get(line.id, ZERO)
        pool[line.item_id] -= line.invoiced_qty - line.posted_qty
    return {item: quantity - reserved.get(item, ZERO) for item, quantity in pool.items()}, reserved
