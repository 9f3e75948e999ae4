"""Price lists over HTTP, and what an order's line costs by them."""

from typing import Any

import pytest

from erp.models import AuditEntry, Currency
from tests.api.routes import NOBODY
from tests.builders import World
from tests.trade import Trade

LISTS = "/api/inventory/price_lists/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def dollar() -> None:
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar", "symbol": "$", "decimal_places": 2})


def price(item: Any, unit_rate: str, **changes: Any) -> dict[str, Any]:
    return {"item_id": item["id"], "unit_rate": unit_rate} | changes


def line_of(trade: Trade, item: Any, quantity: str = "1", *, line: Any = None, **order: Any) -> tuple[str, str]:
    """Rate and discount of the only line of an order."""
    made = trade.order([{"item_id": item["id"], "quantity": quantity} | (line or {})], **order)
    return made["items"][0]["unit_rate"], made["items"][0]["discount_pct"]


def test_a_list_shows_itself_and_its_prices(trade: Trade) -> None:
    body = {
        "name": "Trade prices",
        "kind": "SALES",
        "valid_from": "2025-04-01",
        "valid_to": "2026-03-31",
        "is_default": True,
    }
    answer = trade.post(LISTS, body)
    assert answer.status == 201, answer.raw
    made = answer.body
    assert {name: made[name] for name in body} == body
    assert (made["currency_code"], made["version"], answer.headers["Location"]) == ("INR", 1, f"{LISTS}{made['id']}/")
    item = trade.item()
    sent = price(item, "95.5", min_quantity="10", discount_pct="2.5", valid_from="2025-04-01", valid_to="2025-12-31")
    done = trade.done(f"{LISTS}{made['id']}/prices/", [sent])
    assert (done["id"], done["version"]) == (made["id"], 2)
    (shown,) = done["prices"]
    assert shown == {
        "id": shown["id"],
        "item": item["id"],
        "item_sku": "SKU001",
        "item_name": "Product SKU001",
        "min_quantity": "10.000",
        "unit_rate": "95.50",
        "discount_pct": "2.50",
        "valid_from": "2025-04-01",
        "valid_to": "2025-12-31",
    }
    assert trade.get(f"{LISTS}{made['id']}/prices/").body == [shown]
    assert trade.get(f"{LISTS}{made['id']}/").body == made | {"version": 2}


def test_the_orders_list_goes_before_the_customers_before_the_default_before_the_item(trade: Trade) -> None:
    item, bare = trade.item(), trade.item("BARE", sale_rate=None)
    default = trade.price_list("Default", price(item, "80"), price(bare, "8"), is_default=True)
    of_customer = trade.price_list("Customer", price(item, "70"))
    of_order = trade.price_list("Order", price(item, "60"))
    other = trade.item("OTHER")
    customer = trade.customer(price_list_id=of_customer["id"])
    assert customer["price_list"] == of_customer["id"]
    theirs = {"customer_id": customer["id"]}
    assert line_of(trade, item, price_list_id=of_order["id"], **theirs)[0] == "60.00"
    assert line_of(trade, item, **theirs)[0] == "70.00"
    assert line_of(trade, item)[0] == "80.00"
    assert line_of(trade, bare, price_list_id=of_order["id"], **theirs)[0] == "8.00"
    assert line_of(trade, other, price_list_id=of_order["id"], **theirs)[0] == "100.00"
    assert line_of(trade, item, line={"unit_rate": "55"}, price_list_id=of_order["id"])[0] == "55.00"
    trade.patch(f"{LISTS}{default['id']}/", {"is_default": False})
    refused = trade.post("/api/orders/sales/", theirs | {"items": [{"item_id": bare["id"], "quantity": 1}]})
    assert (refused.status, refused.body["code"]) == (400, "no-price")
    assert refused.body["fields"] == {"items": [{"unit_rate": ["No price was given and the item has none."]}]}


def test_the_largest_quantity_that_is_reached_says_the_price(trade: Trade) -> None:
    item = trade.item()
    trade.price_list("Steps", price(item, "99"), price(item, "90", min_quantity="10", discount_pct="5"), is_default=True)
    assert line_of(trade, item, "9") == ("99.00", "0.00")
    assert line_of(trade, item, "10") == ("90.00", "5.00")
    assert line_of(trade, item, "10", line={"discount_pct": "1"}) == ("90.00", "1.00")
    assert line_of(trade, item, "10", line={"discount_pct": "0"}) == ("90.00", "0.00")
    assert line_of(trade, item, "10", line={"unit_rate": "95"}) == ("95.00", "0.00")
    order = trade.order([])
    added = trade.made(f"/api/orders/sales/{order['id']}/add_item/", {"item_id": item["id"], "quantity": "10"})
    assert (added["unit_rate"], added["discount_pct"]) == ("90.00", "5.00")


def test_lists_and_prices_hold_between_their_days_both_included(trade: Trade) -> None:
    item = trade.item()
    trade.price_list(
        "Season",
        price(item, "90"),
        price(item, "80", valid_from="2025-06-01", valid_to="2025-06-30"),
        is_default=True,
        valid_from="2025-04-01",
        valid_to="2025-12-31",
    )
    days = ["2025-03-31", "2025-04-01", "2025-05-31", "2025-06-01", "2025-06-30", "2025-07-01", "2025-12-31", "2026-01-01"]
    rates = [line_of(trade, item, order_date=day)[0] for day in days]
    assert rates == ["100.00", "90.00", "90.00", "80.00", "80.00", "90.00", "90.00", "100.00"]


def test_a_list_speaks_in_its_own_currency_only(trade: Trade) -> None:
    dollar()
    item = trade.item()
    dollars = trade.price_list("Export", price(item, "1.25"), currency_id="USD", is_default=True)
    assert dollars["currency_code"] == "USD"
    assert line_of(trade, item)[0] == "100.00"
    assert line_of(trade, item, currency_id="USD")[0] == "1.25"
    customer = trade.customer(price_list_id=dollars["id"])["id"]
    assert line_of(trade, item, customer_id=customer)[0] == "100.00"
    refused = trade.post("/api/orders/sales/", {"customer_id": customer, "price_list_id": dollars["id"]})
    assert (refused.status, list(refused.body["fields"])) == (400, ["price_list_id"])
    other = trade.item("OTHER")
    refused = trade.post(
        "/api/orders/sales/",
        {"customer_id": customer, "currency_id": "USD", "items": [{"item_id": other["id"], "quantity": 1}]},
    )
    assert (refused.status, refused.body["code"]) == (400, "no-price")


def test_purchase_orders_take_lists_to_buy_at(trade: Trade) -> None:
    item = trade.item(purchase_rate="60", stock="0")
    trade.price_list("To sell at", price(item, "1"), is_default=True)
    buying = trade.price_list("To buy at", price(item, "55", min_quantity="100"), kind="PURCHASE", is_default=True)
    supplier = trade.supplier()["id"]

    def rate(quantity: str, **changes: Any) -> str:
        order = trade.purchase([{"item_id": item["id"], "quantity": quantity}], supplier_id=supplier, **changes)
        found: str = order["items"][0]["unit_rate"]
        return found

    assert [rate("99"), rate("100")] == ["60.00", "55.00"]
    own = trade.price_list("His prices", price(item, "50"), kind="PURCHASE")["id"]
    assert trade.patch(f"/api/purchasing/suppliers/{supplier}/", {"price_list_id": own}).body["price_list"] == own
    assert rate("100") == "50.00"
    assert rate("100", price_list_id=buying["id"]) == "55.00"


def test_a_list_of_the_other_kind_is_not_there(trade: Trade) -> None:
    buying, selling = trade.price_list("B", kind="PURCHASE")["id"], trade.price_list("S")["id"]
    customer, supplier = trade.customer()["id"], trade.supplier()["id"]
    order, purchase = trade.order([])["id"], trade.purchase([])["id"]
    for method, path, body in (
        ("POST", "/api/orders/customers/", {"name": "N", "price_list_id": buying}),
        ("PATCH", f"/api/orders/customers/{customer}/", {"price_list_id": buying}),
        ("POST", "/api/orders/sales/", {"customer_id": customer, "price_list_id": buying}),
        ("PATCH", f"/api/orders/sales/{order}/", {"price_list_id": buying}),
        ("POST", "/api/purchasing/suppliers/", {"name": "N", "price_list_id": selling}),
        ("PATCH", f"/api/purchasing/suppliers/{supplier}/", {"price_list_id": selling}),
        ("POST", "/api/purchasing/orders/", {"supplier_id": supplier, "price_list_id": selling}),
        ("PATCH", f"/api/purchasing/orders/{purchase}/", {"price_list_id": selling}),
        ("PATCH", f"/api/purchasing/orders/{purchase}/", {"price_list_id": NOBODY}),
    ):
        refused = trade.world.send(method, path, body, role=trade.role)
        assert (refused.status, refused.body["error"]) == (404, "Price list not found"), path
        assert refused.body["fields"] == {"price_list_id": ["Price list not found"]}


def test_a_draft_order_takes_another_list_for_lines_to_come(trade: Trade) -> None:
    item = trade.item()
    cheap = trade.price_list("Cheap", price(item, "10"))["id"]
    order = trade.order([{"item_id": item["id"], "quantity": "1"}])
    path = f"/api/orders/sales/{order['id']}/"
    changed = trade.patch(path, {"price_list_id": cheap}).body
    assert (changed["price_list"], changed["items"][0]["unit_rate"]) == (cheap, "100.00")
    assert trade.made(f"{path}add_item/", {"item_id": item["id"], "quantity": "1"})["unit_rate"] == "10.00"
    assert trade.patch(path, {"price_list_id": None}).body["price_list"] is None


def test_the_same_price_again_replaces_it_and_orders_keep_what_they_took(trade: Trade) -> None:
    item = trade.item()
    made = trade.price_list("Prices", price(item, "90"), price(item, "85", valid_from="2025-04-01"), is_default=True)
    order = trade.order([{"item_id": item["id"], "quantity": "1"}])
    path = f"{LISTS}{made['id']}/prices/"
    done = trade.done(path, [price(item, "70", valid_from="2025-04-01", valid_to="2026-03-31", discount_pct="1")])
    assert done["prices"][0]["id"] == made["prices"][1]["id"]
    shown = {(row["valid_from"], row["unit_rate"], row["valid_to"]) for row in trade.get(path).body}
    assert shown == {(None, "90.00", None), ("2025-04-01", "70.00", "2026-03-31")}
    assert trade.done(path, [price(item, "91")])["prices"][0]["id"] == made["prices"][0]["id"]
    assert len(trade.get(path).body) == 2
    assert trade.get(f"/api/orders/sales/{order['id']}/").body["items"][0]["unit_rate"] == "85.00"
    assert line_of(trade, item) == ("70.00", "1.00")
    audits = AuditEntry.objects.of(trade.world.actor(trade.role)).filter(subject_id=made["id"], action="set_prices")
    assert audits.count() == 3


def test_another_default_takes_the_place_of_the_first(trade: Trade) -> None:
    dollar()
    first = trade.price_list("First", is_default=True)
    for other in ({"kind": "PURCHASE"}, {"currency_id": "USD"}):
        trade.price_list("Beside", is_default=True, **other)
    assert trade.get(f"{LISTS}{first['id']}/").body["is_default"] is True
    second = trade.price_list("Second")
    assert trade.patch(f"{LISTS}{second['id']}/", {"is_default": True}).body["is_default"] is True
    assert trade.get(f"{LISTS}{first['id']}/").body["is_default"] is False
    trade.price_list("Third", is_default=True)
    shown = trade.get(f"{LISTS}?is_default=true&kind=SALES").body
    assert [(row["name"], row["currency_code"]) for row in shown] == [("Third", "INR"), ("Beside", "USD")]


@pytest.mark.parametrize(
    ("prices", "fields"),
    [
        ([], {"prices": ["At least one item is required."]}),
        ({}, {"prices": ["Expected a list of items."]}),
        ([{"unit_rate": "1"}], {"prices": [{"item_id": ["This field is required."]}]}),
        ([{"item_id": NOBODY, "unit_rate": "1"}], {"prices": [{"item_id": ["Item not found"]}]}),
        ([{"unit_rate": "-1"}], None),
        ([{"min_quantity": "0.0001"}], None),
        ([{"colour": "red"}], None),
        ([{"discount_pct": "100.01"}], None),
        ([{"valid_from": "2025-02-02", "valid_to": "2025-02-01"}], {"prices": [{"valid_to": ["Lies before valid_from."]}]}),
        ([{}, {"unit_rate": "2"}], None),
    ],
)
def test_bad_prices_are_named_and_none_is_kept(trade: Trade, prices: Any, fields: Any) -> None:
    item = trade.item()
    path = f"{LISTS}{trade.price_list()['id']}/prices/"
    whole = fields is None or "valid_to" in str(fields)
    sent = [price(item, "1") | one for one in prices] if whole else prices
    refused = trade.post(path, sent)
    assert refused.status == (404 if NOBODY in str(prices) else 400), refused.raw
    assert fields is None or refused.body["fields"] == fields
    assert list(refused.body["fields"]) == ["prices"]
    assert trade.get(path).body == []


@pytest.mark.parametrize("body", [b"{", b"null", b'{"a": NaN}', b"[[[", b"[],", b'[], "prices": []', b"", b"[1]"])
def test_what_is_no_array_of_prices_is_refused(trade: Trade, body: bytes) -> None:
    refused = trade.post(f"{LISTS}{trade.price_list()['id']}/prices/", body)
    assert refused.status == 400
    assert refused.body["code"] in {"parse-error", "validation"}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "GIFT"}, 400, "kind"),
        ({"name": ""}, 400, "name"),
        ({"valid_from": "2026-01-02", "valid_to": "2026-01-01"}, 400, "valid_to"),
        ({"currency_id": "ZZZ"}, 404, "currency_id"),
        ({"name": "Taken"}, 409, "name"),
    ],
)
def test_what_is_no_list_is_refused(trade: Trade, body: Any, status: int, field: str) -> None:
    trade.price_list("Taken")
    refused = trade.post(LISTS, {"name": "N", "kind": "SALES"} | body)
    assert (refused.status, list(refused.body["fields"])) == (status, [field])


def test_every_filter_of_lists_and_prices_works(trade: Trade) -> None:
    dollar()
    a, b = trade.item("A"), trade.item("B")
    first = trade.price_list("Alpha", price(a, "1"), price(b, "2"))
    second = trade.price_list("Beta", kind="PURCHASE", currency_id="USD", is_default=True)

    def names(query: str) -> list[str]:
        return [row["name"] for row in trade.get(f"{LISTS}?{query}").body]

    assert names("") == ["Beta", "Alpha"]
    assert names("search=alp") == ["Alpha"]
    assert names("kind=PURCHASE") == ["Beta"]
    assert names(f"currency={second['currency']}") == ["Beta"]
    assert names("is_default=false") == ["Alpha"]
    prices = f"{LISTS}{first['id']}/prices/"
    assert [row["item_sku"] for row in trade.get(f"{prices}?item={a['id']}").body] == ["A"]
    page = trade.get(f"{prices}?page_size=1").body
    assert [row["item_sku"] for row in page["results"]] == ["B"]
    assert [row["item_sku"] for row in trade.get(page["next"].partition("localhost")[2]).body["results"]] == ["A"]
    assert trade.get(f"{LISTS}{NOBODY}/prices/").status == 404


def test_the_prices_of_another_company_are_none_of_ours(trade: Trade, other_world: World) -> None:
    theirs = Trade(other_world)
    foreign = theirs.price_list("Theirs", price(theirs.item(), "1"), is_default=True)["id"]
    item = trade.item()
    assert line_of(trade, item)[0] == "100.00"
    assert trade.get(f"{LISTS}{foreign}/prices/").status == 404
    assert trade.post(f"{LISTS}{foreign}/prices/", [price(item, "1")]).status == 404
    refused = trade.post("/api/orders/sales/", {"customer_id": trade.customer()["id"], "price_list_id": foreign})
    assert (refused.status, refused.body["error"]) == (404, "Price list not found")
