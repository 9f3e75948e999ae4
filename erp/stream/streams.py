"""One open stream: a position in its company's events, and a task only while there is something to write."""

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol
from uuid import UUID

from erp.stream.frames import Ring, Run, View, keep_alive, reset
from erp.stream.reading import Head

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

# What one listener can make us hold for him: this, and what the server buffers before it says stop.
SEND_BYTES = 64 * 1024
_FORGET = struct.pack("ii", 1, 0)


def cut_connection(send: Send) -> bool:
    """Let go of the connection and of what waits to be written; False where the server knows no transport.

    Closing in order would keep it until the client reads on. ASGI has no word for that, so the server's transport is asked.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return False
    # The kernel would keep its part, too: up to megabytes for a client that will not take them.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _FORGET)
    transport.abort()
    return True


class Source(Protocol):
    """What a stream reads: a company's newest events, and pages of the older ones."""

    company_id: UUID
    head: Head
    ring: Ring

    async def page(self, position: int) -> Run: ...


class Stream:
    """Writes what follows its position, whenever it is told that there is news.

    Between writes it holds no task, no thread and no connection: the request's own task waits for the client to leave.
    """

    __slots__ = (
        "_beat_due",
        "_begun",
        "_closing",
        "_must_reset",
        "_opening",
        "_owner",
        "_send",
        "_task",
        "_told",
        "_view",
        "credential",
        "dropped",
        "ends_at",
        "position",
        "source",
        "writing_since",
        "wrote_at",
    )

    def __init__(
        self,
        source: Source,
        *,
        position: int,
        wish: View,
        send: Send,
        credential: UUID,
        ends_at: float,
        opening: bytes,
    ) -> None:
        self.position = position
        self.credential = credential
        self.ends_at = ends_at
        self.wrote_at = asyncio.get_running_loop().time()
        self.writing_since = 0.0
        self.source = source
        self._view = wish
        self._send = send
        self._opening = opening
        self._owner = asyncio.current_task()
        self._task: asyncio.Task[None] | None = None
        self._told = position
        self._begun = False
        self._beat_due = False
        self._must_reset = False
        self._closing = False
        self.dropped = False

    @property
    def company_id(self) -> UUID:
        return self.source.company_id

    def begin(self) -> None:
        """The response has started: write."""
        self._begun = True
        self.kick()

    def kick(self) -> None:
        """There may be something to write."""
        if self._task is None and self._begun:
            self._task = asyncio.get_running_loop().create_task(self._write())

    def beat(self) -> None:
        """It has been silent for long: show that it lives."""
        self._beat_due = True
        self.kick()

    def reset(self) -> None:
        """What the listener knows is not what there is any more."""
        self._must_reset = True
        self.kick()

    def end(self) -> None:
        """Close it in order; at once where the client is not reading."""
        if self.writing_since:
            self.drop()
        else:
            self._closing = True
            self.kick()

    def drop(self) -> None:
        """Cut the connection, and let go of what waits to be written; where that cannot be, ending the request has to do."""
        self.dropped = True
        if self._task is not None:
            self._task.cancel()
        if not cut_connection(self._send) and self._owner is not None:
            self._owner.cancel()

    def leave(self) -> None:
        """The request is over: write no more."""
        self._begun = False
        if self._task is not None:
            self._task.cancel()

    async def _write(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while body := await self._next():
                self.writing_since = clock()
                await self._send({"type": "http.response.body", "body": body, "more_body": True})
                self.wrote_at = clock()
                self.writing_since = 0.0
            if self._closing:
                self.writing_since = clock()
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            pass  # The client has left; its request will say so.
        except Exception:
            log.exception("stream ends")
            self.drop()
        finally:
            self._task = None

    async def _next(self) -> bytes:
        """What to write now; nothing when all is said. There is no waiting between the last look and that answer."""
        if self._opening:
            body, self._opening = self._opening, b""
            return body
        source = self.source
        while not self._closing:
            if self._must_reset:
                return self._start_again()
            if self.position >= source.ring.end:
                break
            if source.ring.covers(self.position):
                body, self.position = source.ring.after(self.position, self._view, limit=SEND_BYTES)
            else:
                page = await source.page(self.position)
                if not page.start <= self.position < page.end:
                    self._must_reset = True
                    continue
                body, self.position = page.after(self.position, self._view, limit=SEND_BYTES)
                del page  # not to be held while a slow client reads
                await asyncio.sleep(0)  # a long way behind is walked in turn with everybody else
            if body:
                self._told = self.position
                self._beat_due = False
                return body
        if not self._beat_due or self._closing:
            return b""
        self._beat_due = False
        moved = self.position if self.position > self._told else None
        self._told = self.position
        return keep_alive(source.company_id, moved)

    def _start_again(self) -> bytes:
        self._must_reset = False
        self.position = self._told = self.source.ring.end
        return reset(self.source.company_id, oldest=self.source.head.floor, head=self.position)
