"""Refusals: one exception per reason, with the status and code that every surface shows.

A refusal is raised beside the code that finds it (``class PeriodClosed(Problem): status, code = 409, "period-closed"``)
and rendered in one place, `erp.api.rendering`, for the three surfaces of the product.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

FieldErrors = dict[str, Any]
"""``{field: [text, …]}``; nested for objects, aligned with the list (``{}`` = good) for lists of objects."""


class Problem(Exception):
    """A request was understood and refused; nothing of it was stored.

    `message` is for people, `code` for programs. `errors` names fields, `data` carries what the contract shows beside
    the refusal (ids of what stands in the way), `retry_after_s` becomes the ``Retry-After`` header.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad-request"
    detail: ClassVar[str] = ""
    """What the sales surface shows as `detail`, where that is not the message."""
    message: str = "The request was refused."

    def __init__(
        self,
        message: str | None = None,
        *,
        errors: FieldErrors | None = None,
        data: Mapping[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        self.message = message if message is not None else type(self).message
        self.errors = errors
        self.data = data
        self.retry_after_s = retry_after_s
        super().__init__(self.message)


class BadRequest(Problem):
    """The Host header names another server, or there are more parameters than are read. Correct the request."""


class ValidationFailed(Problem):
    """A field or a parameter is wrong: `errors` names each. Correct them."""

    status, code = 400, "validation"
    message = "Validation failed"


class ParseError(Problem):
    """The body is not one strict JSON object: the message names line and column, or the key. Correct it."""

    status, code = 400, "parse-error"
    message = "The body is not valid JSON."


class NotAuthenticated(Problem):
    """Nothing was sent to prove oneself. Send a key or a token."""

    status, code = 401, "not-authenticated"
    message = "Authentication credentials were not provided."


class NothingSentToImport(NotAuthenticated):
    """The published clients of the import read the one text as `message`, the other as `detail`."""

    message = "Invalid API key"
    detail = "Authentication credentials were not provided."


class InvalidApiKey(Problem):
    """The key is unknown, revoked, expired, used from an address it is not for, or a published sample. Get a new one."""

    status, code = 401, "invalid-api-key"
    message = "Invalid API key"


class InvalidToken(Problem):
    """The token is malformed, expired, of another kind, or its login has ended. Refresh, else log in."""

    status, code = 401, "token_not_valid"
    message = "Token is invalid or expired"


class PermissionDenied(Problem):
    """The role has no such right, the key no such scope. Ask an owner."""

    status, code = 403, "permission-denied"
    message = "You do not have permission to perform this action."


class NotFound(Problem):
    """There is no such path, row or page, or it is another company's: nobody learns which."""

    status, code = 404, "not-found"
    message = "Not found."


class MethodNotAllowed(Problem):
    """The path knows other methods."""

    status, code = 405, "method-not-allowed"
    message = "Method not allowed."


class Conflict(Problem):
    """What is there stands in the way. Not used by itself: the other conflicts say more."""

    status, code = 409, "conflict"


class TooLarge(Problem):
    """The body is over the limit, which the message names."""

    status, code = 413, "too-large"
    message = "The body is too large."


class UnsupportedMediaType(Problem):
    """The body is not JSON, or compressed. Send `application/json`."""

    status, code = 415, "unsupported-media-type"
    message = "Send application/json."


class Throttled(Problem):
    """Too many requests from one credential or address. Wait `Retry-After` seconds."""

    status, code = 429, "throttled"
    message = "Too many requests."


class Unavailable(Problem):
    """The database is busy or away. Nothing was stored, unless the message says that this is unknown.

    Wait `Retry-After` seconds, then send the same again, with its idempotency key.
    """

    status, code = 503, "unavailable"
    message = "The database is busy or away. Nothing was stored; send the request again."

    def __init__(self, message: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
