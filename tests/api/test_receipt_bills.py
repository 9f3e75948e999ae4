"""Bills of goods that came without an order: they name the receipt's line, and clear what it owes, to the paisa."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from accounting.models import LedgerEntry
from erp.rights import Role
from inventory.models import StockLayer
from tests.api.routes import NOBODY
from tests.builders import Answer, World
from tests.trade import DAY, GSTIN_MH, Trade

PATH = "/api/invoices/"


@pytest.fixture
def trade(world: World) -> Trade:
    Trade(world).registration()
    return Trade(world)


def came(trade: Trade, *quantities: str, cost: str = "60", supplier: Any = None, sku: str = "BOUGHT", **item: Any) -> Any:
    """A receipt without an order; its first line has 10 pieces at 60.00, unless told otherwise."""
    supplier = supplier or trade.supplier(gstin=GSTIN_MH, state_code="MH")
    item_id = trade.item(sku, stock="0", **item)["id"]
    lines = [{"item_id": item_id, "quantity": quantity, "unit_cost": cost} for quantity in quantities or ("10",)]
    return trade.receipt(lines, supplier_id=supplier["id"])


def line(receipt: Any, quantity: str, rate: str = "60", at: int = 0, **more: Any) -> dict[str, Any]:
    return {"receipt_line": receipt["lines"][at]["id"], "quantity": quantity, "unit_rate": rate} | more


def billed(trade: Trade, receipt: Any, *lines: Any, **changes: Any) -> Answer:
    body = {"invoice_type": "PURCHASE", "party_id": receipt["supplier"], "invoice_date": DAY}
    return trade.post(PATH, body | {"supplier_invoice_number": "S-1", "lines": list(lines)} | changes)


def made(trade: Trade, receipt: Any, *lines: Any, number: str = "S-1") -> Any:
    answer = billed(trade, receipt, *lines, supplier_invoice_number=number)
    assert answer.status == 201, answer.raw
    return answer.body


def posted(trade: Trade, receipt: Any, *lines: Any, number: str = "S-1") -> Any:
    bill = made(trade, receipt, *lines, number=number)
    trade.done(f"{PATH}{bill['id']}/post_voucher/")
    return trade.get(f"{PATH}{bill['id']}/").body


def grni(trade: Trade) -> Decimal:
    """What GRNI owes."""
    rows = LedgerEntry.unscoped.filter(company=trade.world.company, role="GRNI")
    return sum((row.credit - row.debit for row in rows), Decimal(0))


def legs(trade: Trade, bill: Any) -> dict[str, Decimal]:
    rows = LedgerEntry.unscoped.filter(voucher_id=bill["voucher"]).select_related("account")
    return {row.account.code.partition("-")[0]: row.debit - row.credit for row in rows}


def test_a_bill_of_what_came_unordered_clears_it_and_what_it_differs_is_a_difference_of_price(trade: Trade) -> None:
    receipt = came(trade)
    assert grni(trade) == 600
    bill = posted(trade, receipt, line(receipt, "10", "61"))
    (shown,) = bill["lines"]
    assert (shown["receipt_line"], shown["item_sku"], shown["order_item"]) == (receipt["lines"][0]["id"], "BOUGHT", None)
    assert bill["purchase_order"] is None
    assert legs(trade, bill) == {
        "2100": Decimal(600), "5200": Decimal(10), "1300": Decimal("54.90"), "1301": Decimal("54.90"),
        "2000": Decimal("-719.80"),
    }  # fmt: skip
    assert grni(trade) == 0
    trade.holds_the_law()


def test_bills_of_parts_take_shares_of_what_is_left_and_the_last_one_takes_it_all(trade: Trade) -> None:
    receipt = came(trade, "3", cost="33.3333")
    assert grni(trade) == 100
    taken = [posted(trade, receipt, line(receipt, "1", "40"), number=f"S-{part}") for part in range(3)]
    assert [legs(trade, bill)["2100"] for bill in taken] == [Decimal("33.33"), Decimal("33.34"), Decimal("33.33")]
    assert grni(trade) == 0
    trade.done(f"{PATH}{taken[0]['id']}/reverse/", {"reason": "r"})
    assert grni(trade) == Decimal("33.33")
    posted(trade, receipt, line(receipt, "1"), number="S-9")
    assert grni(trade) == 0
    trade.holds_the_law()


def test_a_bill_may_be_of_several_receipts_and_of_freight_besides(trade: Trade) -> None:
    first = came(trade)
    supplier = {"id": first["supplier"]}
    second = came(trade, "4", "2", supplier=supplier, sku="OTHER")
    freight = {"description": "Freight", "quantity": "1", "unit_rate": "50", "gst_rate": "18"}
    lines = [line(first, "10"), freight, line(second, "4"), line(second, "2", at=1)]
    bill = posted(trade, first, *lines)
    assert legs(trade, bill)["2100"] == 960
    assert legs(trade, bill)["5100"] == 50
    assert grni(trade) == 0
    trade.holds_the_law()


def test_no_more_is_billed_than_came_and_a_dropped_bill_frees_it(trade: Trade) -> None:
    receipt = came(trade)
    draft = made(trade, receipt, line(receipt, "6"))
    refused = billed(trade, receipt, line(receipt, "3"), line(receipt, "2"), supplier_invoice_number="S-2")
    assert (refused.status, refused.body["code"], refused.body["lines"]) == (
        409,
        "quantity-exceeds-receipt",
        [{"receipt_line": receipt["lines"][0]["id"], "line_no": 1, "wanted": "5.000", "left": "4.000"}],
    )
    trade.done(f"{PATH}{draft['id']}/cancel/", {"reason": "r"})
    posted(trade, receipt, line(receipt, "10"), number="S-2")
    trade.holds_the_law()


def test_two_who_bill_the_same_goods_at_once_take_turns(trade: Trade) -> None:
    receipt = came(trade)

    def bill(number: int) -> Answer:
        try:
            return billed(trade, receipt, line(receipt, "6"), supplier_invoice_number=f"S-{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(bill, range(8)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 7]
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"quantity-exceeds-receipt"}
    trade.holds_the_law()


def test_what_is_billed_is_not_taken_back_until_its_bill_is(trade: Trade) -> None:
    receipt = came(trade)
    bill = posted(trade, receipt, line(receipt, "4"))
    path = f"/api/purchasing/receipts/{receipt['id']}/reverse/"
    refused = trade.post(path, {"reason": "r"})
    assert (refused.status, refused.body["code"], refused.body["lines"]) == (
        409, "has-invoices", [receipt["lines"][0]["id"]]
    )  # fmt: skip
    trade.done(f"{PATH}{bill['id']}/reverse/", {"reason": "r"})
    trade.done(path, {"reason": "r"})
    assert grni(trade) == 0
    late = billed(trade, receipt, line(receipt, "4"), supplier_invoice_number="S-2")
    assert (late.status, list(late.body["fields"])) == (400, ["lines"])
    trade.holds_the_law()


def test_goods_go_back_to_the_supplier_out_of_the_very_layers_they_came_in(trade: Trade) -> None:
    receipt = came(trade)
    trade.opening(receipt["lines"][0]["item"], "5", "10")
    bill = posted(trade, receipt, line(receipt, "10", "61"))
    note = {"credit_date": DAY, "reason": "DEFICIENT", "return_stock": True}
    note["lines"] = [{"line": bill["lines"][0]["id"], "quantity": "4"}]
    answer = trade.post(f"{PATH}{bill['id']}/credit_note/", note)
    assert answer.status == 201, answer.raw
    taken = legs(trade, answer.body)
    assert (taken["1200"], taken["5200"]) == (Decimal(-240), Decimal(-4))
    item = receipt["lines"][0]["item"]
    left = {row.quantity: row.quantity_left for row in StockLayer.unscoped.filter(item_id=item)}
    assert left == {Decimal(10): Decimal(6), Decimal(5): Decimal(5)}
    trade.holds_the_law()


def test_nonsense_is_refused_by_name_and_nothing_is_stored(trade: Trade, other_world: World) -> None:
    receipt = came(trade)
    other = trade.item("ELSE", stock="1")["id"]
    supplier = trade.supplier(name="Another")
    order = trade.confirmed_purchase()
    ordered = trade.received(order, "10")
    theirs = came(Trade(other_world))
    customer = trade.customer()["id"]

    def refusal(*lines: Any, **changes: Any) -> tuple[int, str, Any]:
        answer = billed(trade, receipt, *lines, **changes)
        return answer.status, answer.body["code"], answer.body.get("fields")

    missing = (404, "not-found", {"lines": [{"receipt_line": ["Receipt line not found"]}]})
    assert refusal(line(receipt, "1", receipt_line=NOBODY)) == missing
    assert refusal(line(theirs, "1")) == missing
    assert refusal(line(receipt, "1"), party_id=supplier["id"]) == missing
    assert refusal(line(ordered, "1"), party_id=order["supplier"])[2] == {
        "lines": [{"receipt_line": ["It came for a purchase order; enter its bill from that."]}]
    }
    assert refusal(line(receipt, "1", item_id=other))[2] == {"lines": [{"item_id": ["What came is BOUGHT."]}]}
    assert list(refusal(line(receipt, "1", account_code="5100"))[2]) == ["lines"]
    assert refusal(line(receipt, "1", receipt_line="no"))[0] == 400
    sold = trade.post(
        PATH, {"invoice_type": "SALES", "party_id": customer, "invoice_date": DAY, "lines": [line(receipt, "1")]}
    )
    assert (sold.status, list(sold.body["fields"])) == (400, ["lines"])
    unnamed = {"item_id": receipt["lines"][0]["item"], "quantity": "1", "unit_rate": "60"}
    assert "receipt_line" in str(refusal(unnamed)[2])
    assert trade.get(PATH).body == []
    trade.holds_the_law()


def test_a_viewer_draws_up_no_bill_and_a_dry_run_keeps_none(trade: Trade) -> None:
    receipt = came(trade)
    body = {"invoice_type": "PURCHASE", "party_id": receipt["supplier"], "supplier_invoice_number": "S-1"}
    body |= {"invoice_date": DAY, "lines": [line(receipt, "10")]}
    assert trade.post(PATH, body, role=Role.VIEWER).status == 403
    assert trade.post(f"{PATH}?dry_run=true", body).body["dry_run"] is True
    assert posted(trade, receipt, line(receipt, "10"))["total_value"] == "708.00"
