"""The shapes of refusals, as `erp.api.rendering` shows them, and of successes around a payload, for the OpenAPI document."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType


class SalesRefusal(Struct, kw_only=True):
    """A refusal of the sales surface. `errors` has the shape of the body, `data` says what is in the way.

    `status_code` and `error`, which is the message again, stand where published clients read them.
    """

    success: Literal[False]
    message: str
    code: str
    request_id: str
    detail: str
    status_code: int | UnsetType = UNSET
    error: str | UnsetType = UNSET
    errors: dict[str, Any] | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET


class Refusal(Struct, kw_only=True):
    """A refusal everywhere else. `fields` has the shape of the body; further members say what is in the way."""

    error: str
    code: str
    request_id: str
    fields: dict[str, Any] | UnsetType = UNSET


class FieldProblem(Struct, kw_only=True):
    pointer: str
    code: str
    detail: str


class ProblemDetails(Struct, kw_only=True):
    """RFC 9457, for whoever accepts ``application/problem+json``."""

    type: str
    title: str
    status: int
    code: str
    request_id: str
    errors: list[FieldProblem] | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET


Member = tuple[str, Any] | tuple[str, Any, Any]


def success_of(name: str, data: Any, *beside: Member, warned: type[Struct], tells_status: bool = False) -> type[Struct]:
    """Envelope B around this payload, or C, which `tells_status`; `beside` stands after `data`."""
    fields: list[Member] = [
        ("success", Literal[True]),
        *([("status_code", int)] if tells_status else []),
        ("message", str),
        ("data", data),
        *beside,
        ("warnings", list[warned] | UnsetType, UNSET),  # type: ignore[valid-type]
        ("dry_run", bool | UnsetType, UNSET),
    ]
    return msgspec.defstruct(name, fields, kw_only=True)
