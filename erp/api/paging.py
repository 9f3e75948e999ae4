"""Pages of long lists: by number (with a count), or by cursor (keyset: as fast on the last page as on the first)."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from erp.money import parse_decimal
from erp.parsing import DocumentDate, is_clean
from erp.problems import NotFound, ValidationFailed

DEFAULT_SIZE = 20
FULL_ROWS = 1_000
MAX_ROWS = 10_000
MAX_DEPTH = 200_000
MAX_CURSOR_VALUE = 200
_UNLIMITED = {"0", "all", "infinite"}

Row = TypeVar("Row", bound=Any)


@dataclass(frozen=True, slots=True)
class Paging:
    """What the client asked for. `cursor` is None for numbered pages, ``""`` for the first keyset page."""

    page: int
    size: int
    cursor: str | None
    light: bool

    @classmethod
    def read(cls, params: QueryDict, *, default_size: int = DEFAULT_SIZE) -> "Paging":
        """``page``, ``page_size`` (0, all, infinite mean 1,000; at most 10,000), ``cursor``, ``omit``."""
        text = params.get("page_size", "").lower()
        size = FULL_ROWS if text in _UNLIMITED else min(_whole("page_size", text, default_size), MAX_ROWS)
        page = _whole("page", params.get("page", ""), 1)
        cursor = params.get("cursor")
        omit = params.get("omit", "")
        if omit not in {"", "items"}:
            raise ValidationFailed(errors={"omit": ["Must be items."]})
        if cursor is None and page * size > MAX_DEPTH:
            raise ValidationFailed(errors={"page": [f"page × page_size may not pass {MAX_DEPTH}; use ?cursor= instead."]})
        return cls(page, size, cursor, light=size > FULL_ROWS or omit == "items")


def _whole(name: str, text: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= 1):
        raise ValidationFailed(errors={name: ["A positive whole number is required."]})
    return int(text)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page with what leads on from it; `count` only on numbered pages."""

    rows: list[Any]
    next: str | None
    previous: str | None
    count: int | None = None


def numbered_page(rows: QuerySet[Row], paging: Paging, *, url: str) -> Page:
    """The n-th page of an ordered queryset. Raises NotFound past the end."""
    count = rows.count()
    first = (paging.page - 1) * paging.size
    if paging.page > 1 and first >= count:
        raise NotFound("Invalid page.")
    found = list(rows[first : first + paging.size])
    more = first + len(found) < count
    return Page(
        rows=found,
        next=_with(url, page=str(paging.page + 1)) if more else None,
        previous=_with(url, page=str(paging.page - 1)) if paging.page > 1 else None,
        count=count,
    )


def cursor_page(rows: QuerySet[Row], paging: Paging, *, column: str, descending: bool, tie: str, url: str) -> Page:
    """The page after the cursor, ordered by `column` and then `tie` (both in the same direction)."""
    sign = "-" if descending else ""
    rows = rows.order_by(f"{sign}{column}", f"{sign}{tie}")
    if paging.cursor:
        value, tie_value = _read_cursor(paging.cursor, rows, column)
        compare = "lt" if descending else "gt"
        rows = rows.filter(
            Q(**{f"{column}__{compare}": value}) | Q(**{column: value, f"{tie}__{compare}": tie_value})
        ).filter(**{f"{column}__{compare}e": value})
    found = list(rows[: paging.size + 1])
    if len(found) <= paging.size:
        return Page(rows=found, next=None, previous=None)
    found = found[: paging.size]
    return Page(rows=found, next=_with(url, cursor=_write_cursor(found[-1], column, tie)), previous=None)


def _write_cursor(row: Any, column: str, tie: str) -> str:
    values = [_cursor_text(getattr(row, column)), getattr(row, tie)]
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def _cursor_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _read_cursor(text: str, rows: QuerySet[Any], column: str) -> tuple[Any, int]:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        value, tie = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[str, int])
        if not -(2**63) <= tie < 2**63 or len(value) > MAX_CURSOR_VALUE:
            raise ValueError
        read = _CURSOR_VALUES.get(rows.model._meta.get_field(column).get_internal_type(), _clean_text)
        return read(value), tie
    except (ValueError, UnicodeError, binascii.Error, msgspec.MsgspecError):
        raise ValidationFailed(errors={"cursor": ["This cursor was not made by this list."]}) from None


def _clean_text(text: str) -> str:
    if not is_clean(text):
        raise ValueError
    return text


def _zoned_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or not 1900 <= instant.year <= 2199:
        raise ValueError
    return instant


# A cursor comes back from outside: what is in it is judged like any other input.
_CURSOR_VALUES: dict[str, Callable[[str], Any]] = {
    "DateField": DocumentDate.read,
    "DateTimeField": _zoned_instant,
    "DecimalField": parse_decimal,
}


def _with(url: str, **changes: str) -> str:
    """The same absolute URL with parameters replaced."""
    parts = urlsplit(url)
    params = QueryDict(parts.query, mutable=True)
    for name, value in changes.items():
        params[name] = value
    return urlunsplit(parts._replace(query=urlencode(list(_pairs(params)))))


def _pairs(params: QueryDict) -> Sequence[tuple[str, str]]:
    return [(name, str(value)) for name, values in params.lists() for value in values]


def order_of(params: QueryDict, columns: dict[str, str], default: str) -> tuple[str, bool]:
    """``ordering=`` as (column, descending); `columns` maps the names that may be asked for. Raises 400 for others."""
    asked = params.get("ordering", "") or default
    descending, name = asked.startswith("-"), asked.removeprefix("-")
    if name not in columns:
        raise ValidationFailed(errors={"ordering": [f"Must be one of {', '.join(columns)}, with or without -."]})
    return columns[name], descending


def ordered(rows: QuerySet[Row], column: str, *, descending: bool, tie: str) -> QuerySet[Row]:
    """Ordered by the column, ties broken in the same direction."""
    if descending:
        return rows.order_by(F(column).desc(), F(tie).desc())
    return rows.order_by(F(column).asc(), F(tie).asc())
