"""What a supplier's bill means in the books: the legs of its voucher. Pure. Source: journal table J2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounting.gst import Component
from accounting.kinds import AccountRole
from accounting.vouchers import Leg, legs_of, merge_legs
from erp.money import add
from invoices.document_legs import InCurrency, document_leg, in_base, rounding_legs

INPUT_ROLE: dict[Component, AccountRole] = {
    Component.CGST: AccountRole.INPUT_CGST,
    Component.SGST: AccountRole.INPUT_SGST,
    Component.UTGST: AccountRole.INPUT_UTGST,
    Component.IGST: AccountRole.INPUT_IGST,
}

PURCHASE_ROLES = (
    AccountRole.GRNI,
    AccountRole.PURCHASES,
    AccountRole.PRICE_VARIANCE,
    AccountRole.ROUNDING,
    *INPUT_ROLE.values(),
)
"""Roles whose accounts a bill's posting may need, the party's apart."""


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account that a line names, with the role it has, if any."""

    id: UUID
    role: AccountRole | None


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line as the books see it: `grni` is what tracked goods take out of GRNI, in base; None for what is no stock of ours.

    That is debited to `account`, where the line names one. `net` and taxes are in the bill's currency.
    """

    net: Decimal
    taxes: Mapping[Component, Decimal]
    grni: Decimal | None
    account: NamedAccount | None = None


def purchase_legs(
    lines: Sequence[BilledLine],
    *,
    total_value: Decimal,
    round_off: Decimal,
    payable_id: UUID,
    accounts: Mapping[AccountRole, UUID],
    rate: InCurrency | None = None,
) -> list[Leg]:
    """J2: GRNI what the goods took, PURCHASES or the line's account the net of the rest, INPUT_x the tax, against PAYABLE
    the total.

    What the goods' net differs from GRNI goes to PRICE_VARIANCE, debited when the bill is dearer, credited when it is
    cheaper. Of a bill in another currency (`rate`) each leg is rounded on its own, the net of goods line by line, and
    ROUNDING takes what is left in base; GRNI and the difference to it are in base always. Two places.
    """
    goods = [line for line in lines if line.grni is not None]
    out_of_grni = add([line.grni for line in goods if line.grni is not None])
    of_goods = add([in_base(line.net, rate) for line in goods])
    legs = legs_of({AccountRole.GRNI: out_of_grni, AccountRole.PRICE_VARIANCE: of_goods - out_of_grni}, accounts)
    charged = {AccountRole.PURCHASES: add([line.net for line in lines if line.grni is None and line.account is None])}
    for component, role in INPUT_ROLE.items():
        charged[role] = add([line.taxes.get(component, Decimal(0)) for line in lines])
    legs += [document_leg(accounts[role], role, amount, rate) for role, amount in charged.items() if amount]
    legs += named_legs([(line.account, line.net) for line in lines if line.account is not None], rate)
    legs.append(document_leg(payable_id, AccountRole.PAYABLE, -total_value, rate))
    legs += rounding_legs(legs, accounts[AccountRole.ROUNDING], round_off=round_off, rate=rate)
    return merge_legs(legs)


def named_legs(amounts: Sequence[tuple[NamedAccount, Decimal]], rate: InCurrency | None) -> list[Leg]:
    """A leg for each account that lines name, debit positive: rounded once, however many lines name it."""
    sums: dict[NamedAccount, Decimal] = {}
    for account, amount in amounts:
        sums[account] = sums.get(account, Decimal("0.00")) + amount
    return [document_leg(account.id, account.role, amount, rate) for account, amount in sums.items()]
