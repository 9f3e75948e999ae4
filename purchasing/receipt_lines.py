"""Lines of a receipt: what they name, of an order or by themselves, and what they cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.money import AMOUNT_LIMIT, RATE_LIMIT, add, line_amount, round_rate
from erp.problems import FieldErrors, NotFound, ValidationFailed
from inventory.batches import BatchKey
from inventory.masters import find_items, fraction_fault, refuse_fractions
from inventory.models import Item
from purchasing.grni import Part, billed_ahead
from purchasing.models import PurchaseOrder, PurchaseOrderLine
from purchasing.orders import cost_of_part, values_of

_REQUIRED = "This field is required."


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """Of an order its line is named, else the item. Quantity in the base unit; `unit_cost` in base currency, without tax,
    up to four places; an order's line has one already.
    """

    quantity: Decimal
    item_id: UUID | None = None
    order_item: UUID | None = None
    unit_cost: Decimal | None = None
    batch_no: str = ""
    manufactured_on: date | None = None
    expiry_date: date | None = None


@dataclass(frozen=True, slots=True)
class ArrivingLine:
    """A line with all that is known of it; `cost` is of the whole line, two places."""

    item: Item
    quantity: Decimal
    unit_cost: Decimal
    cost: Decimal
    batch_no: str
    manufactured_on: date | None
    expiry_date: date | None
    order_line_id: UUID | None = None

    @property
    def batch_key(self) -> BatchKey:
        return self.item.id, self.batch_no


def lines_without_order(actor: Actor, lines: Sequence[ReceivedLine]) -> list[ArrivingLine]:
    """Lines that name their items and what these cost. Raises NotFound, ValidationFailed."""
    _refuse(
        {"order_item": ["Only a line of an order; name the purchase_order_id."]}
        if line.order_item
        else {name: [_REQUIRED] for name in ("item_id", "unit_cost") if getattr(line, name) is None}
        for line in lines
    )
    items = find_items(actor, [line.item_id for line in lines if line.item_id], lines="lines")
    refuse_fractions([(line.quantity, items[line.item_id]) for line in lines if line.item_id])
    arriving = [
        _arriving(line, items[line.item_id], line_amount(line.quantity, line.unit_cost), unit_cost=line.unit_cost)
        for line in lines
        if line.item_id is not None and line.unit_cost is not None
    ]
    _refuse_unfit(arriving)
    return arriving


def lines_of_order(
    actor: Actor, order: PurchaseOrder, order_lines: Sequence[PurchaseOrderLine], lines: Sequence[ReceivedLine]
) -> list[ArrivingLine]:
    """Lines of an order, at its rates after its discounts unless they say what they cost.

    The parts of an order's line together cost what it does, to the paisa. What was billed before it came costs what the bill
    says. Raises NotFound, ValidationFailed.
    """
    in_base = order.currency_id == actor.company.base_currency_id
    _refuse(_order_fault(line, needs_cost=not in_base) for line in lines)
    known = {line.id: line for line in order_lines}
    text = "Order line not found"
    missing: list[FieldErrors] = [{} if line.order_item in known else {"order_item": [text]} for line in lines]
    if any(missing):
        raise NotFound(text, errors={"lines": missing})
    _refuse(fraction_fault(line.quantity, known[line.order_item].uom) for line in lines if line.order_item)
    values = values_of(order, order_lines)
    done = {line.id: Part(line.received_qty, line.received_value) for line in order_lines}
    arriving = []
    for line in lines:
        assert line.order_item is not None, "refused above"
        ordered = known[line.order_item]
        met = billed_ahead(ordered, line.quantity, done=done[ordered.id])
        rest = line.quantity - met.quantity
        if line.unit_cost is None or not rest:
            passed = done[ordered.id].quantity + met.quantity
            cost = met.value + cost_of_part(ordered, values[ordered.id], done=passed, step=rest)
            unit_cost = round_rate(cost / line.quantity)
        else:
            cost, unit_cost = met.value + line_amount(rest, line.unit_cost), line.unit_cost
        done[ordered.id] = done[ordered.id].plus(line.quantity, cost)
        arriving.append(_arriving(line, ordered.item, cost, unit_cost=unit_cost, order_line_id=ordered.id))
    _refuse_unfit(arriving)
    return arriving


def _order_fault(line: ReceivedLine, *, needs_cost: bool) -> FieldErrors:
    if line.item_id:
        return {"item_id": ["The order's line says which item it is."]}
    if line.order_item is None:
        return {"order_item": [_REQUIRED]}
    if needs_cost and line.unit_cost is None:
        return {"unit_cost": ["The order is in another currency; say what a unit costs in ours."]}
    return {}


def _arriving(
    line: ReceivedLine, item: Item, cost: Decimal, *, unit_cost: Decimal, order_line_id: UUID | None = None
) -> ArrivingLine:
    return ArrivingLine(
        item=item,
        quantity=line.quantity,
        unit_cost=unit_cost,
        cost=cost,
        batch_no=line.batch_no,
        manufactured_on=line.manufactured_on,
        expiry_date=line.expiry_date,
        order_line_id=order_line_id,
    )


def _refuse_unfit(lines: Sequence[ArrivingLine]) -> None:
    """Raise ValidationFailed with all that is wrong with the lines."""
    expiries: dict[BatchKey, date | None] = {}
    _refuse(_fault(line, expiries) for line in lines)
    if add([line.cost for line in lines]) >= AMOUNT_LIMIT:
        raise ValidationFailed(errors={"lines": ["The sum of the lines is too large."]})


def _fault(line: ArrivingLine, expiries: dict[BatchKey, date | None]) -> FieldErrors:
    item = line.item
    if not item.tracked:
        return {"order_item" if line.order_line_id else "item_id": [f"{item.sku} is not tracked; it has no stock."]}
    if item.batch_required and not line.batch_no:
        return {"batch_no": [f"{item.sku} needs a batch."]}
    if line.expiry_date and not line.batch_no:
        return {"expiry_date": ["Only a batch expires; give its batch_no."]}
    if line.expiry_date and line.manufactured_on and line.expiry_date < line.manufactured_on:
        return {"expiry_date": ["Before it was made."]}
    if line.batch_no and expiries.setdefault(line.batch_key, line.expiry_date) != line.expiry_date:
        return {"expiry_date": [f"Another line gives batch {line.batch_no} another expiry."]}
    if line.cost >= AMOUNT_LIMIT or line.unit_cost >= RATE_LIMIT:
        return {"unit_cost": ["quantity × cost is too large."]}
    return {}


def _refuse(faults: Iterable[FieldErrors]) -> None:
    found = list(faults)
    if any(found):
        raise ValidationFailed(errors={"lines": found})
