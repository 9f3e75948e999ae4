"""Lines of an order: what they cost, and whether that fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.bodies import MAX_LINES
from erp.identifiers import new_id
from erp.money import AMOUNT_LIMIT, add
from erp.problems import FieldErrors, NotFound, Problem, ValidationFailed
from inventory.masters import find_items
from inventory.models import Item
from sales.models import SalesOrder, SalesOrderLine
from sales.orders import line_amounts


class NoPrice(Problem):
    """A line has no rate and its item no price to fall back on: `errors` names the line. Send `unit_rate`."""

    status, code = 400, "no-price"
    message = "No price was given and the item has none."


@dataclass(frozen=True, slots=True)
class NewLine:
    """`quantity` in the base unit; a rate of None means the item's price."""

    item_id: UUID
    quantity: Decimal
    unit_rate: Decimal | None = None
    discount_pct: Decimal = Decimal(0)
    uom_code: str = ""
    description: str = ""
    notes: str = ""


def new_lines(
    actor: Actor, order: SalesOrder, drafts: Sequence[NewLine], *, first: int, lines: str = ""
) -> list[SalesOrderLine]:
    """Lines of the order, numbered from `first`, without their totals.

    `lines` is what the sender calls the list, when it is one. Raises NotFound, NoPrice, ValidationFailed.
    """
    if first + len(drafts) - 1 > MAX_LINES:
        raise ValidationFailed(errors={lines or "item_id": [f"An order has no more than {MAX_LINES} lines."]})
    items = find_items(actor, [draft.item_id for draft in drafts], lines=lines)
    _refuse_units(drafts, items, lines)
    in_base = order.currency_id == actor.company.base_currency_id
    rates = [_rate(draft, items[draft.item_id], in_base=in_base) for draft in drafts]
    unpriced = [items[draft.item_id].sku for draft, rate in zip(drafts, rates, strict=True) if rate is None]
    if unpriced:
        raise NoPrice(
            f"{', '.join(unpriced[:10])}: no price in {order.currency.code}; give a unit_rate.",
            errors=_by_line([{} if rate is not None else {"unit_rate": [NoPrice.message]} for rate in rates], lines),
        )
    return [
        _line(order, items[draft.item_id], draft, rate or Decimal(0), line_no=line_no)
        for line_no, (draft, rate) in enumerate(zip(drafts, rates, strict=True), start=first)
    ]


def _refuse_units(drafts: Sequence[NewLine], items: Mapping[UUID, Item], lines: str) -> None:
    units = [(draft.uom_code, items[draft.item_id].uom.code) for draft in drafts]
    faults: list[FieldErrors] = [
        {} if not asked or asked == unit else {"uom_code": [f"This item is counted in {unit}."]} for asked, unit in units
    ]
    if any(faults):
        raise ValidationFailed(errors=_by_line(faults, lines))


def _by_line(faults: list[FieldErrors], lines: str) -> FieldErrors:
    """Faults under the name of the list, or those of the only line."""
    return {lines: faults} if lines else faults[0]


def _rate(draft: NewLine, item: Item, *, in_base: bool) -> Decimal | None:
    """The item's price is in base currency; an order in another one has to say its rates."""
    if draft.unit_rate is not None:
        return draft.unit_rate
    return item.sale_rate if in_base else None


def _line(order: SalesOrder, item: Item, draft: NewLine, rate: Decimal, *, line_no: int) -> SalesOrderLine:
    return SalesOrderLine(
        id=new_id(),
        company_id=order.company_id,
        order_id=order.id,
        line_no=line_no,
        item=item,
        description=draft.description or item.name,
        quantity=draft.quantity,
        uom=item.uom,
        unit_rate=rate,
        discount_pct=draft.discount_pct,
        gst_rate=item.gst_rate,
        line_total=Decimal("0.00"),
        notes=draft.notes,
    )


def find_line(lines: Sequence[SalesOrderLine], line_id: UUID) -> SalesOrderLine:
    """The line of the order. Raises NotFound."""
    for line in lines:
        if line.id == line_id:
            return line
    raise NotFound("Order line not found")


def refuse_bad_amounts(lines: Sequence[SalesOrderLine], discount_amount: Decimal) -> None:
    """Raise ValidationFailed for amounts that fit no column, and for a discount on more than there is."""
    nets = [net for net, _ in line_amounts(lines, Decimal("0.00"))]
    subtotal = add(nets)
    if subtotal >= AMOUNT_LIMIT:
        raise ValidationFailed(errors={"unit_rate": ["quantity × unit_rate is too large."]})
    if discount_amount > subtotal:
        raise ValidationFailed(
            errors={"discount_amount": [f"The discount of {discount_amount:.2f} is more than the lines' {subtotal:.2f}."]}
        )
    taxes = [tax for _, tax in line_amounts(lines, discount_amount)]
    if subtotal + add(taxes) >= AMOUNT_LIMIT:
        raise ValidationFailed(errors={"unit_rate": ["The total with tax is too large."]})
