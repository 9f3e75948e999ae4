"""Purchase orders over HTTP: ``/api/purchasing/orders/``, and the receipts that fulfil them."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from erp.models import Currency
from erp.rights import Role
from inventory.models import StockBalance
from tests.builders import Answer, World
from tests.trade import DAY, Trade

PATH = "/api/purchasing/orders/"
RECEIPTS = "/api/purchasing/receipts/"
ORDER_KEYS = {
    "id", "order_number", "order_date", "expected_date", "supplier", "supplier_name", "currency", "currency_code",
    "price_list", "warehouse", "status", "subtotal", "discount_amount", "tax_amount", "total_amount", "shipping_address",
    "billing_address", "payment_terms", "notes", "confirmed_at", "invoiced_at", "version", "created_at", "updated_at",
    "items",
}  # fmt: skip


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def show(trade: Trade, order: Any) -> Any:
    return trade.get(f"{PATH}{order['id']}/").body


def receive(trade: Trade, order: Any, *lines: Any, **changes: Any) -> Answer:
    sent = {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": list(lines)} | changes
    return trade.post(RECEIPTS, sent)


def part(order: Any, quantity: str, line: int = 0, **more: Any) -> dict[str, Any]:
    return {"order_item": order["items"][line]["id"], "quantity": quantity} | more


# ── An order by itself ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_is_made_with_its_number_and_the_items_purchase_rates(trade: Trade) -> None:
    supplier = trade.supplier(billing_address="1 Mill Road")
    first = trade.item("A", stock="0", purchase_rate="60.5")["id"]
    second = trade.item("B", stock="0")["id"]
    items = [
        {"item_id": first, "quantity": "10", "discount_pct": "5"},
        {"item_id": second, "quantity": "3", "unit_rate": "33.3333", "notes": "n"},
    ]
    body = {"supplier_id": supplier["id"], "order_date": DAY, "expected_date": "2026-01-05", "items": items}
    answer = trade.post(PATH, body | {"discount_amount": "24.75"}, role=Role.PURCHASE_MANAGER)
    assert answer.status == 201, answer.raw
    order = answer.body
    assert order.keys() == ORDER_KEYS
    assert answer.headers["Location"] == f"{PATH}{order['id']}/"
    assert (order["order_number"], order["status"], order["billing_address"]) == ("PO-00001", "DRAFT", "1 Mill Road")
    told = [(line["unit_rate"], line["line_total"], line["tax_amount"], line["received_qty"]) for line in order["items"]]
    assert told == [("60.50", "574.75", "99.66", "0.000"), ("33.3333", "100.00", "17.34", "0.000")]
    sums = [order[name] for name in ("subtotal", "discount_amount", "tax_amount", "total_amount")]
    assert sums == ["674.75", "24.75", "117.00", "767.00"]
    assert show(trade, order) == order
    trade.holds_the_law()


def test_a_line_without_any_price_and_a_supplier_on_hold_are_refused(trade: Trade) -> None:
    line = {"item_id": trade.item(stock="0")["id"], "quantity": "1"}
    unpriced = trade.post(PATH, {"supplier_id": trade.supplier()["id"], "items": [line]})
    assert (unpriced.status, unpriced.body["code"]) == (400, "no-price")
    held = trade.post(PATH, {"supplier_id": trade.supplier(credit_hold=True)["id"]})
    assert (held.status, held.body["code"]) == (409, "credit-hold")
    assert trade.get(PATH).body == []


def test_a_draft_changes_and_its_totals_with_it(trade: Trade) -> None:
    order = trade.purchase()
    item = order["items"][0]["item"]
    path = f"{PATH}{order['id']}/"
    line = trade.made(f"{path}add_item/", {"item_id": item, "quantity": "1", "unit_rate": "40"})
    assert (line["line_no"], line["line_total"]) == (2, "40.00")
    changed = trade.patch(f"{path}items/{order['items'][0]['id']}/", {"quantity": "2", "description": "Large"}).body
    assert (changed["line_total"], changed["description"]) == ("120.00", "Large")
    assert trade.patch(path, {"discount_amount": "10", "payment_terms": "30 days"}).body["subtotal"] == "160.00"
    assert trade.delete(f"{path}items/{line['id']}/").status == 204
    shown = show(trade, order)
    assert (shown["subtotal"], shown["discount_amount"], shown["version"]) == ("120.00", "10.00", 5)
    too_much = trade.patch(path, {"discount_amount": "121"})
    assert (too_much.status, list(too_much.body["fields"])) == (400, ["discount_amount"])
    stale = trade.patch(path, {"notes": "n"}, headers={"If-Match": '"1"'})
    assert (stale.status, stale.body["code"]) == (412, "stale")
    trade.holds_the_law()


def test_a_confirmed_order_keeps_its_lines_and_is_confirmed_once(trade: Trade) -> None:
    empty = trade.purchase([])
    refused = trade.post(f"{PATH}{empty['id']}/confirm/")
    assert (refused.status, list(refused.body["fields"])) == (400, ["items"])
    order = trade.confirmed_purchase()
    assert (order["status"], order["version"], order["confirmed_at"] is None) == ("CONFIRMED", 2, False)
    again = trade.done(f"{PATH}{order['id']}/confirm/")
    assert (again["message"], again["order"]["version"]) == ("Order already confirmed", 2)
    line = f"{PATH}{order['id']}/items/{order['items'][0]['id']}/"
    for answer in (
        trade.patch(line, {"quantity": "1"}),
        trade.delete(line),
        trade.post(f"{PATH}{order['id']}/add_item/", {"item_id": order["items"][0]["item"], "quantity": "1"}),
        trade.patch(f"{PATH}{order['id']}/", {"discount_amount": "1"}),
    ):
        assert (answer.status, answer.body["code"], answer.body["status"]) == (409, "wrong-state", "CONFIRMED")
    assert trade.patch(f"{PATH}{order['id']}/", {"expected_date": "2026-02-01"}).body["expected_date"] == "2026-02-01"


def test_a_cancelled_order_stays_visible_and_takes_nothing(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    done = trade.done(f"{PATH}{order['id']}/cancel/", {"reason": "too dear"})
    assert (done["order"]["status"], done["message"]) == ("CANCELLED", "Order cancelled")
    assert trade.done(f"{PATH}{order['id']}/cancel/")["order"]["version"] == done["order"]["version"]
    assert trade.post(f"{PATH}{order['id']}/confirm/").body["code"] == "wrong-state"
    assert receive(trade, order, part(order, "1")).body["code"] == "wrong-state"
    assert [row["status"] for row in trade.get(PATH).body] == ["CANCELLED"]
    trade.holds_the_law()


def test_an_order_sent_twice_is_one_and_a_dry_run_burns_no_number(trade: Trade) -> None:
    body = {"supplier_id": trade.supplier()["id"]}
    assert trade.post(f"{PATH}?dry_run=true", body).body["order_number"] == "PO-00001"
    first, again = (trade.post(PATH, body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.body, first.body["order_number"]) == (again.body, "PO-00001")


def test_every_filter_of_the_list_works(trade: Trade) -> None:
    supplier = trade.supplier(name="Maker")["id"]
    first = trade.purchase(supplier_id=supplier, order_date="2025-12-01")
    second = trade.confirmed_purchase([{"item_id": first["items"][0]["item"], "quantity": "1", "unit_rate": "1"}])

    def numbers(query: str) -> list[str]:
        return [row["order_number"] for row in trade.get(f"{PATH}?{query}").body]

    assert numbers("") == [second["order_number"], first["order_number"]]
    assert numbers("status=DRAFT") == [first["order_number"]]
    assert numbers(f"supplier={supplier}") == [first["order_number"]]
    assert numbers("start_date=2025-12-02") == [second["order_number"]]
    assert numbers("end_date=2025-12-02") == [first["order_number"]]
    assert numbers("search=make") == [first["order_number"]]
    assert trade.get(PATH).body[0]["item_count"] == 1


def test_orders_are_the_purchase_managers_and_of_one_company(trade: Trade, other_world: World) -> None:
    theirs, order = Trade(other_world), trade.purchase()
    for role in (Role.VIEWER, Role.ACCOUNTANT, Role.STOCK_KEEPER):
        assert trade.post(PATH, {"supplier_id": order["supplier"]}, role=role).status == 403
    assert theirs.get(f"{PATH}{order['id']}/").status == 404
    foreign = theirs.post(PATH, {"supplier_id": order["supplier"]})
    assert (foreign.status, foreign.body["error"]) == (404, "Supplier not found")
    line = {"item_id": order["items"][0]["item"], "quantity": "1", "unit_rate": "1"}
    assert theirs.post(PATH, {"supplier_id": theirs.supplier()["id"], "items": [line]}).body["error"] == "Item not found"


# ── What comes of it ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_comes_is_noted_on_the_order_until_all_has_come(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    receipt = receive(trade, order, part(order, "4")).body
    assert (receipt["purchase_order"], receipt["purchase_order_number"]) == (order["id"], "PO-00001")
    assert (receipt["supplier"], receipt["warehouse"]) == (order["supplier"], order["warehouse"])
    assert (receipt["total_cost"], receipt["lines"][0]["order_item"]) == ("240.00", order["items"][0]["id"])
    shown = show(trade, order)
    assert (shown["status"], shown["version"], shown["items"][0]["received_qty"]) == ("IN_PROGRESS", 3, "4.000")
    refused = trade.post(f"{PATH}{order['id']}/cancel/")
    assert (refused.status, refused.body["code"]) == (409, "wrong-state")
    trade.received(order, "6")
    shown = show(trade, order)
    assert (shown["status"], shown["items"][0]["received_qty"]) == ("IN_PROGRESS", "10.000")
    assert [row["purchase_order"] for row in trade.get(f"{RECEIPTS}?purchase_order={order['id']}").body] == [order["id"]] * 2
    trade.holds_the_law()


def test_more_than_was_ordered_does_not_come(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    trade.received(order, "4")
    refused = receive(trade, order, part(order, "3"), part(order, "4"))
    assert (refused.status, refused.body["code"]) == (409, "quantity-exceeds-order")
    (line,) = refused.body["lines"]
    assert (line["line"], line["wanted"], line["left"]) == (order["items"][0]["id"], "7.000", "6.000")
    assert show(trade, order)["items"][0]["received_qty"] == "4.000"
    assert receive(trade, order, part(order, "3", batch_no="A"), part(order, "3", batch_no="B")).status == 201
    trade.holds_the_law()


def test_all_parts_of_a_line_cost_what_the_line_does(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    order = trade.confirmed_purchase([{"item_id": item, "quantity": "3", "unit_rate": "40"}], discount_amount="20")
    costs = [trade.received(order, "1")["total_cost"] for _ in range(3)]
    assert costs == ["33.33", "33.34", "33.33"]
    trade.holds_the_law()


def test_a_cost_that_is_given_goes_before_the_orders(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    receipt = receive(trade, order, part(order, "2", unit_cost="61.25")).body
    assert (receipt["lines"][0]["unit_cost"], receipt["total_cost"]) == ("61.25", "122.50")


def test_a_part_whose_rounded_unit_cost_fits_no_column_is_refused(trade: Trade) -> None:
    item = trade.item(stock="0", uom_id=trade.kilogram())["id"]
    line = {"item_id": item, "quantity": "0.001", "unit_rate": "9999999999.9999"}
    order = trade.confirmed_purchase([line])
    refused = receive(trade, order, part(order, "0.001"))
    assert (refused.status, list(refused.body["fields"]["lines"][0])) == (400, ["unit_cost"])


def test_an_order_in_another_currency_needs_its_costs_in_ours(trade: Trade) -> None:
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar", "symbol": "$", "decimal_places": 2})
    order = trade.confirmed_purchase(currency_id="USD")
    assert order["currency_code"] == "USD"
    refused = receive(trade, order, part(order, "1"))
    assert (refused.status, list(refused.body["fields"]["lines"][0])) == (400, ["unit_cost"])
    assert receive(trade, order, part(order, "1", unit_cost="5000")).body["total_cost"] == "5000.00"


def test_a_receipt_of_an_order_names_its_lines_and_its_supplier(trade: Trade) -> None:
    order, other = trade.confirmed_purchase(), trade.supplier()["id"]
    second = trade.confirmed_purchase([{"item_id": order["items"][0]["item"], "quantity": "1", "unit_rate": "1"}])
    item = {"item_id": order["items"][0]["item"], "quantity": "1", "unit_cost": "1"}
    for line, field in ((item, "item_id"), ({"quantity": "1"}, "order_item")):
        answer = receive(trade, order, line)
        assert (answer.status, list(answer.body["fields"]["lines"][0])) == (400, [field])
    strange = receive(trade, order, part(second, "1"))
    assert (strange.status, strange.body["error"]) == (404, "Order line not found")
    whose = receive(trade, order, part(order, "1"), supplier_id=other)
    assert (whose.status, list(whose.body["fields"])) == (400, ["supplier_id"])
    nobodys = trade.post(RECEIPTS, {"receipt_date": DAY, "lines": [item]})
    assert (nobodys.status, list(nobodys.body["fields"])) == (400, ["supplier_id"])
    alone = trade.post(RECEIPTS, {"receipt_date": DAY, "supplier_id": other, "lines": [part(order, "1")]})
    assert (alone.status, list(alone.body["fields"]["lines"][0])) == (400, ["order_item"])
    draft = trade.purchase([])
    assert receive(trade, draft, part(order, "1")).body["code"] == "wrong-state"
    assert trade.get(RECEIPTS).body == []


def test_services_of_an_order_are_not_received(trade: Trade) -> None:
    service = trade.item("FREIGHT", stock="0", kind="SERVICE")["id"]
    order = trade.confirmed_purchase([{"item_id": service, "quantity": "1", "unit_rate": "500"}])
    refused = receive(trade, order, part(order, "1"))
    assert (refused.status, list(refused.body["fields"]["lines"][0])) == (400, ["order_item"])


def test_another_companys_order_is_not_received(trade: Trade, other_world: World) -> None:
    order = trade.confirmed_purchase()
    foreign = receive(Trade(other_world), order, part(order, "1"))
    assert (foreign.status, foreign.body["error"]) == (404, "Purchase order not found")


def test_a_receipt_taken_back_is_expected_again(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    first, second = trade.received(order, "4"), trade.received(order, "6")
    trade.done(f"{RECEIPTS}{second['id']}/reverse/", {"reason": "wrong"})
    shown = show(trade, order)
    assert (shown["status"], shown["items"][0]["received_qty"]) == ("IN_PROGRESS", "4.000")
    trade.holds_the_law()
    trade.done(f"{RECEIPTS}{first['id']}/reverse/", {"reason": "wrong"})
    shown = show(trade, order)
    assert (shown["status"], shown["items"][0]["received_qty"]) == ("CONFIRMED", "0.000")
    trade.done(f"{PATH}{order['id']}/cancel/")
    trade.holds_the_law()


@pytest.mark.db_heavy
def test_of_many_who_receive_at_once_as_many_do_as_was_ordered(trade: Trade) -> None:
    order = trade.confirmed_purchase()
    trade.world.token(Role.OWNER)

    def one(_: int) -> Answer:
        try:
            return receive(trade, order, part(order, "4"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, range(4)))
    assert sorted(answer.status for answer in answers) == [201, 201, 409, 409]
    assert show(trade, order)["items"][0]["received_qty"] == "8.000"
    (place,) = StockBalance.unscoped.filter(company=trade.world.company)
    assert place.on_hand == Decimal(8)
    trade.holds_the_law()
