"""One refusal, three renderings: the sales surface, the invoices surface, and RFC 9457 on demand."""

import logging
from typing import Any

import msgspec
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from erp.logging import current_request_id
from erp.problems import (
    BadRequest,
    FieldErrors,
    MethodNotAllowed,
    NotFound,
    Problem,
    Unavailable,
    UnsupportedMediaType,
)

log = logging.getLogger(__name__)

SALES_SURFACE = ("/api/sales/", "/api/auth/", "/api/access/", "/api/analytics/", "/api/common/", "/api/followup/")
_WITH_ERROR = ("/api/sales/invoices/", "/api/sales/packing/invoice-public/")
_WITH_STATUS_CODE = ("/api/auth/", "/api/access/", "/api/sales/couriers/")
_WITH_FIELDS_ON_TOP = ("/api/auth/users/", "/api/auth/departments/", "/api/auth/job-titles/")
"""Where the published web client reads field errors at top level, too."""


class InternalError(Problem):
    """A bug. What happened stands in the log under the `request_id`: report it."""

    status, code = 500, "internal"
    message = "An unexpected error occurred."


class DatabaseLost(Unavailable):
    """A connection that broke, perhaps during COMMIT: nobody knows whether it went through."""

    message = "The database went away. Whether anything was stored is unknown; send the same request again."


class ImportFailed(InternalError):
    message = "An unexpected error occurred while processing the invoice."


class GenerationFailed(InternalError):
    message = "Invoice generation failed"


class PostingFailed(InternalError):
    message = "Posting failed"


_FAILURES: tuple[tuple[str, type[InternalError]], ...] = (
    ("/api/sales/import/", ImportFailed),
    ("/api/sales/update/", ImportFailed),
    ("/from_sales_order/", GenerationFailed),
    ("/post_voucher/", PostingFailed),
)
"""What a bug is called where the published documents name it, by a part of the path."""


def handle_exception(exception: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception handler: every exception of a view becomes a rendered problem."""
    request = context["request"]
    return render_problem(as_problem(exception, request.path), path=request.path, accept=request.META.get("HTTP_ACCEPT", ""))


def as_problem(exception: Exception, path: str) -> Problem:
    """The refusal an exception stands for; a lost or busy database is 503, anything unforeseen a logged 500."""
    if isinstance(exception, Problem):
        return exception
    if isinstance(exception, OperationalError | InterfaceError):
        log.warning("database unavailable", exc_info=exception)
        return DatabaseLost()
    if isinstance(exception, exceptions.MethodNotAllowed):
        return MethodNotAllowed()
    if isinstance(exception, Http404 | exceptions.NotFound):
        return NotFound()
    if isinstance(exception, exceptions.UnsupportedMediaType):
        return UnsupportedMediaType()
    if isinstance(exception, DisallowedHost):
        return BadRequest("The Host header names another server; ALLOWED_HOSTS lists the names of this one.")
    if isinstance(exception, SuspiciousOperation):
        return BadRequest("The request has more parameters than are read.")
    log.error("unexpected error", exc_info=exception, extra={"path": path})
    return next((failure() for part, failure in _FAILURES if part in path), InternalError())


def render_problem(problem: Problem, *, path: str, accept: str = "") -> HttpResponse:
    """The problem as JSON, in the words of the surface that the path belongs to."""
    if "application/problem+json" in accept:
        content_type, body = "application/problem+json", _rfc_9457(problem)
    elif path.startswith(SALES_SURFACE):
        content_type, body = "application/json", _sales(problem, path)
        if path.startswith(_WITH_FIELDS_ON_TOP):
            body = (problem.errors or {}) | body
    else:
        content_type, body = "application/json", _plain(problem)
    response = HttpResponse(msgspec.json.encode(body), content_type=content_type, status=problem.status)
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _sales(problem: Problem, path: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "success": False,
        "message": problem.message,
        "code": problem.code,
        "request_id": current_request_id.get(),
        "detail": problem.detail or problem.message,
    }
    if path.startswith(_WITH_STATUS_CODE):
        body["status_code"] = problem.status
    if path.startswith(_WITH_ERROR):
        body["error"] = problem.message
    if problem.errors is not None:
        body["errors"] = problem.errors
    if problem.data is not None:
        body["data"] = dict(problem.data)
    return body


def _plain(problem: Problem) -> dict[str, Any]:
    body: dict[str, Any] = {"error": problem.message, "code": problem.code}
    if problem.errors is not None:
        body["fields"] = problem.errors
    return body | dict(problem.data or {}) | {"request_id": current_request_id.get()}


def _rfc_9457(problem: Problem) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"urn:distributor-erp:problem:{problem.code}",
        "title": problem.message,
        "status": problem.status,
        "code": problem.code,
        "request_id": current_request_id.get(),
    }
    if problem.errors is not None:
        body["errors"] = [
            {"pointer": pointer, "code": problem.code, "detail": text} for pointer, text in pointers(problem.errors)
        ]
    if problem.data is not None:
        body["data"] = dict(problem.data)
    return body


def pointers(errors: FieldErrors | list[Any], at: str = "") -> list[tuple[str, str]]:
    """JSON pointer and text of every field error, in order."""
    members = errors.items() if isinstance(errors, dict) else enumerate(errors)
    found: list[tuple[str, str]] = []
    for name, value in members:
        if isinstance(value, str):
            found.append((at or "/", value))
        elif value:
            found += pointers(value, f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}")
    return found


def unknown_path(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render_problem(NotFound(), path=request.path, accept=request.headers.get("Accept", ""))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django refused the request before a view saw it (a foreign Host header, an overlong field)."""
    return render_problem(BadRequest(), path=request.path, accept=request.headers.get("Accept", ""))


def server_error(request: HttpRequest) -> HttpResponse:
    return render_problem(InternalError(), path=request.path, accept=request.headers.get("Accept", ""))
