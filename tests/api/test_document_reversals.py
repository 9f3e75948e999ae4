"""Taking stock documents back over HTTP: ``/api/inventory/{adjustments,transfers,revaluations}/{id}/reverse/``."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from accounting.models import LedgerEntry, Voucher
from erp.models import AuditEntry, OutboxEvent
from erp.rights import Role
from inventory.models import StockBalance, StockLayer, StockMovement
from tests.builders import Answer, World
from tests.trade import DAY, Trade

KEYS = {
    "reversed_voucher", "reversed_voucher_number", "original_voucher", "original_voucher_number", "status", "reason",
    "message",
}  # fmt: skip


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def adjust(trade: Trade, kind: str, *lines: Any, **changes: Any) -> Any:
    return trade.made("/api/inventory/adjustments/", {"kind": kind, "date": DAY, "lines": list(lines)} | changes)


def path_of(document: Any) -> str:
    folder = {"TRANSFER": "transfers", "REVALUATION": "revaluations"}.get(document["kind"], "adjustments")
    return f"/api/inventory/{folder}/{document['id']}/"


def reverse(trade: Trade, document: Any, **changes: Any) -> Answer:
    body = {"reason": "by mistake", "reversal_date": DAY} | changes
    return trade.post(f"{path_of(document)}reverse/", body, role=Role.ACCOUNTANT)


def left(trade: Trade) -> list[tuple[float, float]]:
    """Quantity and value of each layer that holds goods, the oldest first."""
    rows = StockLayer.unscoped.filter(company=trade.world.company, quantity_left__gt=0).order_by("received_on", "id")
    return [(float(row.quantity_left), float(row.value_left)) for row in rows]


def legs(trade: Trade, voucher: str) -> list[tuple[str, Decimal]]:
    rows = LedgerEntry.unscoped.filter(company=trade.world.company, voucher_id=voucher).order_by("line_no")
    return [(row.role, row.debit - row.credit) for row in rows]


def test_written_off_goods_lie_in_their_layers_again_at_their_cost(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    trade.opening(item, "3", "33.3333")
    trade.opening(item, "5", "70", date="2025-12-02")
    before = left(trade)
    document = adjust(trade, "DAMAGE", {"item_id": item, "quantity": "4"})
    answer = reverse(trade, document, reversal_date="2025-12-30")
    assert answer.status == 200, answer.raw
    assert answer.body.keys() == KEYS
    told = {name: answer.body[name] for name in ("original_voucher", "status", "reason", "message")}
    assert told == {
        "original_voucher": document["voucher"],
        "status": "REVERSED",
        "reason": "by mistake",
        "message": "Damage reversed successfully",
    }
    assert left(trade) == before
    mirrored = answer.body["reversed_voucher"]
    assert legs(trade, mirrored) == [("STOCK_WRITE_OFF", Decimal(-170)), ("INVENTORY", Decimal(170))]
    assert str(Voucher.unscoped.get(id=mirrored).voucher_date) == "2025-12-30"
    shown = trade.get(path_of(document)).body
    assert (shown["status"], shown["version"], shown["lines"]) == ("REVERSED", 2, document["lines"])
    event = OutboxEvent.unscoped.filter(company=trade.world.company).latest("id")
    assert (event.type, '"REVERSED"' in event.payload, '"value"' in event.payload) == ("stock_adjusted", True, False)
    trade.holds_the_law()


def test_a_count_goes_back_both_ways_and_opening_stock_out_of_its_layers(trade: Trade) -> None:
    short, over = (trade.item(sku, stock="0")["id"] for sku in ("SHORT", "OVER"))
    opened = [trade.opening(short, "5", "10"), trade.opening(over, "2", "7")]
    before = left(trade)
    count = adjust(trade, "COUNT", {"item_id": short, "counted": "3"}, {"item_id": over, "counted": "6", "unit_cost": "8"})
    assert left(trade) != before
    assert reverse(trade, count).status == 200
    assert left(trade) == before
    for document in opened:
        assert reverse(trade, document).status == 200
    assert left(trade) == []
    trade.holds_the_law()


def test_a_transfer_taken_back_books_nothing_either(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    trade.opening(item, "3", "33.3333")
    trade.opening(item, "5", "70", date="2025-12-02")
    before = left(trade)
    document = trade.transfer(item, "4")
    answer = reverse(trade, document)
    assert answer.status == 200, answer.raw
    assert (answer.body["reversed_voucher"], answer.body["original_voucher"]) == (None, None)
    assert (answer.body["status"], answer.body["message"]) == ("REVERSED", "Transfer reversed successfully")
    assert left(trade) == before
    there = StockBalance.unscoped.get(warehouse_id=document["destination"])
    here = StockBalance.unscoped.get(item_id=item, warehouse_id=document["warehouse"])
    assert (float(there.on_hand), float(here.on_hand)) == (0, 8)
    assert trade.get(path_of(document)).body["lines"] == document["lines"]
    trade.holds_the_law()


def test_a_count_that_found_no_difference_is_taken_back_without_a_voucher(trade: Trade) -> None:
    document = adjust(trade, "COUNT", {"item_id": trade.item()["id"], "counted": "20"})
    assert document["voucher"] is None
    answer = reverse(trade, document)
    assert (answer.status, answer.body["status"], answer.body["reversed_voucher"]) == (200, "REVERSED", None)


def test_reversing_again_answers_the_same_reversal(trade: Trade) -> None:
    item = trade.item()["id"]
    for document in (adjust(trade, "DAMAGE", {"item_id": item, "quantity": "1"}), trade.transfer(item, "1")):
        first = reverse(trade, document).body
        rows = StockMovement.unscoped.filter(company=trade.world.company).count()
        again = reverse(trade, document, reason="again", reversal_date="2025-12-31")
        assert again.status == 200
        assert again.body.pop("message").endswith("already reversed")
        first.pop("message")
        assert again.body == first
        assert StockMovement.unscoped.filter(company=trade.world.company).count() == rows
    assert AuditEntry.unscoped.filter(company=trade.world.company, action="reverse_stock_document").count() == 2


def test_two_at_once_make_one_reversal(trade: Trade) -> None:
    document = adjust(trade, "DAMAGE", {"item_id": trade.item()["id"], "quantity": "1"})

    def once(_: int) -> Answer:
        try:
            return reverse(trade, document)
        finally:
            connections.close_all()

    trade.world.user(Role.ACCOUNTANT)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(once, range(2)))
    assert [answer.status for answer in answers] == [200, 200]
    assert len({answer.body["reversed_voucher"] for answer in answers}) == 1


def test_what_has_been_used_stays(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    opened = trade.opening(item, "5", "10")
    moved = trade.transfer(item, "2")
    answer = reverse(trade, opened)
    assert (answer.status, answer.body["code"]) == (409, "layers-used")
    assert answer.body["layers"] == [opened["lines"][0]["layer"]]
    assert reverse(trade, moved).status == 200
    assert reverse(trade, opened).status == 200


def test_what_was_used_and_came_back_later_was_not_there_before(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    opened = trade.opening(item, "5", "10")
    lost = adjust(trade, "DAMAGE", {"item_id": item, "quantity": "2"})
    assert reverse(trade, lost, reversal_date="2025-12-31").status == 200
    assert reverse(trade, opened, reversal_date="2025-12-28").body["code"] == "layers-used"
    assert reverse(trade, opened, reversal_date="2025-12-31").status == 200
    trade.holds_the_law()


def test_what_is_promised_to_orders_stays(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    opened = trade.opening(item, "5", "10")
    trade.confirmed([{"item_id": item, "quantity": "1"}])
    answer = reverse(trade, opened)
    assert (answer.status, answer.body["code"]) == (409, "insufficient-stock")
    assert [one["available"] for one in answer.body["items"]] == ["4.000"]


def test_a_closed_period_takes_no_reversal_of_a_transfer_either(trade: Trade) -> None:
    document = trade.transfer(trade.item()["id"], "1")
    assert trade.patch("/api/accounting/locks/", {"hard_lock_date": "2025-12-27"}).status == 200
    assert reverse(trade, document, reversal_date="2025-12-27").body["code"] == "period-closed"
    assert reverse(trade, document, reversal_date="2025-12-28").status == 200


def test_only_accountants_take_back(trade: Trade) -> None:
    document = trade.transfer(trade.item()["id"], "1")
    answer = trade.post(f"{path_of(document)}reverse/", {"reason": "r"}, role=Role.STOCK_KEEPER)
    assert answer.status == 403
    assert trade.post(f"/api/inventory/adjustments/{document['id']}/reverse/", {"reason": "r"}).status == 404
