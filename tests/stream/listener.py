"""A client of the stream, as a server-side program would write it, and events for it to hear."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.db import connections
from django.utils import timezone

from erp.events import event_id
from erp.identifiers import new_id
from erp.locking import one_transaction
from erp.outbox import Event, record_events
from tests.builders import World

PATH = "/api/sales/sse/invoices/"
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Heard:
    """One event as it came over the wire."""

    name: str
    id: str
    data: str

    @property
    def number(self) -> int:
        return int(self.id.rpartition(":")[2])

    @property
    def payload(self) -> Any:
        return json.loads(self.data)


@dataclass
class Listener:
    """Listens in a thread until the server ends the stream, or `close`. With `resume`, returns with the last id it saw."""

    base_url: str
    headers: dict[str, str]
    query: str = ""
    resume: bool = False
    heard: list[Heard] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    openings: int = 0
    answer: http.client.HTTPResponse | None = None
    cut_short: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._leaving = False
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def messages(self) -> list[Heard]:
        """What was heard, less how the stream opened and was reset."""
        return [one for one in self.heard if not one.name.startswith("stream-")]

    @property
    def numbers(self) -> list[int]:
        return [one.number for one in self.messages]

    def named(self, name: str) -> list[Heard]:
        return [one for one in self.heard if one.name == name]

    def wait(self, so: Callable[["Listener"], object], *, what: str = "") -> None:
        wait_until(lambda: so(self), what or f"the listener has heard {self.numbers[-5:]}")

    def wait_open(self) -> "Listener":
        self.wait(lambda me: me.openings, what="the stream opens")
        return self

    def close(self) -> None:
        self._leaving = True
        if self._connection is not None and self._connection.sock is not None:
            with suppress(OSError):
                self._connection.sock.shutdown(2)
        self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        try:
            while True:
                try:
                    self._listen()
                except (OSError, http.client.HTTPException, ValueError, AttributeError):
                    # Refused, reset, or closed under our hands: as good as an ending.
                    self.cut_short = True
                if self._leaving or not self.resume:
                    return
                time.sleep(0.02)
        finally:
            self.ended.set()

    def _listen(self) -> None:
        address = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_S)
        self._connection = connection
        headers = dict(self.headers)
        if self.resume and self.heard:
            headers["Last-Event-ID"] = self.heard[-1].id
        try:
            connection.request("GET", PATH + self.query, headers=headers)
            self.answer = connection.getresponse()
            if self.answer.status == 200:
                for lines in _blocks(self.answer):
                    self._hear(lines)
        finally:
            connection.close()

    def _hear(self, lines: list[str]) -> None:
        fields = dict(line.partition(": ")[::2] for line in lines if not line.startswith(":"))
        self.comments += [line for line in lines if line.startswith(":")]
        if "event" in fields:
            self.heard.append(Heard(fields["event"], fields["id"], fields.get("data", "")))
            self.openings += fields["event"] == "stream-open"


def _blocks(answer: http.client.HTTPResponse) -> Iterator[list[str]]:
    lines: list[str] = []
    while line := answer.readline():
        text = line.decode().rstrip("\n")
        if text:
            lines.append(text)
        else:
            yield lines
            lines = []


def wait_until(so: Callable[[], object], what: str) -> None:
    """Wait, generously, until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.01)


def listen(base_url: str, world: World, *, query: str = "", resume: bool = False, **headers: str) -> Listener:
    """A listener with the world's API key, and headers like ``Last_Event_ID=…``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Listener(base_url, {"X-API-Key": world.api_key, **named}, query, resume)


@contextmanager
def listening(base_url: str, world: World, *, after: int | None = None) -> Iterator[Listener]:
    """An open listener, closed at the end."""
    headers = {} if after is None else {"Last-Event-ID": id_of(world, after)}
    listener = Listener(base_url, {"X-API-Key": world.api_key, **headers}).wait_open()
    try:
        yield listener
    finally:
        listener.close()


def record(world: World, count: int = 1, *, kind: str = "invoice_created", padding: int = 0) -> None:
    """Commit so many events, in one transaction."""
    now = timezone.now()
    with one_transaction(company_id=world.company.id) as locks:
        record_events(locks, [event(world, kind=kind, padding=padding) for _ in range(count)], now=now)


def event(world: World, *, kind: str = "invoice_created", padding: int = 0) -> Event:
    subject = new_id()
    payload = json.dumps({"type": kind, "uuid": str(subject), "of": str(world.company.id), "pad": "x" * padding})
    return Event(kind, "invoice", subject, payload)


def id_of(world: World, number: int) -> str:
    return event_id(world.company.id, number)


@contextmanager
def writing(world: World, chance: random.Random, *, pause_s: float = 0.01) -> Iterator[list[int]]:
    """Somebody commits events all the time, one to three at once; at the end the list holds how many in all."""
    stop = threading.Event()
    total: list[int] = []

    def write() -> None:
        count = 0
        try:
            while not stop.is_set():
                step = chance.randint(1, 3)
                record(world, step)
                count += step
                stop.wait(chance.random() * pause_s)
        finally:
            total.append(count)
            connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield total
    finally:
        stop.set()
        thread.join()


def expect_all(listener: Listener, total: int) -> None:
    """Every event there is, once, in order."""
    listener.wait(lambda me: len(me.messages) >= total, what=f"{total} events, heard {len(listener.messages)}")
    listener.close()
    assert listener.numbers == list(range(1, total + 1))


def wait_heard(listener: Listener, more: int) -> None:
    heard = len(listener.messages)
    listener.wait(lambda me: len(me.messages) >= heard + more, what="events go on arriving")
