"""Goods that came back later: an issue of an earlier day finds only what was there all the time since."""

import pytest

from tests.builders import World
from tests.trade import Trade


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def test_a_return_puts_nothing_back_into_the_past(trade: Trade) -> None:
    item = trade.item(stock="10")
    sold = trade.posted(trade.confirmed([{"item_id": item["id"], "quantity": "8"}]))
    trade.credit(sold, credit_date="2026-01-05", lines=[{"line": sold["lines"][0]["id"], "quantity": "5"}])
    order = trade.confirmed([{"item_id": item["id"], "quantity": "4"}], order_date="2026-01-06")
    invoice = trade.invoice(order, invoice_date="2025-12-28")
    path = f"/api/invoices/{invoice['id']}/post_voucher/"
    refused = trade.post(path, {"posting_date": "2026-01-04"})
    assert (refused.status, refused.body["code"]) == (409, "insufficient-stock"), refused.raw
    assert [(one["wanted"], one["available"]) for one in refused.body["items"]] == [("4.000", "2.000")]
    trade.done(path, {"posting_date": "2026-01-05"})
    trade.holds_the_law()


def test_what_was_there_all_the_time_is_sold_on_an_earlier_day_at_its_cost(trade: Trade) -> None:
    item = trade.item(stock="10")
    sold = trade.posted(trade.confirmed([{"item_id": item["id"], "quantity": "8"}]))
    trade.credit(sold, credit_date="2026-01-05")
    trade.opening(item["id"], "3", "70.00", date="2025-12-02")
    invoice = trade.posted(trade.confirmed([{"item_id": item["id"], "quantity": "4"}], order_date="2025-12-27"))
    layers = trade.get(f"/api/invoices/{invoice['id']}/?expand=stock").body["layers"]
    # Two were left of the first layer; the eight that came back later stay there.
    assert [(one["quantity"], one["cost"]) for one in layers] == [("2.000", "120.00"), ("2.000", "140.00")]
    trade.holds_the_law()
