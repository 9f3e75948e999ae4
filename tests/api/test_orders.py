"""Sales orders over HTTP: ``/api/orders/sales/``, row by row of the invoices contract."""

from decimal import Decimal
from typing import Any

import pytest

from erp.models import AuditEntry, OutboxEvent
from inventory.models import Reservation, StockBalance
from tests.api.routes import NOBODY
from tests.builders import World
from tests.trade import DAY, Trade

PATH = "/api/orders/sales/"
ORDER_KEYS = {
    "id", "order_number", "order_date", "due_date", "customer", "customer_name", "currency", "currency_code", "price_list",
    "salesman", "warehouse", "status", "subtotal", "discount_amount", "tax_amount", "total_amount", "shipping_address",
    "billing_address", "payment_terms", "notes", "confirmed_at", "invoiced_at", "version", "created_at", "updated_at",
    "items",
}  # fmt: skip
LINE_KEYS = {
    "id", "line_no", "item", "item_name", "item_sku", "description", "quantity", "uom", "uom_name", "unit_rate",
    "discount_pct", "gst_rate", "line_total", "tax_amount", "reserved_qty", "invoiced_qty", "posted_qty", "notes",
}  # fmt: skip
ROW_KEYS = {
    "id", "order_number", "order_date", "due_date", "customer", "customer_name", "currency_code", "status", "item_count",
    "total_amount", "created_at",
}  # fmt: skip


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def act(trade: Trade, order: Any, name: str, body: Any = None) -> Any:
    return trade.post(f"{PATH}{order['id']}/{name}/", body)


# ── Taking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_least_that_makes_an_order_is_a_customer_and_a_currency(trade: Trade) -> None:
    customer = trade.customer(shipping_address="Gate 2", billing_address="123 Main St")
    currency = trade.get("/api/companies/currencies/").body[0]
    for named in (currency["id"], currency["code"]):
        answer = trade.post(PATH, {"customer_id": customer["id"], "currency_id": named})
        assert answer.status == 201, answer.raw
        assert answer.headers["Location"] == f"{PATH}{answer.body['id']}/"
        assert answer.headers["ETag"] == '"1"'
        assert answer.body["status"] == "DRAFT"
        assert (answer.body["billing_address"], answer.body["shipping_address"]) == ("123 Main St", "Gate 2")
    assert answer.body["order_number"] == "SO-00002"


def test_an_order_has_every_key_of_the_contract_and_its_figures_add_up(trade: Trade) -> None:
    order = trade.order(due_date="2026-01-26", notes="Call first", payment_terms="30 days")
    assert order.keys() == ORDER_KEYS
    (line,) = order["items"]
    assert line.keys() == LINE_KEYS
    figures = {name: order[name] for name in ("subtotal", "discount_amount", "tax_amount", "total_amount")}
    assert figures == {
        "subtotal": "950.00",
        "discount_amount": "0.00",
        "tax_amount": "171.00",
        "total_amount": "1121.00",
    }
    shown = {name: line[name] for name in ("quantity", "unit_rate", "discount_pct", "gst_rate", "line_total", "tax_amount")}
    assert shown == {
        "quantity": "10.000",
        "unit_rate": "100.00",
        "discount_pct": "5.00",
        "gst_rate": "18.00",
        "line_total": "950.00",
        "tax_amount": "171.00",
    }
    assert (order["order_date"], order["due_date"], order["notes"]) == (DAY, "2026-01-26", "Call first")
    detail = trade.get(f"{PATH}{order['id']}/")
    assert (detail.body, detail.headers["ETag"][:3]) == (order, '"1-')


def test_the_discount_of_the_order_is_taken_before_tax(trade: Trade) -> None:
    item = trade.item()["id"]
    order = trade.order([{"item_id": item, "quantity": 1}, {"item_id": item, "quantity": 2}], discount_amount="30")
    assert (order["subtotal"], order["tax_amount"], order["total_amount"]) == ("300.00", "48.60", "318.60")
    too_much = trade.patch(f"{PATH}{order['id']}/", {"discount_amount": "300.01"})
    assert (too_much.status, list(too_much.body["fields"])) == (400, ["discount_amount"])


def test_published_names_of_rate_and_discount_are_understood(trade: Trade) -> None:
    line = {"item_id": trade.item()["id"], "quantity": 1, "override_rate": "33.3333", "discount_percent": "2.5"}
    (shown,) = trade.order([line])["items"]
    assert (shown["unit_rate"], shown["discount_pct"]) == ("33.3333", "2.50")
    contradicting = trade.post(PATH, {"customer_id": trade.customer()["id"], "items": [line | {"unit_rate": "34"}]})
    assert contradicting.status == 400
    assert list(contradicting.body["fields"]["items"][0]) == ["override_rate"]


def test_a_line_without_a_price_anywhere_is_refused(trade: Trade) -> None:
    item = trade.item(sale_rate=None)
    answer = trade.post(PATH, {"customer_id": trade.customer()["id"], "items": [{"item_id": item["id"], "quantity": 1}]})
    assert (answer.status, answer.body["code"]) == (400, "no-price")
    assert list(answer.body["fields"]["items"][0]) == ["unit_rate"]


def test_a_customer_on_hold_gives_no_orders(trade: Trade) -> None:
    customer = trade.customer(credit_hold=True)
    answer = trade.post(PATH, {"customer_id": customer["id"]})
    assert (answer.status, answer.body["code"]) == (409, "credit-hold")


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": "0"},
        {"quantity": "-1"},
        {"quantity": "1.0001"},
        {"quantity": "1e3"},
        {"quantity": "1000000000"},
        {"quantity": 1, "unit_rate": "-0.01"},
        {"quantity": 1, "unit_rate": "0.00001"},
        {"quantity": 1, "unit_rate": "10000000000"},
        {"quantity": 1, "discount_pct": "100.01"},
        {"quantity": 1, "discount_pct": "5.001"},
        {"quantity": 1, "uom_code": "BOX"},
        {"quantity": 1, "description": "x" * 501},
        {"quantity": 1, "notes": "\u202e"},
        {"quantity": "999999999", "unit_rate": "9999999999"},
    ],
)
def test_what_does_not_fit_is_refused_and_never_rounded_away(trade: Trade, line: dict[str, Any]) -> None:
    order = trade.order([])
    answer = act(trade, order, "add_item", {"item_id": trade.item(stock="0")["id"]} | line)
    assert (answer.status, answer.body["code"]) == (400, "validation"), answer.body
    assert trade.get(f"{PATH}{order['id']}/").body == order


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lines_of_a_draft_come_change_and_go(trade: Trade) -> None:
    item = trade.item()["id"]
    order = trade.order([])
    added = act(trade, order, "add_item", {"item_id": item, "quantity": "2", "description": "High quality"})
    assert added.status == 201
    assert added.body.keys() == LINE_KEYS
    line = f"{PATH}{order['id']}/items/{added.body['id']}/"
    assert added.headers["Location"] == line
    changed = trade.patch(line, {"quantity": "3", "unit_rate": "90", "discount_pct": "10", "notes": None})
    assert (changed.status, changed.body["line_total"]) == (200, "243.00")
    assert trade.get(f"{PATH}{order['id']}/").body["total_amount"] == "286.74"
    gone = trade.delete(line)
    assert (gone.status, gone.raw) == (204, b"")
    emptied = trade.get(f"{PATH}{order['id']}/").body
    assert (emptied["items"], emptied["total_amount"], emptied["version"]) == ([], "0.00", 4)
    again = trade.delete(line)
    assert (again.status, again.body["error"]) == (404, "Order line not found")


def test_a_draft_changes_in_everything_but_customer_and_currency(trade: Trade) -> None:
    order = trade.order()
    warehouse = trade.made("/api/inventory/warehouses/", {"code": "W2", "name": "Second"})["id"]
    salesman = trade.made("/api/orders/salesmen/", {"name": "Ajay"})["id"]
    changes = {
        "order_date": "2025-12-27",
        "due_date": "2026-02-01",
        "warehouse_id": warehouse,
        "salesman_id": salesman,
        "shipping_address": "Gate 3",
        "billing_address": "Tower",
        "payment_terms": "45 days",
        "notes": "n",
        "discount_amount": "50.00",
    }
    answer = trade.patch(f"{PATH}{order['id']}/", changes)
    assert answer.status == 200, answer.raw
    shown = {name.removesuffix("_id"): value for name, value in changes.items()}
    assert {name: answer.body[name] for name in shown} == shown
    assert answer.body["total_amount"] == "1062.00"
    for fixed in ({"customer_id": order["customer"]}, {"currency_id": order["currency"]}):
        assert trade.patch(f"{PATH}{order['id']}/", fixed).body["code"] == "unknown-field"


def test_a_confirmed_order_changes_only_in_what_no_invoice_rests_on(trade: Trade) -> None:
    order = trade.confirmed()
    later = {"due_date": None, "shipping_address": "a", "billing_address": "b", "payment_terms": "c", "notes": "d"}
    assert trade.patch(f"{PATH}{order['id']}/", later).status == 200
    refused = [
        trade.patch(f"{PATH}{order['id']}/", {"discount_amount": "1"}),
        trade.patch(f"{PATH}{order['id']}/", {"notes": "x", "order_date": DAY}),
        act(trade, order, "add_item", {"item_id": order["items"][0]["item"], "quantity": 1}),
        trade.patch(f"{PATH}{order['id']}/items/{order['items'][0]['id']}/", {"quantity": 1}),
        trade.delete(f"{PATH}{order['id']}/items/{order['items'][0]['id']}/"),
    ]
    for answer in refused:
        assert (answer.status, answer.body["code"], answer.body["status"]) == (409, "wrong-state", "CONFIRMED")


def test_a_change_that_changes_nothing_makes_no_version(trade: Trade) -> None:
    order = trade.order(notes="as it is")
    assert trade.patch(f"{PATH}{order['id']}/", {"notes": "as it is"}).body == order
    assert trade.patch(f"{PATH}{order['id']}/", b"").body == order


# ── Confirming and what follows ──────────────────────────────────────────────────────────────────────────────────────


def test_confirming_promises_stock_and_is_announced(trade: Trade) -> None:
    order = trade.order()
    answer = act(trade, order, "confirm")
    assert answer.status == 200
    assert answer.body.keys() == {"order", "message", "reservations_count", "warnings"}
    assert (answer.body["reservations_count"], answer.body["warnings"]) == (1, [])
    confirmed = answer.body["order"]
    assert (confirmed["status"], confirmed["items"][0]["reserved_qty"]) == ("CONFIRMED", "10.000")
    assert confirmed["confirmed_at"].endswith("Z")
    (event,) = OutboxEvent.unscoped.filter(company=trade.world.company, type="order_confirmed")
    assert str(event.subject_id) == order["id"]
    assert '"order_number":"SO-00001"' in event.payload


def test_confirming_again_does_nothing(trade: Trade) -> None:
    order = trade.confirmed()
    again = act(trade, order, "confirm")
    assert (again.status, again.body["reservations_count"], again.body["order"]) == (200, 0, order)
    assert OutboxEvent.unscoped.filter(company=trade.world.company, type="order_confirmed").count() == 1


def test_what_is_short_is_warned_of_and_reserved_later(trade: Trade) -> None:
    item = trade.item(stock="4")["id"]
    order = trade.order([{"item_id": item, "quantity": 10}])
    answer = act(trade, order, "confirm").body
    assert answer["warnings"] == [
        {"code": "short-stock", "message": "SKU001: 4.000 of 10.000 reserved.", "field": "items[0]"}
    ]
    nothing = act(trade, order, "reserve").body
    assert (nothing["reservations_count"], nothing["order"]["version"]) == (0, answer["order"]["version"])
    trade.opening(item, "5", "60")
    more = act(trade, order, "reserve").body
    assert (more["reservations_count"], more["order"]["items"][0]["reserved_qty"]) == (1, "9.000")
    balance = StockBalance.unscoped.get(company=trade.world.company)
    assert (balance.on_hand, balance.reserved) == (Decimal(9), Decimal(9))


def test_goods_that_may_not_be_sold_are_not_promised(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    line = {"item_id": item, "quantity": "5", "unit_cost": "1", "batch_no": "B0", "expiry_date": "2025-12-31"}
    trade.made("/api/inventory/adjustments/", {"kind": "OPENING", "date": "2025-12-01", "lines": [line]})
    answer = act(trade, trade.order([{"item_id": item, "quantity": 5}]), "confirm").body
    assert (answer["reservations_count"], answer["warnings"][0]["code"]) == (0, "short-stock")


def test_an_order_without_lines_is_not_confirmed(trade: Trade) -> None:
    answer = act(trade, trade.order([]), "confirm")
    assert (answer.status, answer.body["fields"]) == (400, {"items": ["At least one item is required."]})


def test_a_limit_counts_what_is_owed_and_what_is_ordered(trade: Trade) -> None:
    item, customer = trade.item(stock="100")["id"], trade.customer(credit_limit="500.00")
    path = f"/api/orders/customers/{customer['id']}/credit/"

    def take(quantity: int) -> Any:
        order = trade.order([{"item_id": item, "quantity": quantity}], customer_id=customer["id"])
        return order, act(trade, order, "confirm")

    order, first = take(2)
    assert first.status == 200
    assert trade.get(path).body == {
        "credit_limit": "500.00",
        "exposure": "236.00",
        "available": "264.00",
        "on_hold": False,
    }
    _, second = take(3)
    assert (second.status, second.body["code"]) == (409, "credit-limit-exceeded")
    assert (second.body["limit"], second.body["exposure"]) == ("500.00", "590.00")
    trade.posted(order)  # without a registration no tax is billed: 200.00 are owed now, and nothing is on order
    assert trade.get(path).body["exposure"] == "200.00"
    assert take(2)[1].status == 200


def test_by_policy_the_limit_warns_or_is_not_looked_at(trade: Trade) -> None:
    item, customer = trade.item(stock="100")["id"], trade.customer(credit_limit="50.00")

    def take() -> list[str]:
        answer = act(trade, trade.order([{"item_id": item, "quantity": 1}], customer_id=customer["id"]), "confirm")
        assert answer.status == 200
        return [warning["code"] for warning in answer.body["warnings"]]

    trade.patch("/api/companies/policies/", {"credit_check": "warn"})
    assert take() == ["credit-limit-exceeded"]
    trade.patch("/api/companies/policies/", {"credit_check": "off"})
    assert take() == []


def test_by_policy_an_order_is_confirmed_whole_or_not_at_all(trade: Trade) -> None:
    trade.patch("/api/companies/policies/", {"confirm_requires_stock": True})
    enough, scarce = trade.item("ENOUGH")["id"], trade.item("SCARCE", stock="5")["id"]
    trade.confirmed([{"item_id": scarce, "quantity": "2"}])
    order = trade.order([{"item_id": enough, "quantity": 1}, {"item_id": scarce, "quantity": "4"}])
    refused = act(trade, order, "confirm")
    assert (refused.status, refused.body["code"]) == (409, "insufficient-stock")
    assert [(one["item_sku"], one["wanted"], one["available"], one["reserved"]) for one in refused.body["items"]] == [
        ("SCARCE", "4.000", "3.000", "2.000")
    ]
    assert [row["reserved"] for row in trade.get("/api/inventory/stock/").body["rows"]] == ["0.000", "2.000"]
    trade.opening(scarce, "1", "60")
    assert act(trade, order, "confirm").body["reservations_count"] == 2


def test_cancelling_releases_what_was_promised_and_is_announced(trade: Trade) -> None:
    order = trade.confirmed()
    answer = act(trade, order, "cancel", {"reason": "Changed his mind"})
    assert (answer.status, answer.body.keys()) == (200, {"order", "message"})
    assert answer.body["order"]["status"] == "CANCELLED"
    assert not Reservation.unscoped.filter(company=trade.world.company).exists()
    assert StockBalance.unscoped.get(company=trade.world.company).reserved == 0
    assert OutboxEvent.unscoped.filter(company=trade.world.company, type="order_cancelled").count() == 1
    audit = AuditEntry.unscoped.get(company=trade.world.company, action="cancel_order")
    assert "Changed his mind" in audit.changes
    again = act(trade, order, "cancel")
    assert (again.status, again.body["order"]["version"]) == (200, answer.body["order"]["version"])
    for name in ("confirm", "reserve", "close"):
        assert act(trade, order, name).body["code"] == "wrong-state"


def test_an_order_with_an_invoice_is_not_cancelled_until_the_draft_is(trade: Trade) -> None:
    order = trade.confirmed()
    invoice = trade.invoice(order)
    refused = act(trade, order, "cancel")
    assert (refused.status, refused.body["code"]) == (409, "has-invoices")
    assert refused.body["lines"] == [order["items"][0]["id"]]
    trade.done(f"/api/invoices/{invoice['id']}/cancel/")
    assert act(trade, order, "cancel").status == 200


def test_closing_gives_up_what_is_left(trade: Trade) -> None:
    order = trade.confirmed()
    line = order["items"][0]["id"]
    shares = {"partial_allowed": True, "lines": [{"order_item": line, "quantity": "4"}]}
    draft = trade.invoice(order, **shares)
    refused = act(trade, order, "close", {"reason": "no more"})
    assert (refused.status, refused.body["code"], refused.body["lines"]) == (409, "has-invoices", [line])
    trade.done(f"/api/invoices/{draft['id']}/post_voucher/")
    closed = act(trade, order, "close", {"reason": "no more"})
    assert (closed.status, closed.body["order"]["status"]) == (200, "INVOICED")
    assert closed.body["order"]["invoiced_at"] is not None
    assert closed.body["order"]["items"][0]["reserved_qty"] == "0.000"
    again = trade.post(f"/api/invoices/from_sales_order/{order['id']}/")
    assert (again.status, again.body["error"]) == (400, "Cannot create invoice from INVOICED order")


# ── Listing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_is_an_array_of_rows_newest_first(trade: Trade) -> None:
    customer = trade.customer()["id"]
    days = ["2025-12-26", "2025-12-28", "2025-12-27", "2025-12-28"]
    for day in days:
        trade.order([], customer_id=customer, order_date=day)
    rows = trade.get(PATH).body
    assert rows[0].keys() == ROW_KEYS
    assert [row["order_number"] for row in rows] == ["SO-00004", "SO-00002", "SO-00003", "SO-00001"]


def test_every_filter_of_the_list_works(trade: Trade) -> None:
    item = trade.item(stock="100")["id"]
    first, second = trade.customer(name="Alpha Stores"), trade.customer(name="Beta & Sons")
    line = [{"item_id": item, "quantity": 1}]
    trade.confirmed(line, customer_id=first["id"], order_date="2025-12-01")
    trade.order(line, customer_id=second["id"], order_date="2025-12-15")
    trade.order([], customer_id=second["id"], order_date="2025-12-31")

    def numbers(query: str) -> list[str]:
        answer = trade.get(f"{PATH}?{query}")
        assert answer.status == 200, answer.raw
        return [row["order_number"] for row in answer.body]

    assert numbers("status=CONFIRMED") == ["SO-00001"]
    assert numbers("status=CONFIRMED&status=DRAFT&_=17") == ["SO-00003", "SO-00002", "SO-00001"]
    assert numbers(f"customer={second['id']}") == ["SO-00003", "SO-00002"]
    assert numbers(f"customer={NOBODY}") == []
    assert numbers("start_date=2025-12-15&end_date=2025-12-15") == ["SO-00002"]
    assert numbers("search=beta") == ["SO-00003", "SO-00002"]
    assert numbers("search=SO-00002") == ["SO-00002"]
    assert numbers("status=&search=") == ["SO-00003", "SO-00002", "SO-00001"]


@pytest.mark.parametrize(
    "query", ["status=OPEN", "customer=x", "start_date=26.12.2025", "end_date=2025-02-30", "page_size=0"]
)
def test_a_bad_filter_is_named(trade: Trade, query: str) -> None:
    answer = trade.get(f"{PATH}?{query}")
    assert (answer.status, answer.body["code"], list(answer.body["fields"])) == (
        400,
        "validation",
        [query.partition("=")[0]],
    )
