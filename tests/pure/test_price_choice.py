"""Which price of a list a line gets: a worked table, and what holds of every choice."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.price_choice import Candidate, choose_price

ITEM, OTHER = UUID(int=1), UUID(int=2)


def price(turn: int, min_quantity: str, rate: str, valid_from: str = "", *, item: UUID = ITEM) -> Candidate:
    day = date.fromisoformat(valid_from) if valid_from else None
    return Candidate(item, turn, Decimal(min_quantity), Decimal(rate), Decimal(0), day)


def chosen(candidates: Sequence[Candidate], quantity: str) -> str | None:
    found = choose_price(candidates, item_id=ITEM, quantity=Decimal(quantity))
    return None if found is None else str(found.unit_rate)


@pytest.mark.parametrize(
    ("candidates", "quantity", "rate"),
    [
        ([], "1", None),
        ([price(1, "0", "10", item=OTHER)], "1", None),
        # By quantity: the largest that is reached.
        ([price(1, "0", "10"), price(1, "10", "9"), price(1, "100", "8")], "9.999", "10"),
        ([price(1, "0", "10"), price(1, "10", "9"), price(1, "100", "8")], "10", "9"),
        ([price(1, "0", "10"), price(1, "10", "9"), price(1, "100", "8")], "1000", "8"),
        # A list that is asked first has the word, dearer or not, if it says anything for the quantity.
        ([price(2, "0", "7"), price(1, "0", "12")], "1", "12"),
        ([price(2, "0", "7"), price(1, "5", "12")], "1", "7"),
        ([price(2, "5", "7"), price(1, "5", "12")], "1", None),
        # Of two for the same quantity the one that began later; what always held began first.
        ([price(1, "0", "10"), price(1, "0", "11", "2025-04-01"), price(1, "0", "12", "2025-10-01")], "1", "12"),
        ([price(1, "0", "11", "2025-04-01"), price(1, "10", "9")], "10", "9"),
    ],
)
def test_the_worked_table_of_choices(candidates: list[Candidate], quantity: str, rate: str | None) -> None:
    assert chosen(candidates, quantity) == rate
    assert chosen(candidates[::-1], quantity) == rate


PRICES = st.builds(
    Candidate,
    st.sampled_from([ITEM, OTHER]),
    st.integers(1, 3),
    st.decimals(0, 20, places=3),
    st.decimals(0, 99, places=2),
    st.just(Decimal(0)),
    st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2026, 1, 1))),
)


@given(st.lists(PRICES, max_size=8), st.decimals("0.001", 25, places=3))
def test_no_other_price_goes_before_the_chosen_one(candidates: list[Candidate], quantity: Decimal) -> None:
    found = choose_price(candidates, item_id=ITEM, quantity=quantity)
    reached = [one for one in candidates if one.item_id == ITEM and one.min_quantity <= quantity]
    assert (found is None) == (not reached)
    for one in reached:
        assert found is not None
        assert one.turn >= found.turn
        if one.turn == found.turn:
            assert one.min_quantity <= found.min_quantity
            if one.min_quantity == found.min_quantity and one.valid_from is not None:
                assert found.valid_from is not None
                assert one.valid_from <= found.valid_from
