"""Answers that are not sent again to who has them, and writes that need what was read: entity tags (ADR 0074)."""

import hashlib

from django.http import HttpRequest, HttpResponse

NO_VERSION = 0
"""What an entity tag that is none of ours names: no row has this version."""


def has_seen(request: HttpRequest, tag: str) -> bool:
    """Whether ``If-None-Match`` names the entity tag: then the client has what would be sent."""
    named = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    return "*" in named or tag in named


def unless_seen(request: HttpRequest, response: HttpResponse, *, version: int | None = None) -> HttpResponse:
    """The answer with a tag of its bytes, after the version of the row where it shows one; 304 to who has them.

    What is shown beside the row, a balance or the goods on hand, changes while its version does not.
    """
    digest = hashlib.sha256(response.content).hexdigest()
    tag = f'"{digest[:32]}"' if version is None else f'"{version}-{digest[:16]}"'
    if has_seen(request, tag):
        response = HttpResponse(status=304)
    response.headers["ETag"] = tag
    return response


def version_named(request: HttpRequest) -> int | None:
    """The version that ``If-Match`` names: a tag as it was read, or the version alone; None where any will do."""
    tag = request.headers.get("If-Match", "").strip()
    if tag in {"", "*"}:
        return None
    digits = tag.removeprefix('"').removesuffix('"').partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else NO_VERSION
