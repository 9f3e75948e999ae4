"""``GET /api/analytics/dashboard-stats-stream/``: today's figures as they change, answered before Django.

Unnamed events ``{date, stats, timestamp}``. A browser's EventSource can set no header, so the access token may stand in the
query; the stream ends with it. Source: "dashboard" in the sales contract.
"""

import asyncio
import json
from collections.abc import Awaitable
from datetime import UTC, datetime
from uuid import UUID
from weakref import WeakKeyDictionary

from erp.access import Actor, Credentials
from erp.api.contracts import Operation, Parameter, Reply
from erp.api.requests import AsgiRequest
from erp.api.streamed import Receive, Scope, Send, StreamApp, hub_of, refuse, request_of, start_of_stream
from erp.api.views import credentials_of
from erp.clock import instant_text
from erp.problems import MethodNotAllowed, NotAuthenticated
from erp.rights import Right
from erp.stream.boards import Boards, Watcher
from erp.stream.hub import Hub
from erp.stream.streams import cut_connection
from fulfilment.dashboard_queries import Stats, read_stats

_boards: "WeakKeyDictionary[Hub, Boards[Stats]]" = WeakKeyDictionary()
_STRUCK = b"token=***"


async def watch(scope: Scope, receive: Receive, send: Send) -> None:
    """The stream's ASGI application; it expects the running `Hub` in the lifespan state. Refuses with 401, 403, 405, 503."""
    request = request_of(scope, watch)
    strike_token(scope)
    try:
        if request.method != "GET":
            raise MethodNotAllowed
        hub = hub_of(scope)
        actor = await hub.door.identify(_credentials(request))
    except Exception as refused:
        await refuse(request, refused, send)
        return
    watcher = Watcher(actor, ends_at=_ends_at(hub, actor))
    boards = _boards_of(hub)
    hub.admit(watcher)
    boards.watch(watcher)
    try:
        await send(start_of_stream(request))
        await _first_of(_write(watcher, send, hub.limits.drain_timeout_s), _until_gone(receive))
    finally:
        boards.leave(watcher)
        hub.dismiss(watcher)


def strike_token(scope: Scope) -> None:
    """Servers write their access log from the scope, and a token is not to stand there."""
    parts = scope.get("query_string", b"").split(b"&")
    scope["query_string"] = b"&".join(_STRUCK if part.partition(b"=")[0] == b"token" else part for part in parts)


def _credentials(request: AsgiRequest) -> Credentials:
    """The header, as everywhere; without one the token in the query. People only: no keys, no cookie."""
    found = credentials_of(request, takes_keys=False)
    token = request.GET.get("token", "")
    if not found.authorization and token:
        found = Credentials(authorization=f"Bearer {token}", company=found.company, address=found.address)
    if not found.authorization:
        raise NotAuthenticated
    return found


def _ends_at(hub: Hub, actor: Actor) -> float:
    left_s = hub.limits.max_age_s
    if actor.expires_at is not None:
        left_s = min(left_s, (actor.expires_at - datetime.now(UTC)).total_seconds())
    return asyncio.get_running_loop().time() + left_s


def _boards_of(hub: Hub) -> Boards[Stats]:
    boards = _boards.get(hub)
    if boards is None:
        boards = _boards[hub] = Boards(hub.door, _reckon, _frame)
    return boards


def _reckon(company_id: UUID) -> Stats:
    return read_stats(company_id, now=datetime.now(UTC))


def _frame(stats: Stats) -> bytes:
    shown = {"date": stats.day.isoformat(), "stats": stats.shown(), "timestamp": instant_text(datetime.now(UTC))}
    return b"data: " + json.dumps(shown, separators=(",", ":")).encode() + b"\n\n"


async def _write(watcher: Watcher, send: Send, patience_s: float) -> None:
    while frame := await watcher.next_frame():
        try:
            async with asyncio.timeout(patience_s):
                await send({"type": "http.response.body", "body": frame, "more_body": True})
        except TimeoutError:
            cut_connection(send)  # the client does not read
            return
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first_of(*acts: Awaitable[None]) -> None:
    """Until one of them is over; the others are given up."""
    tasks = [asyncio.ensure_future(act) for act in acts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


WATCH = StreamApp(
    watch,
    Operation(
        name="watch_dashboard_stats",
        summary="Today's figures as they change, and every half minute, as server-sent events.",
        replies={
            200: Reply(
                "Unnamed events; `data` is a line of JSON with `date`, `stats` and `timestamp`. It ends with the token.",
                str,
                media_type="text/event-stream",
            )
        },
        parameters=(Parameter("token", "An access token, for clients that cannot set a header.", {"type": "string"}),),
    ),
    Right.READ,
)
