"""Reading a row of a foreign system: its texts and amounts, as ours can hold them, or a refusal that says which. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from connectors.states import Reason
from erp.characters import REFUSED
from erp.money import AMOUNT_LIMIT, round_amount

Row = Mapping[str, Any]

_MOST = Decimal(10) ** 18


class RowRefused(Exception):
    """The row is not brought, for a reason of the closed list; `message` is for whoever has to correct it."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


def amount_of(row: Row, name: str) -> Decimal:
    """An amount, rounded half up to two places. Raises RowRefused."""
    value = round_amount(exact_of(row, name))
    if abs(value) >= AMOUNT_LIMIT:
        raise RowRefused(Reason.BAD_ROW, f"{name} is more than fits.")
    return value


def exact_of(row: Row, name: str) -> Decimal:
    """A number as it was written. Raises RowRefused for anything else."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise RowRefused(Reason.BAD_ROW, f"{name} is {value!r}, and no number.")
    exact = Decimal(value)
    if abs(exact) >= _MOST:
        raise RowRefused(Reason.BAD_ROW, f"{name} is more than fits.")
    return exact


def line_of(row: Row, name: str, longest: int) -> str:
    """A text of one line, its spaces made single. Raises RowRefused for what is too long or invisible."""
    return " ".join(text_of(row, name, longest).split())


def text_of(row: Row, name: str, longest: int) -> str:
    """A text, empty for null. Raises RowRefused for what is too long or invisible."""
    text = row.get(name)
    if text is None:
        return ""
    text = str(text).replace("\r\n", "\n").strip()
    if REFUSED.search(text):
        raise RowRefused(Reason.BAD_TEXT, f"{name} holds characters that nobody sees.")
    if len(text) > longest:
        raise RowRefused(Reason.BAD_TEXT, f"{name} is longer than {longest} characters.")
    return text


def hash_of(parts: Sequence[Any]) -> str:
    """Of what was mapped: equal for what is equal."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
