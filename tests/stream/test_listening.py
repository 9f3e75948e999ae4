"""What a listener gets over the wire from a running server."""

import http.client
import json
import re
import select
import socket
from contextlib import ExitStack
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from django.db import transaction
from django.utils import timezone

from companies.founding import Person, take_in
from erp.access import Credentials, identify
from erp.identifiers import new_id
from erp.listening import identify_listener, issue_ticket
from erp.locking import one_transaction, set_company
from erp.models import ApiKey, Login, Membership, StreamTicket
from erp.outbox import record_events
from erp.problems import InvalidToken, PermissionDenied
from erp.rights import Role, Scope
from erp.tokens import STREAM_COOKIE, TokenKind, make_token
from tests.builders import World, new_world
from tests.cluster import owner_connection
from tests.serving import RunningServer, running_server
from tests.stream.listener import (
    PATH,
    PATIENCE_S,
    Listener,
    event,
    id_of,
    listen,
    listening,
    record,
    wait_numbered,
    wait_until,
)

pytestmark = pytest.mark.db_heavy

TICKET = "/api/sales/sse/ticket/"


def test_a_stream_opens_with_its_place_and_then_sends_each_event_under_the_name_message(
    server: RunningServer, world: World
) -> None:
    listener = listen(server.base_url, world).wait_open()
    record(world, 2)
    listener.wait(lambda me: len(me.messages) == 2)
    listener.close()
    assert listener.answer is not None
    headers = listener.answer.headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-cache, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert [(one.name, one.id) for one in listener.heard] == [
        ("stream-open", id_of(world, 0)),
        ("message", id_of(world, 1)),
        ("message", id_of(world, 2)),
    ]
    assert listener.messages[0].payload["type"] == "invoice_created"


def test_the_first_line_tells_how_long_to_wait_before_coming_back(server: RunningServer, world: World) -> None:
    assert _first_bytes(server, world).startswith(b"retry: 3000\nevent: stream-open\n")


def test_named_true_makes_the_kind_the_name_of_the_event(server: RunningServer, world: World) -> None:
    listener = listen(server.base_url, world, query="?named=true").wait_open()
    record(world, kind="picking_started")
    listener.wait(lambda me: me.named("picking_started"))
    listener.close()


def test_types_choose_kinds_and_the_place_moves_past_the_others(server: RunningServer, world: World) -> None:
    chosen = listen(server.base_url, world, query="?types=fulfilment_changed,invoice_paid").wait_open()
    default = listen(server.base_url, world).wait_open()
    everything = listen(server.base_url, world, query="?types=all").wait_open()
    for kind in ("invoice_created", "invoice_paid", "payment_received", "delivery_completed", "order_confirmed"):
        record(world, kind=kind)
    everything.wait(lambda me: me.numbers == [1, 2, 3, 4, 5])
    default.wait(lambda me: me.numbers == [1, 2, 4])
    chosen.wait(lambda me: me.numbers == [2, 4])
    # The keep-alive carries the place of the event that was not chosen, so that it is not asked for again.
    wait_until(lambda: id_of(world, 5).encode() in _raw(server, world, "?types=invoice_paid", after=4), "the place moves on")
    for listener in (chosen, default, everything):
        listener.close()


def test_silence_is_filled_with_comments(server: RunningServer, world: World) -> None:
    listener = listen(server.base_url, world).wait_open()
    listener.wait(lambda me: len(me.comments) >= 2)
    listener.close()
    assert set(listener.comments) == {": keep-alive"}
    assert listener.messages == []


def test_a_company_never_hears_another_ones_events(server: RunningServer, world: World, other_world: World) -> None:
    here, there = listen(server.base_url, world).wait_open(), listen(server.base_url, other_world).wait_open()
    for _ in range(5):
        record(world)
        record(other_world, 2)
    here.wait(lambda me: me.numbers == list(range(1, 6)))
    there.wait(lambda me: me.numbers == list(range(1, 11)))
    for listener, owner in ((here, world), (there, other_world)):
        listener.close()
        assert {one.payload["of"] for one in listener.messages} == {str(owner.company.id)}
        assert all(one.id.startswith(f"invoices-{owner.company.id}:") for one in listener.heard)


def test_an_event_that_was_rolled_back_is_never_sent(server: RunningServer, world: World) -> None:
    listener = listen(server.base_url, world).wait_open()
    with one_transaction(company_id=world.company.id, dry_run=True) as locks:
        record_events(locks, [event(world)], now=timezone.now())
    record(world)
    listener.wait(lambda me: me.numbers == [1])
    listener.close()


# ── Resuming ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_returns_with_the_last_id_gets_everything_after_it(server: RunningServer, world: World) -> None:
    with listening(server.base_url, world):
        record(world, 7)
        wait_numbered(world, 7)
        header = listen(server.base_url, world, Last_Event_ID=id_of(world, 3))
        query = listen(server.base_url, world, query=f"?lastEventId={id_of(world, 5)}")
        both = listen(server.base_url, world, query=f"?lastEventId={id_of(world, 0)}", Last_Event_ID=id_of(world, 6))
        header.wait(lambda me: me.numbers == [4, 5, 6, 7])
        query.wait(lambda me: me.numbers == [6, 7])
        both.wait(lambda me: me.numbers == [7])
        for listener in (header, query, both):
            listener.close()


def test_a_thousand_and_a_half_events_are_caught_up_with_from_the_table(server: RunningServer, world: World) -> None:
    record(world, 1500)
    with listening(server.base_url, world, after=0) as behind:
        behind.wait(lambda me: len(me.numbers) == 1500)
        with listening(server.base_url, world, after=777) as further:
            further.wait(lambda me: len(me.numbers) == 1500 - 777)
            record(world)
            behind.wait(lambda me: me.numbers == list(range(1, 1502)))
            further.wait(lambda me: me.numbers == list(range(778, 1502)))


def test_large_events_are_caught_up_with_too(server: RunningServer, world: World) -> None:
    for _ in range(3):
        record(world, 10, padding=200_000)
    wait_numbered(world, 30)
    with listening(server.base_url, world, after=1) as listener:
        listener.wait(lambda me: me.numbers == list(range(2, 31)))


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "invoices",
        "invoices-x:1",
        "{company}:1",
        "invoices-{company}:",
        "invoices-{company}:-1",
        "invoices-{company}:01:2",
        "invoices-{company}:٣",
        "invoices-{company}:9999999999999999999",
        "invoices-{company}:1,other:2",
        "invoices-{company}:1,invoices-{company}:2",
        "invoices-{other}:1",
    ],
)
def test_an_id_that_is_malformed_or_another_companys_is_refused(
    server: RunningServer, world: World, other_world: World, text: str
) -> None:
    value = text.format(company=world.company.id, other=other_world.company.id)
    status, body = _ask(server, {"X-API-Key": world.api_key, "Last-Event-ID": value.encode().decode("latin-1")})
    assert (status, body["code"]) == (400, "validation")
    assert set(body["errors"]) == {"Last-Event-ID"}


def test_an_id_ahead_of_the_last_number_is_reset_to_the_head(server: RunningServer, world: World) -> None:
    record(world, 2)
    wait_numbered(world, 2)
    with listening(server.base_url, world, after=3) as listener:
        listener.wait(lambda me: me.named("stream-reset"))
        record(world)
        listener.wait(lambda me: me.numbers == [3])
    (reset,) = listener.named("stream-reset")
    assert reset.payload == {"reason": "expired", "oldest": id_of(world, 0)}
    assert reset.id == id_of(world, 2)


# ── Who may listen ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_refusals_are_json_of_the_sales_surface(server: RunningServer, world: World) -> None:
    wrong = {"X-API-Key": "wrong.key"}
    no_scope = {"X-API-Key": world.key(Scope.INVOICES_IMPORT)}
    stranger = {"Authorization": f"Bearer {world.token(Role.PICKER)}", "X-Company-ID": str(new_world().company.id)}
    key = {"X-API-Key": world.api_key}
    for headers, query, method, expected in (
        ({}, "", "GET", 401),
        (wrong, "", "GET", 401),
        (no_scope, "", "GET", 403),
        (stranger, "", "GET", 404),
        (key, "?types=invoice_create", "GET", 400),
        (key, "?named=1", "GET", 400),
        (key, "?types=a%00", "GET", 400),
        (key, "?types=%ff", "GET", 400),
        (key, "", "POST", 405),
    ):
        status, body = _ask(server, headers, query, method)
        assert status == expected, (headers, query, body)
        assert body["success"] is False
        assert set(body) >= {"message", "code", "request_id", "detail"}


def test_requests_for_a_stream_are_counted_under_its_route(server: RunningServer) -> None:
    before = _counted(server)
    _status(server, {})
    assert _counted(server) == before + 1


def _counted(server: RunningServer) -> float:
    answer = httpx.get(f"{server.base_url}/metrics").text
    route = re.escape(PATH.removeprefix("/"))
    found = re.search(rf'erp_http_requests_total{{method="GET",route="{route}",status="401"}} (\S+)', answer)
    return float(found[1]) if found else 0.0


def test_a_person_listens_with_his_token_or_with_the_cookie_of_his_login(server: RunningServer, world: World) -> None:
    bearer = Listener(server.base_url, {"Authorization": f"Bearer {world.token(Role.VIEWER)}"}).wait_open()
    cookie = Listener(server.base_url, {"Cookie": f"other=1; {STREAM_COOKIE}={_stream_cookie(world)[0]}"}).wait_open()
    record(world)
    for listener in (bearer, cookie):
        listener.wait(lambda me: me.numbers == [1])
        listener.close()


def test_a_ticket_opens_one_stream_of_its_company_and_its_answer_brings_the_cookie_to_return_with(
    server: RunningServer, world: World, other_world: World
) -> None:
    """Shown by many at once, on two servers, by a person of two companies and by a key."""
    person = world.user(Role.VIEWER)
    take_in(company=other_world.company, person=Person(person.email, person.name, "", Role.VIEWER))
    bearer = {"Authorization": f"Bearer {world.log_in_as(person).access}"}
    elsewhere = {**bearer, "X-Company-ID": str(other_world.company.id)}
    with running_server({}) as second:
        for headers, heard in ((bearer, world), (elsewhere, other_world), ({"X-API-Key": world.api_key}, world)):
            asked = httpx.post(f"{server.base_url}{TICKET}", headers=headers)
            assert (asked.status_code, asked.headers["Cache-Control"]) == (201, "no-store")
            query = f"?ticket={asked.json()['ticket']}"
            crowd = [Listener(one.base_url, {}, query) for one in (server, second) * 4]
            wait_until(lambda: sum(one.ended.is_set() for one in crowd) == 7, "one of them is let in")  # noqa: B023
            (let_in,) = [one for one in crowd if not one.ended.is_set()]
            refused = [one.answer.status for one in crowd if one is not let_in and one.answer is not None]
            assert refused == [401] * 7
            cookies = SimpleCookie(let_in.wait_open().answer.headers["Set-Cookie"])  # type: ignore[union-attr]
            cookie = cookies[STREAM_COOKIE]
            assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/api/sales/sse/", True, "Strict")
            # A browser returns by itself: to the same address, with the cookie.
            returned = Listener(server.base_url, {"Cookie": f"{STREAM_COOKIE}={cookie.value}"}, query).wait_open()
            record(heard)
            for one in (let_in.wait_open(), returned):
                one.wait(lambda me: me.messages)
                assert {message.id.partition(":")[0] for message in one.messages} == {f"invoices-{heard.company.id}"}
                one.close()
            if headers is bearer:
                Login.objects.filter(user=person, ended_at=None).update(ended_at=timezone.now())
                wait_until(lambda: _status(server, {"Cookie": f"{STREAM_COOKIE}={cookie.value}"}) == 401, "it has ended")  # noqa: B023
                bearer |= {"Authorization": f"Bearer {world.log_in_as(person).access}"}
                elsewhere |= bearer


def test_a_ticket_that_is_old_or_whose_holder_may_no_longer_listen_opens_nothing(world: World) -> None:
    """Nor is it kept in clear, nor longer than the next one is asked for."""
    now = timezone.now()
    gone, key = world.actor(Role.PICKER), world.key(Scope.EVENTS_READ, allowed_ips=["192.0.2.7"])
    restricted = identify(Credentials(api_key=key, address="192.0.2.7"), now=now)
    tickets = [issue_ticket(actor=actor, now=now) for actor in (gone, restricted, restricted, gone)]
    with one_transaction(company_id=world.company.id):
        Membership.unscoped.filter(user_id=gone.id).update(is_active=False)
        kept = list(StreamTicket.unscoped.filter(company=world.company).values_list("digest", flat=True))
    assert len(kept) == 4
    assert not set(kept) & set(tickets)
    ways = zip(tickets, ("", "192.0.2.8", "192.0.2.7", ""), (now, now, now, now + timedelta(seconds=31)), strict=True)
    answers: list[UUID | str] = []
    for ticket, address, shown_at in ways:
        try:
            answers.append(identify_listener(Credentials(ticket=ticket, address=address), now=shown_at).id)
        except (InvalidToken, PermissionDenied) as refused:
            answers.append(refused.code)
    assert answers == ["token_not_valid", "token_not_valid", restricted.id, "token_not_valid"]
    issue_ticket(actor=restricted, now=now + timedelta(seconds=32))
    assert StreamTicket.unscoped.filter(company=world.company).count() == 1


def test_the_stream_of_a_revoked_key_ends_and_the_others_go_on(server: RunningServer, world: World) -> None:
    doomed = listen(server.base_url, world).wait_open()
    other = Listener(server.base_url, {"X-API-Key": world.key(Scope.EVENTS_READ)}).wait_open()
    with transaction.atomic():
        set_company(world.company.id)
        ApiKey.unscoped.filter(id=world.key_actor.id).update(revoked_at=timezone.now())
    assert doomed.ended.wait(PATIENCE_S)
    wait_until(lambda: _status(server, {"X-API-Key": world.api_key}) == 401, "nobody enters with the key")
    record(world)
    other.wait(lambda me: me.numbers == [1])
    other.close()
    assert doomed.messages == []


def test_the_stream_ends_when_its_login_is_ended_or_its_person_leaves_the_company(
    server: RunningServer, world: World
) -> None:
    text, login = _stream_cookie(world)
    leaver = Listener(server.base_url, {"Authorization": f"Bearer {world.token(Role.PICKER)}"}).wait_open()
    logged_out = Listener(server.base_url, {"Cookie": f"{STREAM_COOKIE}={text}"}).wait_open()
    Login.objects.filter(id=login.id).update(ended_at=timezone.now())
    with transaction.atomic():
        set_company(world.company.id)
        Membership.unscoped.filter(user=world.user(Role.PICKER)).update(is_active=False)
    assert logged_out.ended.wait(PATIENCE_S)
    assert leaver.ended.wait(PATIENCE_S)


def test_the_stream_ends_when_its_token_expires_though_its_login_lives_on(server: RunningServer, world: World) -> None:
    now = timezone.now()
    user = world.user(Role.VIEWER)
    login = Login.objects.create(id=new_id(), user=user, created_at=now, expires_at=now + timedelta(days=1))
    soon = now + timedelta(seconds=4)
    token = make_token(TokenKind.ACCESS, user_id=user.id, login_id=login.id, login_expires_at=soon, now=now)
    listener = Listener(server.base_url, {"Authorization": f"Bearer {token}"}).wait_open()
    assert listener.ended.wait(PATIENCE_S)


# ── What a stream costs, and slow clients ───────────────────────────────────────────────────────────────────────────────


def test_an_open_stream_has_no_thread_and_no_connection_of_its_own(server: RunningServer, world: World) -> None:
    def cost() -> tuple[int, int]:
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        rows = owner.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()").fetchone()
        return int(status.partition("Threads:")[2].split()[0]), int(str(rows and rows[0]))

    with owner_connection() as owner, ExitStack() as opened:
        opened.enter_context(listening(server.base_url, world))
        threads, connections = cost()
        for _ in range(60):
            opened.enter_context(listening(server.base_url, world))
        record(world)
        more_threads, more_connections = cost()
    # Four threads and connections look credentials up, for all of them.
    assert more_threads - threads <= 4
    assert more_connections - connections <= 4


def test_a_client_that_does_not_read_is_dropped_and_the_others_get_everything(server: RunningServer, world: World) -> None:
    with listening(server.base_url, world) as reader, _silent_client(server, world) as silent:
        record(world, 100, padding=100_000)
        reader.wait(lambda me: me.numbers == list(range(1, 101)))
        poll = select.poll()
        poll.register(silent, select.POLLHUP | select.POLLERR)
        assert poll.poll(PATIENCE_S * 1000), "the connection is still there"


# ── Tools ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _stream_cookie(world: World) -> tuple[str, Login]:
    now = timezone.now()
    user = world.user(Role.BILLER)
    login = Login.objects.create(id=new_id(), user=user, created_at=now, expires_at=now + timedelta(days=1))
    kind = TokenKind.STREAM
    return make_token(kind, user_id=user.id, login_id=login.id, login_expires_at=login.expires_at, now=now), login


def _ask(server: RunningServer, headers: dict[str, str], query: str = "", method: str = "GET") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    try:
        connection.request(method, PATH + query, headers=headers)
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _status(server: RunningServer, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", PATH, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _connect(server: RunningServer, world: World, query: str = "", extra: str = "") -> socket.socket:
    address = urlsplit(server.base_url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE_S)
    client.connect((address.hostname, address.port))
    head = f"GET {PATH}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {world.api_key}\r\n{extra}\r\n"
    client.sendall(head.encode())
    return client


def _silent_client(server: RunningServer, world: World) -> socket.socket:
    """Reads how the stream opens, and then nothing more."""
    client = _connect(server, world)
    seen = b""
    while b"stream-open" not in seen:
        seen += client.recv(100)
    return client


def _first_bytes(server: RunningServer, world: World) -> bytes:
    return _raw(server, world, "").partition(b"\r\n\r\n")[2].partition(b"\r\n")[2]


def _raw(server: RunningServer, world: World, query: str, *, after: int | None = None) -> bytes:
    """What comes until the first silence is filled."""
    extra = "" if after is None else f"Last-Event-ID: {id_of(world, after)}\r\n"
    with _connect(server, world, query, extra) as client:
        seen = b""
        while b"keep-alive" not in seen and b'"success":false' not in seen:
            seen += client.recv(65536)
        return seen
