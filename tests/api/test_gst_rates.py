"""GST rates as a history: of HSN codes and of items; documents take, and keep, the one of their date."""

from typing import Any

import pytest

from tests.builders import World
from tests.trade import Trade

RATES = "/api/inventory/hsn_rates/"
ITEMS = "/api/inventory/items/"


@pytest.fixture
def trade(world: World) -> Trade:
    trade = Trade(world)
    trade.registration()
    return trade


def ordered(trade: Trade, item: Any, day: str) -> Any:
    return trade.order([{"item_id": item["id"], "quantity": 1}], order_date=day)


def rate_of_order(trade: Trade, item: Any, day: str) -> str | None:
    rate: str | None = ordered(trade, item, day)["items"][0]["gst_rate"]
    return rate


def rate_of_invoice(trade: Trade, order: Any, day: str) -> str:
    rate: str = trade.invoice(order, invoice_date=day)["lines"][0]["gst_rate"]
    return rate


def test_without_a_rate_of_its_own_an_item_has_that_of_the_longest_hsn_code(trade: Trade) -> None:
    for code, rate in (("8471", "28"), ("84713", "12"), ("84719", "3"), ("847130", "18"), ("84713011", "5")):
        trade.hsn_rate(code, rate)
    found = {
        code: rate_of_order(trade, trade.item(f"OF-{code}", hsn_code=code, gst_rate=None), "2025-12-26")
        for code in ("84713011", "84713099", "8471301", "8471310", "8471", "8472", "")
    }
    assert found == {
        "84713011": "5.00",
        "84713099": "18.00",
        "8471301": "18.00",
        "8471310": "12.00",
        "8471": "28.00",
        "8472": None,
        "": None,
    }
    assert rate_of_order(trade, trade.item("OWN", hsn_code="84713011", gst_rate="0"), "2025-12-26") == "0.00"


def test_an_hsn_code_has_the_rate_of_the_day(trade: Trade) -> None:
    trade.hsn_rate("8471", "28", "2017-07-01")
    trade.hsn_rate("8471", "18", "2025-09-22")
    item = trade.item(gst_rate=None)
    days = ["2017-06-30", "2017-07-01", "2025-09-21", "2025-09-22", "2026-01-01"]
    assert [rate_of_order(trade, item, day) for day in days] == [None, "28.00", "28.00", "18.00", "18.00"]


def test_an_items_rate_changes_from_a_day_on_and_documents_take_that_of_their_date(trade: Trade) -> None:
    item = trade.item()
    path = f"{ITEMS}{item['id']}/"
    changed = trade.patch(path, {"gst_rate": "12", "gst_rate_from": "2025-09-22"}).body
    assert (changed["gst_rate"], changed["version"]) == ("12.00", 2)
    ahead = trade.patch(path, {"gst_rate": "5", "gst_rate_from": "2199-12-31"}).body
    assert (ahead["gst_rate"], ahead["version"]) == ("12.00", 3)
    assert [rate_of_order(trade, item, day) for day in ("2025-09-21", "2025-09-22", "2199-12-31")] == [
        "18.00",
        "12.00",
        "5.00",
    ]
    order = trade.confirmed([{"item_id": item["id"], "quantity": 2}], order_date="2025-09-21")
    early, late = (
        trade.invoice(
            order,
            invoice_date=day,
            partial_allowed=True,
            lines=[{"order_item": order["items"][0]["id"], "quantity": 1}],
        )
        for day in ("2025-09-21", "2025-09-22")
    )
    assert [one["lines"][0]["gst_rate"] for one in (early, late)] == ["18.00", "12.00"]
    assert [one["tax_amount"] for one in (early, late)] == ["18.00", "12.00"]


def test_a_rate_given_back_to_the_hsn_code_is_a_row_of_the_history_too(trade: Trade) -> None:
    trade.hsn_rate("8471", "28")
    item = trade.item()
    path = f"{ITEMS}{item['id']}/"
    changed = trade.patch(path, {"gst_rate": None, "gst_rate_from": "2025-06-01"}).body
    assert changed["gst_rate"] is None
    assert [rate_of_order(trade, item, day) for day in ("2025-05-31", "2025-06-01")] == ["18.00", "28.00"]


def test_a_rate_without_a_day_holds_from_today_and_the_same_again_changes_nothing(trade: Trade) -> None:
    item = trade.item()
    path = f"{ITEMS}{item['id']}/"
    assert trade.patch(path, {"gst_rate": "18"}).body["version"] == 1
    changed = trade.patch(path, {"gst_rate": "12"}).body
    assert (changed["gst_rate"], changed["version"]) == ("12.00", 2)
    corrected = trade.patch(path, {"gst_rate": "5"}).body
    assert (corrected["gst_rate"], corrected["version"]) == ("5.00", 3)
    assert rate_of_order(trade, item, "2025-12-26") == "18.00"


def test_documents_keep_the_rate_that_they_took(trade: Trade) -> None:
    order = trade.confirmed()
    posted = trade.posted(order)
    path = f"{ITEMS}{posted['lines'][0]['item']}/"
    trade.patch(path, {"gst_rate": "5", "gst_rate_from": "2017-07-01"})
    assert trade.get(f"/api/invoices/{posted['id']}/").body["lines"][0]["gst_rate"] == "18.00"
    assert trade.get(f"/api/orders/sales/{order['id']}/").body["items"][0]["gst_rate"] == "18.00"
    trade.holds_the_law()


def test_a_draft_order_on_another_day_is_taxed_anew(trade: Trade) -> None:
    item = trade.item()
    trade.patch(f"{ITEMS}{item['id']}/", {"gst_rate": "12", "gst_rate_from": "2025-09-22"})
    order = ordered(trade, item, "2025-09-21")
    assert (order["items"][0]["gst_rate"], order["tax_amount"]) == ("18.00", "18.00")
    moved = trade.patch(f"/api/orders/sales/{order['id']}/", {"order_date": "2025-09-22"}).body
    assert (moved["items"][0]["gst_rate"], moved["tax_amount"], moved["total_amount"]) == ("12.00", "12.00", "112.00")
    bought = trade.purchase([{"item_id": item["id"], "quantity": 1, "unit_rate": "100"}], order_date="2025-09-21")
    moved = trade.patch(f"/api/purchasing/orders/{bought['id']}/", {"order_date": "2025-09-22"}).body
    assert (bought["tax_amount"], moved["tax_amount"]) == ("18.00", "12.00")


def test_a_day_before_the_first_rate_has_none(trade: Trade) -> None:
    trade.hsn_rate("8471", "18", "2025-12-26")
    order = trade.confirmed([{"item_id": trade.item(gst_rate=None)["id"], "quantity": 1}], order_date="2025-12-25")
    refused = trade.post(f"/api/invoices/from_sales_order/{order['id']}/", {"invoice_date": "2025-12-25"})
    assert (refused.status, refused.body["code"], refused.body["line_no"]) == (400, "gst-rate-missing", 1)
    assert rate_of_invoice(trade, order, "2025-12-26") == "18.00"


def test_a_bill_takes_the_rate_of_its_date(trade: Trade) -> None:
    trade.hsn_rate("8471", "28", "2017-07-01")
    trade.hsn_rate("8471", "18", "2025-12-26")
    item = trade.item(gst_rate=None, stock="0")
    supplier = trade.supplier(gstin="27AAPFU0939F1ZV")["id"]
    line = {"item_id": item["id"], "quantity": 1, "unit_rate": "100"}
    order = trade.confirmed_purchase([line], supplier_id=supplier, order_date="2025-12-01")
    assert order["items"][0]["gst_rate"] == "28.00"
    bill = trade.made(
        f"/api/invoices/from_purchase_order/{order['id']}/",
        {"supplier_invoice_number": "S-1", "invoice_date": "2025-12-26"},
    )
    assert (bill["lines"][0]["gst_rate"], bill["tax_amount"]) == ("18.00", "18.00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hsn_code": "847"}, "hsn_code"),
        ({"hsn_code": "847130119"}, "hsn_code"),
        ({"hsn_code": "8471x"}, "hsn_code"),
        ({"gst_rate": "100"}, "gst_rate"),
        ({"gst_rate": "18.001"}, "gst_rate"),
        ({"valid_from": "2025-02-30"}, "valid_from"),
        ({"valid_to": "2025-02-28"}, "valid_to"),
    ],
)
def test_what_is_no_rate_is_refused(trade: Trade, changes: Any, field: str) -> None:
    answer = trade.post(RATES, {"hsn_code": "8471", "gst_rate": "18", "valid_from": "2025-04-01"} | changes)
    assert (answer.status, list(answer.body["fields"])) == (400, [field])
    assert trade.get(RATES).body == []


def test_a_day_without_a_rate_is_refused(trade: Trade) -> None:
    answer = trade.patch(f"{ITEMS}{trade.item()['id']}/", {"gst_rate_from": "2025-04-01"})
    assert (answer.status, list(answer.body["fields"])) == (400, ["gst_rate_from"])


def test_a_code_changes_once_a_day_and_a_wrong_rate_is_corrected(trade: Trade) -> None:
    made = trade.hsn_rate("8471", "18", "2025-04-01")
    again = trade.post(RATES, {"hsn_code": "8471", "gst_rate": "12", "valid_from": "2025-04-01"})
    assert (again.status, again.body["code"], list(again.body["fields"])) == (409, "already-exists", ["valid_from"])
    path = f"{RATES}{made['id']}/"
    corrected = trade.patch(path, {"gst_rate": "12"}).body
    assert (corrected["gst_rate"], corrected["version"]) == ("12.00", 2)
    assert trade.get(path).body == corrected
    assert trade.delete(path).status == 405


def test_every_filter_of_the_rates_works_and_the_latest_come_first(trade: Trade) -> None:
    trade.hsn_rate("8471", "18", "2025-09-22")
    trade.hsn_rate("3004", "12", "2026-04-01")
    trade.hsn_rate("847130", "28", "2017-07-01")

    def codes(query: str) -> list[str]:
        return [row["hsn_code"] for row in trade.get(f"{RATES}?{query}").body]

    assert codes("") == ["3004", "8471", "847130"]
    assert codes("hsn_code=8471") == ["8471"]
    assert codes("begins_with=8471") == ["8471", "847130"]
    assert codes("valid_from=2026-04-01") == ["3004"]
    page = trade.get(f"{RATES}?page_size=2").body
    assert [row["hsn_code"] for row in page["results"]] == ["3004", "8471"]


def test_another_companys_rates_are_none_of_ours(trade: Trade, other_world: World) -> None:
    theirs = Trade(other_world)
    rate = theirs.hsn_rate("8471", "28")
    assert trade.get(RATES).body == []
    assert trade.get(f"{RATES}{rate['id']}/").status == 404
    assert rate_of_order(trade, trade.item(gst_rate=None), "2025-12-26") is None
