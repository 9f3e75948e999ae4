"""Goods receipts over HTTP: ``/api/purchasing/receipts/``: what comes is in stock, and owed until it is billed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounting.models import LedgerEntry, Voucher
from erp.models import OutboxEvent
from erp.rights import Role
from inventory.models import StockBalance, StockLayer
from invoices.reversing import reverse_invoice
from tests.builders import Answer, World
from tests.trade import DAY, Trade

PATH = "/api/purchasing/receipts/"
RECEIPT_KEYS = {
    "id", "receipt_number", "receipt_date", "posting_date", "supplier", "supplier_name", "supplier_reference",
    "purchase_order", "purchase_order_number", "warehouse", "warehouse_code", "status", "voucher", "voucher_number",
    "total_cost", "version", "created_at", "lines",
}  # fmt: skip


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def body(trade: Trade, *lines: Any, **changes: Any) -> dict[str, Any]:
    """Of one supplier, on `DAY`; 10 pieces at 60.00 of an item without stock unless lines are given."""
    kept = trade.get("/api/purchasing/suppliers/").body
    supplier = kept[0] if kept else trade.supplier()
    if not lines:
        lines = ({"item_id": trade.item(stock="0")["id"], "quantity": "10", "unit_cost": "60"},)
    return {"supplier_id": supplier["id"], "receipt_date": DAY, "lines": list(lines)} | changes


def reverse(trade: Trade, receipt: Any, *, role: Role = Role.OWNER, query: str = "", **members: Any) -> Answer:
    return trade.post(f"{PATH}{receipt['id']}/reverse/{query}", {"reason": "wrong"} | members, role=role)


def legs(trade: Trade, voucher: str) -> list[tuple[str, Decimal, Decimal]]:
    rows = LedgerEntry.unscoped.filter(company=trade.world.company, voucher_id=voucher).order_by("line_no")
    return [(row.role, row.debit, row.credit) for row in rows]


def on_hand(trade: Trade) -> Decimal:
    return sum((row.on_hand for row in StockBalance.unscoped.filter(company=trade.world.company)), Decimal(0))


# ── What a receipt does ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_comes_is_a_layer_of_stock_and_owed_to_grni(trade: Trade) -> None:
    supplier = trade.supplier(name="Maker")
    plain = trade.item("PLAIN", stock="0")
    dated = trade.item("DATED", stock="0", batch_required=True)
    lines = [
        {"item_id": plain["id"], "quantity": "10", "unit_cost": "60"},
        {"item_id": dated["id"], "quantity": "3", "unit_cost": "33.3333", "batch_no": "B456",
         "manufactured_on": "2025-06-30", "expiry_date": "2027-06-30"},
    ]  # fmt: skip
    answer = trade.post(PATH, body(trade, *lines, supplier_reference="DC 12"), role=Role.PURCHASE_MANAGER)
    assert answer.status == 201, answer.raw
    receipt = answer.body
    assert receipt.keys() == RECEIPT_KEYS
    assert answer.headers["Location"] == f"{PATH}{receipt['id']}/"
    assert (receipt["receipt_number"], receipt["voucher_number"]) == ("GRN-2025-00001", "JV-2025-00001")
    assert (receipt["supplier"], receipt["supplier_name"], receipt["supplier_reference"]) == (
        supplier["id"], "Maker", "DC 12",
    )  # fmt: skip
    assert (receipt["status"], receipt["posting_date"], receipt["total_cost"]) == ("POSTED", DAY, "700.00")
    told = [(line["item_sku"], line["unit_cost"], line["cost"], line["batch_no"]) for line in receipt["lines"]]
    assert told == [("PLAIN", "60.00", "600.00", ""), ("DATED", "33.3333", "100.00", "B456")]
    assert [receipt["lines"][1][name] for name in ("manufactured_on", "expiry_date")] == ["2025-06-30", "2027-06-30"]
    assert legs(trade, receipt["voucher"]) == [("INVENTORY", Decimal(700), Decimal(0)), ("GRNI", Decimal(0), Decimal(700))]
    layer = StockLayer.unscoped.get(id=receipt["lines"][1]["layer"])
    assert (layer.quantity_left, layer.value_left, str(layer.received_on)) == (Decimal(3), Decimal(100), DAY)
    shown = trade.get(answer.headers["Location"])
    assert (shown.body, shown.headers["ETag"][:3]) == (receipt, '"1-')
    trade.holds_the_law()


def test_a_late_receipt_is_booked_later_and_takes_its_place_among_the_layers(trade: Trade) -> None:
    sent = body(trade, receipt_date="2025-03-30", posting_date="2025-04-02")
    receipt = trade.made(PATH, sent)
    assert (receipt["receipt_number"], receipt["voucher_number"]) == ("GRN-2024-00001", "JV-2025-00001")
    layer = StockLayer.unscoped.get(id=receipt["lines"][0]["layer"])
    assert (str(layer.received_on), str(layer.booked_on)) == ("2025-03-30", "2025-04-02")
    trade.holds_the_law()


def test_goods_that_cost_nothing_are_received_all_the_same(trade: Trade) -> None:
    line = {"item_id": trade.item(stock="0")["id"], "quantity": "2", "unit_cost": "0"}
    receipt = trade.made(PATH, body(trade, line))
    assert (receipt["total_cost"], legs(trade, receipt["voucher"])) == ("0.00", [])
    trade.holds_the_law()


def test_what_is_received_is_sold_at_its_cost_and_the_receipt_then_stays(trade: Trade) -> None:
    trade.registration()
    receipt = trade.made(PATH, body(trade, receipt_date="2025-12-01"))
    item = receipt["lines"][0]["item"]
    invoice = trade.posted(trade.confirmed([{"item_id": item, "quantity": "4"}]))
    assert [leg for leg in legs(trade, invoice["voucher"]) if leg[0] == "COGS"] == [("COGS", Decimal(240), Decimal(0))]
    refused = reverse(trade, receipt)
    assert (refused.status, refused.body["code"], refused.body["layers"]) == (
        409, "layers-used", [receipt["lines"][0]["layer"]],
    )  # fmt: skip
    trade.holds_the_law()


def test_a_batch_that_has_been_here_keeps_its_expiry(trade: Trade) -> None:
    item = trade.item(stock="0", batch_required=True)["id"]
    line = {"item_id": item, "quantity": "1", "unit_cost": "1", "batch_no": "B", "expiry_date": "2027-01-31"}
    assert "warnings" not in trade.made(PATH, body(trade, line))
    again = trade.made(PATH, body(trade, line | {"expiry_date": "2028-01-31"}))
    assert again["lines"][0]["expiry_date"] == "2027-01-31"
    (caution,) = again["warnings"]
    assert (caution["code"], caution["field"]) == ("expiry-differs", "lines[0].expiry_date")


def test_costs_are_for_those_who_may_see_them_and_not_in_the_event(trade: Trade) -> None:
    receipt = trade.post(PATH, body(trade), role=Role.STOCK_KEEPER).body
    assert receipt.keys() == RECEIPT_KEYS - {"total_cost"}
    assert not {"unit_cost", "cost"} & receipt["lines"][0].keys()
    assert trade.get(PATH, role=Role.ACCOUNTANT).body[0]["total_cost"] == "600.00"
    assert "total_cost" not in trade.get(PATH, role=Role.BILLER).body[0]
    event = OutboxEvent.unscoped.get(company=trade.world.company, type="goods_received")
    assert '"receipt_number":"GRN-2025-00001"' in event.payload
    assert "cost" not in event.payload


# ── What is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("item", "changes", "field"),
    [
        ({"tracked": False}, {}, "item_id"),
        ({"batch_required": True}, {}, "batch_no"),
        ({}, {"expiry_date": "2027-01-31"}, "expiry_date"),
        ({}, {"batch_no": "B", "manufactured_on": "2027-02-01", "expiry_date": "2027-01-31"}, "expiry_date"),
        ({}, {"unit_cost": None}, "unit_cost"),
        ({}, {"unit_cost": "-1"}, "unit_cost"),
        ({}, {"unit_cost": "9999999999", "quantity": "999999999"}, "unit_cost"),
        ({}, {"quantity": "0"}, "quantity"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_by_name(trade: Trade, item: Any, changes: Any, field: str) -> None:
    line = {"item_id": trade.item(stock="0", **item)["id"], "quantity": "1", "unit_cost": "1"} | changes
    answer = trade.post(PATH, body(trade, line))
    assert (answer.status, answer.body["code"]) == (400, "validation"), answer.raw
    assert list(answer.body["fields"]["lines"][0]) == [field]
    assert trade.get(PATH).body == []


def test_two_expiries_of_one_batch_are_refused(trade: Trade) -> None:
    line = {"item_id": trade.item(stock="0")["id"], "quantity": "1", "unit_cost": "1", "batch_no": "B"}
    answer = trade.post(PATH, body(trade, line | {"expiry_date": "2027-01-31"}, line))
    assert (answer.status, answer.body["fields"]["lines"][0]) == (400, {})
    assert list(answer.body["fields"]["lines"][1]) == ["expiry_date"]


def test_days_that_cannot_be_booked_are_refused(trade: Trade) -> None:
    sent = body(trade)
    early = trade.post(PATH, sent | {"posting_date": "2025-12-25"})
    assert (early.status, list(early.body["fields"])) == (400, ["posting_date"])
    assert trade.patch("/api/accounting/locks/", {"hard_lock_date": "2025-12-31"}).status == 200
    closed = trade.post(PATH, sent)
    assert (closed.status, closed.body["code"]) == (409, "period-closed")
    assert trade.post(PATH, sent | {"posting_date": "2026-01-01"}).status == 201


def test_rows_of_others_and_a_supplier_who_has_left_are_not_found(trade: Trade, other_world: World) -> None:
    theirs, sent = Trade(other_world), body(trade)
    line = {"item_id": theirs.item(stock="0")["id"], "quantity": "1", "unit_cost": "1"}
    place = theirs.made("/api/inventory/warehouses/", {"code": "W", "name": "W"})["id"]
    gone = trade.supplier(is_active=False)["id"]
    for changes, text in (
        ({"supplier_id": theirs.supplier()["id"]}, "Supplier not found"),
        ({"supplier_id": gone}, "Supplier not found"),
        ({"warehouse_id": place}, "Warehouse not found"),
        ({"lines": [line]}, "Item not found"),
    ):
        answer = trade.post(PATH, sent | changes)
        assert (answer.status, answer.body["error"]) == (404, text)
    receipt = trade.made(PATH, sent)
    assert theirs.get(f"{PATH}{receipt['id']}/").status == 404
    assert reverse(theirs, receipt).status == 404


def test_who_may_receive_and_who_may_take_back(trade: Trade) -> None:
    sent = body(trade)
    for role in (Role.VIEWER, Role.ACCOUNTANT, Role.SALES_MANAGER):
        assert trade.post(PATH, sent, role=role).status == 403
    receipt = trade.made(PATH, sent)
    for role in (Role.VIEWER, Role.STOCK_KEEPER):
        assert reverse(trade, receipt, role=role).status == 403
    assert reverse(trade, receipt, role=Role.ACCOUNTANT).status == 200


# ── Repeating, trying ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_sent_twice_with_one_key_is_one(trade: Trade) -> None:
    sent = body(trade)
    first, again = (trade.post(PATH, sent, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.body, again.headers["Idempotent-Replayed"]) == (again.body, "true")
    assert on_hand(trade) == Decimal(10)


def test_a_dry_run_leaves_no_trace_and_burns_no_number(trade: Trade) -> None:
    sent = body(trade)
    tried = trade.post(f"{PATH}?dry_run=true", sent)
    assert (tried.status, tried.body["dry_run"], tried.body["total_cost"]) == (201, True, "600.00")
    assert (on_hand(trade), trade.get(PATH).body) == (Decimal(0), [])
    assert not OutboxEvent.unscoped.filter(company=trade.world.company, type="goods_received").exists()
    assert trade.made(PATH, sent)["receipt_number"] == "GRN-2025-00001"


def test_every_filter_of_the_list_works(trade: Trade) -> None:
    first = trade.made(PATH, body(trade, receipt_date="2025-12-01"))
    other = trade.supplier(name="Other")["id"]
    lines = [{"item_id": first["lines"][0]["item"], "quantity": "1", "unit_cost": "1"}]
    second = trade.made(PATH, {"supplier_id": other, "receipt_date": "2025-12-05", "lines": lines})

    def numbers(query: str) -> list[str]:
        return [row["id"] for row in trade.get(f"{PATH}?{query}").body]

    assert numbers("") == [second["id"], first["id"]]
    assert numbers(f"supplier={other}") == [second["id"]]
    assert numbers("start_date=2025-12-02") == [second["id"]]
    assert numbers("end_date=2025-12-02") == [first["id"]]
    assert trade.get(f"{PATH}?batch=1").status == 400


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_taken_back_leaves_nothing_in_stock_and_owes_nothing(trade: Trade) -> None:
    receipt = trade.made(PATH, body(trade))
    tried = reverse(trade, receipt, query="?dry_run=true", reversal_date=DAY)
    assert (tried.status, on_hand(trade)) == (200, Decimal(10))
    answer = reverse(trade, receipt, reversal_date=DAY)
    assert answer.status == 200, answer.raw
    told = {name: answer.body[name] for name in ("original_voucher", "reversed_voucher_number", "status", "reason")}
    assert told == {
        "original_voucher": receipt["voucher"], "reversed_voucher_number": "JV-2025-00002", "status": "REVERSED",
        "reason": "wrong",
    }  # fmt: skip
    assert legs(trade, answer.body["reversed_voucher"]) == [
        ("INVENTORY", Decimal(0), Decimal(600)), ("GRNI", Decimal(600), Decimal(0)),
    ]  # fmt: skip
    assert on_hand(trade) == Decimal(0)
    shown = trade.get(f"{PATH}{receipt['id']}/").body
    assert (shown["status"], shown["version"], shown["total_cost"]) == ("REVERSED", 2, "600.00")
    kinds = OutboxEvent.unscoped.filter(company=trade.world.company, type="goods_received").order_by("id")
    assert ['"status":"REVERSED"' in event.payload for event in kinds] == [False, True]
    again = reverse(trade, receipt, reason="other words")
    assert (again.status, again.body) == (200, answer.body | {"message": "Goods receipt already reversed"})
    trade.holds_the_law()


def test_the_reversal_is_never_earlier_than_the_receipt_nor_in_a_closed_period(trade: Trade) -> None:
    receipt = trade.made(PATH, body(trade, posting_date="2025-12-28"))
    assert trade.patch("/api/accounting/locks/", {"hard_lock_date": "2025-12-31"}).status == 200
    closed = reverse(trade, receipt, reversal_date="2025-12-29")
    assert (closed.status, closed.body["code"]) == (409, "period-closed")
    stale = trade.post(f"{PATH}{receipt['id']}/reverse/", {"reason": "r"}, headers={"If-Match": '"7"'})
    assert (stale.status, stale.body["code"]) == (412, "stale")
    assert reverse(trade, receipt, reversal_date="2026-01-01").status == 200
    trade.holds_the_law()


def test_goods_promised_to_an_order_do_not_go_back(trade: Trade) -> None:
    receipt = trade.made(PATH, body(trade))
    order = trade.confirmed([{"item_id": receipt["lines"][0]["item"], "quantity": "1"}])
    refused = reverse(trade, receipt)
    assert (refused.status, refused.body["code"]) == (409, "insufficient-stock")
    (short,) = refused.body["items"]
    assert (short["wanted"], short["available"], short["reserved"]) == ("10.000", "9.000", "1.000")
    trade.done(f"/api/orders/sales/{order['id']}/cancel/", {"reason": "r"})
    assert reverse(trade, receipt).status == 200
    trade.holds_the_law()


def test_goods_that_were_sold_and_came_back_go_only_from_the_day_on_which_they_were_back(trade: Trade) -> None:
    trade.registration()
    receipt = trade.made(PATH, body(trade, receipt_date="2025-12-01"))
    invoice = trade.posted(trade.confirmed([{"item_id": receipt["lines"][0]["item"], "quantity": "4"}]))
    owner, back = trade.world.actor(Role.OWNER), date(2025, 12, 29)
    reverse_invoice(
        invoice_id=invoice["id"], actor=owner, reason="wrong", reversal_date=back, today=back, now=timezone.now()
    )
    between = reverse(trade, receipt, reversal_date="2025-12-27")
    assert (between.status, between.body["code"]) == (409, "layers-used")
    answer = reverse(trade, receipt, reversal_date="2025-12-29")
    assert answer.status == 200, answer.raw
    trade.holds_the_law()


@pytest.mark.db_heavy
def test_of_two_who_take_a_receipt_back_at_once_one_does(trade: Trade) -> None:
    receipt = trade.made(PATH, body(trade))
    trade.world.token(Role.OWNER)

    def one(_: int) -> Answer:
        try:
            return reverse(trade, receipt)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, range(4)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["reversed_voucher"] for answer in answers}) == 1
    assert Voucher.unscoped.filter(company=trade.world.company, kind="REVERSAL").count() == 1
    trade.holds_the_law()
