"""What the steps of the walk through the books choose from, and how they spell it."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.invariants.books_model import FAR, NEAR

BEGUN = date(2025, 12, 1)
RATES = [18, 5]
"""The tax of each item."""

items = st.integers(0, len(RATES) - 1)
days = st.integers(0, 30)
quantities = st.integers(1, 3_000)
receipts = st.integers(500, 3_000)
prices = st.integers(1, 20_000)
picks = st.integers(0, 99)
buyers = st.sampled_from([NEAR, FAR])
wanted_lines = st.lists(st.tuples(items, quantities, prices), min_size=1, max_size=3)
parts = st.integers(1, 1_100)
"""Per mille of what is left, and sometimes more than that."""


def day_text(day: int) -> str:
    return (BEGUN + timedelta(days=day)).isoformat()


def amount_text(paise: int) -> str:
    return f"{paise // 100}.{paise % 100:02}"


def quantity_text(thousandths: int) -> str:
    return f"{thousandths // 1000}.{thousandths % 1000:03}"


def paise(amount: Any) -> int:
    return int(amount * 100)


def thousandths(quantity: Any) -> int:
    return int(quantity * 1000)


def part_of(left: int, per_mille: int) -> int:
    return max(1, left * per_mille // 1000)


def chosen(among: list[Any], pick: int) -> Any:
    return among[pick % len(among)]
