"""``GET /api/sales/sse/invoices/``: the live stream of the caller's company, answered before Django, by the hub.

An ASGI application, because Django holds a thread for every open response. Source: chapter "Live stream" of the sales
contract, and the events concept.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from csp.constants import HEADER as CSP_HEADER
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from erp.access import Actor
from erp.api.middleware import RequestMiddleware
from erp.api.rendering import as_problem, render_problem
from erp.api.requests import AsgiRequest
from erp.api.views import credentials_of, stream_cookie_of
from erp.characters import is_clean
from erp.events import read_event_id, read_types
from erp.problems import MethodNotAllowed, Unavailable, ValidationFailed
from erp.relay import Pauses
from erp.stream.door import Door
from erp.stream.frames import View, view
from erp.stream.hub import Hub
from erp.stream.streams import Stream

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HEADERS = {
    "Content-Type": "text/event-stream",
    # `no-transform`, because a proxy that compresses waits for more.
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
# Django's middleware does not see this path; these are its headers for every answer, refusals included.
_SAFE = {"X-Content-Type-Options": "nosniff", CSP_HEADER: build_policy()}
# A browser's EventSource gives up for good on a refusal, so a database that is just restarting is waited for.
_PATIENCE_S = 15.0


async def listen(scope: Scope, receive: Receive, send: Send) -> None:
    """The stream's ASGI application; it expects the running `Hub` in the lifespan state.

    Refuses with the JSON of the sales surface: 401, 403, 404 (a company that is not the caller's), 400, 405, 429, 503.
    """
    stream = await _open(scope, send)
    if stream is None:
        return
    try:
        stream.begin()
        while (await receive())["type"] != "http.disconnect":
            pass
    except asyncio.CancelledError:
        if not stream.dropped:
            raise
    finally:
        _hub(scope).leave(stream)


async def _open(scope: Scope, send: Send) -> Stream | None:
    """Start the response, or refuse. What the request needed for it is gone when this returns."""
    request = AsgiRequest(dict(scope), BytesIO())
    # Routed here by its whole path, before Django's own routing; this is what it is counted under.
    request.resolver_match = ResolverMatch(listen, (), {}, route=request.path.removeprefix("/"))
    try:
        if request.method != "GET":
            raise MethodNotAllowed
        stream = await _enter(_hub(scope), request, send)
    except Exception as refused:
        await _refuse(request, refused, send)
        return None
    try:
        await send(_start(RequestMiddleware(lambda _: HttpResponse(headers=HEADERS))(request)))
    except BaseException:
        _hub(scope).leave(stream)
        raise
    return stream


async def _enter(hub: Hub, request: HttpRequest, send: Send) -> Stream:
    if hub.closing:
        raise Unavailable
    if not is_clean(unquote(request.META.get("QUERY_STRING", ""), errors="surrogateescape")):
        raise ValidationFailed("The query holds characters that are not allowed.")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            actor = await _identify(hub.door, request)
            seconds_left = None
            if actor.expires_at is not None:
                seconds_left = (actor.expires_at - datetime.now(UTC)).total_seconds()
            return await hub.enter(
                actor, after=_resume_after(request, actor), wish=_wish(request), send=send, seconds_left=seconds_left
            )
    except TimeoutError:
        raise Unavailable(retry_after_s=3) from None


async def _identify(door: Door, request: HttpRequest) -> Actor:
    credentials = replace(credentials_of(request, takes_keys=True), cookie=stream_cookie_of(request))
    pauses = Pauses()
    while True:
        try:
            return await door.identify(credentials)
        except Unavailable:
            await pauses.wait()


def _resume_after(request: HttpRequest, actor: Actor) -> int | None:
    """The place to resume from: the header, which browsers keep up to date, before the query."""
    for field, text in (
        ("Last-Event-ID", request.headers.get("Last-Event-ID", "")),
        ("lastEventId", request.GET.get("lastEventId", "")),
    ):
        if text:
            return read_event_id(text, actor.company_id, field=field)
    return None


def _wish(request: HttpRequest) -> View:
    named = request.GET.get("named", "")
    if named not in {"", "true", "false"}:
        raise ValidationFailed(errors={"named": ["Must be true or false."]})
    return view(read_types(request.GET.getlist("types")), named == "true")


def _hub(scope: Scope) -> Hub:
    hub = scope.get("state", {}).get("hub")
    if not isinstance(hub, Hub):
        raise Unavailable
    return hub


async def _refuse(request: HttpRequest, refused: Exception, send: Send) -> None:
    def render(request: HttpRequest) -> HttpResponse:
        problem = as_problem(refused, request.path)
        return render_problem(problem, path=request.path, accept=request.headers.get("Accept", ""))

    response = RequestMiddleware(render)(request)
    if response.status_code == MethodNotAllowed.status:
        response.headers["Allow"] = "GET"
    body = getattr(response, "content", b"")
    response.headers["Content-Length"] = str(len(body))
    await send(_start(response))
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _start(response: Any) -> Message:
    named = {**response.headers, **_SAFE}
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in named.items()]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}
