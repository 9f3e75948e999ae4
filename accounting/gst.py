"""Indian goods and services tax: states, registrations, and the tax of a line. Pure.

Source: CGST/IGST Acts as the books chapter settles them; rates come from the item, not from here.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from erp.money import half_up_share

STATES: dict[str, tuple[str, ...]] = {
    "01": ("JK",), "02": ("HP",), "03": ("PB",), "04": ("CH",), "05": ("UT", "UK"), "06": ("HR",), "07": ("DL",),
    "08": ("RJ",), "09": ("UP",), "10": ("BR",), "11": ("SK",), "12": ("AR",), "13": ("NL",), "14": ("MN",),
    "15": ("MZ",), "16": ("TR",), "17": ("ML",), "18": ("AS",), "19": ("WB",), "20": ("JH",), "21": ("OD", "OR"),
    "22": ("CG", "CT"), "23": ("MP",), "24": ("GJ",), "26": ("DH", "DN", "DD"), "27": ("MH",), "29": ("KA",),
    "30": ("GA",), "31": ("LD",), "32": ("KL",), "33": ("TN",), "34": ("PY",), "35": ("AN",), "36": ("TG", "TS"),
    "37": ("AP",), "38": ("LA",), "97": (),
}  # fmt: skip
"""GST state code → the letters it is also known by. 96 is abroad."""

ABROAD = "96"
_MERGED = {"25": "26", "28": "37"}
UNION_TERRITORIES = frozenset({"04", "26", "31", "35", "38", "97"})
"""Territories without a legislature: UTGST instead of SGST."""

_LETTERS = {letters: code for code, names in STATES.items() for letters in names}
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GSTIN = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]", re.ASCII)


class GstTreatment(StrEnum):
    """How a party stands to GST."""

    REGISTERED = "REGISTERED"
    UNREGISTERED = "UNREGISTERED"
    COMPOSITION = "COMPOSITION"
    SEZ = "SEZ"
    OVERSEAS = "OVERSEAS"


class Component(StrEnum):
    CGST = "CGST"
    SGST = "SGST"
    UTGST = "UTGST"
    IGST = "IGST"


@dataclass(frozen=True, slots=True)
class Tax:
    """One component of a line's tax: rate in percent, amount with two places."""

    component: Component
    rate: Decimal
    amount: Decimal


def state_code(text: str) -> str | None:
    """The two-digit code for a code or for letters (``27``, ``MH``); None for what is no state."""
    text = _MERGED.get(text, text)
    if text in STATES or text == ABROAD:
        return text
    return _LETTERS.get(text.upper())


def gstin_check_character(first_14: str) -> str:
    """The last character of a GSTIN: base 36, factors 1 and 2 in turn, quotient and remainder added."""
    total = 0
    for place, character in enumerate(first_14):
        product = _DIGITS.index(character) * (1 if place % 2 == 0 else 2)
        total += product // 36 + product % 36
    return _DIGITS[(36 - total % 36) % 36]


def is_gstin(text: str) -> bool:
    """State, PAN, entity, Z and the check character are right."""
    return (
        _GSTIN.fullmatch(text) is not None
        and state_code(text[:2]) is not None
        and gstin_check_character(text[:14]) == text[14]
    )


def components(
    rate: Decimal, *, supplier_state: str, place_of_supply: str, sez: bool = False
) -> list[tuple[Component, Decimal]]:
    """Components and their rates: CGST and SGST (or UTGST) each half within a state, IGST whole between states."""
    if rate == 0:
        return []
    if sez or place_of_supply == ABROAD or supplier_state != place_of_supply:
        return [(Component.IGST, rate)]
    half = rate / 2
    other = Component.UTGST if supplier_state in UNION_TERRITORIES else Component.SGST
    return [(Component.CGST, half), (other, half)]


def tax_of_line(net: Decimal, rate: Decimal, *, supplier_state: str, place_of_supply: str, sez: bool = False) -> list[Tax]:
    """`tax_per_line`: each component rounded on its own, so CGST and SGST are always equal."""
    return [
        Tax(component, part, half_up_share(net, part, Decimal(100)))
        for component, part in components(rate, supplier_state=supplier_state, place_of_supply=place_of_supply, sez=sez)
    ]


def place_of_goods(*, treatment: str, state: str, gstin: str, supplier_state: str) -> str:
    """Where goods are supplied: abroad for OVERSEAS; the buyer's state, else his GSTIN's; the supplier's else."""
    if treatment == GstTreatment.OVERSEAS:
        return ABROAD
    return state or gstin[:2] or supplier_state


def tax_inside(
    gross: Decimal, rate: Decimal, *, supplier_state: str, place_of_supply: str, sez: bool = False
) -> tuple[Decimal, list[Tax]]:
    """`tax_inclusive_line`: (net, taxes) of a price that includes the tax."""
    taxes = [
        Tax(component, part, half_up_share(gross, part, Decimal(100) + rate))
        for component, part in components(rate, supplier_state=supplier_state, place_of_supply=place_of_supply, sez=sez)
    ]
    return gross - sum((tax.amount for tax in taxes), Decimal(0)), taxes
