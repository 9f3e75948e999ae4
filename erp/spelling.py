"""Amounts, quantities, rates and percentages as texts of the contract. Pure."""

from decimal import Decimal

from erp.money import places_of


def amount_text(amount: Decimal) -> str:
    """Two places: ``1050.00``."""
    return f"{amount:.2f}"


def quantity_text(quantity: Decimal) -> str:
    """Three places: ``10.000``."""
    return f"{quantity:.3f}"


def rate_text(rate: Decimal) -> str:
    """Two to four places: ``100.00``, ``33.3333``."""
    return _at_least_two(rate)


def shortest_text(number: Decimal) -> str:
    """As many places as matter, of an exchange rate or a pack's factor: ``83.4567``, ``1``, ``0.25``."""
    return f"{number:.{places_of(number)}f}"


def percent_text(percent: Decimal) -> str:
    """Two places, three where a tax component has them: ``9.00``, ``0.125``."""
    return _at_least_two(percent)


def _at_least_two(number: Decimal) -> str:
    return f"{number:.{max(2, places_of(number))}f}"
