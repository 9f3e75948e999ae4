"""Totals of a document, as worked tables and as laws."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.money import AMOUNT_LIMIT
from invoices.totals import TotalTooLarge, compute_totals

Lines = list[tuple[str, str]]


def totals(lines: Lines, given_total: str | None = None) -> tuple[list[str], str, str]:
    found = compute_totals(
        [(Decimal(quantity), Decimal(price)) for quantity, price in lines],
        None if given_total is None else Decimal(given_total),
    )
    return [str(amount) for amount in found.line_totals], str(found.items_total), str(found.total_value)


@pytest.mark.parametrize(
    ("lines", "amounts", "total"),
    [
        ([("100", "45.50"), ("50", "125.00"), ("75", "38.00")], ["4550.00", "6250.00", "2850.00"], "13650.00"),
        ([("20", "3.50"), ("10", "85.00")], ["70.00", "850.00"], "920.00"),
        # Rounded line by line, then summed: three times 0.335 is 1.02, not 1.01.
        ([("1", "0.335"), ("1", "0.335"), ("1", "0.335")], ["0.34", "0.34", "0.34"], "1.02"),
        ([("0.001", "0.0001")], ["0.00"], "0.00"),
        ([("0.5", "0.01")], ["0.01"], "0.01"),
        ([("3", "33.3333")], ["100.00"], "100.00"),
        ([("1", "0")], ["0.00"], "0.00"),
        ([("999999", "9999999999.9999")], ["9999989999999900.00"], "9999989999999900.00"),
    ],
)
def test_lines_are_rounded_once_and_summed(lines: Lines, amounts: list[str], total: str) -> None:
    assert totals(lines) == (amounts, total, total)


def test_the_given_total_rules_and_the_sum_is_still_known() -> None:
    assert totals([("1", "10")], "8725.00") == (["10.00"], "10.00", "8725.00")


def test_a_given_total_of_nothing_is_a_total() -> None:
    assert totals([("1", "10")], "0") == (["10.00"], "10.00", "0")


def test_the_line_that_does_not_fit_is_named() -> None:
    with pytest.raises(TotalTooLarge) as refused:
        totals([("1", "1"), ("1000001", "9999999999.9999"), ("1000001", "9999999999.9999")])
    assert refused.value.line == 1


def test_the_sum_that_does_not_fit_names_no_line() -> None:
    with pytest.raises(TotalTooLarge) as refused:
        totals([("1000000", "9999999999.9999"), ("1000000", "0.0001"), ("1", "0")])
    assert refused.value.line is None


lines = st.lists(
    st.tuples(
        st.decimals(min_value=Decimal("0.001"), max_value=10**6, places=3),
        st.decimals(min_value=0, max_value=10**6, places=4),
    ),
    min_size=1,
    max_size=30,
)


@given(lines)
def test_the_total_is_within_half_a_paisa_a_line_of_the_exact_sum(some: list[tuple[Decimal, Decimal]]) -> None:
    found = compute_totals(some, None)
    exact = sum((Fraction(quantity) * Fraction(price) for quantity, price in some), start=Fraction(0))
    assert abs(Fraction(found.items_total) - exact) <= Fraction(len(some), 200)
    assert found.total_value == found.items_total
    assert found.items_total == sum(found.line_totals)


@given(
    st.decimals(min_value=Decimal("0.001"), max_value=10**9 - 1, places=3),
    st.decimals(min_value=0, max_value=10**10 - 1, places=4),
)
def test_what_is_computed_fits_its_column_or_is_refused(quantity: Decimal, price: Decimal) -> None:
    fits = Fraction(quantity) * Fraction(price) < Fraction(AMOUNT_LIMIT) - Fraction(1, 200)
    if fits:
        assert compute_totals([(quantity, price)], None).items_total < AMOUNT_LIMIT
    else:
        with pytest.raises(TotalTooLarge):
            compute_totals([(quantity, price)], None)
