"""The strict reader of everything that comes from outside.

`read_object` turns bytes into a dict of str, int, Decimal, bool, None, list and dict, or refuses. `read_into` turns that
into a typed struct, or raises `ValidationFailed` naming every bad field. Limits are written once, on the models
(`text_of` reads them there), and shown in the OpenAPI document from the same structs.
"""

import json
import re
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from django.db import models

from erp.characters import ONE_LINE, REFUSED, SUSPICIOUS
from erp.money import parse_decimal, places_of
from erp.problems import FieldErrors, ParseError, TooLarge, ValidationFailed

MAX_DEPTH = 10
_MAX_DIGITS = 40
_MAX_SHOWN = 100

S = TypeVar("S", bound=msgspec.Struct)

# Possessive, and content with an unclosed string: each byte is looked at once or twice, whatever is sent.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_FLAT = rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+"
_UP_TO_BRACKET = re.compile(_FLAT + rb"[\[\]{}]", re.DOTALL)
# The same, passing over lists and objects that hold no others: most brackets there are.
_UP_TO_NESTING = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb"|[\[{]" + _FLAT + rb"[\]}])*+[\[\]{}]", re.DOTALL)
_UP_TO_CONSTANT = re.compile(rb'(?:[^"NI]++|' + _STRING + rb")*+", re.DOTALL)
_TRIMMED = " \t\r\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


# ── Types for struct members ─────────────────────────────────────────────────────────────────────────────────────────


class BoundedDecimal(Decimal):
    """A number as text or JSON number, plain digits only, within the bounds of its subclass; read exactly."""

    above: ClassVar[Decimal | None] = None
    at_least: ClassVar[Decimal | None] = None
    below: ClassVar[Decimal]
    places: ClassVar[int | None] = None

    @classmethod
    def read(cls, value: object) -> "BoundedDecimal":
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValueError("A valid number is required.")
        number = parse_decimal(value) if isinstance(value, str) else Decimal(value)
        if cls.above is not None and number <= cls.above:
            raise ValueError(f"Ensure this value is greater than {cls.above}.")
        if cls.at_least is not None and number < cls.at_least:
            raise ValueError(f"Ensure this value is greater than or equal to {cls.at_least}.")
        if number >= cls.below:
            raise ValueError(f"Ensure this value is less than {cls.below:f}.")
        if cls.places is not None and places_of(number) > cls.places:
            raise ValueError(f"Ensure that there are no more than {cls.places} decimal places.")
        # There is no negative zero in the database, so there is none here.
        return cls(number or number.copy_abs())


class DocumentDate(date):
    """``YYYY-MM-DD`` between 1900-01-01 and 2199-12-31."""

    _SHAPE: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

    @classmethod
    def read(cls, value: object) -> "DocumentDate":
        if not isinstance(value, str) or cls._SHAPE.fullmatch(value) is None:
            raise ValueError("Date has wrong format. Use YYYY-MM-DD.")
        try:
            day = cls.fromisoformat(value)
        except ValueError:
            raise ValueError("There is no such date.") from None
        if not 1900 <= day.year <= 2199:
            raise ValueError("Date must lie between 1900-01-01 and 2199-12-31.")
        return day

    def plain(self) -> date:
        """The same day as a plain date, which is what documents keep."""
        return date(self.year, self.month, self.day)


def text_of(model: type[models.Model], field: str, *, pattern: str = ONE_LINE, required: bool = False) -> msgspec.Meta:
    """Limits of a text member: the length from the model's column, the characters by the pattern."""
    length: int | None = getattr(model._meta.get_field(field), "max_length", None)
    assert length is not None, f"{model.__name__}.{field} has no max_length"
    return msgspec.Meta(min_length=1 if required else None, max_length=length, pattern=pattern)


def trimmed(text: str) -> str:
    """Without blanks at both ends, as every text that comes in."""
    return text.strip(_TRIMMED)


# ── Bytes → plain objects ────────────────────────────────────────────────────────────────────────────────────────────


class _NotANumber(Exception):
    """NaN or Infinity, which Python's JSON would let through."""


class _BadNumber(NamedTuple):
    """A number that JSON allows and we do not (an exponent, too many digits): refused where its field is known."""

    text: str


def read_object(body: bytes, *, max_bytes: int) -> dict[str, Any]:
    """Read one JSON object, strings trimmed at both ends, floats as exact Decimals.

    Raises TooLarge, or ParseError for: bad UTF-8, a byte order mark, anything that is not one object, duplicate keys, NaN
    and Infinity, nesting deeper than 10, invisible characters in keys.
    """
    if len(body) > max_bytes:
        raise TooLarge(f"The body is larger than {max_bytes} bytes.")
    _refuse_depth(body)
    try:
        text = body.decode("utf-8")
        parsed = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as problem:
        raise ParseError(f"The body is not valid UTF-8 (byte {problem.start}).") from None
    except json.JSONDecodeError as problem:
        raise ParseError(
            f"The body is not valid JSON: {problem.msg} (line {problem.lineno}, column {problem.colno})."
        ) from None
    except _NotANumber as problem:
        start = _UP_TO_CONSTANT.match(body)
        where = _place(body, start.end() if start else 0)
        raise ParseError(f"The body is not valid JSON: {problem} is not a number ({where}).") from None
    except RecursionError:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    if not isinstance(parsed, dict):
        raise ParseError("The body must be a JSON object (line 1, column 1).")
    if SUSPICIOUS.search(text):
        _refuse_odd_keys(parsed)
    return parsed


def _refuse_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    depth, end = 0, 0
    while found := (_UP_TO_NESTING if depth < MAX_DEPTH else _UP_TO_BRACKET).match(body, end):
        end = found.end()
        depth += 1 if body[end - 1] in b"[{" else -1
        if depth > MAX_DEPTH:
            raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels ({_place(body, end - 1)}).")


def _place(body: bytes, offset: int) -> str:
    """Where in the body the byte stands, as people count: lines and characters from 1."""
    line = body.count(b"\n", 0, offset) + 1
    line_start = body.rfind(b"\n", 0, offset) + 1
    return f"line {line}, column {len(body[line_start:offset].decode(errors='replace')) + 1}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = {key: value.strip(_TRIMMED) if type(value) is str else value for key, value in pairs}
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ParseError(f"The key {_short(twice)} occurs twice in one object.")
    return result


def _number(text: str) -> Decimal | _BadNumber:
    try:
        return parse_decimal(text)
    except ValueError:
        return _BadNumber(text[:_MAX_DIGITS])


def _integer(text: str) -> int | _BadNumber:
    return int(text) if len(text) <= _MAX_DIGITS else _BadNumber(text[:_MAX_DIGITS])


def _constant(name: str) -> None:
    raise _NotANumber(name)


def _short(key: str) -> str:
    """A sender's key in a message: visible, and no longer than a message should be."""
    return ascii(key if len(key) <= _MAX_SHOWN else key[:_MAX_SHOWN] + "…")


def _refuse_odd_keys(value: Any) -> None:
    if isinstance(value, dict):
        for key, member in value.items():
            if REFUSED.search(key):
                raise ParseError(f"The key {_short(key)} holds a character that is not allowed.")
            _refuse_odd_keys(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_odd_keys(member)


# ── Plain objects → structs ──────────────────────────────────────────────────────────────────────────────────────────


def _decode_hook(kind: type, value: Any) -> Any:
    if issubclass(kind, BoundedDecimal | DocumentDate):
        return kind.read(value)
    raise NotImplementedError(kind)


def read_into(kind: type[S], value: dict[str, Any]) -> S:
    """Convert a parsed object into a struct; raise ValidationFailed with every bad field at once."""
    try:
        return msgspec.convert(value, kind, dec_hook=_decode_hook)
    except (msgspec.ValidationError, UnicodeError):
        errors = _errors_of(value, kind)
        if not isinstance(errors, dict):
            raise AssertionError("a struct that cannot be read has a field that says why") from None
        raise ValidationFailed(errors=errors) from None


@cache
def _members(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """JSON name → (type, required) of a struct's members."""
    return {member.encode_name: (member.type, member.required) for member in msgspec.structs.fields(kind)}


def unknown_members(value: dict[str, Any], kind: type[msgspec.Struct]) -> list[str]:
    """Dotted paths (``items[0].colour``) of keys the struct does not have, in order of appearance."""
    members = _members(kind)
    found = [key for key in value if key not in members]
    for key, (member_type, _) in members.items():
        nested, is_list = _nested(member_type)
        if nested is None or not (inner := value.get(key)):
            continue
        if is_list:
            for position, element in enumerate(inner):
                if not element.keys() <= _members(nested).keys():
                    found += [f"{key}[{position}].{path}" for path in unknown_members(element, nested)]
        elif not inner.keys() <= _members(nested).keys():
            found += [f"{key}.{path}" for path in unknown_members(inner, nested)]
    return found


@cache
def _nested(kind: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    """The struct inside a member's type, and whether it comes as a list."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is list:
        return _nested(get_args(kind)[0])[0], True
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind, False
    for option in get_args(kind):
        if isinstance(option, type) and issubclass(option, msgspec.Struct):
            return option, False
    return None, False


def _errors_of(value: Any, kind: Any) -> FieldErrors | list[Any] | None:
    nested, is_list = _nested(kind)
    if nested is None:
        return _leaf_errors(value, kind)
    if is_list:
        return _list_errors(value, kind, nested)
    if not isinstance(value, dict):
        return _leaf_errors(value, kind)
    errors: FieldErrors = {}
    for name, (member_type, required) in _members(nested).items():
        if name in value:
            problem = _errors_of(value[name], member_type)
            if problem:
                errors[name] = problem
        elif required:
            errors[name] = ["This field is required."]
    return errors or None


def _list_errors(value: Any, kind: Any, nested: type[msgspec.Struct]) -> list[Any] | None:
    # The list before its lines: one that is too long gets one text, not one for each of its millions.
    if problem := _leaf_errors(value, _any_list(kind)):
        return problem
    lines = [_errors_of(element, nested) or {} for element in value]
    return lines if any(lines) else None


@cache
def _any_list(kind: Any) -> Any:
    """The list type with its limits, whatever it holds."""
    limits = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return Annotated[(list[Any], *limits)] if limits else list[Any]


def _leaf_errors(value: Any, kind: Any) -> list[str] | None:
    try:
        msgspec.convert(value, kind, dec_hook=_decode_hook)
    except UnicodeError:
        return [_ODD_CHARACTERS]
    except msgspec.ValidationError as problem:
        return [_translate(str(problem), value)]
    return None


_ODD_CHARACTERS = "Control and invisible characters are not allowed."
_TEXTS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"Expected `array` of length >= 1"), "At least one item is required."),
    (re.compile(r"Expected `array` of length <= (\d+)"), "Ensure this list has no more than {0} items."),
    (re.compile(r"Expected `str` of length >= 1\b"), "This field may not be blank."),
    (re.compile(r"Expected `str` of length >= (\d+)"), "Ensure this field has at least {0} characters."),
    (re.compile(r"Expected `str` of length <= (\d+)"), "Ensure this field has no more than {0} characters."),
    (re.compile(r"Expected `str` matching regex .*@"), "Enter a valid email address."),
    (re.compile(r"Expected `str` matching regex"), _ODD_CHARACTERS),
    (re.compile(r"Invalid enum value"), '"{value}" is not a valid choice.'),
    (re.compile(r"Invalid RFC3339 encoded datetime|Expected `datetime`"), "An instant is required: 2026-01-31T10:00:00Z."),
    (re.compile(r"Invalid RFC3339|Expected `date|year .* is out of range"), "Date has wrong format. Use YYYY-MM-DD."),
    (re.compile(r"Invalid UUID|Expected `uuid"), "Must be a valid UUID."),
    (re.compile(r"Expected `str"), "Not a valid string."),
    (re.compile(r"Expected `bool"), "Must be true or false."),
    (re.compile(r"Expected `int` (?:<=|<) (-?\d+)"), "Ensure this value is at most {0}."),
    (re.compile(r"Expected `int` (?:>=|>) (-?\d+)"), "Ensure this value is at least {0}."),
    (re.compile(r"Expected `int"), "A valid integer is required."),
    (re.compile(r"Expected `object"), "Expected an object."),
    (re.compile(r"Expected `array"), "Expected a list of items."),
]


def _translate(message: str, value: Any) -> str:
    """msgspec's message in the contract's words; our own types already speak them."""
    if value is None:
        return "This field may not be null."
    for shape, text in _TEXTS:
        if match := shape.search(message):
            shown = value if isinstance(value, str) and len(value) <= 50 else "…"
            return text.format(*match.groups(), value=ascii(shown)[1:-1] if not shown.isprintable() else shown)
    return message
