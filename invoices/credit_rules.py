"""What a note takes back of each line of its invoice, sold or bought, and its legs in the books. Pure.

Source: journal table J7 and J8, "Currencies" in the law of books, and the rounding algorithm `share_of_left`: whoever takes
the last of a line takes all that is left of its net and of every tax, so the notes of a wholly credited invoice sum to
exactly the invoice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounting.gst import Component
from accounting.kinds import AccountRole
from accounting.vouchers import Foreign, Leg, legs_of, merge_legs, signed_leg
from erp.money import add, rupee_round_off, share_of_left
from invoices.document_legs import InCurrency, document_leg, in_base, rounding_legs
from invoices.posting_rules import OUTPUT_ROLE
from invoices.purchase_rules import INPUT_ROLE, NamedAccount, named_legs

ZERO = Decimal("0.00")
CREDIT_ROLES = (
    AccountRole.SALES_RETURNS,
    AccountRole.COGS,
    AccountRole.INVENTORY,
    AccountRole.ROUNDING,
    AccountRole.FX_REALISED,
    *OUTPUT_ROLE.values(),
)
"""Roles whose accounts a credit note may need, the party's apart."""

DEBIT_ROLES = (
    AccountRole.INVENTORY,
    AccountRole.PRICE_VARIANCE,
    AccountRole.PURCHASES,
    AccountRole.ROUNDING,
    AccountRole.FX_REALISED,
    *INPUT_ROLE.values(),
)
"""And a debit note."""

Taxes = Mapping[Component, Decimal]


@dataclass(frozen=True, slots=True)
class LineLeft:
    """What of an invoice's line no note has credited yet. Amounts have two places; `tracked` goods may be returned."""

    id: UUID
    line_no: int
    quantity: Decimal
    net: Decimal
    taxes: Taxes
    tracked: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be credited of a line: a quantity at the line's own rate, or an amount of its net. One of the two."""

    line_id: UUID
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What a note credits of a line. `quantity` is None for a mere reduction of the price; `returned` is what
    comes back, or goes back."""

    line_id: UUID
    quantity: Decimal | None
    net: Decimal
    taxes: Taxes
    returned: Decimal

    @property
    def tax(self) -> Decimal:
        return add(list(self.taxes.values()))


@dataclass(frozen=True, slots=True)
class Excess:
    """A wish for more than is left."""

    line_id: UUID
    line_no: int
    wanted: Decimal
    left: Decimal
    of_quantity: bool


def all_that_is_left(lines: Sequence[LineLeft]) -> list[Wish]:
    """Whatever no note has credited yet. A line's last quantity takes all of its net, so a quantity says it all."""
    return [Wish(line.id, quantity=line.quantity) for line in lines if line.quantity > 0]


def excesses(lines: Mapping[UUID, LineLeft], wishes: Sequence[Wish]) -> list[Excess]:
    """Every wish that asks for more than is left of its line."""
    found = []
    for wish in wishes:
        line = lines[wish.line_id]
        wanted, left = (wish.amount, line.net) if wish.quantity is None else (wish.quantity, line.quantity)
        assert wanted is not None, "a wish is for a quantity or for an amount"
        if wanted > left:
            found.append(Excess(line.id, line.line_no, wanted, left, of_quantity=wish.quantity is not None))
    return found


def credit_of(line: LineLeft, wish: Wish, *, return_stock: bool) -> Credit:
    """Net and taxes of a wish that is within what is left, by `share_of_left`. The taxes follow the net."""
    if wish.quantity is not None:
        net = share_of_left(value_left=line.net, quantity_left=line.quantity, step=wish.quantity)
    else:
        assert wish.amount is not None, "a wish is for a quantity or for an amount"
        net = wish.amount
    taxes = {
        component: share_of_left(value_left=tax, quantity_left=line.net, step=net) for component, tax in line.taxes.items()
    }
    returned = wish.quantity if return_stock and line.tracked and wish.quantity is not None else None
    return Credit(line.id, wish.quantity, net, taxes, returned or Decimal(0))


def round_off_of(credits: Sequence[Credit], *, lines: Sequence[LineLeft], left: Decimal) -> Decimal:
    """The note's share of what is left of the invoice's round-off, by value; never more than the note is worth."""
    of_note = add([part for credit in credits for part in (credit.net, credit.tax)])
    of_invoice = add([part for line in lines for part in (line.net, *line.taxes.values())])
    return share_of_left(value_left=left, quantity_left=of_invoice, step=of_note)


def whole_round_off(credits: Sequence[Credit], *, lines: Sequence[LineLeft], left: Decimal) -> Decimal:
    """The round-off of a note in a currency of whole units: what is left of the invoice is whole before it, and after.

    So the notes of a wholly credited invoice sum to it, each whole and at least zero. At most 1.00 to either side: where
    cancelled drafts had moved what is left further, the note's own total is rounded, as far as that allows.
    """
    of_note = add([part for credit in credits for part in (credit.net, credit.tax)])
    before = add([part for line in lines for part in (line.net, *line.taxes.values())])
    after = before - of_note
    wanted = max(before + left - (after + rupee_round_off(after)), ZERO)
    step = rupee_round_off(of_note)
    others = (step + 1, step - 1)
    possible = [step, *(one for one in others if abs(one) <= 1 and of_note + one >= 0)]
    return min(possible, key=lambda one: abs(of_note + one - wanted))


def credit_legs(
    *,
    net: Decimal,
    taxes: Taxes,
    round_off: Decimal,
    cost: Decimal,
    receivable_id: UUID,
    accounts: Mapping[AccountRole, UUID],
    rate: InCurrency | None = None,
    gained: Decimal = ZERO,
) -> list[Leg]:
    """J7: SALES_RETURNS net and OUTPUT_x against RECEIVABLE; goods that come back, INVENTORY against COGS at their cost.

    Of a note in another currency (`rate`) each leg is rounded on its own and ROUNDING takes what is left in base; `gained`
    is what it is worth more in base than what it settles and leaves open, which is FX_REALISED. Cost is in base always.
    """
    said = {AccountRole.SALES_RETURNS: net, **_by_role(OUTPUT_ROLE, taxes)}
    total = add([*said.values(), round_off])
    legs = [document_leg(accounts[role], role, amount, rate) for role, amount in said.items() if amount]
    legs += _settling_legs(receivable_id, AccountRole.RECEIVABLE, -total, accounts, rate=rate, gained=gained)
    legs += rounding_legs(legs, accounts[AccountRole.ROUNDING], round_off=round_off, rate=rate)
    return merge_legs([*legs, *legs_of({AccountRole.INVENTORY: cost, AccountRole.COGS: -cost}, accounts)])


def debit_legs(
    *,
    goods_nets: Sequence[Decimal],
    other_net: Decimal,
    taxes: Taxes,
    round_off: Decimal,
    cost: Decimal,
    payable_id: UUID,
    accounts: Mapping[AccountRole, UUID],
    named: Sequence[tuple[NamedAccount, Decimal]] = (),
    rate: InCurrency | None = None,
    gained: Decimal = ZERO,
) -> list[Leg]:
    """J8: PAYABLE against INPUT_x, PURCHASES the net of what is no stock, and INVENTORY goods that go back, at their cost.

    `goods_nets` are those of tracked lines, whether their goods go back or only their price does: what they differ from the
    cost goes to PRICE_VARIANCE, where the bill had put it. `named` is the net of lines that name their account, which is not
    in `other_net`. Cost and the difference to it are in base; `rate` and `gained` as of `credit_legs`. Two places.
    """
    total = add([*goods_nets, other_net, *(net for _, net in named), *taxes.values(), round_off])
    of_goods = add([in_base(net, rate) for net in goods_nets])
    said = {AccountRole.PURCHASES: other_net, **_by_role(INPUT_ROLE, taxes)}
    legs = _settling_legs(payable_id, AccountRole.PAYABLE, total, accounts, rate=rate, gained=-gained)
    legs += legs_of({AccountRole.INVENTORY: -cost, AccountRole.PRICE_VARIANCE: cost - of_goods}, accounts)
    legs += [document_leg(accounts[role], role, -amount, rate) for role, amount in said.items() if amount]
    legs += named_legs([(account, -net) for account, net in named], rate)
    legs += rounding_legs(legs, accounts[AccountRole.ROUNDING], round_off=-round_off, rate=rate)
    return merge_legs(legs)


def _settling_legs(
    party_id: UUID,
    role: AccountRole,
    total: Decimal,
    accounts: Mapping[AccountRole, UUID],
    *,
    rate: InCurrency | None,
    gained: Decimal,
) -> list[Leg]:
    """The party's leg, debit positive, at what the note settles and leaves open; what was gained, credit positive."""
    if rate is None:
        return [document_leg(party_id, role, total, None)]
    party = signed_leg(party_id, role, in_base(total, rate) + gained, Foreign(rate.currency_id, total))
    return [party, signed_leg(accounts[AccountRole.FX_REALISED], AccountRole.FX_REALISED, -gained)]


def _by_role(roles: Mapping[Component, AccountRole], taxes: Taxes) -> dict[AccountRole, Decimal]:
    return {role: taxes.get(component, ZERO) for component, role in roles.items()}
