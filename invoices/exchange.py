"""What a payment or a note in another currency settles in base, and what the difference between two rates is worth. Pure.

Source: "Currencies" in the law of books, journal table J5, J6 and J10, and the rounding algorithm `share_of_left`: whoever
settles the last of an invoice settles all that is left of its base, so what is settled in its currency is settled in base.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from erp.money import share_of_left


class InBase(NamedTuple):
    """Of an allocation: how much of the invoice's base it settles, and how much of the payment's or note's base pays it."""

    settled: Decimal
    paid: Decimal

    @property
    def gained(self) -> Decimal:
        """What the money or credit is worth more than it settles; of what we owe, what it cost more."""
        return self.paid - self.settled


@dataclass(slots=True)
class Open:
    """What is left of an invoice, or of what settles it: in its own currency, and in base. Both at least zero."""

    amount: Decimal
    base: Decimal

    def take(self, amount: Decimal) -> Decimal:
        """The base of so much of it, which is no longer left."""
        base = share_of_left(value_left=self.base, quantity_left=self.amount, step=amount)
        self.amount -= amount
        self.base -= base
        return base


def settle_in_base(
    shares: Iterable[tuple[UUID, UUID, Decimal]], *, source: Open, invoices: Mapping[UUID, Open]
) -> dict[UUID, InBase]:
    """Allocation → its parts in base, in the order of the shares (allocation, invoice, amount), each within what is left."""
    return {
        allocation_id: InBase(settled=invoices[invoice_id].take(amount), paid=source.take(amount))
        for allocation_id, invoice_id, amount in shares
    }
