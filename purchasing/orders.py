"""Purchase orders inside somebody's transaction: their lines and totals, and what receipts mean for them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from django.db import connection

from erp.access import Actor
from erp.locking import LockOrder
from erp.money import half_up_share, split
from erp.problems import Conflict
from erp.rows import as_json
from erp.spelling import quantity_text
from inventory.kinds import PriceKind
from inventory.order_lines import NewLine, columns_of, price_lines
from inventory.order_status import OrderStatus
from inventory.order_tables import OrderTables
from inventory.prices import PriceTerms
from purchasing.grni import Part
from purchasing.models import PurchaseOrder, PurchaseOrderLine
from purchasing.statements import MOVE_BILLED


class QuantityExceedsOrder(Conflict):
    """More would come than was ordered: `data.lines` says of which lines. Order the rest, or receive what was ordered."""

    code = "quantity-exceeds-order"
    message = "More than was ordered."


TABLES = OrderTables(
    orders=PurchaseOrder,
    lines=PurchaseOrderLine,
    rank=LockOrder.PURCHASE_ORDER,
    subject="purchase_order",
    missing="Purchase order not found",
)
lock_order, lines_of = TABLES.lock, TABLES.lines_of


def new_lines(
    actor: Actor, order: PurchaseOrder, drafts: Sequence[NewLine], *, first: int, lines: str = ""
) -> list[PurchaseOrderLine]:
    """Lines of the order, numbered from `first`, without their totals; without a rate at that of a price list, of the
    order, of the supplier, or the default one; else at the item's purchase rate.

    `lines` is what the sender calls the list, when it is one. Raises NotFound, NoPrice, ValidationFailed.
    """
    priced = price_lines(
        actor,
        drafts,
        price=lambda item: item.purchase_rate,
        terms=PriceTerms(
            PriceKind.PURCHASE, order.currency_id, order.order_date, (order.price_list_id, order.supplier.price_list_id)
        ),
        first=first,
        lines=lines,
    )
    return [
        PurchaseOrderLine(**columns_of(line, order=order, line_no=line_no))
        for line_no, line in enumerate(priced, start=first)
    ]


# ── Costs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def values_of(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> dict[UUID, Decimal]:
    """What each line costs in the order's currency, after the order's discount and without tax."""
    nets = [line.line_total for line in lines]
    shares = split(order.discount_amount, nets)
    return {line.id: net - share for line, net, share in zip(lines, nets, shares, strict=True)}


def cost_of_part(line: PurchaseOrderLine, value: Decimal, *, done: Decimal, step: Decimal) -> Decimal:
    """What `step` of the line costs after `done` of it has come: all its parts together cost its value, to the paisa."""
    return half_up_share(value, done + step, line.quantity) - half_up_share(value, done, line.quantity)


# ── Receipts and bills ───────────────────────────────────────────────────────────────────────────────────────────────


def expected(order: PurchaseOrder, line: PurchaseOrderLine) -> Decimal:
    """How much of the line may still come. Of an order that is INVOICED only what was billed, for the rest was given up."""
    wanted = line.posted_qty if order.status == OrderStatus.INVOICED else line.quantity
    return wanted - line.received_qty


def refuse_too_much(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], coming: Mapping[UUID, Decimal]) -> None:
    """Raise QuantityExceedsOrder with every line of which more would come than is still expected."""
    over = [line for line in lines if coming.get(line.id, Decimal(0)) > expected(order, line)]
    if over:
        raise QuantityExceedsOrder(
            data={
                "lines": [
                    {
                        "line": line.id,
                        "item_sku": line.item.sku,
                        "wanted": quantity_text(coming[line.id]),
                        "left": quantity_text(expected(order, line)),
                    }
                    for line in over
                ]
            }
        )


def note_received(
    order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], coming: Mapping[UUID, Part], *, now: datetime
) -> None:
    """What a receipt brings onto the lines, or takes off when negative; the order's state follows. The order is locked."""
    touched = [line for line in lines if line.id in coming]
    for line in touched:
        line.received_qty += coming[line.id].quantity
        line.received_value += coming[line.id].value
    PurchaseOrderLine.objects.of(order).bulk_update(touched, ["received_qty", "received_value"])
    if order.status != OrderStatus.INVOICED:
        order.status = _state_of(lines).value
    _next_version(order, now)


def note_billed(
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    *,
    invoiced: Mapping[UUID, Decimal] = MappingProxyType({}),
    posted: Mapping[UUID, Decimal] = MappingProxyType({}),
    values: Mapping[UUID, Decimal] = MappingProxyType({}),
    now: datetime,
) -> None:
    """What a bill changes on the lines, negative when it is undone; the order's state follows. The order is locked.

    `values` is what it takes out of GRNI, in base currency.
    """
    none = Decimal(0)
    moved = []
    for line in lines:
        step = invoiced.get(line.id, none), posted.get(line.id, none), values.get(line.id, none)
        line.invoiced_qty += step[0]
        line.posted_qty += step[1]
        line.billed_value += step[2]
        if any(step):
            moved.append(dict(zip(("id", "invoiced", "posted", "billed"), (line.id, *map(str, step)), strict=True)))
    with connection.cursor() as cursor:
        cursor.execute(MOVE_BILLED, {"company": order.company_id, "order": order.id, "moved": as_json(moved)})
    order.status = _state_of(lines).value
    order.invoiced_at = now if order.status == OrderStatus.INVOICED else None
    _next_version(order, now)


def _state_of(lines: Sequence[PurchaseOrderLine]) -> OrderStatus:
    if all(line.posted_qty == line.quantity for line in lines):
        return OrderStatus.INVOICED
    begun = any(line.received_qty or line.invoiced_qty for line in lines)
    return OrderStatus.IN_PROGRESS if begun else OrderStatus.CONFIRMED


def _next_version(order: PurchaseOrder, now: datetime) -> None:
    order.version += 1
    order.updated_at = now
    order.save(update_fields=["status", "invoiced_at", "version", "updated_at"])
