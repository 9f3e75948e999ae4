"""The shapes in which `erp.api.rendering` shows a refusal, for the OpenAPI document."""

from typing import Any, Literal

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
