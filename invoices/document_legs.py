"""The legs of a document in its own currency, and what rounding them one by one leaves over in base. Pure.

Source: "Currencies" in the law of books, and the rounding algorithm `base_amount`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from accounting.kinds import AccountRole
from accounting.vouchers import Foreign, Leg, signed_leg
from erp.money import add, base_amount


class InCurrency(NamedTuple):
    """That a document is in a currency other than the company's, and the rate it is booked at (base per unit)."""

    currency_id: UUID
    rate: Decimal


def in_base(amount: Decimal, rate: InCurrency | None) -> Decimal:
    """What an amount of the document is in base; itself, where it has no other currency."""
    return amount if rate is None else base_amount(amount, rate.rate)


def document_leg(account_id: UUID, role: AccountRole | None, amount: Decimal, rate: InCurrency | None) -> Leg:
    """The leg of an amount, debit positive, that is in the document's currency."""
    return signed_leg(account_id, role, in_base(amount, rate), None if rate is None else Foreign(rate.currency_id, amount))


def rounding_legs(legs: Sequence[Leg], account_id: UUID, *, round_off: Decimal, rate: InCurrency | None) -> list[Leg]:
    """ROUNDING takes the document's round-off, debit positive; of one in another currency all that its legs leave in base.

    In the company's own currency legs that leave anything else are a bug, and must not balance.
    """
    left = round_off if rate is None else add([leg.credit - leg.debit for leg in legs])
    return [signed_leg(account_id, AccountRole.ROUNDING, left)] if left else []
