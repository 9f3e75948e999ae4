"""Which price of a list an order's line gets. Pure.

Source: chapter "Sales orders" of the invoices contract: the order's, the customer's, the default price list; of one list the
largest `min_quantity` that the quantity reaches.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID


class Candidate(NamedTuple):
    """A price valid on the day of the order, in its currency; lists with a smaller `turn` go first. Rates per base unit."""

    item_id: UUID
    turn: int
    min_quantity: Decimal
    unit_rate: Decimal
    discount_pct: Decimal
    valid_from: date | None


def choose_price(candidates: Iterable[Candidate], *, item_id: UUID, quantity: Decimal) -> Candidate | None:
    """The price of so much of an item; of two for the same quantity the one that began later. None: no list has one."""
    reached = [one for one in candidates if one.item_id == item_id and one.min_quantity <= quantity]
    return min(reached, key=_order_of_choice, default=None)


def _order_of_choice(one: Candidate) -> tuple[int, Decimal, int]:
    return one.turn, -one.min_quantity, -(one.valid_from or date.min).toordinal()
