"""The one gate through which money, rates and quantities pass.

Amounts are ``numeric(18,2)`` in the document's currency, unit rates ``numeric(18,4)``, quantities
``numeric(18,3)`` in the base unit. Everything is `Decimal`; a float is refused by type. There is one rounding mode,
HALF_UP (away from zero at the half), and no other module calls ``quantize``.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

# numeric(18,2) times numeric(18,4) has 36 digits: with the default 28 a product would be rounded before we round it.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

_UNIT = Decimal(1)
_PAISA = Decimal("0.01")
_RATE_STEP = Decimal("0.0001")
_QUANTITY_STEP = Decimal("0.001")

AMOUNT_LIMIT = Decimal(10) ** 16
"""First amount that does not fit ``numeric(18,2)``."""

RATE_LIMIT = Decimal(10) ** 10
"""First unit rate an import may not carry."""

EXCHANGE_RATE_PLACES = 8
EXCHANGE_RATE_LIMIT = Decimal(10) ** 10
"""First exchange rate that does not fit ``numeric(18,8)``."""

QUANTITY_LIMIT = Decimal(10) ** 9
"""First quantity a document line may not carry."""

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?", re.ASCII)


def parse_decimal(text: str) -> Decimal:
    """Read plain digits with an optional sign and point; raise ValueError for exponents, ``_`` or other scripts."""
    if _PLAIN_NUMBER.fullmatch(text) is None:
        raise ValueError("A valid number is required.")
    return Decimal(text)


def places_of(number: Decimal) -> int:
    """Decimal places that matter: ``2.50`` has one, ``100`` and ``1E+2`` have none."""
    exponent = number.normalize(_EXACT).as_tuple().exponent
    assert isinstance(exponent, int), "NaN and Infinity never pass parse_decimal"
    return max(0, -exponent)


def round_amount(value: Decimal) -> Decimal:
    """`half_up` to two places: 0.005 → 0.01, -0.005 → -0.01."""
    return value.quantize(_PAISA, context=_EXACT)


def rupee_round_off(total: Decimal) -> Decimal:
    """`rupee_round_off`: what takes a total to the whole unit: 1121.40 → -0.40, 1121.50 → 0.50."""
    return round_amount(total.quantize(_UNIT, context=_EXACT) - total)


def round_rate(value: Decimal) -> Decimal:
    """`half_up` to four places, for unit rates."""
    return value.quantize(_RATE_STEP, context=_EXACT)


def round_quantity(value: Decimal) -> Decimal:
    """`half_up` to three places, for quantities."""
    return value.quantize(_QUANTITY_STEP, context=_EXACT)


def line_amount(quantity: Decimal, unit_rate: Decimal) -> Decimal:
    """Quantity × unit rate, exact, then rounded once to two places."""
    return round_amount(_EXACT.multiply(quantity, unit_rate))


def add(amounts: Sequence[Decimal]) -> Decimal:
    """Exact sum of amounts; 0.00 for none."""
    with localcontext(_EXACT):
        return sum(amounts, start=Decimal("0.00"))


def plain(number: Decimal) -> Decimal | int:
    """A number for JSON: an int when whole (``20``), else without trailing zeros (``2.5``)."""
    if number == number.to_integral_value():
        return int(number)
    return number.normalize(_EXACT)


def base_amount(amount: Decimal, exchange_rate: Decimal) -> Decimal:
    """`base_amount`: an amount of another currency in base, amount × rate (base per unit), exact, then rounded once."""
    return round_amount(_EXACT.multiply(amount, exchange_rate))


def half_up_share(value: Decimal, numerator: Decimal, denominator: Decimal) -> Decimal:
    """value × numerator ÷ denominator, rounded once to two places; the denominator is not zero."""
    return round_amount(_EXACT.divide(_EXACT.multiply(value, numerator), denominator))


def line_net(quantity: Decimal, unit_rate: Decimal, discount_pct: Decimal) -> Decimal:
    """`line_net`: quantity × rate × (100 − discount) ÷ 100, exact, then rounded once."""
    gross = _EXACT.multiply(_EXACT.multiply(quantity, unit_rate), Decimal(100) - discount_pct)
    return round_amount(_EXACT.divide(gross, Decimal(100)))


def split(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """`split`: share out an amount by weights, losing no paisa (largest remainder, ties to the earlier line).

    A negative total is shared by its absolute value; weights that are all zero count as equal.
    """
    if not weights:
        return []
    shares = [Decimal(weight) for weight in weights]
    if not any(shares):
        shares = [Decimal(1)] * len(shares)
    sign = -1 if total < 0 else 1
    minor = int(abs(total) * 100)
    whole = sum(shares)
    exact = [_EXACT.divide(_EXACT.multiply(Decimal(minor), share), whole) for share in shares]
    floors = [int(part) for part in exact]
    left = minor - sum(floors)
    by_remainder = sorted(range(len(exact)), key=lambda place: (floors[place] - exact[place], place))
    for place in by_remainder[:left]:
        floors[place] += 1
    return [_PAISA * (sign * part) for part in floors]


def share_of_left(*, value_left: Decimal, quantity_left: Decimal, step: Decimal) -> Decimal:
    """`share_of_left`: the last step takes all that is left, any other its rounded share of it."""
    return value_left if step == quantity_left else half_up_share(value_left, step, quantity_left)


def layer_cost(*, taken: Decimal, quantity: Decimal, value: Decimal, quantity_left: Decimal, value_left: Decimal) -> Decimal:
    """`layer_remainder`: what is left afterwards keeps its rounded share of the layer's value; never below zero."""
    remainder = half_up_share(value, quantity_left - taken, quantity)
    return max(Decimal("0.00"), value_left - remainder)
