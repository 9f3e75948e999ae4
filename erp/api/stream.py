"""``GET /api/sales/sse/invoices/``: the live stream of the caller's company, answered before Django, by the hub.

An ASGI application, because Django holds a thread for every open response. Source: chapter "Live stream" of the sales
contract, and the events concept.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse

from erp.access import Actor
from erp.api.auth import set_stream_cookie
from erp.api.operations import STREAM_EVENTS
from erp.api.streamed import Receive, Send, StreamApp, hub_of, refuse, request_of, start_of_stream
from erp.api.streamed import Scope as AsgiScope
from erp.api.views import credentials_of, stream_cookie_of
from erp.characters import is_clean
from erp.events import read_event_id, read_types
from erp.listening import stream_token_of
from erp.problems import MethodNotAllowed, Unavailable, ValidationFailed
from erp.relay import Pauses
from erp.rights import Right, Scope
from erp.stream.door import Door
from erp.stream.frames import View, view
from erp.stream.hub import Hub
from erp.stream.streams import Stream

# A browser's EventSource gives up for good on a refusal, so a database that is just restarting is waited for.
_PATIENCE_S = 15.0


async def listen(scope: AsgiScope, receive: Receive, send: Send) -> None:
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
        scope["state"]["hub"].leave(stream)


async def _open(scope: AsgiScope, send: Send) -> Stream | None:
    """Start the response, or refuse. What the request needed for it is gone when this returns."""
    request = request_of(scope, listen)
    try:
        if request.method != "GET":
            raise MethodNotAllowed
        hub = hub_of(scope)
        actor, stream = await _enter(hub, request, send)
    except Exception as refused:
        await refuse(request, refused, send)
        return None
    try:
        await send(start_of_stream(request, partial(_give_cookie, request, actor)))
    except BaseException:
        hub.leave(stream)
        raise
    return stream


def _give_cookie(request: HttpRequest, actor: Actor, response: HttpResponse) -> None:
    """To a page that came with a ticket, which is used up: a browser returns to the same address by itself."""
    if request.GET.get("ticket"):
        set_stream_cookie(response, stream_token_of(actor, now=datetime.now(UTC)))


async def _enter(hub: Hub, request: HttpRequest, send: Send) -> tuple[Actor, Stream]:
    if not is_clean(unquote(request.META.get("QUERY_STRING", ""), errors="surrogateescape")):
        raise ValidationFailed("The query holds characters that are not allowed.")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            actor = await _identify(hub.door, request)
            seconds_left = None
            if actor.expires_at is not None:
                seconds_left = (actor.expires_at - datetime.now(UTC)).total_seconds()
            after, wish = _resume_after(request, actor), _wish(request)
            return actor, await hub.enter(actor, after=after, wish=wish, send=send, seconds_left=seconds_left)
    except TimeoutError:
        raise Unavailable(retry_after_s=3) from None


async def _identify(door: Door, request: HttpRequest) -> Actor:
    credentials = replace(
        credentials_of(request, takes_keys=True), ticket=request.GET.get("ticket", ""), cookie=stream_cookie_of(request)
    )
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


LISTEN = StreamApp(listen, STREAM_EVENTS, Right.READ, (Scope.EVENTS_READ,), takes_cookie=True)
