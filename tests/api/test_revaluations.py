"""What goods turned out to be worth, over HTTP: ``/api/inventory/revaluations/``."""

from decimal import Decimal
from typing import Any

import pytest

from accounting.models import LedgerEntry
from erp.models import AuditEntry, OutboxEvent
from erp.rights import Role
from inventory.models import StockLayer
from tests.api.routes import NOBODY
from tests.builders import Answer, World
from tests.trade import DAY, Trade

PATH = "/api/inventory/revaluations/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def revalue(trade: Trade, *lines: Any, **changes: Any) -> Answer:
    return trade.post(PATH, {"date": DAY, "reason": "Freight", "lines": list(lines)} | changes, role=Role.ACCOUNTANT)


def layer_of(document: Any) -> str:
    made: str = document["lines"][0]["layer"]
    return made


def left(trade: Trade) -> list[tuple[str, str, float, float]]:
    """Warehouse, day of receipt, quantity and value of each layer that holds goods."""
    rows = StockLayer.unscoped.filter(company=trade.world.company, quantity_left__gt=0).select_related("warehouse")
    return [
        (one.warehouse.code, str(one.received_on), float(one.quantity_left), float(one.value_left))
        for one in rows.order_by("warehouse__code", "received_on", "id")
    ]


def legs(trade: Trade, voucher: str) -> list[tuple[str, Decimal]]:
    rows = LedgerEntry.unscoped.filter(company=trade.world.company, voucher_id=voucher).order_by("line_no")
    return [(row.role, row.debit - row.credit) for row in rows]


def lose(trade: Trade, item: str, quantity: str) -> None:
    body = {"kind": "DAMAGE", "date": DAY, "lines": [{"item_id": item, "quantity": quantity}]}
    trade.made("/api/inventory/adjustments/", body)


def test_the_share_of_what_is_held_goes_to_inventory(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    opened = trade.opening(item, "3", "33.3333")
    lose(trade, item, "1")
    answer = revalue(trade, {"layer": layer_of(opened), "difference": "10.00"})
    assert answer.status == 201, answer.raw
    document = answer.body
    assert (document["kind"], document["warehouse"], document["reason"]) == ("REVALUATION", None, "Freight")
    assert legs(trade, document["voucher"]) == [("INVENTORY", Decimal("6.67")), ("PRICE_VARIANCE", Decimal("-6.67"))]
    assert left(trade) == [("MAIN", "2025-12-01", 2, 73.34)]
    keeper = trade.get(answer.headers["Location"], role=Role.STOCK_KEEPER).body
    assert all("value" not in line for line in keeper["lines"])
    event = OutboxEvent.unscoped.filter(company=trade.world.company).latest("id")
    assert (event.type, '"value"' in event.payload) == ("stock_adjusted", False)
    entry = AuditEntry.unscoped.get(company=trade.world.company, action="revalue_stock")
    assert '"10.00"' in entry.changes
    assert '"6.67"' in entry.changes
    trade.holds_the_law()


def test_goods_that_turned_out_cheaper_give_value_back(trade: Trade) -> None:
    opened = trade.opening(trade.item(stock="0")["id"], "4", "10")
    document = revalue(trade, {"layer": layer_of(opened), "difference": "-8.00"}).body
    assert legs(trade, document["voucher"]) == [("INVENTORY", Decimal(-8)), ("PRICE_VARIANCE", Decimal(8))]
    answer = revalue(trade, {"layer": layer_of(opened), "difference": "-32.01"})
    assert (answer.status, list(answer.body["fields"])) == (400, ["lines"])
    assert revalue(trade, {"layer": layer_of(opened), "difference": "-32.00"}).status == 201
    assert left(trade) == [("MAIN", "2025-12-01", 4, 0)]


def test_the_line_of_a_receipt_reaches_its_goods_wherever_they_lie(trade: Trade) -> None:
    """5 came; 2 went to another warehouse, 1 is gone, and a first bill has changed the value already."""
    item = trade.item(stock="0")["id"]
    receipt = trade.receipt([{"item_id": item, "quantity": "5", "unit_cost": "70"}], receipt_date=DAY)
    line = receipt["lines"][0]["id"]
    trade.transfer(item, "2")
    lose(trade, item, "1")
    for _ in range(2):
        answer = revalue(trade, {"receipt_line": line, "difference": "10.00"})
        assert answer.status == 201, answer.raw
        assert legs(trade, answer.body["voucher"])[0] == ("INVENTORY", Decimal(8))
    assert left(trade) == [("MAIN", DAY, 2, 148), ("SIDE", DAY, 2, 148)]
    trade.holds_the_law()


def test_two_lines_of_one_layer_add_up(trade: Trade) -> None:
    layer = layer_of(trade.opening(trade.item(stock="0")["id"], "3", "10"))
    document = revalue(trade, {"layer": layer, "difference": "1.00"}, {"layer": layer, "difference": "-0.40"}).body
    assert [line["value"] for line in document["lines"]] == ["-30.00", "30.60"]


def test_promised_goods_stay_promised(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    opened = trade.opening(item, "3", "10")
    order = trade.confirmed([{"item_id": item, "quantity": "3"}])
    assert revalue(trade, {"layer": layer_of(opened), "difference": "1.00"}).status == 201
    assert trade.get(f"/api/orders/sales/{order['id']}/").body["items"][0]["reserved_qty"] == "3.000"
    trade.posted(order)


def test_nothing_held_is_told_and_books_nothing(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    opened = trade.opening(item, "3", "10")
    lose(trade, item, "3")
    document = revalue(trade, {"layer": layer_of(opened), "difference": "1.00"}).body
    assert (document["voucher"], document["lines"]) == (None, [])
    assert [(one["code"], one["field"]) for one in document["warnings"]] == [("goods-gone", "lines[0]")]


def test_a_revaluation_taken_back_leaves_the_old_layer(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    opened = trade.opening(item, "3", "33.3333")
    before = left(trade)
    document = revalue(trade, {"layer": layer_of(opened), "difference": "5.00"}).body
    body = {"reason": "wrong", "reversal_date": DAY}
    answer = trade.post(f"{PATH}{document['id']}/reverse/", body, role=Role.ACCOUNTANT)
    assert (answer.status, answer.body["message"]) == (200, "Revaluation reversed successfully")
    assert left(trade) == before
    document = revalue(trade, {"layer": layer_of(opened), "difference": "5.00"}).body
    lose(trade, item, "1")
    answer = trade.post(f"{PATH}{document['id']}/reverse/", body, role=Role.ACCOUNTANT)
    assert (answer.status, answer.body["code"]) == (409, "layers-used")
    trade.holds_the_law()


@pytest.mark.parametrize(
    ("line", "status", "member"),
    [
        ({"layer": NOBODY, "difference": "1"}, 404, "layer"),
        ({"receipt_line": NOBODY, "difference": "1"}, 404, "receipt_line"),
        ({"difference": "1"}, 400, "layer"),
        ({"layer": NOBODY, "receipt_line": NOBODY, "difference": "1"}, 400, "layer"),
        ({"layer": NOBODY, "difference": "0"}, 400, "difference"),
        ({"layer": NOBODY, "difference": "0.001"}, 400, "difference"),
        ({"layer": NOBODY}, 400, "difference"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(trade: Trade, line: Any, status: int, member: str) -> None:
    answer = revalue(trade, line)
    assert (answer.status, list(answer.body["fields"]["lines"][0])) == (status, [member]), answer.raw
    assert trade.get(PATH).body == []


def test_a_reason_is_needed_and_only_accountants_revalue(trade: Trade) -> None:
    assert list(revalue(trade, {"layer": NOBODY, "difference": "1"}, reason="").body["fields"]) == ["reason"]
    body = {"date": DAY, "reason": "r", "lines": [{"layer": NOBODY, "difference": "1"}]}
    assert trade.post(PATH, body, role=Role.STOCK_KEEPER).status == 403


def test_layers_warehouses_and_goods_of_another_company_are_not_there(trade: Trade, other_world: World) -> None:
    theirs = Trade(other_world)
    item = theirs.item()["id"]
    receipt = theirs.receipt()
    for line in ({"layer": theirs.layer()}, {"receipt_line": receipt["lines"][0]["id"]}):
        assert revalue(trade, line | {"difference": "1"}).status == 404, line
    here, there = (one.get("/api/inventory/warehouses/").body[0]["id"] for one in (trade, theirs))
    side = trade.side()["id"]
    for to, goods in ((there, trade.item()["id"]), (side, item)):
        body = {"from_warehouse_id": here, "to_warehouse_id": to, "date": DAY}
        answer = trade.post("/api/inventory/transfers/", body | {"lines": [{"item_id": goods, "quantity": "1"}]})
        assert answer.status == 404, answer.raw
