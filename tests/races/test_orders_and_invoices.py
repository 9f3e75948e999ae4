"""Many who act on the same order, stock or invoice at once: one of them wins, and every law of the books still holds."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from erp.rights import Role
from inventory.models import Reservation, StockBalance
from invoices.models import Invoice
from sales.models import SalesOrder
from tests.builders import Answer, World
from tests.trade import DAY, Trade

pytestmark = pytest.mark.db_heavy


@pytest.fixture
def trade(world: World) -> Iterator[Trade]:
    made = Trade(world)
    made.registration()
    yield made
    made.holds_the_law()


def at_once(trade: Trade, *requests: tuple[str, str, Any], **headers: str) -> list[Answer]:
    """Send all requests in the same moment, each on a connection of its own; the answers in their order."""
    start = Barrier(len(requests))
    headers["Authorization"] = f"Bearer {trade.world.token(Role.OWNER)}"

    def one(request: tuple[str, str, Any]) -> Answer:
        try:
            method, path, body = request
            start.wait()
            return trade.world.send(method, path, body, role=Role.OWNER, **headers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(one, requests))


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def until(count: int, attempt: Callable[[], None]) -> None:
    """A race is run more than once: it may go either way."""
    for _ in range(count):
        attempt()


def test_an_order_is_invoiced_once(trade: Trade) -> None:
    order = trade.confirmed()
    path = f"/api/invoices/from_sales_order/{order['id']}/"
    answers = at_once(trade, *[("POST", path, {"invoice_date": DAY})] * 6)
    assert statuses(answers) == {201: 1, 400: 5}
    assert {answer.body["code"] for answer in answers if answer.status == 400} == {"nothing-to-invoice"}
    assert Invoice.unscoped.get(company=trade.world.company).invoice_no == "INV-2025-00001"


def test_stock_is_promised_to_nobody_twice(trade: Trade) -> None:
    item, customer = trade.item(stock="10")["id"], trade.customer()["id"]
    orders = [trade.order([{"item_id": item, "quantity": 4}], customer_id=customer) for _ in range(5)]
    answers = at_once(trade, *[("POST", f"/api/orders/sales/{order['id']}/confirm/", None) for order in orders])
    assert statuses(answers) == {200: 5}
    promised = sorted(Decimal(answer.body["order"]["items"][0]["reserved_qty"]) for answer in answers)
    assert promised == [0, 0, 2, 4, 4]
    balance = StockBalance.unscoped.get(company=trade.world.company)
    assert balance.reserved == sum(row.quantity for row in Reservation.unscoped.filter(company=trade.world.company)) == 10


def test_an_invoice_is_posted_or_cancelled_but_not_both(trade: Trade) -> None:
    item, customer = trade.item(stock="100")["id"], trade.customer()["id"]

    def race() -> None:
        order = trade.confirmed([{"item_id": item, "quantity": 1}], customer_id=customer)
        path = f"/api/invoices/{trade.invoice(order)['id']}/"
        posted, cancelled = at_once(trade, ("POST", f"{path}post_voucher/", None), ("POST", f"{path}cancel/", None))
        shown = trade.get(path).body
        if posted.status == 200:
            assert (cancelled.body["code"], shown["status"]) == ("use-credit-note", "POSTED")
        else:
            assert (posted.body["code"], shown["status"], cancelled.status) == ("invoice-cancelled", "CANCELLED", 200)
        line = trade.get(f"/api/orders/sales/{order['id']}/").body["items"][0]
        expected = "1.000" if posted.status == 200 else "0.000"
        assert (line["invoiced_qty"], line["posted_qty"]) == (expected, expected)

    until(4, race)


def test_an_order_is_cancelled_or_invoiced_but_not_both(trade: Trade) -> None:
    item, customer = trade.item(stock="100")["id"], trade.customer()["id"]

    def race() -> None:
        order = trade.confirmed([{"item_id": item, "quantity": 1}], customer_id=customer)
        generated, cancelled = at_once(
            trade,
            ("POST", f"/api/invoices/from_sales_order/{order['id']}/", {"invoice_date": DAY}),
            ("POST", f"/api/orders/sales/{order['id']}/cancel/", None),
        )
        assert sorted((generated.status, cancelled.status)) in ([200, 400], [201, 409])

    until(4, race)


def test_one_key_sent_at_once_makes_one_order(trade: Trade) -> None:
    customer = trade.customer()["id"]
    answers = at_once(trade, *[("POST", "/api/orders/sales/", {"customer_id": customer})] * 6, **{"Idempotency-Key": "k"})
    assert set(statuses(answers)) <= {201, 409}
    assert {answer.body["code"] for answer in answers if answer.status == 409} <= {"idempotency-in-flight"}
    assert len({answer.body["id"] for answer in answers if answer.status == 201}) == 1
    assert SalesOrder.unscoped.filter(company=trade.world.company).count() == 1


def test_of_those_who_saw_the_same_version_one_changes_it(trade: Trade) -> None:
    path = f"/api/orders/sales/{trade.order()['id']}/"
    answers = at_once(trade, *[("PATCH", path, {"notes": f"n{number}"}) for number in range(5)], **{"If-Match": '"1"'})
    assert statuses(answers) == {200: 1, 412: 4}


def test_a_code_is_given_once_whoever_asks(trade: Trade) -> None:
    answers = at_once(trade, *[("POST", "/api/orders/customers/", {"name": f"N{number}"}) for number in range(6)])
    assert statuses(answers) == {201: 6}
    assert len({answer.body["code"] for answer in answers}) == 6


def test_there_is_one_default_whoever_makes_it(trade: Trade) -> None:
    bodies = [{"code": f"W{number}", "name": "W", "is_default": True} for number in range(5)]
    answers = at_once(trade, *[("POST", "/api/inventory/warehouses/", body) for body in bodies])
    assert statuses(answers) == {201: 5}
    rows = trade.get("/api/inventory/warehouses/").body
    assert [row["is_default"] for row in rows].count(True) == 1
