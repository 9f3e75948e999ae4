"""``GET /api/sales/invoices/`` and ``…/{id}/``: filters, order, pages, and who sees what."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from erp import access
from erp.rights import Role, Scope
from invoices.models import Invoice
from tests.builders import Answer, World, invoice_body, item_body, send
from tests.cluster import owner_connection

PATH = "/api/sales/invoices/"
MOST_PAGES = 50
START = datetime(2026, 1, 23, 10, tzinfo=UTC)


def imported(world: World, *numbers: str, **changes: Any) -> None:
    for number in numbers:
        assert world.import_invoice(invoice_body(invoice_no=number, **changes)).status == 201


def spread(world: World, **columns: Callable[[int], Any]) -> None:
    """Give the company's invoices, oldest first, values by their place."""
    for place, invoice in enumerate(Invoice.unscoped.filter(company=world.company).order_by("serial")):
        Invoice.unscoped.filter(id=invoice.id).update(**{name: value(place) for name, value in columns.items()})


def listed(world: World, query: str = "") -> Answer:
    return send("GET", f"{PATH}?{query}", None, **{"X-API-Key": world.api_key})


def numbers(world: World, query: str = "") -> list[str]:
    answer = listed(world, query)
    assert answer.status == 200, answer.body
    found = [invoice["invoice_no"] for invoice in answer.body["results"]]
    if "count" in answer.body and "page" not in query:
        assert answer.body["count"] == len(found)
    return found


def errors(world: World, query: str) -> Any:
    answer = listed(world, query)
    assert (answer.status, answer.body["code"]) == (400, "validation"), answer.body
    return answer.body["errors"]


# ── Filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────

HANDLED: dict[str, dict[str, Any]] = {
    "N-1": {},
    "N-2": {"picker": {"email": "p@example.com", "status": "PREPARING"}},
    "N-3": {
        "packer": {"email": "k@example.com", "status": "PACKED"},
        "delivery": {"delivery_status": "IN_TRANSIT", "email": "d@example.com"},
    },
    "N-4": {"picker": {"email": "p@example.com"}, "delivery": {"delivery_status": "DELIVERED"}},
}


@pytest.fixture
def warehouse(world: World) -> World:
    """Four invoices in different hands."""
    imported(world, *HANDLED)
    states = {"N-1": "INVOICED", "N-2": "PICKING", "N-3": "REVIEW", "N-4": "DELIVERED"}
    billing = {"N-3": "REVIEW", "N-4": "RE_INVOICED"}
    for number, handling in HANDLED.items():
        world.put_invoice(
            number,
            fulfilment_status=states[number],
            billing_status=billing.get(number, "BILLED"),
            priority="HIGH" if number == "N-2" else "LOW",
            handling=handling,
        )
    return world


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "N-4 N-3 N-2 N-1"),
        ("status=PICKING", "N-2"),
        ("status=PICKING&status=DELIVERED", "N-4 N-2"),
        ("status=", "N-4 N-3 N-2 N-1"),
        ("status=&status=PICKING", "N-2"),
        ("status=PICKED", ""),
        ("billing_status=REVIEW", "N-3"),
        ("billing_status=REVIEW&billing_status=RE_INVOICED", "N-4 N-3"),
        ("priority=HIGH", "N-2"),
        ("priority=HIGH&priority=LOW", "N-4 N-3 N-2 N-1"),
        ("status=PICKING&priority=LOW", ""),
        ("worker=p@example.com", "N-4 N-2"),
        ("worker=P@Example.com", "N-4 N-2"),
        ("worker=k@example.com", "N-3"),
        ("worker=d@example.com", "N-3"),
        ("worker=nobody@example.com", ""),
        ("delivery_status=IN_TRANSIT", "N-3"),
        ("delivery_status=DELIVERED", "N-4"),
        ("delivery_status=PENDING", ""),
        ("exclude_delivery_status=DELIVERED", "N-3 N-2 N-1"),
        ("exclude_delivery_status=IN_TRANSIT&exclude_delivery_status=", "N-4 N-2 N-1"),
        ("unknown=parameter&_=123", "N-4 N-3 N-2 N-1"),
    ],
)
def test_states_and_workers_filter(warehouse: World, query: str, found: str) -> None:
    assert numbers(warehouse, query) == found.split()


def test_a_worker_is_found_by_his_id_in_ones_own_company_only(warehouse: World, other_world: World) -> None:
    picker, stranger = warehouse.user(Role.PICKER), other_world.user(Role.PICKER)
    warehouse.put_invoice("N-1", handling={"picker": {"email": picker.email}})
    warehouse.put_invoice("N-2", handling={"picker": {"email": stranger.email}})
    assert numbers(warehouse, f"user={picker.id}") == ["N-1"]
    assert numbers(warehouse, f"user={stranger.id}") == []
    assert numbers(warehouse, f"user={uuid4()}") == []


@pytest.fixture
def shop(world: World) -> World:
    """Three invoices of two customers."""
    imported(
        world, "KL/1", customer={"code": "C_1", "name": "LifeCare Pharmacy"}, created_by="Admin User", temp_name="Kochi"
    )
    imported(world, "KL/12", customer={"code": "C%1", "name": "100% Pharma"}, created_by="robot", temp_name="")
    imported(world, "kl/1", customer={"code": "C_1", "name": "LifeCare Pharmacy"}, created_by="", temp_name="ബിൽ")
    return world


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("invoice_no=KL/1", "KL/1"),
        ("invoice_no__exact=KL/1", "KL/1"),
        ("invoice_no=KL", ""),
        ("invoice_no=KL%2F12", "KL/12"),
        ("customer_code=C_1", "kl/1 KL/1"),
        ("customer_code=c_1", ""),
        ("customer_code=C%25", ""),
        ("created_by=admin", "KL/1"),
        ("created_by=USER", "KL/1"),
        ("created_by=%25", ""),
        ("search=kl/1", "kl/1 KL/12 KL/1"),
        ("search=lifecare", "kl/1 KL/1"),
        ("search=c_1", "kl/1 KL/1"),
        ("search=100%25", "KL/12"),
        ("search=kochi", "KL/1"),
        ("search=ബിൽ", "kl/1"),
        ("search=nothing", ""),
        ("search=", "kl/1 KL/12 KL/1"),
        ("search=%20%20kochi%20", "KL/1"),
        ("search=admin", ""),
        ("search=kl&customer_code=C%251", "KL/12"),
    ],
)
def test_texts_filter(shop: World, query: str, found: str) -> None:
    assert numbers(shop, query) == found.split()


@pytest.fixture
def days(world: World) -> World:
    """Made around midnight of the company, which is in India: 18:30 UTC."""
    imported(world, "N-1", "N-2", "N-3", "N-4")
    made = ["2026-01-22T18:29:59.999999", "2026-01-22T18:30:00", "2026-01-23T18:29:59.999999", "2026-01-23T18:30:00"]
    spread(world, created_at=lambda place: datetime.fromisoformat(made[place] + "+00:00"))
    return world


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("created_after=2026-01-23", "N-4 N-3 N-2"),
        ("created_before=2026-01-23", "N-3 N-2 N-1"),
        ("created_after=2026-01-23&created_before=2026-01-23", "N-3 N-2"),
        ("created_after=2026-01-24", "N-4"),
        ("created_after=2026-01-23T00:00", "N-4 N-3 N-2"),
        ("created_after=2026-01-22T18:30:00Z", "N-4 N-3 N-2"),
        ("created_after=2026-01-22T18:30:00.000001Z", "N-4 N-3"),
        ("created_before=2026-01-22T18:30:00%2B00:00", "N-2 N-1"),
        ("created_before=2026-01-23T00:00:00%2B05:30", "N-2 N-1"),
        ("created_after=1900-01-01&created_before=2199-12-31", "N-4 N-3 N-2 N-1"),
        ("created_after=2199-12-31T23:59:59-12:00", ""),
    ],
)
def test_days_are_the_companys_and_instants_are_instants(days: World, query: str, found: str) -> None:
    assert numbers(days, query) == found.split()


def test_a_day_is_another_one_elsewhere(days: World) -> None:
    days.decide(timezone="UTC")
    assert numbers(days, "created_after=2026-01-23") == ["N-4", "N-3"]


# ── Order ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ORDERINGS = ["created_at", "invoice_date", "invoice_no", "priority", "Total"]
LETTERS = "BDACEFG"


@pytest.fixture
def seven(world: World) -> World:
    """Seven invoices, some of them equal in what lists are ordered by."""
    imported(world, *(f"{letter}-{place}" for place, letter in enumerate(LETTERS)))
    spread(
        world,
        created_at=lambda place: START + timedelta(seconds=place // 2),
        invoice_date=lambda place: (START + timedelta(days=place % 3)).date(),
        priority=lambda place: ["LOW", "HIGH", "MEDIUM"][place % 3],
        given_total=lambda place: Decimal(place % 2),
        total_value=lambda place: Decimal(place % 2),
    )
    return world


VALUE_OF: dict[str, Callable[[Any], Any]] = {
    "created_at": lambda invoice: invoice["created_at"],
    "invoice_date": lambda invoice: invoice["invoice_date"],
    "invoice_no": lambda invoice: invoice["invoice_no"],
    "priority": lambda invoice: invoice["priority"],
    "Total": lambda invoice: Decimal(invoice["Total"]),
}


@pytest.mark.parametrize("name", ORDERINGS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_ordering_sorts_and_breaks_ties_by_id(seven: World, name: str, sign: str) -> None:
    found = listed(seven, f"ordering={sign}{name}").body["results"]
    keys = [(VALUE_OF[name](invoice), invoice["id"]) for invoice in found]
    assert len(keys) == 7
    assert keys == sorted(keys, reverse=sign == "-")


def test_without_an_ordering_the_newest_come_first(seven: World) -> None:
    assert numbers(seven) == numbers(seven, "ordering=-created_at")


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def walk(world: World, query: str) -> Iterator[Answer]:
    """Page after page, as `next` says."""
    url: str | None = f"{PATH}?{query}"
    for _ in range(MOST_PAGES):
        if url is None:
            return
        parts = urlsplit(url)
        answer = send("GET", f"{parts.path}?{parts.query}", None, **{"X-API-Key": world.api_key})
        assert answer.status == 200, answer.body
        yield answer
        url = answer.body["next"]
    raise AssertionError("a walk without end")


@pytest.mark.parametrize("name", ORDERINGS)
@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_a_walk_by_cursor_is_the_walk_by_number(seven: World, name: str, sign: str, size: int) -> None:
    query = f"ordering={sign}{name}&page_size={size}"
    by_number = [invoice for page in walk(seven, query) for invoice in page.body["results"]]
    by_cursor = [invoice for page in walk(seven, query + "&cursor=") for invoice in page.body["results"]]
    assert by_cursor == by_number
    assert len({invoice["id"] for invoice in by_cursor}) == 7


def test_a_walk_keeps_its_filters(seven: World) -> None:
    query = "priority=LOW&priority=HIGH&ordering=invoice_no&page_size=2&search=%20-"
    for extra in ("", "&cursor="):
        pages = list(walk(seven, query + extra))
        assert [len(page.body["results"]) for page in pages] == [2, 2, 1]
        assert {invoice["priority"] for page in pages for invoice in page.body["results"]} == {"LOW", "HIGH"}


def test_a_walk_by_cursor_neither_repeats_nor_loses_when_newer_ones_arrive(seven: World) -> None:
    seen = []
    for turn, page in enumerate(walk(seven, "page_size=2&cursor=")):
        seen += [invoice["invoice_no"] for invoice in page.body["results"]]
        if turn < 3:
            imported(seven, f"NEW-{turn}")
    assert seen == [f"{letter}-{place}" for place, letter in reversed(list(enumerate(LETTERS)))]


def test_numbered_pages_say_where_they_stand(seven: World) -> None:
    first, last = listed(seven, "page_size=5").body, listed(seven, "page=2&page_size=5").body
    assert first.keys() == {"count", "next", "previous", "results"}
    assert (first["count"], first["previous"], len(first["results"])) == (7, None, 5)
    assert first["next"] == f"http://localhost{PATH}?page_size=5&page=2"
    assert (last["count"], last["next"], len(last["results"])) == (7, None, 2)
    assert last["previous"] == f"http://localhost{PATH}?page=1&page_size=5"


def test_a_cursor_page_has_no_count(seven: World) -> None:
    page = listed(seven, "cursor=&page_size=5").body
    assert page.keys() == {"next", "previous", "results"}


def test_a_page_has_twenty_rows_unless_asked(world: World) -> None:
    imported(world, *(f"N-{number}" for number in range(21)))
    assert len(listed(world).body["results"]) == 20
    assert len(listed(world, "page_size=").body["results"]) == 20
    for size in ("0", "all", "infinite", "ALL", "1000"):
        assert len(listed(world, f"page_size={size}").body["results"]) == 21


def test_past_the_end_there_is_no_page(seven: World) -> None:
    for query in ("page=2", "page=3&page_size=5", "page=200000&page_size=1"):
        answer = listed(seven, query)
        assert (answer.status, answer.body["message"], answer.body["code"]) == (404, "Invalid page.", "not-found")


def test_an_empty_list_has_one_empty_page(world: World) -> None:
    assert listed(world).body == {"count": 0, "next": None, "previous": None, "results": []}
    assert listed(world, "cursor=").body == {"next": None, "previous": None, "results": []}
    assert listed(world, "page=2").status == 404


def test_light_pages_leave_the_items_out_and_say_so(seven: World) -> None:
    full = listed(seven).body
    for query in ("omit=items", "page_size=1001", "page_size=10000", "page_size=999999", "omit=items&page_size=0"):
        light = listed(seven, query).body
        assert light["items_omitted"] is True
        assert light["results"] == [invoice | {"items": []} for invoice in full["results"]]
    assert all(invoice["items"] for invoice in full["results"])
    for query in ("", "omit=", "page_size=1000"):
        assert "items_omitted" not in listed(seven, query).body


def test_depth_has_its_limit_without_a_cursor(seven: World) -> None:
    text = ["page × page_size may not pass 200000; use ?cursor= instead."]
    for query in ("page=200001&page_size=1", "page=21&page_size=10000", "page=201&page_size=all"):
        assert errors(seven, query) == {"page": text}
    assert listed(seven, "page=200&page_size=1000").status == 404
    assert listed(seven, "page=200001&cursor=&page_size=1").status == 200


# ── Bad parameters ───────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = ["A positive whole number is required."]
INSTANT = ["Use YYYY-MM-DD, or an ISO 8601 instant."]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("page=0", {"page": WHOLE}),
        ("page=x", {"page": WHOLE}),
        ("page_size=-1", {"page_size": WHOLE}),
        ("page_size=1.5", {"page_size": WHOLE}),
        (
            "ordering=id",
            {"ordering": ["Must be one of created_at, invoice_date, invoice_no, priority, Total, with or without -."]},
        ),
        ("omit=customer", {"omit": ["Must be items."]}),
        ("cursor=x", {"cursor": ["This cursor was not made by this list."]}),
        ("created_after=yesterday", {"created_after": INSTANT}),
        ("created_before=2026-W01-1", {"created_before": INSTANT}),
        ("user=x", {"user": ["Enter a valid UUID."]}),
    ],
)
def test_a_bad_parameter_is_named(world: World, query: str, named: Any) -> None:
    assert errors(world, query) == named


@pytest.mark.parametrize("name", ["status", "billing_status", "priority", "delivery_status", "exclude_delivery_status"])
def test_a_value_that_is_none_is_named(world: World, name: str) -> None:
    assert errors(world, f"{name}=WHATEVER").keys() == {name}


def test_all_bad_filters_are_named_at_once(world: World) -> None:
    assert errors(world, "status=x&priority=y&user=z").keys() == {"status", "priority", "user"}


def test_a_list_of_values_has_its_limit(world: World) -> None:
    assert listed(world, "&".join(["status=PICKING"] * 50)).status == 200
    assert errors(world, "&".join(["status=PICKING"] * 51)) == {"status": ["At most 50 values."]}


# ── Cost ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def queries_of(world: World, query: str) -> int:
    key = world.api_key
    listed(world, query)
    access._remembered.clear()  # looked up each time, however slow the machine is
    with CaptureQueriesContext(connection) as queries:
        answer = send("GET", f"{PATH}?{query}", None, **{"X-API-Key": key})
    assert answer.status == 200
    return len(queries)


@pytest.mark.db_heavy
@pytest.mark.parametrize("query", ["page_size=200", "page_size=200&cursor=", "page_size=10000", "page_size=200&search=n-"])
def test_a_page_costs_the_same_queries_whatever_its_size(world: World, query: str) -> None:
    imported(world, *(f"N-{number}" for number in range(5)))
    few = queries_of(world, query)
    imported(world, *(f"N-{number}" for number in range(5, 200)), items=[item_body(item_code=code) for code in "ABC"])
    assert len(listed(world, query).body["results"]) == 200
    assert queries_of(world, query) == few
    assert few <= 6


# ── One invoice ──────────────────────────────────────────────────────────────────────────────────────────────────────


def one(world: World, invoice_id: Any) -> Answer:
    return send("GET", f"{PATH}{quote(str(invoice_id))}/", None, **{"X-API-Key": world.api_key})


def test_an_invoice_is_found_by_its_id_and_its_uuid_and_is_shown_as_in_the_list(world: World) -> None:
    imported(world, "N-1")
    invoice = world.invoice("N-1")
    by_id, by_uuid = one(world, invoice.serial), one(world, invoice.id)
    assert by_id.status == 200
    assert by_id.raw == by_uuid.raw == one(world, str(invoice.id).upper()).raw
    assert listed(world).body["results"] == [by_id.body]
    assert (by_id.body["id"], by_id.body["uuid"]) == (invoice.serial, str(invoice.id))


def test_what_belongs_to_others_is_answered_like_what_does_not_exist(world: World, other_world: World) -> None:
    imported(other_world, "N-1")
    theirs = other_world.invoice("N-1")
    unknown = one(world, 10**15)
    assert (unknown.status, unknown.body["message"]) == (404, "Invoice not found.")
    for invoice_id in (theirs.serial, theirs.id, uuid4(), 0, "x", "N-1", "9" * 30, f"{{{theirs.id}}}", "٣"):
        answer = one(world, invoice_id)
        assert answer.status == 404
        assert answer.body | {"request_id": ""} == unknown.body | {"request_id": ""}
        assert answer.headers.keys() == unknown.headers.keys()


def test_a_list_shows_ones_own_company_only(world: World, other_world: World) -> None:
    imported(world, "OURS")
    imported(other_world, "THEIRS")
    assert numbers(world) == ["OURS"]
    assert numbers(world, "invoice_no=THEIRS") == numbers(world, "search=THEIRS") == []


def test_purchases_are_not_shown(world: World) -> None:
    imported(world, "N-1")
    serial = world.invoice("N-1").serial
    with owner_connection() as owner:
        owner.execute("SET session_replication_role = replica")  # a document keeps its kind; this one was never another
        owner.execute(
            "UPDATE invoices_invoice SET invoice_type = 'PURCHASE', fulfilment_status = NULL, billing_status = NULL,"
            " customer_id = NULL, supplier_id = gen_random_uuid(), supplier_invoice_number = '1',"
            " supplier_invoice_date = invoice_date, supplier_invoice_year = 2025"
            " WHERE company_id = %s",
            [world.company.id],
        )
    assert numbers(world) == []
    assert one(world, serial).status == 404


# ── Who reads ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", Role)
def test_every_member_reads(world: World, role: Role) -> None:
    imported(world, "N-1")
    assert world.get(PATH, role=role).body["count"] == 1
    assert world.get(f"{PATH}{world.invoice('N-1').serial}/", role=role).status == 200


@pytest.mark.parametrize("scope", Scope)
def test_a_key_reads_with_the_scope_to_update_only(world: World, scope: Scope) -> None:
    imported(world, "N-1")
    key = world.key(scope)
    for path in (PATH, f"{PATH}{world.invoice('N-1').serial}/"):
        answer = send("GET", path, None, **{"X-API-Key": key})
        assert answer.status == (200 if scope is Scope.INVOICES_UPDATE else 403)


def test_nobody_reads_without_a_credential(world: World) -> None:
    imported(world, "N-1")
    for path in (PATH, f"{PATH}{world.invoice('N-1').serial}/"):
        answer = send("GET", path, None)
        assert (answer.status, answer.body["code"]) == (401, "not-authenticated")
        assert answer.body["message"] == "Authentication credentials were not provided."
        assert send("GET", path, None, **{"X-API-Key": "wrong"}).body["message"] == "Invalid API key"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_lists_are_only_read(world: World, method: str) -> None:
    imported(world, "N-1")
    one = [] if method == "PATCH" else [f"{PATH}{world.invoice('N-1').serial}/"]  # express billing changes one
    for path in (PATH, *one):
        answer = world.send(method, path, {}, role=Role.OWNER)
        assert (answer.status, answer.body["code"]) == (405, "method-not-allowed")
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_a_list_may_be_asked_about(world: World, method: str) -> None:
    assert world.send(method, PATH, None, role=Role.VIEWER).status == 200
    assert send(method, PATH, None).status == 401
