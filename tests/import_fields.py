"""The fields of an import with their limits (the table of the sales contract, chapter 2.1) as data: what each takes, and
what it refuses with which text."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db import models

from invoices.models import Invoice, InvoiceItem
from sales.models import Customer, Salesman
from tests.builders import invoice_body, item_body

Kind = Literal["text", "lines", "code", "email", "choice", "number", "date", "object", "list"]
TEXTS = {"text", "lines", "code", "email"}


@dataclass(frozen=True)
class Row:
    """One row of the table. `column` is where the value is kept, `decimals` its precision and scale."""

    field: str
    kind: Kind
    required: bool = False
    length: int = 0
    column: tuple[type[models.Model], str] | None = None
    above: str | None = None
    at_least: str | None = None
    below: str = ""
    places: int | None = None
    decimals: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        return self.field.rpartition(".")[2]

    @property
    def parent(self) -> str:
        return self.field.rpartition(".")[0]


def _text(field: str, model: type[models.Model], length: int, kind: Kind = "text", *, required: bool = False) -> Row:
    column = "name" if field == "salesman" else field.rpartition(".")[2]
    return Row(field, kind, required=required, length=length, column=(model, column))


TABLE = [
    _text("invoice_no", Invoice, 100, "code", required=True),
    Row("invoice_date", "date", required=True, column=(Invoice, "invoice_date")),
    _text("salesman", Salesman, 150, required=True),
    _text("created_by", Invoice, 150),
    Row("priority", "choice", column=(Invoice, "priority")),
    Row("Total", "number", at_least="0", below="1E+16", places=2, column=(Invoice, "given_total"), decimals=(18, 2)),
    _text("temp_name", Invoice, 255),
    _text("remarks", Invoice, 5000, "lines"),
    Row("customer", "object", required=True),
    _text("customer.code", Customer, 50, "code", required=True),
    _text("customer.name", Customer, 255, required=True),
    _text("customer.area", Customer, 150),
    _text("customer.address1", Customer, 500, "lines"),
    _text("customer.address2", Customer, 500, "lines"),
    _text("customer.address3", Customer, 500, "lines"),
    _text("customer.pincode", Customer, 10),
    _text("customer.phone1", Customer, 30),
    _text("customer.phone2", Customer, 30),
    _text("customer.email", Customer, 254, "email"),
    Row("items", "list", required=True, length=2000),
    _text("items.name", InvoiceItem, 255, required=True),
    _text("items.item_code", InvoiceItem, 100, "code", required=True),
    _text("items.barcode", InvoiceItem, 100, "code"),
    Row(
        "items.quantity",
        "number",
        required=True,
        above="0",
        below="1E+9",
        places=3,
        column=(InvoiceItem, "quantity"),
        decimals=(18, 3),
    ),
    Row(
        "items.mrp",
        "number",
        required=True,
        at_least="0",
        below="1E+10",
        column=(InvoiceItem, "mrp"),
        decimals=(18, 4),
    ),
    _text("items.company_name", InvoiceItem, 255),
    _text("items.packing", InvoiceItem, 100),
    _text("items.shelf_location", InvoiceItem, 100),
    _text("items.batch_no", InvoiceItem, 100, "code"),
    Row("items.expiry_date", "date", column=(InvoiceItem, "expiry_date")),
    _text("items.remarks", InvoiceItem, 2000, "lines"),
]

MISSING = object()


def body_with(row: Row, value: Any) -> dict[str, Any]:
    """A valid body of two lines, but for this field."""
    body = copy.deepcopy(invoice_body(items=[item_body(quantity=1, mrp=1), item_body(item_code="B")]))
    inside = {"": body, "customer": body["customer"], "items": body["items"][0]}[row.parent]
    if value is MISSING:
        inside.pop(row.name, None)
    else:
        inside[row.name] = value
    return body


def errors_at(row: Row, texts: Any) -> dict[str, Any]:
    """Where the contract wants these texts: `items` aligned with the lines, of which the second is good."""
    inside = {row.name: texts}
    return {"": inside, "customer": {"customer": inside}, "items": {"items": [inside, {}]}}[row.parent]


# ── What a field takes ───────────────────────────────────────────────────────────────────────────────────────────────

Pairs = Iterator[tuple[Any, Any]]
DEFAULTS = {"priority": "MEDIUM", "Total": None, "expiry_date": None}


def good_values(row: Row) -> Pairs:
    """(sent, kept): the limits, and odd values that are right."""
    yield from _GOOD[row.kind](row)
    if not row.required:
        yield from ((value, DEFAULTS.get(row.name, "")) for value in (None, MISSING))
    if not row.required and row.kind in TEXTS:
        yield from ((value, "") for value in ("", "  ", "\u00a0\u3000"))


def _good_text(row: Row) -> Pairs:
    for letter in ("x", "ബ", "\U0001f600"):
        yield letter * row.length, letter * row.length
    yield f"  {'y' * row.length}\t\n ", "y" * row.length
    yield from ((text, text) for text in ("=1+1", "'; --", "<b>%s{0}\\n"[: row.length]))


def _good_lines(row: Row) -> Pairs:
    yield from _good_text(row)
    yield "a\tb\nc\r\nd", "a\tb\nc\r\nd"


def _good_email(row: Row) -> Pairs:
    longest = f"{'a' * (row.length - 12)}@example.com"
    yield from ((text, text) for text in (longest, "a.b+c@x-y.co.in", "é@example.com"))


def _good_choice(row: Row) -> Pairs:
    yield from ((text, text) for text in ("LOW", "MEDIUM", "HIGH"))


def _good_date(row: Row) -> Pairs:
    first, last = ("1900-01-01", "2199-12-31") if row.name == "invoice_date" else ("0001-01-01", "9999-12-31")
    yield from ((text, date.fromisoformat(text)) for text in (first, last, "2024-02-29"))


def _good_number(row: Row) -> Pairs:
    step, lowest = _step(row), _lowest(row)
    for text in (f"{lowest:f}", f"{Decimal(row.below) - step:f}", f"{lowest + step:f}" + "0" * 20):
        yield text, Decimal(text)
    for sent, kept in (("5", "5"), ("+5", "5"), (" 5.50 ", "5.5"), (5, "5"), ("005", "5")):
        yield sent, Decimal(kept)


def _step(row: Row) -> Decimal:
    return Decimal(1).scaleb(-(row.places or 4))


def _lowest(row: Row) -> Decimal:
    return Decimal(row.at_least) if row.at_least else _step(row)


_GOOD: dict[Kind, Callable[[Row], Pairs]] = {
    "text": _good_text,
    "code": _good_text,
    "lines": _good_lines,
    "email": _good_email,
    "choice": _good_choice,
    "date": _good_date,
    "number": _good_number,
}

# ── What a field refuses ─────────────────────────────────────────────────────────────────────────────────────────────

REQUIRED = ["This field is required."]
NULL = ["This field may not be null."]
BLANK = ["This field may not be blank."]
NO_TEXT = ["Not a valid string."]
NO_NUMBER = ["A valid number is required."]
NO_DATE = ["Date has wrong format. Use YYYY-MM-DD."]
NO_EMAIL = ["Enter a valid email address."]
NO_OBJECT = ["Expected an object."]
NO_LIST = ["Expected a list of items."]
ODD = ["Control and invisible characters are not allowed."]


def bad_values(row: Row) -> Pairs:
    """(sent, texts of the refusal): one step beyond each limit, and every wrong kind of value."""
    if row.required:
        yield MISSING, REQUIRED
        yield None, NULL
    if row.required and row.kind in TEXTS:
        yield from _each(BLANK, "", "   ", "\t\n", "\u3000")
    yield from _BAD[row.kind](row)


def _each(texts: list[str], *values: Any) -> Pairs:
    yield from ((value, texts) for value in values)


def _bad_text(row: Row) -> Pairs:
    yield "x" * (row.length + 1), [f"Ensure this field has no more than {row.length} characters."]
    yield from _each(NO_TEXT, 5, 5.5, True, [], {}, ["x"], {"x": 1})
    yield from _each(ODD, "a\u0000b", "a\u202eb", "a\u200bb", "a\ud800b", "a\ufeffb")
    if row.kind != "lines":
        yield from _each(ODD, "a\tb", "a\nb", "a\rb")
    if row.kind == "code":
        yield from _each(ODD, "क्\u200dष", "क्\u200cष", "क्\ufe0fष")


def _bad_email(row: Row) -> Pairs:
    yield f"{'a' * (row.length - 11)}@example.com", [f"Ensure this field has no more than {row.length} characters."]
    yield from _each(NO_TEXT, 5, True, [], {})
    yield from _each(NO_EMAIL, "a", "a@", "@b.c", "a@b", "a b@c.d", "a@b..c", "a@b.c\nd@e.f", "a@@b.c")
    yield from _each(NO_EMAIL, "a\u0000@b.c", "\ud800@b.c", "a\u3164@b.c")


def _bad_choice(row: Row) -> Pairs:
    yield from ((text, [f'"{text}" is not a valid choice.']) for text in ("", "low", "URGENT"))
    yield "\ud800", ODD
    yield from _each(NO_TEXT, 1, True, [], {}, ["LOW"])


def _bad_date(row: Row) -> Pairs:
    yield from _each(NO_DATE, "", "2026-1-5", "20260105", "2026-W01-1", "2026-001", "05-01-2026", "2026/01/05")
    yield from _each(NO_DATE, "2026-01-05 x", "2026-01-05T00:00:00Z", "٢٠٢٦-٠١-٠٥", "2026-01-05\u0000")
    yield from _each(NO_DATE, 5, True, [], {})
    no_day = ["There is no such date."] if row.name == "invoice_date" else NO_DATE
    yield from _each(no_day, "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-32", "0000-01-01")
    if row.name == "invoice_date":
        beyond = ["Date must lie between 1900-01-01 and 2199-12-31."]
        yield from _each(beyond, "1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31")


def _bad_number(row: Row) -> Pairs:
    too_small = f"greater than or equal to {row.at_least}." if row.at_least else f"greater than {row.above}."
    for number in (_lowest(row) - _step(row), Decimal(-1)):
        yield f"{number:f}", [f"Ensure this value is {too_small}"]
    for number in (Decimal(row.below), Decimal(row.below) * 10):
        yield f"{number:f}", [f"Ensure this value is less than {Decimal(row.below):f}."]
    if row.places:
        finer = _lowest(row) + _step(row) / 10
        yield f"{finer:f}", [f"Ensure that there are no more than {row.places} decimal places."]
    yield from _each(NO_NUMBER, "", "x", "1e3", "1E3", "1_000", "1,000", "١٢", "NaN", "Infinity", "0x10", "1.", ".5", "--1")
    yield from _each(NO_NUMBER, "9" * 41, True, [], {}, [1], 1e300)


def _bad_object(row: Row) -> Pairs:
    yield from _each(NO_OBJECT, "x", 5, True, [], [{}])
    yield {}, {"code": REQUIRED, "name": REQUIRED}


def _bad_list(row: Row) -> Pairs:
    yield from _each(NO_LIST, "x", 5, True, {}, {"0": item_body()})
    yield [], ["At least one item is required."]
    yield [item_body()] * (row.length + 1), [f"Ensure this list has no more than {row.length} items."]
    yield [item_body(), 5, None, []], [{}, NO_OBJECT, NULL, NO_OBJECT]


_BAD: dict[Kind, Callable[[Row], Pairs]] = {
    "text": _bad_text,
    "code": _bad_text,
    "lines": _bad_text,
    "email": _bad_email,
    "choice": _bad_choice,
    "date": _bad_date,
    "number": _bad_number,
    "object": _bad_object,
    "list": _bad_list,
}
