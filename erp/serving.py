"""One server process: what answers its requests, and what runs beside them from its start to its end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import timedelta
from types import FrameType
from typing import Any

from django.conf import settings

from erp.health import UnsafeDurability, check_durability_at_start
from erp.sealing import Sealer
from erp.sequencing import Sequencer
from erp.stream.hub import Hub, StreamLimits

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Server:
    """The ASGI application: `streams` by their paths, `django` for all others; `long_bodies` says where more bytes are read.

    Between startup and shutdown it runs a sequencer, a sealer and a `Hub`; streams find the hub in the lifespan state.
    """

    def __init__(self, *, django: App, streams: Mapping[str, App], long_bodies: Mapping[str, int] | None = None) -> None:
        self._django = django
        self._streams = streams
        self._long_bodies = long_bodies or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            answer = self._streams.get(scope["path"], self._django)
            await answer(scope, up_to(self._most_bytes(scope), receive), send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})

    def _most_bytes(self, scope: Scope) -> int:
        """A long body only from somebody who shows a credential: who has none is refused without being written to a file."""
        shows_one = any(name in {b"authorization", b"x-api-key"} for name, _ in scope["headers"])
        most: int = settings.MAX_BODY_BYTES
        return self._long_bodies.get(scope["path"], most) if shows_one else most

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.to_thread(check_durability_at_start)
        except UnsafeDurability as refused:
            await send({"type": "lifespan.startup.failed", "message": str(refused)})
            return
        hub = Hub(
            StreamLimits(
                keep_alive_s=settings.STREAM_KEEP_ALIVE_S,
                max_age_s=settings.STREAM_MAX_AGE_S,
                drain_timeout_s=settings.STREAM_DRAIN_TIMEOUT_S,
                per_credential=settings.STREAMS_PER_CREDENTIAL,
                per_company=settings.STREAMS_PER_COMPANY,
                per_process=settings.STREAMS_PER_PROCESS,
            )
        )
        sequencer = Sequencer(keep=timedelta(days=settings.EVENT_RETENTION_DAYS))
        tasks = [asyncio.create_task(one.run()) for one in (hub, sequencer, Sealer())]
        scope["state"]["hub"] = hub
        _end_streams_when_told_to_stop(hub)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        hub.end_streams()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})


def up_to(limit_bytes: int, receive: Receive) -> Receive:
    """The same body, ended with the first message that makes it longer than the limit.

    Django writes a body to a file before any view can judge its size, so without an end anybody could fill the disk. The
    view sees that it is too long; what still comes is let go.
    """
    taken_bytes = 0

    async def receive_some() -> Message:
        nonlocal taken_bytes
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return message
            if taken_bytes > limit_bytes:
                continue
            taken_bytes += len(message.get("body", b""))
            return message if taken_bytes <= limit_bytes else {**message, "more_body": False}

    return receive_some


def _end_streams_when_told_to_stop(hub: Hub) -> None:
    """A server that stops waits for its open responses before it tells us; streams would keep it waiting for an hour.

    So the signal is heard here first, and then by the server.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        servers_own = signal.getsignal(number)

        def hear(number: int, frame: FrameType | None, servers_own: Any = servers_own) -> None:
            loop.call_soon_threadsafe(hub.end_streams)
            if callable(servers_own):
                servers_own(number, frame)

        try:
            signal.signal(number, hear)
        except ValueError:
            return  # not the main thread: whoever runs us there stops us in another way
