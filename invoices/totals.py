"""Totals of a document: lines rounded once, summed exactly. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from erp.money import AMOUNT_LIMIT, add, line_amount


class TotalTooLarge(Exception):
    """A line or the sum does not fit ``numeric(18,2)``; `line` is its position, or None for the sum."""

    def __init__(self, line: int | None) -> None:
        self.line = line
        super().__init__(line)


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts with two places: each line's, their sum, and what the document is worth."""

    line_totals: list[Decimal]
    items_total: Decimal
    total_value: Decimal


def compute_totals(lines: Sequence[tuple[Decimal, Decimal]], given_total: Decimal | None) -> Totals:
    """`lines` are (quantity, unit price). The given total rules where there is one, else the sum of the rounded lines."""
    line_totals = [line_amount(quantity, price) for quantity, price in lines]
    for position, amount in enumerate(line_totals):
        if amount >= AMOUNT_LIMIT:
            raise TotalTooLarge(position)
    items_total = add(line_totals)
    if items_total >= AMOUNT_LIMIT:
        raise TotalTooLarge(None)
    return Totals(line_totals, items_total, items_total if given_total is None else given_total)
