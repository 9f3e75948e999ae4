"""What surrounds every request: its id, in the logs and in the answer, and the count of it."""

import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from erp.logging import current_request_id
from erp.metrics import note_request

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class RequestMiddleware:
    """Takes ``X-Request-ID`` when it is plain, makes one otherwise, answers it on every response, and counts the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        token = current_request_id.set(request_id)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response.headers["X-Request-ID"] = request_id
        matched = request.resolver_match
        note_request(
            method=request.method if request.method in _METHODS else "other",
            route=matched.route if matched else "unknown",
            status=response.status_code,
            seconds=time.perf_counter() - began,
        )
        return response
