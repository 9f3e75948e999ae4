"""Goods from one warehouse to another over HTTP: ``/api/inventory/transfers/``."""

from typing import Any

import pytest

from accounting.models import Voucher
from erp.models import AuditEntry, OutboxEvent
from erp.rights import Role
from inventory.models import Batch, StockBalance, StockLayer, Warehouse
from tests.api.routes import NOBODY
from tests.builders import Answer, World
from tests.trade import DAY, OPENED, Trade

PATH = "/api/inventory/transfers/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


@pytest.fixture
def side(trade: Trade) -> str:
    """The other warehouse."""
    made: str = trade.made("/api/inventory/warehouses/", {"code": "SIDE", "name": "Side"})["id"]
    return made


def main(trade: Trade) -> str:
    return str(Warehouse.unscoped.get(company=trade.world.company, is_default=True).id)


def transfer(trade: Trade, to: str, *lines: Any, **changes: Any) -> Answer:
    body = {"from_warehouse_id": main(trade), "to_warehouse_id": to, "date": DAY, "lines": list(lines)} | changes
    return trade.post(PATH, body, role=Role.STOCK_KEEPER)


def layers(trade: Trade) -> list[tuple[str, str, str, float, float]]:
    """Warehouse, day of receipt, day booked, quantity and value left of each layer that holds goods."""
    rows = StockLayer.unscoped.filter(company=trade.world.company, quantity_left__gt=0).select_related("warehouse")
    return [
        (one.warehouse.code, str(one.received_on), str(one.booked_on), float(one.quantity_left), float(one.value_left))
        for one in rows.order_by("warehouse__code", "received_on", "id")
    ]


def test_goods_keep_their_age_and_cost_and_the_books_do_not_notice(trade: Trade, side: str) -> None:
    item = trade.item(stock="0")["id"]
    trade.opening(item, "3", "33.3333")
    trade.opening(item, "5", "70", date="2025-12-02")
    before = Voucher.unscoped.filter(company=trade.world.company).count()
    answer = transfer(trade, side, {"item_id": item, "quantity": "4"}, reason="Shop is empty")
    assert answer.status == 201, answer.raw
    document = answer.body
    assert (document["number"], document["kind"], document["status"]) == ("STK-2025-00003", "TRANSFER", "POSTED")
    assert (document["voucher"], document["reason"]) == (None, "Shop is empty")
    assert (document["warehouse_code"], document["destination_code"]) == ("MAIN", "SIDE")
    assert [(line["warehouse"] == side, line["quantity"]) for line in document["lines"]] == [
        (False, "-4.000"), (True, "3.000"), (True, "1.000")
    ]  # fmt: skip
    assert layers(trade) == [
        ("MAIN", "2025-12-02", "2025-12-02", 4, 280),
        ("SIDE", "2025-12-01", DAY, 3, 100),
        ("SIDE", "2025-12-02", DAY, 1, 70),
    ]
    assert Voucher.unscoped.filter(company=trade.world.company).count() == before
    shown = trade.get(answer.headers["Location"], role=Role.ACCOUNTANT).body
    assert [line.pop("value") for line in shown["lines"]] == ["-170.00", "100.00", "70.00"]
    assert shown == document
    event = OutboxEvent.unscoped.filter(company=trade.world.company).latest("id")
    assert (event.type, '"value"' in event.payload) == ("stock_adjusted", False)
    assert AuditEntry.unscoped.filter(company=trade.world.company, action="transfer_stock").count() == 1
    trade.holds_the_law()


def test_what_is_promised_to_orders_stays_and_every_short_line_is_told(trade: Trade, side: str) -> None:
    item = trade.item(stock="10")["id"]
    other = trade.item("B", stock="1")["id"]
    trade.confirmed([{"item_id": item, "quantity": "6"}])
    lines = [{"item_id": item, "quantity": "5"}, {"item_id": other, "quantity": "2"}]
    answer = transfer(trade, side, *lines)
    assert (answer.status, answer.body["code"]) == (409, "insufficient-stock")
    assert [(one["wanted"], one["available"], one["reserved"]) for one in answer.body["items"]] == [
        ("2.000", "1.000", "0.000"), ("5.000", "4.000", "6.000")
    ]  # fmt: skip
    assert transfer(trade, side, {"item_id": item, "quantity": "4"}).status == 201


def test_expired_blocked_and_quarantined_goods_may_be_moved(trade: Trade) -> None:
    item = trade.item(stock="0", batch_required=True)["id"]
    line = {"item_id": item, "quantity": "2", "unit_cost": "10", "batch_no": "OLD", "expiry_date": "2025-12-10"}
    trade.made("/api/inventory/adjustments/", {"kind": "OPENING", "date": OPENED, "lines": [line]})
    Batch.unscoped.filter(company=trade.world.company).update(is_blocked=True)
    quarantine = {"code": "QUA", "name": "Quarantine", "is_quarantine": True}
    aside = trade.made("/api/inventory/warehouses/", quarantine)["id"]
    assert transfer(trade, aside, {"item_id": item, "quantity": "2", "batch_no": "OLD"}).status == 201
    back = transfer(trade, main(trade), {"item_id": item, "quantity": "1"}, from_warehouse_id=aside)
    assert back.status == 201, back.raw
    assert [(line["batch_no"], line["quantity"]) for line in back.body["lines"]] == [("OLD", "-1.000"), ("OLD", "1.000")]
    trade.holds_the_law()


def test_moved_goods_are_not_there_before_they_came(trade: Trade, side: str) -> None:
    item = trade.item(stock="5")["id"]
    assert transfer(trade, side, {"item_id": item, "quantity": "5"}).status == 201
    back = transfer(trade, main(trade), {"item_id": item, "quantity": "1"}, from_warehouse_id=side, date="2025-12-20")
    assert (back.status, back.body["code"]) == (409, "insufficient-stock")
    stock = trade.get("/api/inventory/stock/?as_of=2025-12-20").body["rows"]
    assert {row["warehouse_code"]: row["on_hand"] for row in stock} == {"MAIN": "5.000"}


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"to_warehouse_id": NOBODY}, 404, "to_warehouse_id"),
        ({"from_warehouse_id": NOBODY}, 404, "from_warehouse_id"),
        ({"date": "2999-01-01"}, 400, "date"),
        ({"lines": []}, 400, "lines"),
        ({"lines": [{"item_id": NOBODY, "quantity": "1"}]}, 404, "lines"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(trade: Trade, side: str, changes: Any, status: int, field: str) -> None:
    item = trade.item()["id"]
    answer = transfer(trade, side, **({"lines": [{"item_id": item, "quantity": "1"}]} | changes))
    assert (answer.status, list(answer.body["fields"])) == (status, [field]), answer.raw
    assert trade.get(PATH).body == []


def test_goods_do_not_go_where_they_lie(trade: Trade) -> None:
    answer = transfer(trade, main(trade), {"item_id": trade.item()["id"], "quantity": "1"})
    assert (answer.status, list(answer.body["fields"])) == (400, ["to_warehouse_id"])


def test_every_filter_of_transfers_works(trade: Trade, side: str) -> None:
    item = trade.item()["id"]
    made = transfer(trade, side, {"item_id": item, "quantity": "1"}, reason="Wet floor").body
    for query, found in {
        f"from_warehouse={main(trade)}": 1, f"from_warehouse={side}": 0, f"to_warehouse={side}": 1,
        "status=POSTED": 1, "status=REVERSED": 0, "search=wet": 1, "search=dry": 0,
        f"start_date={DAY}": 1, "end_date=2025-12-25": 0,
    }.items():  # fmt: skip
        assert len(trade.get(f"{PATH}?{query}").body) == found, query
    assert trade.get(f"/api/inventory/adjustments/{made['id']}/").status == 404
    assert {one["kind"] for one in trade.get("/api/inventory/adjustments/").body} == {"OPENING"}
    assert StockBalance.unscoped.get(warehouse_id=side).on_hand == 1
