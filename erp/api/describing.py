"""Operations of the books' surface by their kind: what follows from how `ResourceView` reads and answers is said once."""

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from django import forms
from msgspec import UNSET, Struct, UnsetType

from erp.api.contracts import REPEATED, Operation, Parameter, Reply
from erp.api.filtering import MAX_VALUES, DayFilter, ListFilter, UnknownParameter
from erp.api.listing import DEFAULT_SIZE, MAX_SIZE, UNPAGED_ROWS
from erp.api.shared_components import NOT_CHANGED
from erp.bodies import UnknownField
from erp.changing import Stale
from erp.problems import ParseError, Problem, TooLarge, UnsupportedMediaType

Row = TypeVar("Row")
Purposes = Mapping[str, str]
Refusals = tuple[type[Problem], ...]

DAY: dict[str, Any] = {"type": "string", "format": "date"}
ID: dict[str, Any] = {"type": "string", "format": "uuid"}
FLAG: dict[str, Any] = {"type": "boolean"}
_NONE: Purposes = {}
_OF_A_BODY: Refusals = (UnknownParameter, UnknownField, ParseError, TooLarge, UnsupportedMediaType)
_VERSIONED = {
    "ETag": "The row's version, in a detail with a digest of all that it shows; for `If-Match` and `If-None-Match`."
}
_LOCATED = {"Location": "Where the new row is found."}
_LINKED = {"Link": f'`rel="next"`, when there are more than the {UNPAGED_ROWS:,} rows of a bare array.'}
IF_MATCH = Parameter(
    "If-Match", "The `ETag` that was read; another version answers 412 and nothing is written.", place="header"
)
IF_NONE_MATCH = Parameter(
    "If-None-Match", "The `ETag` that was read; 304 and no body while the row still has it.", place="header"
)
PAGING = (
    Parameter(
        "page_size",
        f"Rows of a page. With this or `cursor` the answer is a page, without both an array of at most {UNPAGED_ROWS:,}.",
        {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE},
    ),
    Parameter("cursor", "Blank begins, then as `next` and `previous` say."),
)


class RowPage(Struct, Generic[Row], kw_only=True):
    """`next` and `previous` are absolute URLs, null where the list ends."""

    results: list[Row]
    next: str | None
    previous: str | None


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def shows(name: str, summary: str, kind: Any, *, ids: Purposes = _NONE, expands: Purposes = _NONE) -> Operation:
    """GET of one row."""
    return Operation(
        name=name,
        summary=summary,
        replies={200: Reply("The row.", kind, headers=_tags(kind)), **_not_changed(kind)},
        refusals=(UnknownParameter,),
        parameters=(*path_ids(ids), *_expand(expands), *([IF_NONE_MATCH] if _tags(kind) else [])),
    )


def reports(name: str, summary: str, kind: Any, *parameters: Parameter) -> Operation:
    """GET of figures that are reckoned of many rows."""
    return Operation(
        name=name,
        summary=summary,
        replies={200: Reply("The report, with what was asked.", kind)},
        refusals=(UnknownParameter,),
        parameters=parameters,
    )


def lists(
    name: str, summary: str, row: Any, *, filters: type[ListFilter], purposes: Purposes = _NONE, ids: Purposes = _NONE
) -> Operation:
    """GET of many rows, with every filter as a parameter."""
    return Operation(
        name=name,
        summary=summary,
        replies={200: Reply("An array, or a page when one is asked for.", list[row] | RowPage[row], headers=_LINKED)},
        refusals=(UnknownParameter,),
        parameters=(*path_ids(ids), *filter_parameters(filters, purposes), *PAGING),
    )


def filter_parameters(filters: type[ListFilter], purposes: Purposes) -> tuple[Parameter, ...]:
    """The filters, with the limits that they enforce."""
    fields = {name: one.field for name, one in filters.base_filters.items()}
    return tuple(
        Parameter(name, purposes[name], schema_of_field(field), many=isinstance(field, forms.MultipleChoiceField))
        for name, field in fields.items()
    )


def schema_of_field(field: forms.Field) -> dict[str, Any]:
    """What a filter's field lets through."""
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        values = [value for value, _ in choices if value]
        one = FLAG if values == ["true", "false"] else {"type": "string", "enum": values}
        many = {"type": "array", "items": one, "maxItems": MAX_VALUES}
        return many if isinstance(field, forms.MultipleChoiceField) else one
    if isinstance(field, forms.UUIDField):
        return ID
    if isinstance(field, DayFilter.field_class):
        return DAY
    if isinstance(field, forms.DecimalField):
        return {"type": "number", "minimum": field.min_value, "maximum": field.max_value}
    assert isinstance(field, forms.CharField)
    return {"type": "string", "maxLength": field.max_length}


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def makes(
    name: str,
    summary: str,
    kind: type[Struct],
    *,
    refusals: Refusals = (),
    ids: Purposes = _NONE,
    expands: Purposes = _NONE,
    located: bool = True,
    checks_version: bool = False,
) -> Operation:
    """POST of a new row."""
    headers = {**REPEATED, **_tags(kind), **(_LOCATED if located else {})}
    reply = Reply("It is made.", _written(kind, made=True), headers=headers)
    parameters = (*path_ids(ids), *_expand(expands))
    return _writing(name, summary, {201: reply}, refusals, parameters, checks_version=checks_version)


def changes(
    name: str,
    summary: str,
    kind: type[Struct],
    *,
    refusals: Refusals = (),
    ids: Purposes = _NONE,
    expands: Purposes = _NONE,
    checks_version: bool = True,
) -> Operation:
    """PATCH of a row, or POST of something that happens to it."""
    reply = Reply("It is done.", _written(kind, made=False), headers={**REPEATED, **_tags(kind)})
    parameters = (*path_ids(ids), *_expand(expands))
    return _writing(name, summary, {200: reply}, refusals, parameters, checks_version=checks_version)


def removes(
    name: str, summary: str, *, refusals: Refusals = (), ids: Purposes = _NONE, checks_version: bool = True
) -> Operation:
    """DELETE of a row."""
    gone = Reply("It is gone.", headers=REPEATED)
    return _writing(name, summary, {204: gone}, refusals, path_ids(ids), checks_version=checks_version)


def _writing(
    name: str,
    summary: str,
    replies: Mapping[int, Reply],
    refusals: Refusals,
    parameters: tuple[Parameter, ...],
    *,
    checks_version: bool,
) -> Operation:
    checked: Refusals = (Stale,) if checks_version else ()
    return Operation(
        name=name,
        summary=summary,
        replies=replies,
        refusals=(*_OF_A_BODY, *refusals, *checked),
        parameters=(*parameters, *([IF_MATCH] if checks_version else [])),
        repeatable=True,
    )


def _written(kind: type[Struct], *, made: bool) -> type[Struct]:
    """The struct as a write answers it: a dry run says so, and names no row that does not exist."""
    fields: list[tuple[str, Any, Any] | tuple[str, Any]] = [("dry_run", bool | UnsetType, UNSET)]
    if made and "id" in kind.__struct_fields__:
        fields.append(("id", UUID | None))
    name = f"{'Made' if made else 'Written'}{kind.__name__}"
    return msgspec.defstruct(name, fields, bases=(kind,), kw_only=True, frozen=True, namespace={"__doc__": kind.__doc__})


# ── What both have ───────────────────────────────────────────────────────────────────────────────────────────────────
def path_ids(ids: Purposes) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, purpose, ID, "path") for name, purpose in ids.items())


def _expand(names: Purposes) -> Iterable[Parameter]:
    if names:
        told = " ".join(f"`{name}`: {purpose}" for name, purpose in names.items())
        yield Parameter("expand", f"What to add, comma-separated. {told}")


def _not_changed(kind: Any) -> Mapping[int, Reply]:
    """What a row with a version answers to who has it."""
    return {304: Reply(NOT_CHANGED, headers=_VERSIONED)} if _tags(kind) else {}


def _tags(kind: Any) -> Mapping[str, str]:
    return _VERSIONED if "version" in getattr(kind, "__struct_fields__", ()) else {}
