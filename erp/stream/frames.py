"""Events as listeners get them on the wire, encoded once per process however many listen. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django_eventstream.utils import sse_encode_event

from erp.events import Kinds, event_id

KEEP_ALIVE = b": keep-alive\n\n"
RETRY = b"retry: 3000\n"

_MESSAGE = "message"
_MESSAGE_LINE = b"event: message\n"
_KEPT_ANSWERS = 8


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a listener asked for: which kinds, and whether the event name is the kind (`?named=true`)."""

    kinds: Kinds
    named: bool


@lru_cache(maxsize=256)
def view(kinds: Kinds, named: bool) -> View:
    """The one `View` of these wishes, so that listeners who want the same share what was joined for them."""
    return View(kinds, named)


class Frame:
    """One event: its number, its kind, its bytes."""

    __slots__ = ("_named", "body", "kind", "number")

    def __init__(self, company_id: UUID, number: int, kind: str, payload: str) -> None:
        self.number = number
        self.kind = kind
        self.body = _encode(_MESSAGE, payload, event_id(company_id, number))
        self._named: bytes | None = None

    @property
    def named(self) -> bytes:
        """The same event under the name of its kind."""
        if self._named is None:
            self._named = self.body.replace(_MESSAGE_LINE, f"event: {self.kind}\n".encode(), 1)
        return self._named


class Run:
    """Events of a company without a gap: those with numbers `start` + 1 … `end`."""

    __slots__ = ("_joined", "end", "frames", "size", "start")

    def __init__(self, start: int, frames: Iterable[Frame] = ()) -> None:
        self.frames = list(frames)
        self.start = start
        self.end = start + len(self.frames)
        self.size = sum(len(frame.body) for frame in self.frames)
        self._joined: dict[tuple[int, View], tuple[bytes, int]] = {}

    def covers(self, position: int) -> bool:
        """Whether the event after `position` is here, or will be the next one here."""
        return self.start <= position <= self.end

    def after(self, position: int, wish: View, *, limit: int) -> tuple[bytes, int]:
        """The bytes of what follows `position`, and the position after them.

        Stops at the first event that brings it to `limit` bytes. The last few answers are kept: most listeners of a
        company are at one of few places and want the same.
        """
        joined = self._joined.get((position, wish))
        if joined is None:
            if len(self._joined) >= _KEPT_ANSWERS:
                self._joined.clear()
            joined = self._joined[position, wish] = self._join(position, wish, limit)
        return joined

    def _join(self, position: int, wish: View, limit: int) -> tuple[bytes, int]:
        parts: list[bytes] = []
        size = 0
        for frame in self.frames[position - self.start :]:
            position = frame.number
            if wish.kinds is None or frame.kind in wish.kinds:
                parts.append(frame.named if wish.named else frame.body)
                size += len(parts[-1])
                if size >= limit:
                    break
        return (parts[0] if len(parts) == 1 else b"".join(parts)), position


class Ring(Run):
    """The newest events of a company: grows at the end, lets go at the start, bounded in events and bytes."""

    __slots__ = ()

    def extend(self, frames: list[Frame]) -> None:
        """Add what follows `end`. Where it does not follow (what lies between has expired), begin anew with it."""
        if frames[0].number != self.end + 1:
            self.restart(frames[0].number - 1)
        self.frames += frames
        self.end += len(frames)
        assert self.frames[-1].number == self.end
        self.size += sum(len(frame.body) for frame in frames)
        self._joined.clear()

    def trim(self, *, events: int, size: int) -> None:
        """Let go of the oldest until at most so many events and bytes are left."""
        drop = 0
        while self.size > size or len(self.frames) - drop > events:
            self.size -= len(self.frames[drop].body)
            drop += 1
        if drop:
            del self.frames[:drop]
            self.start += drop

    def restart(self, at: int) -> None:
        """Forget everything and go on after `at`."""
        self.frames.clear()
        self.start = self.end = at
        self.size = 0
        self._joined.clear()


def opening(company_id: UUID, position: int) -> bytes:
    """The first thing a listener hears. It carries his place, so that even one who hears nothing else can resume."""
    return RETRY + _encode("stream-open", "", event_id(company_id, position))


def reset(company_id: UUID, *, oldest: int, head: int) -> bytes:
    """Tells a listener that what he missed is gone: fetch the lists again, then go on from here.

    ``oldest`` is the lowest id that can still be resumed from.
    """
    data = json.dumps({"reason": "expired", "oldest": event_id(company_id, oldest)})
    return _encode("stream-reset", data, event_id(company_id, head))


def keep_alive(company_id: UUID, position: int | None) -> bytes:
    """A comment; with a position, it also moves the listener's place past events he did not ask for."""
    if position is None:
        return KEEP_ALIVE
    return f"id: {event_id(company_id, position)}\n".encode() + KEEP_ALIVE


def _encode(name: str, data: str, identity: str) -> bytes:
    return str(sse_encode_event(name, data, event_id=identity)).encode()
