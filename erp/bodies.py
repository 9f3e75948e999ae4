"""What bodies of the books' surface have in common: numbers with their limits, and no key that nobody knows.

A misspelt ``aply_gst`` must not bill a wrong tax, so unknown keys are refused, all of them at once with the other faults.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct

from erp.money import AMOUNT_LIMIT, EXCHANGE_RATE_LIMIT, EXCHANGE_RATE_PLACES, QUANTITY_LIMIT, RATE_LIMIT
from erp.parsing import BoundedDecimal, DocumentDate, read_into
from erp.problems import FieldErrors, Problem, ValidationFailed

MAX_LINES = 2000
_UNKNOWN = "This field is not known."

S = TypeVar("S", bound=Struct)
Body = TypeVar("Body", bound=Struct)
Line = TypeVar("Line")


class UnknownField(Problem):
    """The body has members that nobody reads: `errors` names each. Correct the spelling."""

    status, code = 400, "unknown-field"
    message = "The body has fields that are not known."


class Amount(BoundedDecimal):
    at_least, below, places = Decimal(0), AMOUNT_LIMIT, 2


class PositiveAmount(BoundedDecimal):
    above, below, places = Decimal(0), AMOUNT_LIMIT, 2


class SignedAmount(BoundedDecimal):
    above, below, places = -AMOUNT_LIMIT, AMOUNT_LIMIT, 2


class Quantity(BoundedDecimal):
    above, below, places = Decimal(0), QUANTITY_LIMIT, 3


class Level(BoundedDecimal):
    """A quantity that may be zero."""

    at_least, below, places = Decimal(0), QUANTITY_LIMIT, 3


class UnitRate(BoundedDecimal):
    at_least, below, places = Decimal(0), RATE_LIMIT, 4


class ExchangeRateNumber(BoundedDecimal):
    """Base per unit."""

    above, below, places = Decimal(0), EXCHANGE_RATE_LIMIT, EXCHANGE_RATE_PLACES


class DiscountPct(BoundedDecimal):
    at_least, below, places = Decimal(0), Decimal("100.01"), 2


class GstPct(BoundedDecimal):
    at_least, below, places = Decimal(0), Decimal(100), 2


class EmptyBody(Struct, kw_only=True, frozen=True):
    """Of an act that needs no words."""


class RowsBody(Struct, kw_only=True, frozen=True):
    """Base of a body that is a bare array: its only member is what refusals call the array."""

    @classmethod
    def member(cls) -> str:
        (name,) = cls.__struct_fields__
        return name


def read_strictly(kind: type[S], value: dict[str, Any]) -> S:
    """Convert a parsed object into a struct. Raises ValidationFailed or UnknownField with every fault at once."""
    unknown = _unknown_errors(value, kind)
    try:
        body = read_into(kind, value)
    except ValidationFailed as problem:
        raise ValidationFailed(errors=_merged(problem.errors or {}, unknown)) from None
    if unknown:
        raise UnknownField(errors=unknown)
    return body


def given(body: Struct) -> dict[str, Any]:
    """The members that say something, as plain values: what was left out or null takes its default."""
    return {name: value for name, value in sent(body).items() if value is not None}


def sent(body: Struct) -> dict[str, Any]:
    """The members that were sent, null among them, as plain values: what a PATCH wants."""
    members = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: _plain(value) for name, value in members.items() if value is not UNSET}


def read_lines(bodies: Iterable[Body], read: Callable[[Body], Line], *, member: str) -> list[Line]:
    """What each line says. Raises ValidationFailed for all that say something wrong at once, in the places they have."""
    lines: list[Line] = []
    faults: list[FieldErrors] = []
    for body in bodies:
        try:
            lines.append(read(body))
            faults.append({})
        except ValidationFailed as problem:
            faults.append(problem.errors or {})
    if any(faults):
        raise ValidationFailed(errors={member: faults})
    return lines


def _plain(value: Any) -> Any:
    """Our readers' types are for reading only; what is kept is a Decimal and a date."""
    if isinstance(value, BoundedDecimal):
        return Decimal(value)
    if isinstance(value, DocumentDate):
        return value.plain()
    return value


def _unknown_errors(value: Any, kind: type[Struct]) -> FieldErrors:
    """Unknown keys in the shape of field errors; values of a wrong shape are somebody else's fault."""
    members = {member.encode_name: member.type for member in msgspec.structs.fields(kind)}
    errors: FieldErrors = {key: [_UNKNOWN] for key in value if key not in members}
    for name, member_type in members.items():
        nested = _struct_of_lines(member_type)
        lines = value.get(name)
        if nested is None or not isinstance(lines, list):
            continue
        found = [_unknown_errors(line, nested) if isinstance(line, dict) else {} for line in lines]
        if any(found):
            errors[name] = found
    return errors


def _struct_of_lines(kind: Any) -> type[Struct] | None:
    """The struct in a list of structs, with limits or without."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is not list:
        return None
    (member,) = get_args(kind)
    return member if isinstance(member, type) and issubclass(member, Struct) else None


def _merged(errors: FieldErrors, more: FieldErrors) -> FieldErrors:
    """Both; lists of lines are merged line by line."""
    merged = dict(errors)
    for name, found in more.items():
        known = merged.get(name)
        if known and _is_lines(known) and _is_lines(found):
            merged[name] = [one | other for one, other in zip(known, found, strict=True)]
        elif not known:
            merged[name] = found
    return merged


def _is_lines(errors: Any) -> bool:
    return isinstance(errors, list) and all(isinstance(one, dict) for one in errors)
