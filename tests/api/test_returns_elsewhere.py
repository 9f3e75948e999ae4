"""Goods of a credit note that are put into another warehouse than the one they left."""

from typing import Any

import pytest

from tests.builders import World
from tests.trade import DAY, Trade

PATH, NOTED = "/api/invoices/credit_notes/", "2025-12-28"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def sold(trade: Trade) -> tuple[Any, Any]:
    """An item of 6 at 60.00 and 9 at 70.01, of which 10 are sold; and the posted invoice."""
    item = trade.item(stock="6", unit_cost="60")
    trade.opening(item["id"], "9", "70.01", date="2025-12-02")
    return item, trade.posted(trade.confirmed([{"item_id": item["id"], "quantity": "10"}]))


def lying(trade: Trade, item: Any) -> dict[str, str]:
    """Code of the warehouse → how much of the item lies there."""
    codes = {one["id"]: one["code"] for one in trade.get("/api/inventory/warehouses/").body}
    rows = trade.get(f"/api/inventory/stock/?item={item['id']}").body["rows"]
    return {codes[row["warehouse"]]: row["on_hand"] for row in rows}


def returned(trade: Trade, invoice: Any, quantity: str, where: Any, **changes: Any) -> Any:
    lines = [{"line": invoice["lines"][0]["id"], "quantity": quantity}]
    return trade.credit(invoice, lines=lines, warehouse_id=where["id"], **changes)


def balance(trade: Trade, code: str) -> str:
    rows = trade.get("/api/accounting/trial_balance/?as_of=2026-01-31").body["rows"]
    return str(next(row["closing_debit"] for row in rows if row["code"] == code))


def test_the_very_goods_come_back_and_go_on_at_their_cost(trade: Trade) -> None:
    item, invoice = sold(trade)
    main = trade.get("/api/inventory/warehouses/").body[0]
    side = trade.side()
    before = lying(trade, item)
    inventory = balance(trade, "1200")
    tried = trade.post(
        f"/api/invoices/{invoice['id']}/credit_note/?dry_run=true",
        {"credit_date": NOTED, "reason": "SALES_RETURN", "warehouse_id": side["id"]},
    )
    assert (tried.status, tried.body["warehouse"]) == (201, side["id"])
    assert lying(trade, item) == before == {main["code"]: "5.000"}
    note = returned(trade, invoice, "5", side)
    assert lying(trade, item) == {main["code"]: "5.000", "SIDE": "5.000"}
    assert note["warehouse"] == side["id"]
    # Four of the later layer at 70.01 and one of the first at 60.00, as they were taken.
    assert float(balance(trade, "1200")) - float(inventory) == pytest.approx(340.04)
    transfer = trade.get(f"/api/inventory/transfers/{note['transfer']}/").body
    assert (transfer["date"], transfer["reason"]) == (NOTED, f"Returned by {note['credit_note_number']}")
    assert (transfer["warehouse"], transfer["destination"]) == (main["id"], side["id"])
    there = sorted((one["quantity"], one["value"]) for one in transfer["lines"] if one["warehouse"] == side["id"])
    assert there == [("1.000", "60.00"), ("4.000", "280.04")]
    assert trade.get(f"{PATH}{note['id']}/").body["transfer"] == note["transfer"]
    trade.holds_the_law()
    trade.done(f"/api/inventory/transfers/{note['transfer']}/reverse/", {"reason": "sound after all"})
    assert lying(trade, item)[main["code"]] == "10.000"
    trade.holds_the_law()


def test_a_draft_remembers_where_and_moves_them_when_it_is_posted(trade: Trade) -> None:
    item, invoice = sold(trade)
    side = trade.side()
    draft = returned(trade, invoice, "2", side, post=False)
    assert (draft["warehouse"], draft["transfer"], "SIDE" in lying(trade, item)) == (side["id"], None, False)
    future = trade.post(f"{PATH}{draft['id']}/post_voucher/", {"posting_date": "2099-01-01"})
    assert (future.status, list(future.body["fields"])) == (400, ["posting_date"])
    trade.done(f"{PATH}{draft['id']}/post_voucher/")
    assert lying(trade, item)["SIDE"] == "2.000"
    assert trade.get(f"{PATH}{draft['id']}/").body["transfer"]
    trade.holds_the_law()


def test_where_they_left_nothing_is_moved_and_elsewhere_may_be_refused(trade: Trade) -> None:
    _, invoice = sold(trade)
    main = trade.get("/api/inventory/warehouses/").body[0]
    side = trade.side()
    assert [(one["warehouse"], one["transfer"]) for one in (returned(trade, invoice, "1", main),)] == [(main["id"], None)]
    price = trade.credit(
        invoice, lines=[{"line": invoice["lines"][0]["id"], "amount": "5"}], reason="DEFICIENT", warehouse_id=side["id"]
    )
    assert (price["warehouse"], price["transfer"]) == (None, None)
    path, body = f"/api/invoices/{invoice['id']}/credit_note/", {"credit_date": NOTED, "reason": "SALES_RETURN"}
    future = trade.post(path, body | {"credit_date": "2099-01-01", "warehouse_id": side["id"]})
    assert (future.status, list(future.body["fields"])) == (400, ["credit_date"])
    trade.patch(f"/api/inventory/warehouses/{side['id']}/", {"is_active": False})
    inactive = trade.post(path, body | {"warehouse_id": side["id"]})
    assert (inactive.status, inactive.body["code"]) == (409, "warehouse-inactive")
    bill = trade.posted_bill()
    refused = trade.post(f"/api/invoices/{bill['id']}/credit_note/", body | {"credit_date": DAY, "warehouse_id": main["id"]})
    assert (refused.status, list(refused.body["fields"])) == (400, ["warehouse_id"])
    trade.holds_the_law()
