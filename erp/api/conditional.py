"""Answers that are not sent again to who has them: entity tags and ``If-None-Match``."""

import hashlib

from django.http import HttpRequest, HttpResponse


def has_seen(request: HttpRequest, tag: str) -> bool:
    """Whether ``If-None-Match`` names the entity tag: then the client has what would be sent."""
    named = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    return "*" in named or tag in named


def unless_seen(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer with a tag of its bytes, for what shows rows of several tables and has no version of its own; 304 to who
    has them."""
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if has_seen(request, tag):
        response = HttpResponse(status=304)
    response.headers["ETag"] = tag
    return response
