"""What an invoice means in the books: its net and tax, the layers it takes, the legs of its voucher. Pure.

Source: journal table J3 (sales) and J4 (imported sales). All amounts have two places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from accounting.gst import Component, Tax
from accounting.kinds import AccountRole
from accounting.vouchers import Leg, merge_legs
from erp.money import add, split
from inventory.fifo import Layer, Short, Taking, after, in_order, take, usable
from inventory.kinds import IssueRule
from inventory.stock import Place
from invoices.document_legs import InCurrency, document_leg, rounding_legs

OUTPUT_ROLE: dict[Component, AccountRole] = {
    Component.CGST: AccountRole.OUTPUT_CGST,
    Component.SGST: AccountRole.OUTPUT_SGST,
    Component.UTGST: AccountRole.OUTPUT_UTGST,
    Component.IGST: AccountRole.OUTPUT_IGST,
}

SALES_ROLES = (
    AccountRole.SALES,
    AccountRole.COGS,
    AccountRole.INVENTORY,
    AccountRole.ROUNDING,
    *OUTPUT_ROLE.values(),
)
"""Roles whose accounts a sales posting may need, the party's apart."""


@dataclass(frozen=True, slots=True)
class PostingLine:
    """A line as the posting sees it. `tracked_item` is set for goods whose stock is kept.

    `batch_no` is the batch that the goods must be of, blank for any; `batch_id` is None where no such batch is known.
    """

    id: UUID
    line_no: int
    quantity: Decimal
    net: Decimal
    taxes: tuple[Tax, ...]
    tracked_item: UUID | None
    sku: str
    issue_rule: IssueRule
    batch_id: UUID | None
    order_line_id: UUID | None
    batch_no: str = ""


@dataclass(frozen=True, slots=True)
class ShortLine:
    """A line for which the usable stock does not suffice: of its batch, else of the item (`of_batch`)."""

    line: PostingLine
    place: Place
    available: Decimal
    reserved: Decimal
    of_batch: bool


def import_spread(items_total: Decimal, given_total: Decimal | None, line_totals: Sequence[Decimal]) -> list[Decimal]:
    """`import_spread`: what the given total takes off each line (negative when it is higher), by line totals."""
    if given_total is None:
        return [Decimal("0.00")] * len(line_totals)
    return split(items_total - given_total, line_totals)


def allocate_layers(
    lines: Sequence[PostingLine],
    layers: Mapping[Place, Sequence[Layer]],
    *,
    warehouse_id: UUID | None,
    free: Mapping[Place, Decimal],
    reserved: Mapping[Place, Decimal],
    any_batch: bool = False,
) -> tuple[dict[UUID, list[Taking]], list[ShortLine], dict[Place, Sequence[Layer]]]:
    """The layers that each tracked line takes, in line order; all short lines at once; and what is left for the next.

    `free` is what a document may take at a place: usable, less what is `reserved` for others. The layers hold that much, or
    at least what the lines want. `any_batch`: a line takes the rest by the item's rule where its batch does not suffice.
    """
    taken: dict[UUID, list[Taking]] = {}
    short: list[ShortLine] = []
    left: dict[Place, Sequence[Layer]] = dict(layers)
    room = dict(free)
    for line in lines:
        if line.tracked_item is None or warehouse_id is None:
            continue
        place = Place(line.tracked_item, warehouse_id)
        mine = _of_batch(line, left[place])
        of_batch = bool(line.batch_no) and usable(mine) < line.quantity
        if of_batch and any_batch:
            own = {one.id for one in mine}
            mine += in_order([one for one in left[place] if one.id not in own], line.issue_rule)
            of_batch = False
        try:
            if line.quantity > room[place] and not of_batch:
                raise Short(line.quantity, max(room[place], Decimal(0)))
            takings = take(mine, line.quantity)
        except Short as problem:
            short.append(ShortLine(line, place, problem.available, reserved[place], of_batch))
            continue
        taken[line.id] = takings
        left[place] = after(left[place], takings)
        room[place] -= line.quantity
    return taken, short, left


def _of_batch(line: PostingLine, layers: Sequence[Layer]) -> list[Layer]:
    """The layers that the line may take, in the order in which it takes them: all, unless it names a batch."""
    if not line.batch_no:
        return in_order(layers, line.issue_rule)
    mine = [one for one in layers if one.batch_id is not None and one.batch_id == line.batch_id]
    return in_order(mine, IssueRule.FIFO)


def sales_legs(
    lines: Sequence[PostingLine],
    *,
    total_value: Decimal,
    round_off: Decimal,
    cost: Decimal,
    receivable_id: UUID,
    accounts: Mapping[AccountRole, UUID],
    rate: InCurrency | None = None,
) -> list[Leg]:
    """J3: RECEIVABLE total and COGS cost against SALES net, OUTPUT_x, INVENTORY cost; ROUNDING takes the round-off.

    Of a document in another currency (`rate`) each leg is rounded on its own, and ROUNDING takes what is left in base. Cost
    is in base always.
    """
    credited = {AccountRole.SALES: add([line.net for line in lines])}
    for component, role in OUTPUT_ROLE.items():
        credited[role] = add([tax.amount for line in lines for tax in line.taxes if tax.component is component])
    legs = [document_leg(receivable_id, AccountRole.RECEIVABLE, total_value, rate)]
    legs += [document_leg(accounts[role], role, -amount, rate) for role, amount in credited.items() if amount]
    legs += rounding_legs(legs, accounts[AccountRole.ROUNDING], round_off=-round_off, rate=rate)
    if cost:
        legs.append(Leg(accounts[AccountRole.COGS], AccountRole.COGS, debit=cost))
        legs.append(Leg(accounts[AccountRole.INVENTORY], AccountRole.INVENTORY, credit=cost))
    return merge_legs(legs)


def settled_status(amount_received: Decimal, total_value: Decimal) -> str:
    """The state in the books that follows from the money: a posted total of 0.00 is PAID."""
    if amount_received == total_value:
        return "PAID"
    return "PARTIALLY_PAID" if amount_received > 0 else "POSTED"


def kept_of(amounts: Sequence[Decimal], room: Decimal) -> list[Decimal]:
    """`kept_of`: how much of each allocation, oldest first, still fits; so the newest are released first.

    1000.00, 400.00 and 200.00 in 1150.00: 1000.00, 150.00 and 0.00.
    """
    kept = []
    for amount in amounts:
        part = min(amount, room)
        kept.append(part)
        room -= part
    return kept


def due_date_of(invoice_date: date, credit_days: int) -> date:
    return date.fromordinal(min(invoice_date.toordinal() + credit_days, date.max.toordinal()))
