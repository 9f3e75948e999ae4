"""Write-offs and counts over HTTP: ``/api/inventory/adjustments/``."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from accounting.models import LedgerEntry
from erp.models import AuditEntry, OutboxEvent
from erp.rights import Role
from inventory.models import Batch, StockBalance, StockLayer
from tests.api.routes import NOBODY
from tests.builders import Answer, World, new_world
from tests.trade import DAY, OPENED, Trade

PATH = "/api/inventory/adjustments/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def adjust(trade: Trade, kind: str, *lines: Any, role: Role = Role.STOCK_KEEPER, **changes: Any) -> Answer:
    return trade.post(PATH, {"kind": kind, "date": DAY, "lines": list(lines)} | changes, role=role)


def batched(trade: Trade, *batches: tuple[str, str, str, str], sku: str = "A", **changes: Any) -> str:
    """An item with these batches: number, expiry, quantity, unit cost; received in this order."""
    item: str = trade.item(sku, stock="0", **changes)["id"]
    for batch_no, expiry, quantity, cost in batches:
        line = {"item_id": item, "quantity": quantity, "unit_cost": cost, "batch_no": batch_no, "expiry_date": expiry}
        trade.made(PATH, {"kind": "OPENING", "date": OPENED, "lines": [line]})
    return item


def legs(trade: Trade, voucher: str) -> list[tuple[str, Decimal]]:
    rows = LedgerEntry.unscoped.filter(company=trade.world.company, voucher_id=voucher).order_by("line_no")
    return [(row.role, row.debit - row.credit) for row in rows]


def left(trade: Trade) -> list[tuple[float, float]]:
    """Quantity and value of each layer, the oldest first."""
    rows = StockLayer.unscoped.filter(company=trade.world.company).order_by("received_on", "id")
    return [(float(row.quantity_left), float(row.value_left)) for row in rows]


def told(document: Any) -> list[tuple[str, str]]:
    return [(line["batch_no"], line["quantity"]) for line in document["lines"]]


# ── Writing off ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_damaged_goods_leave_the_oldest_layers_at_their_cost(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    trade.opening(item, "3", "33.3333")
    trade.opening(item, "5", "70", date="2025-12-02")
    answer = adjust(trade, "DAMAGE", {"item_id": item, "quantity": "2"}, {"item_id": item, "quantity": "2"}, reason="Water")
    assert answer.status == 201, answer.raw
    document = answer.body
    assert (document["number"], document["kind"], document["reason"]) == ("STK-2025-00003", "DAMAGE", "Water")
    assert told(document) == [("", "-2.000"), ("", "-2.000")]
    assert "value" not in document["lines"][0]
    assert legs(trade, document["voucher"]) == [("STOCK_WRITE_OFF", Decimal(170)), ("INVENTORY", Decimal(-170))]
    assert left(trade) == [(0, 0), (4, 280)]
    shown = trade.get(answer.headers["Location"], role=Role.ACCOUNTANT).body
    assert [line.pop("value") for line in shown["lines"]] == ["-66.67", "-103.33"]
    assert shown == document
    event = OutboxEvent.unscoped.filter(company=trade.world.company).latest("id")
    assert (event.type, '"value"' in event.payload) == ("stock_adjusted", False)
    assert AuditEntry.unscoped.filter(company=trade.world.company, action="write_off_stock").count() == 1
    trade.holds_the_law()


def test_expired_goods_leave_and_no_others(trade: Trade) -> None:
    item = batched(
        trade, ("OLD", "2025-12-10", "2", "10"), ("NEW", "2026-12-31", "9", "20"), ("OLDER", "2025-12-09", "1", "7")
    )
    fresh = adjust(trade, "EXPIRY", {"item_id": item, "quantity": "1", "batch_no": "NEW"})
    assert (fresh.status, fresh.body["fields"]) == (
        400, {"lines": [{"batch_no": [f"NEW had not expired by {DAY}."]}]},
    )  # fmt: skip
    short = adjust(trade, "EXPIRY", {"item_id": item, "quantity": "4"})
    assert (short.status, short.body["code"], short.body["items"][0]["available"]) == (409, "insufficient-stock", "3.000")
    document = adjust(trade, "EXPIRY", {"item_id": item, "quantity": "3"}).body
    assert told(document) == [("OLD", "-2.000"), ("OLDER", "-1.000")]
    assert document["reason"] == "Expiry"
    assert legs(trade, document["voucher"]) == [("STOCK_WRITE_OFF", Decimal(27)), ("INVENTORY", Decimal(-27))]
    trade.holds_the_law()


def test_blocked_and_quarantined_goods_can_be_written_off(trade: Trade) -> None:
    item = batched(trade, ("B1", "2026-12-31", "5", "10"))
    quarantine = trade.made("/api/inventory/warehouses/", {"code": "Q", "name": "Q", "is_quarantine": True})["id"]
    trade.opening(item, "4", "1", warehouse_id=quarantine)
    Batch.unscoped.filter(company=trade.world.company).update(is_blocked=True)
    assert adjust(trade, "DAMAGE", {"item_id": item, "quantity": "5", "batch_no": "B1"}).status == 201
    assert adjust(trade, "DAMAGE", {"item_id": item, "quantity": "4"}, warehouse_id=quarantine).status == 201
    assert left(trade) == [(0, 0), (0, 0)]
    trade.holds_the_law()


def reserved(trade: Trade, *orders: Any) -> list[str]:
    """What is promised to the first line of each order."""
    return [trade.get(f"/api/orders/sales/{one['id']}/").body["items"][0]["reserved_qty"] for one in orders]


def test_the_newest_promises_give_way_to_what_is_lost_and_are_told(trade: Trade) -> None:
    item = trade.item(stock="10")["id"]
    orders = [trade.confirmed([{"item_id": item, "quantity": part}]) for part in (4, 3, 2)]
    free = adjust(trade, "DAMAGE", {"item_id": item, "quantity": "1"})
    assert (free.status, "warnings" in free.body) == (201, False)
    answer = adjust(trade, "DAMAGE", {"item_id": item, "quantity": "2"}, {"item_id": item, "quantity": "1"})
    assert answer.status == 201, answer.raw
    assert answer.body["warnings"] == [
        {"code": "reservation-shrunk", "message": f"{number}: {lost} of SKU001 are no longer reserved."}
        for number, lost in ((orders[2]["order_number"], "2.000"), (orders[1]["order_number"], "1.000"))
    ]
    assert reserved(trade, *orders) == ["4.000", "2.000", "0.000"]
    again = trade.opening(item, "5", "60")
    trade.done(f"/api/orders/sales/{orders[2]['id']}/reserve/")
    assert reserved(trade, *orders) == ["4.000", "2.000", "2.000"]
    assert "warnings" not in trade.get(f"{PATH}{again['id']}/").body
    trade.holds_the_law()


def test_promises_of_what_can_be_sold_give_way_although_there_is_more_on_hand(trade: Trade) -> None:
    item = batched(trade, ("OLD", "2025-12-10", "2", "10"), ("NEW", "2099-12-31", "5", "20"))
    order = trade.confirmed([{"item_id": item, "quantity": 4}])
    assert "warnings" not in adjust(trade, "DAMAGE", {"item_id": item, "quantity": "1", "batch_no": "NEW"}).body
    assert "warnings" not in adjust(trade, "EXPIRY", {"item_id": item, "quantity": "1"}).body
    lost = adjust(trade, "DAMAGE", {"item_id": item, "quantity": "3", "batch_no": "NEW"}).body
    assert [one["code"] for one in lost["warnings"]] == ["reservation-shrunk"]
    assert reserved(trade, order) == ["1.000"]


def test_what_was_promised_before_it_was_blocked_gives_way_as_well(trade: Trade) -> None:
    item = batched(trade, ("B1", "2099-12-31", "5", "10"))
    order = trade.confirmed([{"item_id": item, "quantity": 4}])
    Batch.unscoped.filter(company=trade.world.company).update(is_blocked=True)
    assert "warnings" not in adjust(trade, "DAMAGE", {"item_id": item, "quantity": "1"}).body
    assert "warnings" in adjust(trade, "DAMAGE", {"item_id": item, "quantity": "2"}).body
    assert reserved(trade, order) == ["2.000"]


def test_nothing_is_written_off_before_it_was_there(trade: Trade) -> None:
    item = trade.item()["id"]
    refused = adjust(trade, "DAMAGE", {"item_id": item, "quantity": "1"}, date="2025-11-30")
    assert (refused.status, refused.body["items"][0]["available"]) == (409, "0.000")
    for kind, said in (("EXPIRY", {"quantity": "1"}), ("COUNT", {"counted": "1"})):
        early = adjust(trade, kind, {"item_id": item} | said, date="2099-12-31")
        assert (early.status, early.body["fields"]) == (400, {"date": ["This day is yet to come."]})
    trade.world.decide(hard_lock_date=DAY)
    closed = adjust(trade, "DAMAGE", {"item_id": item, "quantity": "1"})
    assert (closed.status, closed.body["code"]) == (409, "period-closed")


def test_what_is_wrong_with_a_line_is_told_line_by_line(trade: Trade) -> None:
    item, service = trade.item()["id"], trade.item("S", kind="SERVICE", stock="0")["id"]
    theirs = Trade(new_world())
    foreign, their_place = theirs.item()["id"], theirs.get("/api/inventory/warehouses/").body[0]["id"]
    good = {"item_id": item, "quantity": "1"}

    def refusal(kind: str, *lines: Any, **changes: Any) -> tuple[int, Any]:
        answer = adjust(trade, kind, *lines, **changes)
        return answer.status, answer.body.get("fields")

    missing = {"item_id": ["Item not found"]}
    assert refusal("DAMAGE", good, good | {"item_id": foreign}) == (404, {"lines": [{}, missing]})
    assert refusal("COUNT", {"item_id": NOBODY, "counted": "1"}) == (404, {"lines": [missing]})
    assert refusal("DAMAGE", good, warehouse_id=their_place) == (404, {"warehouse_id": ["Warehouse not found"]})
    assert refusal("DAMAGE", good, good | {"batch_no": "X"}) == (404, {"lines": [{}, {"batch_no": ["Batch not found"]}]})
    assert refusal("DAMAGE", good | {"item_id": service})[1] == {
        "lines": [{"item_id": ["S is not tracked; it has no stock."]}]
    }
    unsaid = {"lines": [{"unit_cost": ["A line of kind EXPIRY does not say this."]}]}
    assert refusal("EXPIRY", good | {"unit_cost": "1"}) == (400, unsaid)
    assert refusal("COUNT", good)[1] == {
        "lines": [{"counted": ["This field is required."], "quantity": ["A line of kind COUNT does not say this."]}]
    }
    assert adjust(trade, "DAMAGE", good, role=Role.VIEWER).status == 403
    assert adjust(trade, "DAMAGE", good, role=Role.ACCOUNTANT).status == 403
    document = theirs.get(PATH).body[0]["id"]
    assert trade.get(f"{PATH}{document}/").status == 404


def test_two_who_write_off_the_last_pieces_do_not_both_get_them(trade: Trade) -> None:
    item = trade.item(stock="5")["id"]
    trade.world.token(Role.OWNER)

    def write_off(_: int) -> int:
        try:
            return adjust(trade, "DAMAGE", {"item_id": item, "quantity": "3"}, role=Role.OWNER).status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write_off, range(2))) == [201, 409]
    assert left(trade) == [(2, 120)]
    trade.holds_the_law()


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_count_books_what_it_finds_more_and_less(trade: Trade) -> None:
    short, over, same = (trade.item(sku, uom_id=trade.kilogram())["id"] for sku in ("SHORT", "OVER", "SAME"))
    document = adjust(
        trade,
        "COUNT",
        {"item_id": short, "counted": "17"},
        {"item_id": over, "counted": "22.5"},
        {"item_id": same, "counted": "20"},
    ).body
    told = [(line["item_sku"], line["quantity"]) for line in document["lines"]]
    assert told == [("SHORT", "-3.000"), ("OVER", "2.500")]
    assert legs(trade, document["voucher"]) == [("STOCK_DIFFERENCE", Decimal(30)), ("INVENTORY", Decimal(-30))]
    on_hand = StockBalance.unscoped.filter(company=trade.world.company).values_list("item__sku", "on_hand")
    assert dict(on_hand) == {"SHORT": 17, "OVER": Decimal("22.5"), "SAME": 20}
    audit = AuditEntry.unscoped.get(company=trade.world.company, action="count_stock")
    assert '"SAME":["20.000","20.000"]' in audit.changes
    trade.holds_the_law()


def test_a_count_without_differences_is_kept_and_books_nothing(trade: Trade) -> None:
    document = adjust(trade, "COUNT", {"item_id": trade.item()["id"], "counted": "20"}).body
    assert (document["number"], document["voucher"], document["lines"]) == ("STK-2025-00002", None, [])
    trade.holds_the_law()


def test_a_surplus_is_worth_what_is_said_or_what_came_last(trade: Trade) -> None:
    known, unknown = trade.item(stock="3", unit_cost="33.3333")["id"], trade.item("NEVER", stock="0")["id"]
    trade.receipt([{"item_id": known, "quantity": "1", "unit_cost": "40"}], receipt_date="2025-12-20")
    taken_back = trade.receipt([{"item_id": known, "quantity": "1", "unit_cost": "99"}], receipt_date="2025-12-21",
                               supplier_id=trade.get("/api/purchasing/suppliers/").body[0]["id"])  # fmt: skip
    trade.done(f"/api/purchasing/receipts/{taken_back['id']}/reverse/", {"reason": "wrong"})
    refused = adjust(trade, "COUNT", {"item_id": known, "counted": "6"}, {"item_id": unknown, "counted": "1"})
    assert (refused.status, refused.body["fields"]["lines"][0], list(refused.body["fields"]["lines"][1])) == (
        400, {}, ["unit_cost"],
    )  # fmt: skip
    document = adjust(
        trade, "COUNT", {"item_id": known, "counted": "7"}, {"item_id": unknown, "counted": "2", "unit_cost": "1.005"}
    ).body
    assert legs(trade, document["voucher"]) == [("STOCK_DIFFERENCE", Decimal("-82.01")), ("INVENTORY", Decimal("82.01"))]
    trade.holds_the_law()


def test_batches_are_counted_each_for_itself(trade: Trade) -> None:
    item = batched(trade, ("B1", "2026-12-31", "5", "10"), ("B2", "2026-06-30", "5", "20"), batch_required=True)
    lines = [
        {"item_id": item, "batch_no": "B1", "counted": "6"},
        {"item_id": item, "batch_no": "B2", "counted": "0"},
        {"item_id": item, "batch_no": "B3", "counted": "1", "expiry_date": "2027-01-31", "unit_cost": "5"},
    ]
    document = adjust(trade, "COUNT", *lines).body
    assert told(document) == [("B2", "-5.000"), ("B1", "1.000"), ("B3", "1.000")]
    assert document["lines"][2]["expiry_date"] == "2027-01-31"
    twice = adjust(trade, "COUNT", lines[0], lines[0])
    assert (twice.status, list(twice.body["fields"]["lines"][1])) == (400, ["item_id"])
    whole = adjust(trade, "COUNT", {"item_id": item, "counted": "1"})
    assert whole.body["fields"] == {"lines": [{"batch_no": ["A needs a batch."]}]}
    unknown = adjust(trade, "COUNT", {"item_id": item, "counted": "0", "batch_no": "B9"})
    assert (unknown.status, unknown.body["fields"]) == (404, {"lines": [{"batch_no": ["Batch not found"]}]})
    loose = batched(trade, ("C1", "2026-12-31", "5", "10"), sku="LOOSE")
    both = adjust(trade, "COUNT", {"item_id": loose, "counted": "5"}, {"item_id": loose, "batch_no": "C1", "counted": "5"})
    assert both.status == 400
    trade.holds_the_law()


def test_a_count_is_compared_with_what_lay_there_on_its_day(trade: Trade) -> None:
    """20 came on the 1st; 10 were sold on the 26th, and 2 of them came back on the 28th."""
    trade.registration()
    invoice = trade.posted()
    item = invoice["lines"][0]["item"]
    trade.credit(invoice, lines=[{"line": invoice["lines"][0]["id"], "quantity": "2"}])
    for day, counted in (("2025-12-20", "20"), ("2025-12-26", "10"), ("2025-12-28", "12")):
        assert adjust(trade, "COUNT", {"item_id": item, "counted": counted}, date=day).body["lines"] == [], day
    document = adjust(trade, "COUNT", {"item_id": item, "counted": "19"}, date="2025-12-20").body
    assert told(document) == [("", "-1.000")]
    stock = trade.get("/api/inventory/stock/?as_of=2025-12-28").body["rows"]
    assert stock[0]["on_hand"] == "11.000"
    beyond = adjust(trade, "COUNT", {"item_id": item, "counted": "8"}, date="2025-12-20")
    assert (beyond.status, beyond.body["items"][0]["available"]) == (409, "9.000")
    trade.holds_the_law()


def test_a_count_that_finds_less_than_is_promised_rules(trade: Trade) -> None:
    item = trade.item()["id"]
    order = trade.confirmed([{"item_id": item, "quantity": 15}])
    assert "warnings" not in adjust(trade, "COUNT", {"item_id": item, "counted": "15"}).body
    answer = adjust(trade, "COUNT", {"item_id": item, "counted": "0"})
    assert [one["message"] for one in answer.body["warnings"]] == [
        f"{order['order_number']}: 15.000 of SKU001 are no longer reserved."
    ]
    assert reserved(trade, order) == ["0.000"]
    trade.holds_the_law()


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_filter_of_stock_documents_works(trade: Trade) -> None:
    item = trade.item()["id"]
    side = trade.made("/api/inventory/warehouses/", {"code": "S", "name": "Side"})["id"]
    adjust(trade, "DAMAGE", {"item_id": item, "quantity": "1"}, reason="Fell down")
    adjust(trade, "COUNT", {"item_id": item, "counted": "1"}, warehouse_id=side)

    def numbers(query: str) -> list[str]:
        answer = trade.get(f"{PATH}?{query}", role=Role.VIEWER)
        assert answer.status == 200, answer.raw
        return [row["number"][-1] for row in answer.body]

    assert numbers("") == ["3", "2", "1"]
    assert numbers("kind=COUNT") == ["3"]
    assert numbers(f"warehouse={side}") == ["3"]
    assert numbers(f"start_date={DAY}&search=fell") == ["2"]
    assert numbers(f"end_date={OPENED}") == ["1"]
    assert trade.get(f"{PATH}?kind=MAGIC").status == 400
