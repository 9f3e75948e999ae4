"""What an operation of the API takes and answers, as data: a view names it, `erp.api.schema` writes it down.

Only what no view can tell by itself stands in an `Operation`. Who may call, which body is read, and the refusals that
follow from both are taken from the view.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from erp.idempotency import MAX_KEY_LENGTH, KeyReused, StillRunning
from erp.problems import (
    BadRequest,
    InvalidApiKey,
    InvalidToken,
    NotAuthenticated,
    NotFound,
    ParseError,
    PermissionDenied,
    Problem,
    Throttled,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from erp.rights import Right, Scope

Schema = Mapping[str, Any]
TEXT: Schema = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that may be left out, unless it is part of the path. `many` may be given several times."""

    name: str
    purpose: str
    schema: Schema = field(default_factory=lambda: TEXT)
    place: Literal["query", "header", "path"] = "query"
    many: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is no refusal. `kind` is the type it is encoded from; None for an empty body."""

    purpose: str
    kind: Any = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`refusals` are those of the use case; `repeatable` operations take an idempotency key and a dry run.

    `body_media_type` is what the body is sent as; of lines, the view's body is that of each line. `refused_lines` are
    refusals that also come in another form than every refusal has. Where there are `files`, the body may be a multipart
    form that brings them beside its members.
    """

    name: str
    summary: str
    replies: Mapping[int, Reply]
    refusals: tuple[type[Problem], ...] = ()
    parameters: tuple[Parameter, ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = False
    needs_database: bool = True
    body_media_type: str = "application/json"
    refused_lines: Mapping[int, Reply] = field(default_factory=dict)
    files: tuple[str, ...] = ()


REPEATED: Mapping[str, str] = {"Idempotent-Replayed": "`true` when this is the remembered answer of an earlier request."}
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "The same key with the same body gets the same answer, and nothing is done twice. `X-Idempotency-Key` says the same.",
    {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
    "header",
)
DRY_RUN = Parameter("dry_run", "`true`: the same answer, and nothing is stored.", {"type": "boolean", "default": False})
COMPANY = Parameter(
    "X-Company-ID",
    "The company to act in; without it the person's active one. A key belongs to one company and needs none.",
    {"type": "string", "format": "uuid"},
    "header",
)


def parameters_of(operation: Operation, right: Right) -> list[Parameter]:
    """Its own, and those that follow from its kind."""
    follow = [COMPANY] if right is not Right.ANYONE else []
    if operation.repeatable:
        follow += [IDEMPOTENCY_KEY, DRY_RUN]
    return [*operation.parameters, *follow]


def refusals_of(
    operation: Operation, *, right: Right, scopes: tuple[Scope, ...], reads_body: bool
) -> dict[int, list[type[Problem]]]:
    """Status → the refusals with it: the operation's own, and those that follow from who may call and what is read."""
    # Any query, key or header may hold characters that are not allowed.
    found: list[type[Problem]] = [BadRequest, ValidationFailed, *operation.refusals]
    if reads_body:
        found += [ParseError, TooLarge, UnsupportedMediaType]
    if right is not Right.ANYONE:
        # NotFound is the company that is not the caller's.
        found += [
            NotAuthenticated,
            InvalidToken,
            PermissionDenied,
            NotFound,
            Throttled,
            *([InvalidApiKey] if scopes else []),
        ]
    if operation.repeatable:
        found += [StillRunning, KeyReused]
    if operation.needs_database:
        found.append(Unavailable)
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in dict.fromkeys(found):
        if problem.status not in operation.replies:
            by_status.setdefault(problem.status, []).append(problem)
    return dict(sorted(by_status.items()))
