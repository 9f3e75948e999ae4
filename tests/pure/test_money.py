"""The gate through which money passes: what holds for every number, whatever its size."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from erp.money import add, line_amount, parse_decimal, places_of, plain, round_amount, round_rate

amounts = st.decimals(min_value=-(10**16) + 1, max_value=10**16 - 1, places=2)
long_numbers = st.decimals(min_value=-(10**15), max_value=10**15, places=30)
quantities = st.decimals(min_value=Decimal("0.001"), max_value=10**9 - 1, places=3)
rates = st.decimals(min_value=0, max_value=10**10 - 1, places=4)


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.0049999999999999999999999999999999999999", "0.00"),
        ("2.675", "2.68"),
        ("1.005", "1.01"),
        ("9999999999999999.994", "9999999999999999.99"),
    ],
)
def test_half_a_paisa_is_rounded_away_from_zero(sent: str, amount: str) -> None:
    assert str(round_amount(Decimal(sent))) == amount


@given(long_numbers)
def test_rounding_moves_an_amount_by_half_a_paisa_at_most(number: Decimal) -> None:
    rounded = round_amount(number)
    assert places_of(rounded) <= 2
    assert abs(Fraction(rounded) - Fraction(number)) <= Fraction(1, 200)
    assert round_amount(rounded) == rounded


@given(long_numbers)
def test_a_rate_keeps_four_places(number: Decimal) -> None:
    assert abs(Fraction(round_rate(number)) - Fraction(number)) <= Fraction(1, 20_000)
    assert round_rate(number).as_tuple().exponent == -4


@given(quantities, rates)
@example(Decimal("999999999.999"), Decimal("9999999999.9999"))
def test_a_line_is_the_exact_product_rounded_once(quantity: Decimal, rate: Decimal) -> None:
    exact = Fraction(quantity) * Fraction(rate)
    amount = line_amount(quantity, rate)
    assert Fraction(amount) == Fraction(int(exact * 100 + Fraction(1, 2)), 100), "half up, from the exact product"


@given(st.lists(amounts, max_size=50))
def test_a_sum_is_exact_in_any_order(numbers: list[Decimal]) -> None:
    total = add(numbers)
    assert Fraction(total) == sum(map(Fraction, numbers))
    assert add(numbers[::-1]) == total


def test_the_sum_of_nothing_has_two_places() -> None:
    assert str(add([])) == "0.00"


@given(st.text())
@example("1e3")
@example("1_000")
@example("١٢")
@example("NaN")
@example("Infinity")
@example("+")
@example("1.")
@example(".5")
@example("0" * 41)
@example("1\n")
def test_only_plain_digits_are_a_number(text: str) -> None:
    body = text[1:] if text[:1] in {"+", "-"} else text
    whole, point, rest = body.partition(".")
    plain_digits = (
        all(part and part.isascii() and part.isdigit() and len(part) <= 40 for part in (whole, rest))
        if point
        else bool(whole) and whole.isascii() and whole.isdigit() and len(whole) <= 40
    )
    if plain_digits:
        assert Fraction(parse_decimal(text)) == Fraction(text)
    else:
        with pytest.raises(ValueError, match="valid number"):
            parse_decimal(text)


@given(st.from_regex(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", fullmatch=True))
def test_a_number_is_read_without_losing_a_digit(text: str) -> None:
    assert Fraction(parse_decimal(text)) == Fraction(text)


@pytest.mark.parametrize(
    ("number", "places"), [("2.50", 1), ("100", 0), ("1E+2", 0), ("0.001", 3), ("0.000", 0), ("12.30400", 3)]
)
def test_only_places_that_matter_are_counted(number: str, places: int) -> None:
    assert places_of(Decimal(number)) == places


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_plain_number_is_equal_and_has_no_idle_zeros(number: Decimal) -> None:
    shown = plain(number)
    assert shown == number
    assert "E" not in str(shown)
    assert isinstance(shown, int) == (number == number.to_integral_value())
    if isinstance(shown, Decimal):
        assert not str(shown).endswith("0")
