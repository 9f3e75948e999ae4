"""Orders and their lines, sold or bought: what they name, what they cost, whether that fits, and in which state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from erp.access import Actor
from erp.bodies import MAX_LINES
from erp.identifiers import new_id
from erp.models import Currency
from erp.money import AMOUNT_LIMIT, add, half_up_share, line_net, split
from erp.problems import Conflict, FieldErrors, NotFound, Problem, ValidationFailed
from inventory.gst_rates import holding_rates
from inventory.masters import find_items, fraction_fault
from inventory.models import Item, Order, OrderLine
from inventory.packs import Counted, in_base_unit
from inventory.price_choice import Candidate, choose_price
from inventory.prices import PriceTerms, price_candidates


class NoPrice(Problem):
    """A line has no rate and its item no price to fall back on: `errors` names the line. Send `unit_rate`."""

    status, code = 400, "no-price"
    message = "No price was given and the item has none."


@dataclass(frozen=True, slots=True)
class NewLine:
    """`quantity` in the base unit, unless `uom_code` names one of the item's packs; `unit_rate` is what a base unit costs.

    A rate of None means that of a price list, else the item's.

    A discount of None is the price list's where its rate is taken, else none.
    """

    item_id: UUID
    quantity: Decimal
    unit_rate: Decimal | None = None
    discount_pct: Decimal | None = None
    uom_code: str = ""
    description: str = ""
    notes: str = ""


class PricedLine(NamedTuple):
    """A line with its item, the rate, discount and GST rate (percent) that hold; of the last there may be none."""

    draft: NewLine
    item: Item
    unit_rate: Decimal
    discount_pct: Decimal
    gst_rate: Decimal | None


class LineTerms(NamedTuple):
    """What the amounts of a line follow from."""

    quantity: Decimal
    unit_rate: Decimal
    discount_pct: Decimal
    gst_rate: Decimal | None


Line = TypeVar("Line", bound=OrderLine)


class WrongState(Conflict):
    """The order is in a state that does not allow this: `data` names it."""

    code = "wrong-state"


def require_state(order: Order, *allowed: str) -> None:
    """Raise WrongState, naming the state and what would be allowed."""
    if order.status not in allowed:
        raise WrongState(
            f"The order is {order.status}; this needs {' or '.join(allowed)}.",
            data={"id": order.id, "order_number": order.order_number, "status": order.status},
        )


def price_lines(
    actor: Actor,
    drafts: Sequence[NewLine],
    *,
    price: Callable[[Item], Decimal | None],
    terms: PriceTerms,
    first: int,
    lines: str = "",
) -> list[PricedLine]:
    """The lines, which will be numbered from `first`, with items and rates: what was said, else what a price list of the
    `terms` says, else `price`, which is what an item costs by itself.

    GST rates are those of the order's day. `price` is in base currency, so an order in another one has to say its rates or
    have a list. What is counted in packs comes back in the base unit. `lines` is what the sender calls the list, when it is
    one. Raises NotFound, NoPrice, ValidationFailed.
    """
    if first + len(drafts) - 1 > MAX_LINES:
        raise ValidationFailed(errors={lines or "item_id": [f"An order has no more than {MAX_LINES} lines."]})
    items = find_items(actor, [draft.item_id for draft in drafts], lines=lines)
    drafts = _in_base_unit(actor, drafts, items, lines)
    in_base = terms.currency_id == actor.company.base_currency_id
    listed = price_candidates(actor, terms, [draft.item_id for draft in drafts if draft.unit_rate is None])
    prices = [_price(draft, listed, price(items[draft.item_id]) if in_base else None) for draft in drafts]
    unpriced = [items[draft.item_id].sku for draft, (rate, _) in zip(drafts, prices, strict=True) if rate is None]
    if unpriced:
        currency_code = Currency.objects.get(id=terms.currency_id).code
        raise NoPrice(
            f"{', '.join(unpriced[:10])}: no price in {currency_code}; give a unit_rate.",
            errors=_by_line([{} if rate is not None else {"unit_rate": [NoPrice.message]} for rate, _ in prices], lines),
        )
    taxed = holding_rates(actor, list(items), terms.day)
    return [
        PricedLine(draft, items[draft.item_id], rate or Decimal(0), discount_pct, taxed[draft.item_id])
        for draft, (rate, discount_pct) in zip(drafts, prices, strict=True)
    ]


def columns_of(priced: PricedLine, *, order: Order, line_no: int) -> dict[str, Any]:
    """The columns of a new row of this line, its totals still to be computed."""
    draft, item, rate, discount_pct, gst_rate = priced
    return {
        "id": new_id(),
        "company_id": order.company_id,
        "order_id": order.id,
        "line_no": line_no,
        "item": item,
        "description": draft.description or item.name,
        "quantity": draft.quantity,
        "uom": item.uom,
        "unit_rate": rate,
        "discount_pct": discount_pct,
        "gst_rate": gst_rate,
        "line_total": Decimal("0.00"),
        "notes": draft.notes,
    }


def _price(draft: NewLine, listed: Sequence[Candidate], price: Decimal | None) -> tuple[Decimal | None, Decimal]:
    """Rate and discount of a line: as said, of a list, or the item's own price without a discount."""
    said = draft.discount_pct
    if draft.unit_rate is not None:
        return draft.unit_rate, said or Decimal(0)
    found = choose_price(listed, item_id=draft.item_id, quantity=draft.quantity)
    if found is None:
        return price, said or Decimal(0)
    return found.unit_rate, found.discount_pct if said is None else said


def _in_base_unit(actor: Actor, drafts: Sequence[NewLine], items: Mapping[UUID, Item], lines: str) -> list[NewLine]:
    """The drafts, counted in the units of their items. Raises ValidationFailed."""
    counted = in_base_unit(actor, [Counted(draft.quantity, draft.uom_code, items[draft.item_id]) for draft in drafts])
    faults = [one.fault for one in counted]
    if any(faults):
        raise ValidationFailed(errors=_by_line(faults, lines))
    return [replace(draft, quantity=one.quantity) for draft, one in zip(drafts, counted, strict=True)]


def _by_line(faults: list[FieldErrors], lines: str) -> FieldErrors:
    """Faults under the name of the list, or those of the only line."""
    return {lines: faults} if lines else faults[0]


def line_amounts(lines: Sequence[LineTerms], discount_amount: Decimal) -> list[tuple[Decimal, Decimal]]:
    """(line net before the order discount, estimated tax after it) of each line; two places."""
    nets = [line_net(line.quantity, line.unit_rate, line.discount_pct) for line in lines]
    return [
        (net, half_up_share(net - share, line.gst_rate or Decimal(0), Decimal(100)))
        for line, net, share in zip(lines, nets, split(discount_amount, nets), strict=True)
    ]


def refuse_fraction(line: OrderLine) -> None:
    """Raise ValidationFailed for a changed quantity that is finer than the line's unit."""
    if fault := fraction_fault(line.quantity, line.uom):
        raise ValidationFailed(errors=fault)


def find_line(lines: Sequence[Line], line_id: UUID) -> Line:
    """The line of the order. Raises NotFound."""
    for line in lines:
        if line.id == line_id:
            return line
    raise NotFound("Order line not found")


def terms_of(lines: Sequence[OrderLine]) -> list[LineTerms]:
    return [LineTerms(line.quantity, line.unit_rate, line.discount_pct, line.gst_rate) for line in lines]


def rerate(order: Order, lines: Sequence[Line]) -> list[Line]:
    """Set the GST rates of the lines to those of the order's date; the lines whose rate that changed. Nothing is saved."""
    rates = holding_rates(order, [line.item_id for line in lines], order.order_date)
    changed = [line for line in lines if line.gst_rate != rates[line.item_id]]
    for line in changed:
        line.gst_rate = rates[line.item_id]
    return changed


def compute(order: Order, lines: Sequence[Line]) -> list[Line]:
    """Set the totals of the order and of its lines; the lines whose totals that changed. Nothing is saved."""
    changed = []
    for line, (net, tax) in zip(lines, line_amounts(terms_of(lines), order.discount_amount), strict=True):
        if (line.line_total, line.tax_amount) != (net, tax):
            line.line_total, line.tax_amount = net, tax
            changed.append(line)
    order.subtotal = add([line.line_total for line in lines])
    order.tax_amount = add([line.tax_amount for line in lines])
    order.total_amount = order.subtotal - order.discount_amount + order.tax_amount
    return changed


def refuse_bad_amounts(lines: Sequence[LineTerms], discount_amount: Decimal) -> None:
    """Raise ValidationFailed for amounts that fit no column, and for a discount on more than there is."""
    subtotal = add([net for net, _ in line_amounts(lines, Decimal("0.00"))])
    if subtotal >= AMOUNT_LIMIT:
        raise ValidationFailed(errors={"unit_rate": ["quantity × unit_rate is too large."]})
    if discount_amount > subtotal:
        raise ValidationFailed(
            errors={"discount_amount": [f"The discount of {discount_amount:.2f} is more than the lines' {subtotal:.2f}."]}
        )
    taxes = [tax for _, tax in line_amounts(lines, discount_amount)]
    if subtotal + add(taxes) >= AMOUNT_LIMIT:
        raise ValidationFailed(errors={"unit_rate": ["The total with tax is too large."]})
