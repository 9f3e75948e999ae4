"""Imports that meet: whatever is raced, each invoice is there once, each change is announced once, nobody sees a 500."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.builders import Answer, World, forget_keys, invoice_body, item_body, send
from tests.cluster import owner_connection
from tests.observing import audit_of, count_of, events_of, rows_of
from tests.parallel import Retries, at_once
from tests.slicing import thirds

pytestmark = pytest.mark.db_heavy

PATH = "/api/sales/import/invoice/"
ROUNDS = 6


def post(world: World, body: Any, *, query: str = "", **headers: str) -> Answer:
    return send("POST", PATH + query, body, **{"X-API-Key": world.api_key}, **headers)


def post_at_once(world: World, bodies: list[Any], **headers: str) -> list[Answer]:
    assert world.api_key
    return at_once([partial(post, world, body, **headers) for body in bodies])


def statuses(answers: list[Answer]) -> dict[int, int]:
    return dict(Counter(answer.status for answer in answers))


def served(answers: list[Answer], retries: Retries) -> int:
    """How many were done: all, but for those whose locks a machine under load could not give within their time."""
    found = statuses(answers)
    assert found.keys() <= {200, 503}
    assert 503 not in found or "LockNotAvailable" in retries.reasons, retries.reasons
    return found[200]


def the_story_is_whole(world: World, number: str, *, of_others: frozenset[str] = frozenset()) -> None:
    """One event and one audit entry for each version, and the last event is the invoice as it is.

    `of_others` are fields that other invoices change as well.
    """
    version = world.invoice(number).version
    events = [event for event in events_of(world) if event["invoice_no"] == number]
    assert [event["type"] for event in events] == ["invoice_created"] + ["invoice_updated"] * (version - 1)
    entries = [entry for entry in audit_of(world) if str(entry["subject_id"]) == events[0]["uuid"]]
    assert len(entries) == version
    detail = world.get(f"/api/sales/invoices/{events[0]['id']}/").body
    assert {name for name in detail if events[-1][name] != detail[name]} <= of_others
    for before, after in pairwise(entries):
        for name, (_, then) in before["changes"].items():
            now = after["changes"].get(name)
            assert now is None or now[0] == then or name in of_others, (
                f"{name}: each change begins where the one before ended"
            )


# ── One number ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
def test_of_eight_imports_of_a_new_number_one_creates_it(world: World, retries: Retries, turn: int) -> None:
    body = invoice_body(invoice_no="N-1")
    answers = post_at_once(world, [body] * 8)
    assert statuses(answers) == {201: 1, 200: 7}
    assert Counter(answer.data["result"] for answer in answers) == {"created": 1, "unchanged": 7}
    assert len({answer.data["id"] for answer in answers}) == 1
    for table in ("invoices_invoice", "invoices_invoiceitem", "sales_customer", "sales_salesman", "erp_outboxevent"):
        assert count_of(world, table) == 1, table
    the_story_is_whole(world, "N-1")
    assert "DeadlockDetected" not in retries.reasons


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
def test_of_eight_different_imports_of_a_new_number_one_creates_it_and_the_others_update(
    world: World, retries: Retries, turn: int
) -> None:
    answers = post_at_once(world, [invoice_body(invoice_no="N-1", remarks=f"{thread}") for thread in range(8)])
    assert statuses(answers) == {201: 1, 200: 7}
    assert world.invoice("N-1").version == 8
    the_story_is_whole(world, "N-1")
    assert "DeadlockDetected" not in retries.reasons


def different_bodies(threads: int, **same: Any) -> list[Any]:
    """Each changes everything that can change."""
    return [
        invoice_body(
            invoice_no="N-1",
            remarks=f"remark {thread}",
            Total=thread,
            items=[item_body(item_code=f"I-{(thread + line) % 7}", quantity=thread + 1) for line in range(thread % 5 + 1)],
            **same,
        )
        for thread in range(threads)
    ]


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
@pytest.mark.parametrize("parties", ["the same", "changed", "new"])
def test_sixteen_updates_of_one_invoice_all_succeed_one_after_the_other(
    world: World, retries: Retries, parties: str, turn: int
) -> None:
    world.import_invoice(invoice_body(invoice_no="N-1"))
    bodies = different_bodies(16)
    for thread, body in enumerate(bodies):
        if parties == "changed":
            body["customer"] = body["customer"] | {"area": f"area {thread}"}
        elif parties == "new":
            body |= {"salesman": "New", "customer": {"code": "NEW", "name": "New", "area": f"area {thread}"}}
    answers = post_at_once(world, bodies)
    assert world.invoice("N-1").version == 1 + served(answers, retries)
    assert (count_of(world, "sales_customer"), count_of(world, "sales_salesman")) == ((2, 2) if parties == "new" else (1, 1))
    the_story_is_whole(world, "N-1")
    assert "DeadlockDetected" not in retries.reasons, retries.reasons


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
def test_updates_that_make_parties_do_not_deadlock_with_updates_that_lock_first(
    world: World, retries: Retries, turn: int
) -> None:
    """Some hold the invoice while others hold the salesman or customer they make: both have to take parties first."""
    world.import_invoice(invoice_body(invoice_no="N-1"))
    bodies = different_bodies(24)
    for thread, body in enumerate(bodies):
        if thread % 3:
            body |= {"salesman": "New"}
        if thread % 2:
            body |= {"customer": {"code": "NEW", "name": "New", "area": f"area {thread}"}}
    answers = post_at_once(world, bodies)
    changes = served(answers, retries)
    assert "DeadlockDetected" not in retries.reasons, retries.reasons
    assert world.invoice("N-1").version == 1 + changes
    the_story_is_whole(world, "N-1")


# ── Shared parties ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
@pytest.mark.parametrize("customer", ["equal", "different"])
def test_sixteen_invoices_of_one_new_customer_make_him_once(
    world: World, retries: Retries, customer: str, turn: int
) -> None:
    bodies = [invoice_body(invoice_no=f"N-{thread}") for thread in range(16)]
    if customer == "different":
        for thread, body in enumerate(bodies):
            body["customer"] = body["customer"] | {"area": f"area {thread}"}
    answers = post_at_once(world, bodies)
    assert statuses(answers) == {201: 16}, retries.reasons
    assert (count_of(world, "sales_customer"), count_of(world, "sales_salesman")) == (1, 1)
    assert (count_of(world, "invoices_invoice"), count_of(world, "erp_outboxevent")) == (16, 16)
    last = events_of(world)[-1]["customer"]
    assert "DeadlockDetected" not in retries.reasons, retries.reasons
    if customer == "different":
        assert world.get(f"/api/sales/invoices/{answers[0].data['id']}/").body["customer"] == last


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
def test_invoices_that_cross_customers_and_salesmen_do_not_deadlock(world: World, retries: Retries, turn: int) -> None:
    numbers = [f"N-{number}" for number in range(4)]
    for number in numbers:
        world.import_invoice(invoice_body(invoice_no=number))
    bodies = [
        invoice_body(
            invoice_no=numbers[thread % 4],
            salesman=f"S-{(thread * 3) % 5}",
            customer={"code": f"C-{(thread * 7) % 3}", "name": f"Name {thread}"},
            remarks=f"{thread}",
        )
        for thread in range(16)
    ]
    answers = post_at_once(world, bodies)
    served(answers, retries)
    for number in numbers:
        the_story_is_whole(world, number, of_others=frozenset({"customer"}))
    assert "DeadlockDetected" not in retries.reasons, retries.reasons


# ── Idempotency keys ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
def test_a_key_sent_eight_times_at_once_does_the_work_once(world: World, turn: int) -> None:
    body = invoice_body(invoice_no="N-1")
    headers = {"Idempotency-Key": "k-1"}
    answers = post_at_once(world, [body] * 8, **headers)
    assert statuses(answers).keys() <= {201, 409}
    done = [answer for answer in answers if answer.status == 201]
    assert len({answer.raw for answer in done}) == 1
    assert sum(answer.headers.get("Idempotent-Replayed") is None for answer in done) == 1
    for answer in answers:
        if answer.status == 409:
            assert (answer.body["code"], answer.headers["Retry-After"]) == ("idempotency-in-flight", "1")
    assert (count_of(world, "invoices_invoice"), count_of(world, "erp_idempotencykey")) == (1, 1)
    before = rows_of(world)
    again = post(world, body, **headers)
    assert (again.raw, again.headers["Idempotent-Replayed"]) == (done[0].raw, "true")
    assert rows_of(world) == before


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
def test_a_key_sent_with_eight_bodies_at_once_serves_one_of_them(world: World, turn: int) -> None:
    bodies = [invoice_body(invoice_no=f"N-{thread}") for thread in range(8)]
    answers = post_at_once(world, bodies, **{"Idempotency-Key": "k-1"})
    assert statuses(answers)[201] == 1
    assert statuses(answers).keys() <= {201, 409, 422}
    assert (count_of(world, "invoices_invoice"), count_of(world, "erp_idempotencykey")) == (1, 1)


# ── Locks held by others ─────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def impatient() -> Iterator[None]:
    """This thread's connection waits a tenth of a second for a lock instead of three."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        yield
    finally:
        connection.close()


@contextmanager
def holding(statement: str, *parameters: Any) -> "Iterator[psycopg.Connection[Any]]":
    """Somebody else's transaction, which has locked rows and does not go on."""
    with owner_connection() as other:
        other.execute("BEGIN")
        assert other.execute(statement, parameters).fetchall()
        yield other
        other.execute("ROLLBACK")


INVOICE = "SELECT 1 FROM invoices_invoice WHERE company_id = %s FOR UPDATE"
CUSTOMER = "SELECT 1 FROM sales_customer WHERE company_id = %s FOR UPDATE"


@pytest.mark.parametrize("held", [INVOICE, CUSTOMER], ids=["invoice", "customer"])
def test_a_lock_that_is_held_is_waited_for_three_times_and_then_answered_503(
    world: World, retries: Retries, held: str
) -> None:
    world.import_invoice(invoice_body(invoice_no="N-1"))
    body = invoice_body(invoice_no="N-1", remarks="x", customer={"code": "CUST-889", "name": "New name"})
    before = rows_of(world)
    with impatient():
        with holding(held, world.company.id):
            answer = post(world, body)
            assert (answer.status, answer.body["code"]) == (503, "unavailable")
            assert answer.headers["Retry-After"] == "1"
            assert retries.reasons == {"LockNotAvailable": 3}
        assert rows_of(world) == before
        assert post(world, body).data["result"] == "updated"


def test_a_lock_on_one_invoice_does_not_hold_up_another(world: World) -> None:
    world.import_invoice(invoice_body(invoice_no="N-1"))
    with impatient(), holding(INVOICE, world.company.id):
        assert post(world, invoice_body(invoice_no="N-2")).status == 201
        assert post(world, invoice_body(invoice_no="N-1")).data["result"] == "unchanged", "reading waits for nobody"
        assert world.get("/api/sales/invoices/").body["count"] == 2


def test_a_deadlock_is_broken_and_the_import_tried_again(world: World, retries: Retries) -> None:
    """Somebody locks the invoice and then the customer: the wrong way round."""
    world.import_invoice(invoice_body(invoice_no="N-1"))
    body = invoice_body(invoice_no="N-1", remarks="x", customer={"code": "CUST-889", "name": "New name"})
    locked = Event()

    def the_wrong_way_round() -> None:
        with owner_connection() as other:
            other.execute("SET deadlock_timeout = '60s'")  # so that the import is the one to notice
            other.execute("BEGIN")
            other.execute(INVOICE, (world.company.id,))
            locked.set()
            wait_until_somebody_waits(other)
            other.execute(CUSTOMER, (world.company.id,))
            other.execute("COMMIT")

    other = Thread(target=the_wrong_way_round)
    other.start()
    assert locked.wait(30)
    answer = post(world, body)
    other.join()
    assert (answer.status, answer.data["result"]) == (200, "updated")
    assert retries.reasons == {"DeadlockDetected": 1}
    the_story_is_whole(world, "N-1")


def wait_until_somebody_waits(own: "psycopg.Connection[Any]") -> None:
    with owner_connection() as watcher:
        while not watcher.execute(
            "SELECT 1 FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))", (own.info.backend_pid,)
        ).fetchall():
            pass


# ── Policies that change meanwhile ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("turn", thirds(range(ROUNDS)))
def test_of_eight_imports_that_refuse_to_update_one_creates_and_the_others_are_told(world: World, turn: int) -> None:
    world.decide(on_conflict="reject")
    forget_keys()
    answers = post_at_once(world, [invoice_body(invoice_no="N-1", remarks=f"{thread}") for thread in range(8)])
    assert statuses(answers) == {201: 1, 409: 7}
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"invoice-exists"}
    assert (world.invoice("N-1").version, len(events_of(world))) == (1, 1)
