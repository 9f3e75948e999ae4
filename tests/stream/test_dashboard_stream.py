"""The dashboard's figures as they change, from a running server; and how often they are reckoned."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.utils import timezone

import erp.stream.boards
from erp.models import Login
from erp.problems import Unavailable
from erp.rights import Role
from erp.stream.boards import Boards, Watcher
from erp.stream.door import Door
from erp.tokens import TokenKind, make_token
from fulfilment.api.dashboard_stream import strike_token
from tests.builders import World
from tests.serving import RunningServer, running_server
from tests.stream.listener import PATIENCE_S, wait_until

PATH = "/api/analytics/dashboard-stats-stream/"


class Watching:
    """Watches in a thread until the server ends the stream."""

    def __init__(self, base_url: str, query: str = "", **headers: str) -> None:
        self.status, self.headers, self.seen = 0, httpx.Headers(), list[Any]()
        self.ended = threading.Event()
        self._leave = threading.Event()
        self._arguments = (f"{base_url}{PATH}{query}", headers)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        url, headers = self._arguments
        try:
            with httpx.stream("GET", url, headers=headers, timeout=PATIENCE_S) as answer:
                self.status, self.headers = answer.status_code, answer.headers
                for line in answer.iter_lines():
                    assert line == "" or line.startswith("data: "), line
                    if line:
                        self.seen.append(json.loads(line.removeprefix("data: ")))
                    if self._leave.is_set():
                        return
        except httpx.HTTPError:
            pass
        finally:
            self.ended.set()

    def wait(self, count: int) -> Any:
        wait_until(lambda: len(self.seen) >= count, f"{count} figures, not {len(self.seen)}")
        return self.seen[count - 1]

    def close(self) -> None:
        self._leave.set()


@contextmanager
def watching(server: RunningServer, query: str = "", **headers: str) -> Iterator[Watching]:
    watcher = Watching(server.base_url, query, **headers)
    try:
        yield watcher
    finally:
        watcher.close()


@pytest.mark.db_heavy
def test_figures_come_at_once_and_when_they_change_and_end_with_the_token(server: RunningServer, world: World) -> None:
    tokens = world.log_in(Role.VIEWER)
    with (
        watching(server, f"?token={tokens.access}") as by_query,
        watching(server, Authorization=f"Bearer {world.token(Role.OWNER)}") as by_header,
    ):
        first = by_query.wait(1)
        assert first.keys() == {"date", "stats", "timestamp"}
        assert set(first["stats"].values()) == {0}
        by_header.wait(1)
        assert by_query.headers["content-type"] == "text/event-stream"
        assert "no-transform" in by_query.headers["cache-control"]
        assert world.import_invoice().status == 201
        assert by_query.wait(2)["stats"]["totalInvoices"] == 1
        assert by_header.wait(2)["stats"] == by_query.seen[1]["stats"]
        Login.objects.filter(user=world.user(Role.VIEWER)).update(ended_at=timezone.now())
        assert by_query.ended.wait(PATIENCE_S)
        assert not by_header.ended.is_set()
    assert tokens.access not in server.said()


@pytest.mark.db_heavy
def test_it_ends_when_the_token_expires_and_with_the_process(world: World) -> None:
    world.log_in(Role.VIEWER)
    login = Login.objects.get(user=world.user(Role.VIEWER))
    with running_server() as server:
        now = timezone.now()
        ends = now + timedelta(seconds=6)
        token = make_token(TokenKind.ACCESS, user_id=login.user_id, login_id=login.id, login_expires_at=ends, now=now)
        with (
            watching(server, f"?token={token}") as short,
            watching(server, f"?token={world.token(Role.OWNER)}") as long,
        ):
            short.wait(1)
            long.wait(1)
            assert short.ended.wait(PATIENCE_S)
            assert not long.ended.is_set()
            server.stop()
            assert long.ended.wait(PATIENCE_S)


@pytest.mark.db_heavy
def test_it_is_opened_by_a_members_access_token_and_nothing_else(server: RunningServer, world: World) -> None:
    tokens = world.log_in(Role.VIEWER)
    url = server.base_url + PATH
    for query, headers, code in (
        ("", {}, "not-authenticated"),
        ("?token=", {}, "not-authenticated"),
        ("?token=nonsense", {}, "token_not_valid"),
        (f"?token={tokens.refresh}", {}, "token_not_valid"),
        (f"?token={tokens.stream}", {}, "token_not_valid"),
        ("", {"X-API-Key": world.api_key}, "not-authenticated"),
        ("", {"Cookie": f"erp_stream={tokens.stream}"}, "not-authenticated"),
    ):
        refused = httpx.get(url + query, headers=headers)
        assert (refused.status_code, refused.json()["code"], refused.json()["success"]) == (401, code, False)
        assert refused.headers["x-content-type-options"] == "nosniff"
    posted = httpx.post(url)
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET")


def test_the_token_is_struck_from_what_a_server_logs() -> None:
    scope = {"query_string": b"a=1&token=secret.of.mine&b=2&token=another&mytoken=kept"}
    strike_token(scope)
    assert scope["query_string"] == b"a=1&token=***&b=2&token=***&mytoken=kept"


# ── How often ────────────────────────────────────────────────────────────────────────────────────────────────────────
class Reckoning:
    """Counts how often a company's figures are asked for."""

    def __init__(self) -> None:
        self.figures, self.asked, self.away = 1, 0, False

    def __call__(self, company: UUID) -> int:
        self.asked += 1
        if self.away:
            raise Unavailable
        return self.figures


async def until(so: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not so():
            await asyncio.sleep(0.001)


def test_figures_are_reckoned_once_for_all_who_watch_and_only_while_somebody_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erp.stream.boards, "RECKON_EVERY_S", 0.02)
    actor, reckoning = world.actor(Role.OWNER), Reckoning()

    async def watch() -> None:
        door = Door()
        boards = Boards(door, reckoning, lambda figures: b"%d" % figures)
        watchers = [Watcher(actor, ends_at=0) for _ in range(50)]
        for watcher in watchers:
            boards.watch(watcher)
        assert {await watcher.next_frame() for watcher in watchers} == {b"1"}
        assert reckoning.asked == 1, "fifty watch, and one reckons"
        await until(lambda: reckoning.asked > 3)
        late = Watcher(actor, ends_at=0)
        boards.watch(late)
        assert await late.next_frame() == b"1", "who comes later sees at once what there is"
        reckoning.away = True
        before = reckoning.asked
        await until(lambda: reckoning.asked > before + 1)
        reckoning.away, reckoning.figures = False, 2
        assert {await watcher.next_frame() for watcher in watchers} == {b"2"}, "unchanged figures were not sent again"
        for watcher in (*watchers, late):
            boards.leave(watcher)
        await until(lambda: not boards._boards)
        asked = reckoning.asked
        await asyncio.sleep(0.1)
        assert reckoning.asked == asked, "nobody watches, nothing is reckoned"
        door.close()

    asyncio.run(watch())


def test_unchanged_figures_are_repeated_after_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erp.stream.boards, "RECKON_EVERY_S", 0.01)
    monkeypatch.setattr(erp.stream.boards, "REPEAT_EVERY_S", 0.05)
    actor, reckoning = world.actor(Role.OWNER), Reckoning()

    async def watch() -> None:
        door = Door()
        boards = Boards(door, reckoning, lambda figures: b"%d" % figures)
        watcher = Watcher(actor, ends_at=0)
        boards.watch(watcher)
        for _ in range(3):
            assert await watcher.next_frame() == b"1"
        assert reckoning.asked > 3
        watcher.end()
        assert await watcher.next_frame() == b""
        boards.leave(watcher)
        await until(lambda: not boards._boards)
        door.close()

    asyncio.run(watch())
