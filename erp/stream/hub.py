"""The hub: one per process, between the table and every open stream of the process.

One connection listens, one reads; streams have none. What is announced is only a hint where to look: the table is the
truth, read by position, and looked at once a second in any case.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from erp.access import Actor
from erp.problems import Throttled
from erp.relay import CONNECTION_LOST, Pauses, connect_relay
from erp.sequencing import NUMBERED_CHANNEL
from erp.stream.channels import Channel
from erp.stream.door import Door, credential_of
from erp.stream.frames import View, opening
from erp.stream.reading import EventReader, Head
from erp.stream.streams import Send, Stream

log = logging.getLogger(__name__)

RING_EVENTS = 1000
RING_BYTES = 4 * 1024 * 1024
_ALL_RINGS_BYTES = 64 * 1024 * 1024
_LOOK_EVERY_S = 1.0
_TICK_S = 1.0
_COME_BACK_S = 5


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How long things may last, in seconds (settings STREAM_…; `recheck_s`: how often credentials are asked about), and how
    many streams of this process may be open at a time (settings STREAMS_PER_…)."""

    keep_alive_s: float
    max_age_s: float
    drain_timeout_s: float
    recheck_s: float = 2.0
    per_credential: int = 100
    per_company: int = 2_000
    per_process: int = 8_000


class TooManyStreams(Throttled):
    """The credential, the company or the server has as many streams open as it may have.

    Close one, or come back after `Retry-After` seconds.
    """

    message = "Too many open streams."


class Guest(Protocol):
    """Another long answer of this process, which is to end with its credential, with its time, and with the process."""

    actor: Actor
    credential: UUID
    company_id: UUID
    ends_at: float

    def end(self) -> None: ...


class Hub:
    """Follows the numbered events of the companies that somebody listens to, and tells their streams.

    Everything runs on one event loop. `run` keeps it going until it is cancelled.
    """

    def __init__(self, limits: StreamLimits) -> None:
        self.limits = limits
        self.door = Door()
        self.closing = False
        self._reader = EventReader()
        self._channels: dict[UUID, Channel] = {}
        self._opening: dict[UUID, asyncio.Task[Head]] = {}
        self._news = asyncio.Event()
        self._look_now = False
        # One actor for all streams of a credential in a company, and how many there are.
        self._actors: dict[tuple[UUID, UUID], tuple[Actor, int]] = {}
        self._guests: set[Guest] = set()
        self._open = 0

    # ── Coming and going ─────────────────────────────────────────────────────────────────────────────────────────────
    async def enter(self, actor: Actor, *, after: int | None, wish: View, send: Send, seconds_left: float | None) -> Stream:
        """A new stream of the actor's company: what follows `after`, or without it what happens from now on.

        An `after` that is ahead of the last number, or whose next event has expired, begins with a reset. `seconds_left`
        is the life of the credential. Waits while the database is away. The caller begins the stream, and has it `leave`.
        Raises TooManyStreams (429).
        """
        self._refuse_crowd(actor)  # before anybody waits for the database on its account
        channel = await self._channel(actor.company_id, after)
        self._refuse_crowd(actor)  # others may have come meanwhile; from here on nobody does
        ahead = after is not None and after > max(channel.head.last, channel.ring.end)
        position = channel.ring.end if after is None or ahead else after
        age_s = self.limits.max_age_s * random.uniform(0.9, 1.0)  # noqa: S311  so that they do not all return at once
        stream = Stream(
            channel,
            position=position,
            wish=wish,
            send=send,
            credential=credential_of(actor),
            ends_at=self._clock() + (age_s if seconds_left is None else min(age_s, seconds_left)),
            opening=opening(channel.company_id, position),
        )
        if ahead:
            stream.reset()
        channel.streams.add(stream)
        key = (stream.credential, channel.company_id)
        known, streams = self._actors.get(key, (actor, 0))
        self._actors[key] = (known, streams + 1)
        self._open += 1
        if self.closing:
            stream.end()
        return stream

    def leave(self, stream: Stream) -> None:
        """The stream's request is over."""
        stream.leave()
        self._open -= 1
        key = (stream.credential, stream.company_id)
        actor, streams = self._actors.pop(key)
        if streams > 1:
            self._actors[key] = (actor, streams - 1)
        channel = self._channels[stream.company_id]
        channel.streams.discard(stream)
        if not channel.streams:
            del self._channels[channel.company_id]
            self._reader.forget(channel.company_id)

    def admit(self, guest: Guest) -> None:
        """Look after it until `dismiss`, and end it when it is time."""
        self._guests.add(guest)
        if self.closing:
            guest.end()

    def dismiss(self, guest: Guest) -> None:
        self._guests.discard(guest)

    def _refuse_crowd(self, actor: Actor) -> None:
        """Raise TooManyStreams where one more would be too many."""
        channel = self._channels.get(actor.company_id)
        _, of_credential = self._actors.get((credential_of(actor), actor.company_id), (actor, 0))
        if (
            self._open >= self.limits.per_process
            or of_credential >= self.limits.per_credential
            or (channel is not None and len(channel.streams) >= self.limits.per_company)
        ):
            raise TooManyStreams(retry_after_s=_COME_BACK_S)

    async def _channel(self, company_id: UUID, after: int | None) -> Channel:
        """The company's channel, opened if it is not; it knows of `after` if the table does."""
        channel = self._channels.get(company_id)
        if channel is None:
            task = self._opening.get(company_id)
            if task is None:
                task = self._opening[company_id] = asyncio.create_task(self._read_head(company_id))
                task.add_done_callback(lambda _: self._opening.pop(company_id, None))
            head = await asyncio.shield(task)
            channel = self._channels.get(company_id)
            if channel is None:
                channel = self._channels[company_id] = Channel(company_id, head, self._reader)
                self._look_now = True  # for what was announced since the head was read
                self._news.set()
        if after is not None and after > channel.head.last:
            # Another process may have told the client of an event before it was announced here. Asked anew: an answer
            # that others are waiting for may be older than that event.
            head = await self._read_head(company_id)
            channel = self._channels.setdefault(company_id, channel)
            if channel.hear(head.last):
                self._news.set()
        return channel

    async def _read_head(self, company_id: UUID) -> Head:
        return (await self._reader.heads([company_id]))[company_id]

    def end_streams(self) -> None:
        """The process is about to stop: nobody may enter, everybody is sent away in order; clients resume elsewhere."""
        self.closing = True
        for one in self._everybody():
            one.end()

    # ── Following the table ──────────────────────────────────────────────────────────────────────────────────────────
    async def run(self) -> None:
        """Until cancelled. Each part survives the database and, with a log entry, its own errors."""
        parts = [self._listen(), self._each(self._follow, 0), self._each(self._tick, _TICK_S)]
        parts.append(self._each(self._recheck, self.limits.recheck_s))
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._reader.close()
            self.door.close()

    async def _listen(self) -> None:
        pauses = Pauses()
        while True:
            try:
                async with await connect_relay() as connection:
                    await connection.execute(f"LISTEN {NUMBERED_CHANNEL}")
                    pauses.start_over()
                    async for notify in connection.notifies():
                        self._hear(notify.payload)
            except CONNECTION_LOST as problem:
                log.warning("event listener waits for the database", extra={"reason": str(problem)})
            except Exception:
                log.exception("event listener stumbled and starts again")
            await pauses.wait()

    def _hear(self, announcement: str) -> None:
        for word in announcement.split():
            company, _, number = word.partition(":")
            channel = self._channels.get(UUID(company))
            if channel is not None and channel.hear(int(number)):
                self._news.set()

    async def _follow(self) -> None:
        """Wait for news, or a second; then bring every ring up to its head and tell the streams."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._news.wait()
        if (self._look_now or not self._news.is_set()) and self._channels:
            await self._look()
        self._news.clear()
        behind = {c.company_id: c.ring.end for c in self._channels.values() if c.ring.end < c.head.last}
        if not behind:
            return
        share = _ALL_RINGS_BYTES // len(self._channels)
        for company, frames in (await self._reader.after(behind)).items():
            channel = self._channels.get(company)
            if channel is None or channel.ring.end != behind[company] or not frames:
                continue
            channel.ring.extend(frames)
            channel.ring.trim(events=RING_EVENTS, size=min(RING_BYTES, share))
            if channel.ring.end < channel.head.last:
                self._news.set()
            channel.wake_streams()

    async def _look(self) -> None:
        """Ask the table how far the companies are: nothing else knows of a lost announcement, or of a restored backup."""
        self._look_now = False
        before = {company: (channel, channel.head.last) for company, channel in self._channels.items()}
        for company, head in (await self._reader.heads(before)).items():
            channel, heard = before[company]
            if self._channels.get(company) is not channel:
                continue  # closed meanwhile, or opened anew with a later head
            if head.last < channel.ring.end:
                log.error("events were set back", extra={"company": str(company), "last": head.last})
                self._reader.forget(company)
            heard_since = channel.head.last if channel.head.last != heard else 0
            channel.follow_table(Head(max(head.last, heard_since), head.floor))

    # ── Looking after the streams ────────────────────────────────────────────────────────────────────────────────────
    async def _tick(self) -> None:
        """Show who is silent that he is not forgotten; close what has lasted too long; cut off who does not read."""
        now = self._clock()
        for stream in self._streams():
            if stream.writing_since:
                if now - stream.writing_since >= self.limits.drain_timeout_s:
                    log.info("stream dropped: its client does not read")
                    stream.drop()
            elif now >= stream.ends_at:
                stream.end()
            elif now - stream.wrote_at >= self.limits.keep_alive_s:
                stream.beat()
        for guest in list(self._guests):
            if now >= guest.ends_at:
                guest.end()

    async def _recheck(self) -> None:
        """Close the streams whose credential is no longer good; while the database cannot say, nobody is sent away."""
        actors = [actor for actor, _ in self._actors.values()] + [guest.actor for guest in self._guests]
        if not actors:
            return
        lost = await self.door.no_longer_good(actors)
        for one in self._everybody() if lost else ():
            if (one.credential, one.company_id) in lost:
                one.end()

    async def _each(self, part: Callable[[], Awaitable[None]], pause_s: float) -> None:
        while True:
            try:
                await part()
            except Exception:
                log.exception("the hub stumbled and goes on")
                await asyncio.sleep(0.2)
            await asyncio.sleep(pause_s)

    def _everybody(self) -> "list[Stream | Guest]":
        return [*self._streams(), *self._guests]

    def _streams(self) -> list[Stream]:
        return [stream for channel in self._channels.values() for stream in channel.streams]

    @staticmethod
    def _clock() -> float:
        return asyncio.get_running_loop().time()
