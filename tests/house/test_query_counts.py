"""Round trips to the database, per request: a committed baseline, so that one more is a decision and not an accident.

Rewrite it, and look at the difference: ``REWRITE_BASELINES=1 python -m pytest tests/house/test_query_counts.py``.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection

from erp.rights import Role
from tests.builders import PASSWORD, Answer, World, forget_keys, invoice_body, item_body, new_world, send
from tests.house import requests_of_books, requests_of_people, requests_of_warehouse

pytestmark = pytest.mark.long

BASELINE = Path(__file__).with_name("query_counts.json")
MOST_IN_AN_IMPORT = 3
"""Between BEGIN and COMMIT; who asks is found out before, the sequencer is woken after."""
MOST_IN_A_POSTING = 10
"""The same, with an Idempotency-Key, which costs two."""


class Trips:
    """Statements in their order; `within` are those between BEGIN and COMMIT, without the two."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith("NOTIFY"):  # at most one in 20 ms and process, so not the same each time
            self.statements.append(("in " if connection.in_atomic_block else "out ") + " ".join(sql.split())[:60])
        return execute(sql, params, many, context)

    @property
    def within(self) -> list[str]:
        return [text for text in self.statements if text.startswith("in ")]


@contextmanager
def counted() -> Iterator[Trips]:
    trips = Trips()
    with connection.execute_wrapper(trips):
        yield trips


IMPORT = "/api/sales/import/invoice/"
Request = Callable[[], Answer]


def lines(count: int) -> list[dict[str, Any]]:
    return [item_body(item_code=f"I{number}") for number in range(count)]


def by_key(world: World, body: Any, *, query: str = "", **headers: str) -> Request:
    """An import by API key."""
    return lambda: send("POST", IMPORT + query, body, **{"X-API-Key": world.api_key} | headers)


def by_person(world: World, role: Role, method: str, path: str, body: Any = None) -> Request:
    headers = {"Authorization": f"Bearer {world.token(role)}"}
    return lambda: send(method, path, body, **headers)


def once_more(world: World, *, query: str = "", **changes: Any) -> Request:
    """An import of what is there, with changes."""
    body = invoice_body()
    assert by_key(world, body)().status == 201
    return by_key(world, body | changes, query=query)


def replayed(world: World) -> Request:
    request = by_key(world, invoice_body(), **{"Idempotency-Key": "again"})
    assert request().status == 201
    return request


def in_bulk(world: World, count: int, **headers: str) -> Request:
    """New invoices, one to a line."""
    body = b"\n".join(msgspec.json.encode(invoice_body()) for _ in range(count))
    given = {"X-API-Key": world.api_key, "Content-Type": "application/x-ndjson"} | headers
    return lambda: send("POST", "/api/sales/import/invoices/", body, **given)


def listed(world: World, query: str = "", *, invoices: int) -> Request:
    for _ in range(invoices):
        assert by_key(world, invoice_body(items=lines(3)))().status == 201
    return by_person(world, Role.VIEWER, "GET", f"/api/sales/invoices/{query}")


def one(world: World) -> Request:
    serial = by_key(world, invoice_body(items=lines(3)))().data["id"]
    return by_person(world, Role.VIEWER, "GET", f"/api/sales/invoices/{serial}/")


def login(world: World) -> Request:
    body = {"email": world.user(Role.VIEWER).email, "password": PASSWORD}
    return lambda: send("POST", "/api/auth/login/", body)


def refresh(world: World) -> Request:
    body = {"refresh": world.log_in(Role.VIEWER).refresh}
    return lambda: send("POST", "/api/auth/token/refresh/", body)


def logout(world: World) -> Request:
    tokens = world.log_in(Role.VIEWER)
    body, headers = {"refresh": tokens.refresh}, {"Authorization": f"Bearer {tokens.access}"}
    return lambda: send("POST", "/api/auth/logout/", body, **headers)


def change_password(world: World) -> Request:
    body = {"old_password": PASSWORD, "new_password": "another battery staple"}
    return by_person(world, Role.VIEWER, "POST", "/api/auth/users/change_password/", body)


REQUESTS: dict[str, Callable[[World], Request]] = {
    "import: new, 1 line": lambda world: by_key(world, invoice_body()),
    "import: new, 200 lines": lambda world: by_key(world, invoice_body(items=lines(200))),
    "import: new, by a person": lambda world: by_person(world, Role.BILLER, "POST", IMPORT, invoice_body()),
    "import: new, with Idempotency-Key": lambda world: by_key(world, invoice_body(), **{"Idempotency-Key": "new"}),
    "import: repeated with its Idempotency-Key": replayed,
    "import: unchanged": once_more,
    "import: changed, 200 lines": lambda world: once_more(world, items=lines(200)),
    "import: changed customer": lambda world: once_more(world, customer={"code": "CUST-889", "name": "Another name"}),
    "import: refused, bad field": lambda world: once_more(world, invoice_date="none"),
    "import: refused, number exists": lambda world: once_more(world, query="?on_conflict=reject"),
    "import: dry run": lambda world: by_key(world, invoice_body(), query="?dry_run=true"),
    "bulk: 1 line": lambda world: in_bulk(world, 1),
    "bulk: 300 lines": lambda world: in_bulk(world, 300),
    "bulk: 300 lines, with Idempotency-Key": lambda world: in_bulk(world, 300, **{"Idempotency-Key": "new"}),
    "list: 1 invoice": lambda world: listed(world, invoices=1),
    "list: 20 invoices": lambda world: listed(world, invoices=20),
    "list: by cursor": lambda world: listed(world, "?cursor=", invoices=3),
    "list: searched and filtered": lambda world: listed(world, "?search=LIFE&status=INVOICED&ordering=-Total", invoices=3),
    "list: light": lambda world: listed(world, "?omit=items", invoices=3),
    "detail": one,
    "stream ticket": lambda world: by_person(world, Role.VIEWER, "POST", "/api/sales/sse/ticket/", {}),
    "events": lambda world: by_person(world, Role.VIEWER, "GET", "/api/sales/events/"),
    "login": login,
    "refresh": refresh,
    "logout": logout,
    "change password": change_password,
    "me": lambda world: by_person(world, Role.VIEWER, "GET", "/api/auth/users/me/"),
    "health: live": lambda world: lambda: send("GET", "/health/live", None),
    "health: ready": lambda world: lambda: send("GET", "/health/ready", None),
    "metrics": lambda world: lambda: send("GET", "/metrics", None),
    "schema": lambda world: lambda: send("GET", "/api/schema/", None),
    "docs": lambda world: lambda: send("GET", "/api/docs/", None),
    "unknown path": lambda world: lambda: send("GET", "/api/nothing/", None),
    **requests_of_books.REQUESTS,
    **requests_of_warehouse.REQUESTS,
    **requests_of_people.REQUESTS,
}


@cache
def measured(name: str) -> Trips:
    """The request's statements: the key's use has been noted this minute, and is looked up anew."""
    world = new_world()
    assert world.import_invoice().status == 201
    request = REQUESTS[name](world)
    forget_keys()
    with counted() as trips:
        answer = request()
    assert answer.status < 500 or name == "health: ready", answer.raw
    return trips


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=[pytest.mark.db_heavy] * (name in requests_of_books.REQUESTS | requests_of_warehouse.REQUESTS)
        )
        for name in REQUESTS
    ],
)
def test_a_request_makes_as_many_round_trips_as_the_baseline_says(name: str) -> None:
    trips = measured(name)
    found = {"all": len(trips.statements), "in transactions": len(trips.within)}
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if os.environ.get("REWRITE_BASELINES"):
        kept = {other: counts for other, counts in baseline.items() if other in REQUESTS}
        BASELINE.write_text(json.dumps(dict(sorted((kept | {name: found}).items())), indent=2) + "\n")
    else:
        assert found == baseline.get(name), "\n".join(trips.statements)


@pytest.mark.skipif("REWRITE_BASELINES" in os.environ, reason="it is being written")
def test_the_baseline_holds_no_request_that_is_gone() -> None:
    assert set(json.loads(BASELINE.read_text())) == set(REQUESTS)


@pytest.mark.parametrize(
    "name",
    [name for name in REQUESTS if name.startswith("import") and "Idempotency-Key" not in name and "dry run" not in name],
)
def test_an_import_takes_three_round_trips_whatever_its_size(name: str) -> None:
    assert len(measured(name).within) <= MOST_IN_AN_IMPORT


def test_a_chunk_of_lines_takes_as_many_round_trips_as_one_import() -> None:
    one, many = measured("bulk: 1 line"), measured("bulk: 300 lines")
    assert len(one.within) == len(many.within) <= MOST_IN_AN_IMPORT


def test_a_posting_takes_ten_round_trips_at_most_whatever_its_size() -> None:
    one, twenty = measured("invoice: post, 1 line"), measured("invoice: post, 20 lines")
    assert len(one.within) == len(twenty.within) <= MOST_IN_A_POSTING


def test_a_page_takes_as_many_round_trips_as_one_row() -> None:
    few, many = measured("list: 1 invoice"), measured("list: 20 invoices")
    assert few.statements == many.statements


@pytest.mark.db_heavy
@pytest.mark.parametrize(
    "act",
    [
        "order: create",
        "order: confirm",
        "invoice: generate",
        "invoice: post",
        "invoice: revise",
        "purchase order: create",
        "purchase order: receive",
        "receipt: receive",
        "transfer: move",
        "revaluation: revalue",
    ],
)
def test_a_document_takes_as_many_round_trips_whatever_its_size(act: str) -> None:
    few, many = measured(f"{act}, 1 line"), measured(f"{act}, 20 lines")
    assert few.statements == many.statements


@pytest.mark.db_heavy
@pytest.mark.parametrize("path", requests_of_books.LISTS)
def test_a_list_of_the_books_takes_as_many_round_trips_as_one_row(path: str) -> None:
    few, many = measured(f"list: {path}"), measured(f"list: {path}, 10 rows")
    assert few.statements == many.statements


@pytest.mark.db_heavy
@pytest.mark.parametrize(
    ("few", "many"),
    [
        ("boxing queue: 1 rows", "boxing queue: 4 rows"),
        ("consider list: 1 rows", "consider list: 4 rows"),
        ("packing: trays drafted, 1 line", "packing: trays drafted, 40 lines"),
        ("administration: 2 advanced", "administration: 12 advanced"),
    ],
)
def test_the_warehouse_takes_as_many_round_trips_whatever_the_number(few: str, many: str) -> None:
    assert measured(few).statements == measured(many).statements


def test_one_more_statement_is_counted() -> None:
    with counted() as trips, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert (len(trips.statements), len(trips.within)) == (1, 0)
