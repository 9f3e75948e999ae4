"""What open items in other currencies are worth at the rate of a day, more or less than the books say. Pure.

Source: "Currencies" in the law of books, journal table J15.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounting.kinds import AccountRole
from accounting.vouchers import Foreign, Leg, signed_leg
from erp.money import base_amount


@dataclass(frozen=True, slots=True)
class OpenInCurrency:
    """What is open of a currency on a party's account: in it, and in base as booked. Debit positive, two places."""

    account_id: UUID
    account_code: str
    account_name: str
    role: AccountRole
    currency_id: UUID
    currency_code: str
    amount: Decimal
    booked: Decimal


@dataclass(frozen=True, slots=True)
class Revalued:
    """An open balance at the rate (base per unit) of the day: `difference` is what it is worth more than booked."""

    open: OpenInCurrency
    rate: Decimal
    worth: Decimal

    @property
    def difference(self) -> Decimal:
        return self.worth - self.open.booked


def revalued(balances: Sequence[OpenInCurrency], rates: Mapping[UUID, Decimal]) -> list[Revalued]:
    """Each balance at its currency's rate, rounded once; those left out that are worth what is booked."""
    found = [Revalued(one, rates[one.currency_id], base_amount(one.amount, rates[one.currency_id])) for one in balances]
    return [one for one in found if one.difference]


def revaluation_legs(rows: Sequence[Revalued], unrealised_id: UUID) -> list[Leg]:
    """J15: the difference of each party, in base only, against FX_UNREALISED."""
    legs = [
        signed_leg(one.open.account_id, one.open.role, one.difference, Foreign(one.open.currency_id, Decimal("0.00")))
        for one in rows
    ]
    total = sum((one.difference for one in rows), Decimal("0.00"))
    return [*legs, signed_leg(unrealised_id, AccountRole.FX_UNREALISED, -total)] if total else legs
