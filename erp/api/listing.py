"""Lists of the books' surface: bare arrays, newest first, or keyset pages that lead both ways when paging is asked for."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

import msgspec
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from erp.parsing import DocumentDate
from erp.problems import ValidationFailed

DEFAULT_SIZE = 50
MAX_SIZE = 200
UNPAGED_ROWS = 1_000
PARAMETERS = frozenset({"page_size", "cursor", "_"})
"""What every list takes beside its filters; ``_`` is what browsers' caches are fooled with."""

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after the row with these keys, going down the list or up."""

    downwards: bool
    keys: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """What the client asked for. Without `paged` the answer is a bare array of at most 1,000 rows."""

    paged: bool
    size: int
    cursor: str

    @classmethod
    def read(cls, params: QueryDict) -> "Window":
        """Raises ValidationFailed for a size that is none."""
        text = params.get("page_size", "")
        cursor = params.get("cursor")
        if not text and cursor is None:
            return cls(False, UNPAGED_ROWS, "")
        return cls(True, _size(text) if text else DEFAULT_SIZE, cursor or "")


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows with what leads on from them, as absolute URLs."""

    rows: list[Any]
    next: str | None
    previous: str | None


def window_of(rows: QuerySet[Row], window: Window, *, columns: tuple[str, ...], url: str) -> Listed:
    """The rows of the window, in descending order of the columns, of which the last is unique.

    Raises ValidationFailed for a cursor that this list did not make.
    """
    place = _read_cursor(window.cursor, rows, columns) if window.cursor else None
    if place is not None:
        rows = rows.filter(_beyond(place, columns))
    downwards = place is None or place.downwards
    rows = rows.order_by(*(f"{'-' if downwards else ''}{column}" for column in columns))
    found = list(rows[: window.size + 1])
    more = len(found) > window.size
    found = found[: window.size]
    if not downwards:
        found.reverse()
    if not found:
        return Listed([], None, None)
    has_next = more if downwards else True
    has_previous = place is not None if downwards else more
    return Listed(
        rows=found,
        next=_with_cursor(url, found[-1], columns, downwards=True) if has_next else None,
        previous=_with_cursor(url, found[0], columns, downwards=False) if has_previous else None,
    )


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_SIZE):
        raise ValidationFailed(errors={"page_size": [f"A whole number between 1 and {MAX_SIZE} is required."]})
    return int(text)


def _beyond(place: Place, columns: tuple[str, ...]) -> Q:
    """Rows on the far side of the place, by all columns; bounded by the first one for the index's sake."""
    compare = "lt" if place.downwards else "gt"
    condition = Q()
    for position in range(len(columns)):
        same = dict(zip(columns[:position], place.keys, strict=False))
        condition |= Q(**same, **{f"{columns[position]}__{compare}": place.keys[position]})
    return Q(**{f"{columns[0]}__{compare}e": place.keys[0]}) & condition


def _with_cursor(url: str, row: Any, columns: tuple[str, ...], *, downwards: bool) -> str:
    """The same absolute URL, going on at the row."""
    values = ["d" if downwards else "u", *(_text(getattr(row, column)) for column in columns)]
    cursor = base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")
    parts = urlsplit(url)
    params = QueryDict(parts.query, mutable=True)
    params["cursor"] = cursor
    pairs = [(name, str(value)) for name, values in params.lists() for value in values]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _read_cursor(text: str, rows: QuerySet[Any], columns: tuple[str, ...]) -> Place:
    """A cursor comes back from outside: what is in it is judged like any other input."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        direction, *values = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=list[str])
        if direction not in {"d", "u"} or len(values) != len(columns):
            raise ValueError
        kinds = [rows.model._meta.get_field(column).get_internal_type() for column in columns]
        return Place(direction == "d", tuple(_READERS[kind](value) for kind, value in zip(kinds, values, strict=True)))
    except (ValueError, UnicodeError, binascii.Error, msgspec.MsgspecError):
        raise ValidationFailed(errors={"cursor": ["This cursor was not made by this list."]}) from None


def _code(text: str) -> str:
    if len(text) > 100 or not text.isprintable():
        raise ValueError
    return text


def _serial(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError
    return int(text)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "DateField": DocumentDate.read,
    "UUIDField": UUID,
    "CharField": _code,
    "BigAutoField": _serial,
    "BigIntegerField": _serial,
}
