"""The database goes away in the middle of a request: 503 with Retry-After or the right answer, and the next works.

Backends are ended by a superuser, deterministically before each statement, at COMMIT and after it, and at random under load.
"""

import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from threading import Event
from typing import Any

import psycopg
import pytest
from django.db import connection

from erp.api.rendering import DatabaseLost
from erp.rights import Role
from tests.builders import PASSWORD, Answer, World, forget_keys, invoice_body, item_body, new_world, send
from tests.cluster import owner_connection
from tests.dying import dying_after_commit, dying_at_commit, dying_before, own_backend, terminate
from tests.observing import count_of, events_of, rows_of
from tests.parallel import at_once
from tests.slicing import thirds

pytestmark = pytest.mark.db_heavy

IMPORT = "/api/sales/import/invoice/"
GIVES_UP_AFTER = 1000


@pytest.fixture(autouse=True)
def whole_connection() -> Iterator[None]:
    """What died in a test is not left to the next one."""
    yield
    connection.close()


def is_503(answer: Answer) -> bool:
    if answer.status != 503:
        return False
    assert answer.body["code"] == "unavailable"
    assert answer.headers["Retry-After"].isdigit()
    assert "psycopg" not in answer.raw.decode()
    return True


# ── Before each statement ────────────────────────────────────────────────────────────────────────────────────────────

Request = Callable[[], Answer]


def new_import(world: World) -> Request:
    body = invoice_body(invoice_no="NEW", salesman="New", customer={"code": "NEW", "name": "New"})
    headers = {"X-API-Key": world.api_key, "Idempotency-Key": "k-1"}
    return lambda: send("POST", IMPORT, body, **headers)


def update(world: World) -> Request:
    body = invoice_body(invoice_no="OLD", remarks="x", customer={"code": "CUST-889", "name": "New name"})
    headers = {"X-API-Key": world.api_key}
    return lambda: send("POST", IMPORT, body, **headers)


def dry_run(world: World) -> Request:
    headers = {"X-API-Key": world.api_key}
    return lambda: send("POST", f"{IMPORT}?dry_run=true", invoice_body(), **headers)


def read_list(world: World) -> Request:
    headers = {"X-API-Key": world.api_key}
    return lambda: send("GET", "/api/sales/invoices/", None, **headers)


def read_detail(world: World) -> Request:
    headers = {"Authorization": f"Bearer {world.token(Role.VIEWER)}"}
    path = f"/api/sales/invoices/{world.invoice('OLD').serial}/"
    return lambda: send("GET", path, None, **headers)


def log_in(world: World) -> Request:
    body = {"email": world.user(Role.BILLER).email, "password": PASSWORD}
    return lambda: send("POST", "/api/auth/login/", body)


def refresh(world: World) -> Request:
    body = {"refresh": world.log_in(Role.BILLER).refresh}
    return lambda: send("POST", "/api/auth/token/refresh/", body)


REQUESTS = [new_import, update, dry_run, read_list, read_detail, log_in, refresh]


def ready_world() -> World:
    world = new_world()
    assert world.api_key
    assert world.import_invoice(invoice_body(invoice_no="OLD")).status == 201
    return world


@pytest.mark.parametrize("request_of", thirds(REQUESTS), ids=lambda request_of: request_of.__name__)
def test_a_backend_that_dies_before_any_statement_costs_one_503_at_most(
    request_of: Callable[[World], Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = 0
    for statement in count():
        world = ready_world()
        request = request_of(world)
        before = rows_of(world)
        forget_keys()
        monkeypatch.setattr("erp.outbox._last_wake_at", 0.0)
        with dying_before(statement) as seen:
            answer = request()
        connection.close()
        if len(seen) <= statement:
            break
        if is_503(answer):
            lost += 1
            assert rows_of(world) == before, seen[statement]
        else:
            assert answer.status in {200, 201}, (seen[statement], answer.raw)
        assert request().status in {200, 201}, seen[statement]
    assert answer.status in {200, 201}
    assert 1 <= lost <= statement


# ── Around COMMIT ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backend_that_dies_at_commit_keeps_nothing() -> None:
    world = ready_world()
    request = new_import(world)
    before = rows_of(world)
    with dying_at_commit():
        answer = request()
    assert is_503(answer)
    assert answer.body["message"] == DatabaseLost.message
    assert rows_of(world) == before
    again = request()
    assert (again.status, again.headers.get("Idempotent-Replayed")) == (201, None)


def test_a_backend_that_dies_after_commit_has_kept_everything() -> None:
    """The answer is lost on its way; the repeat with the same key gets it."""
    world = ready_world()
    request = new_import(world)
    with dying_after_commit():
        assert is_503(request())
    assert count_of(world, "invoices_invoice") == 2
    again = request()
    assert (again.status, again.data["result"], again.headers["Idempotent-Replayed"]) == (201, "created", "true")
    assert (count_of(world, "invoices_invoice"), len(events_of(world))) == (2, 2)


def test_a_hint_that_cannot_be_given_after_commit_spoils_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    world = ready_world()
    request = new_import(world)
    monkeypatch.setattr("erp.outbox._last_wake_at", 0.0)
    wrapper: Any = connection
    commit = wrapper._commit

    def dying_after_commit() -> None:
        commit()
        terminate(own_backend())

    monkeypatch.setattr(connection, "_commit", dying_after_commit)
    answer = request()
    monkeypatch.undo()
    assert (answer.status, count_of(world, "invoices_invoice")) == (201, 2)
    assert request().headers["Idempotent-Replayed"] == "true"


# ── Between requests, and altogether ─────────────────────────────────────────────────────────────────────────────────


def test_a_backend_that_died_between_requests_is_not_noticed(world: World) -> None:
    assert world.import_invoice().status == 201
    for turn in range(3):
        terminate(own_backend())
        assert world.import_invoice(invoice_no=f"N-{turn}").status == 201


def test_a_database_that_lets_nobody_in_is_503_until_it_does(world: World) -> None:
    key = world.api_key
    body = invoice_body()
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["DATABASE_URL"], dbname="postgres", autocommit=True) as owner:
        try:
            owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            owner.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,))
            for method, path, sent in (("POST", IMPORT, body), ("GET", "/api/sales/invoices/", None)):
                assert is_503(send(method, path, sent, **{"X-API-Key": key}))
        finally:
            owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert send("POST", IMPORT, body, **{"X-API-Key": key}).status == 201


def test_a_statement_that_takes_too_long_is_503(world: World) -> None:
    world.import_invoice(invoice_body(invoice_no="OLD"))
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '100ms'")
    try:
        with owner_connection() as owner:
            owner.execute("BEGIN")
            owner.execute("SELECT 1 FROM invoices_invoice WHERE company_id = %s FOR UPDATE", (world.company.id,))
            assert is_503(world.import_invoice(invoice_body(invoice_no="OLD", remarks="x")))
            owner.execute("ROLLBACK")
    finally:
        connection.close()
    assert world.import_invoice(invoice_body(invoice_no="OLD", remarks="x")).data["result"] == "updated"


# ── At random ────────────────────────────────────────────────────────────────────────────────────────────────────────

SEED = 20260123
THREADS, INVOICES = 4, 25
MOST_DEATHS = 300
"""On a slow machine backends could die faster than anybody can work; then the clients would never be done."""


def import_until_acknowledged(world: World, number: str, answers: list[Answer]) -> None:
    body = invoice_body(invoice_no=number, items=[item_body(item_code=number)])
    for _ in range(GIVES_UP_AFTER):
        answer = send("POST", IMPORT, body, **{"X-API-Key": world.api_key, "Idempotency-Key": number})
        answers.append(answer)
        if not is_503(answer):
            assert answer.status == 201, answer.raw
            return
    raise AssertionError(f"{number} was never acknowledged")


def test_backends_that_die_at_random_lose_and_repeat_nothing(world: World) -> None:
    assert world.api_key
    chance = random.Random(SEED)
    answers: list[Answer] = []
    finished = Event()

    def client(thread: int) -> None:
        for number in range(INVOICES):
            import_until_acknowledged(world, f"N-{thread}-{number}", answers)

    def killer() -> None:
        with owner_connection() as owner:
            for _ in range(MOST_DEATHS):
                if finished.wait(chance.uniform(0.01, 0.05)):
                    return
                owner.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND datname = current_database() AND backend_type = 'client backend' ORDER BY random() LIMIT 1"
                )

    def clients() -> None:
        try:
            at_once([partial(client, thread) for thread in range(THREADS)])
        finally:
            finished.set()

    at_once([clients, killer])
    numbers = {f"N-{thread}-{number}" for thread in range(THREADS) for number in range(INVOICES)}
    assert any(answer.status == 503 for answer in answers), "somebody was hurt"
    assert count_of(world, "invoices_invoice") == count_of(world, "erp_idempotencykey") == len(numbers)
    assert sorted(event["invoice_no"] for event in events_of(world)) == sorted(numbers)
    assert count_of(world, "erp_auditentry") == len(numbers)
