"""Lists of the books' surface: bare arrays, and pages that lead both ways when paging is asked for."""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from erp.identifiers import new_id
from erp.locking import one_transaction
from erp.models import Currency
from erp.numbering import Series, take_numbers
from inventory.models import Warehouse
from sales.models import Customer, SalesOrder
from tests.builders import World
from tests.trade import Trade

PATH = "/api/orders/sales/"
NOW = datetime(2025, 12, 26, tzinfo=UTC)


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def put_orders(trade: Trade, count: int) -> list[str]:
    """Orders of three days in turn, straight into the table; their numbers, newest first."""
    company = trade.world.company
    customer = Customer.unscoped.create(company=company, code="C", name="C", created_at=NOW, updated_at=NOW)
    warehouse = Warehouse.unscoped.get(company=company)
    rupee, series = Currency.objects.get(code="INR"), Series("SO")
    with one_transaction(company_id=company.id) as locks:
        orders = [
            SalesOrder(
                id=new_id(),
                company=company,
                order_number=number,
                order_date=date(2025, 12, 1 + place % 3),
                customer=customer,
                currency=rupee,
                warehouse=warehouse,
                created_at=NOW,
                updated_at=NOW,
            )
            for place, number in enumerate(take_numbers(locks, {series: count})[series])
        ]
        SalesOrder.unscoped.bulk_create(orders)
    return [order.order_number for order in sorted(orders, key=lambda one: (one.order_date, one.id), reverse=True)]


def numbers(rows: Any) -> list[str]:
    return [row["order_number"] for row in rows]


def local(url: str) -> str:
    """The absolute URL of a page, as this client asks for it."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "localhost")
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("size", [1, 3, 7, 8])
def test_pages_lead_to_the_end_and_back(trade: Trade, size: int) -> None:
    expected = put_orders(trade, 7)
    pages = []
    url: str | None = f"{PATH}?page_size={size}&search=SO-"
    while url:
        page = trade.get(url).body
        assert page.keys() == {"results", "next", "previous"}
        pages.append(page)
        url = local(page["next"]) if page["next"] else None
    assert [number for page in pages for number in numbers(page["results"])] == expected
    assert pages[0]["previous"] is None
    for before, after in pairwise(pages):
        back = trade.get(local(after["previous"])).body
        assert numbers(back["results"]) == numbers(before["results"])
        assert (back["previous"] is None) == (before["previous"] is None)
        assert trade.get(local(back["next"])).body["results"] == after["results"]
        assert parse_qs(urlsplit(after["previous"]).query)["search"] == ["SO-"]


def test_an_empty_cursor_begins_a_page_of_fifty(trade: Trade) -> None:
    expected = put_orders(trade, 60)
    page = trade.get(f"{PATH}?cursor=").body
    assert numbers(page["results"]) == expected[:50]
    assert numbers(trade.get(local(page["next"])).body["results"]) == expected[50:]


def test_a_row_that_comes_meanwhile_is_neither_shown_twice_nor_hides_another(trade: Trade) -> None:
    expected = put_orders(trade, 6)
    page = trade.get(f"{PATH}?page_size=3").body
    trade.order([], order_date="2025-12-31")
    assert numbers(page["results"]) + numbers(trade.get(local(page["next"])).body["results"]) == expected


def test_without_paging_at_most_a_thousand_rows_and_a_link_to_the_rest(trade: Trade) -> None:
    expected = put_orders(trade, 1003)
    answer = trade.get(PATH)
    assert numbers(answer.body) == expected[:1000]
    link = answer.headers["Link"]
    assert link.startswith("<http://localhost/api/orders/sales/?cursor=")
    assert link.endswith('>; rel="next"')
    rest = trade.get(local(link[1:].partition(">")[0])).body
    assert numbers(rest["results"]) == expected[1000:]
    assert "Link" not in trade.get(f"{PATH}?start_date=2025-12-02").headers


def queries_of(trade: Trade, path: str) -> int:
    token = trade.world.token(trade.role)
    with CaptureQueriesContext(connection) as queries:
        assert trade.get(path, headers={"Authorization": f"Bearer {token}"}).status == 200
    return len([query for query in queries if "erp_login" not in query["sql"]])


def test_the_number_of_queries_does_not_grow_with_the_rows(trade: Trade) -> None:
    paths = (PATH, "/api/orders/customers/", "/api/inventory/items/", "/api/invoices/", "/api/payments/")
    counts = []
    for number in range(3):
        item = trade.item(f"SKU{number}")["id"]
        customer = trade.customer()["id"]
        lines = [{"item_id": item, "quantity": 1}]
        trade.pay(trade.posted(trade.confirmed(lines, customer_id=customer)), "1.00")
        counts.append([queries_of(trade, path) for path in paths])
    assert counts[0] == counts[1] == counts[2]
    assert max(counts[0]) <= 7


@pytest.mark.parametrize(
    "cursor",
    ["x", "%00", "W10", "WyJkIl0", "WyJkIiwiMjAyNS0xMi0wMSJd", "WyJkIiwieCIsInkiXQ", "eyJhIjoxfQ", "é", "A" * 5000],
)
def test_a_cursor_that_this_list_did_not_make_is_refused(trade: Trade, cursor: str) -> None:
    answer = trade.get(f"{PATH}?cursor={cursor}")
    assert (answer.status, answer.body["code"]) == (400, "validation")


@pytest.mark.parametrize("size", ["0", "-1", "201", "all", "1.5", "٣", "9" * 30])
def test_a_page_has_between_one_and_two_hundred_rows(trade: Trade, size: str) -> None:
    answer = trade.get(f"{PATH}?page_size={size}")
    assert (answer.status, list(answer.body["fields"])) == (400, ["page_size"])


def test_bad_values_and_unknown_names_are_told_together(trade: Trade) -> None:
    answer = trade.get(f"{PATH}?status=OPEN&custmer=1&_=99")
    assert (answer.status, answer.body["code"], sorted(answer.body["fields"])) == (400, "validation", ["custmer", "status"])
    many = "&".join(["status=DRAFT"] * 51)
    assert trade.get(f"{PATH}?{many}").body["fields"] == {"status": ["At most 50 values."]}


@pytest.mark.parametrize(
    "path",
    [
        "/api/companies/", "/api/companies/registrations/", "/api/companies/currencies/", "/api/orders/customers/",
        "/api/orders/salesmen/", "/api/inventory/items/", "/api/inventory/uoms/", "/api/inventory/warehouses/",
        "/api/invoices/", "/api/invoices/outstanding/", "/api/payments/",
    ],
)  # fmt: skip
def test_every_list_pages(trade: Trade, path: str) -> None:
    first = trade.posted()
    trade.pay(first, "1.00")
    trade.posted(trade.confirmed([{"item_id": first["lines"][0]["item"], "quantity": 1}], customer_id=first["party"]))
    trade.pay(first, "1.00")
    whole = trade.get(path).body
    found, url = [], f"{path}?page_size=1"
    while url:
        page = trade.get(url)
        assert page.status == 200, page.raw
        found += page.body["results"]
        url = local(page.body["next"]) if page.body["next"] else ""
    assert found == whole
