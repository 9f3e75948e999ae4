"""What a supplier's bill means in the books: the legs of its voucher. Pure. Source: journal table J2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounting.gst import Component
from accounting.kinds import AccountRole
from accounting.vouchers import Leg, legs_of, merge_legs
from erp.money import add

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

    def leg(self, debit: Decimal) -> Leg:
        """Debits so much, or credits what is below zero."""
        return Leg(self.id, self.role, debit=debit) if debit >= 0 else Leg(self.id, self.role, credit=-debit)


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line as the books see it: `grni` is what tracked goods take out of GRNI, None for what is no stock of ours.

    That is debited to `account`, where the line names one.
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
) -> list[Leg]:
    """J2: GRNI what the goods took, PURCHASES or the line's account the net of the rest, INPUT_x the tax, against PAYABLE
    the total.

    What the goods' net differs from GRNI goes to PRICE_VARIANCE, debited when the bill is dearer, credited when it is
    cheaper. Amounts in base currency, two places.
    """
    goods = [line for line in lines if line.grni is not None]
    out_of_grni = add([line.grni for line in goods if line.grni is not None])
    amounts = {
        AccountRole.GRNI: out_of_grni,
        AccountRole.PURCHASES: add([line.net for line in lines if line.grni is None and line.account is None]),
        AccountRole.PRICE_VARIANCE: add([line.net for line in goods]) - out_of_grni,
        AccountRole.ROUNDING: round_off,
    }
    for component, role in INPUT_ROLE.items():
        amounts[role] = add([line.taxes.get(component, Decimal(0)) for line in lines])
    named = [line.account.leg(line.net) for line in lines if line.account is not None]
    return merge_legs([*legs_of(amounts, accounts), *named, Leg(payable_id, AccountRole.PAYABLE, credit=total_value)])
