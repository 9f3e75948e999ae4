"""Batches over HTTP: ``/api/inventory/batches/``: lists, blocking, what expires, and where a batch went."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from erp.models import AuditEntry, OutboxEvent
from erp.rights import Role
from inventory.models import Batch
from tests.builders import World
from tests.trade import DAY, OPENED, Trade

PATH = "/api/inventory/batches/"


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def day(days: int) -> str:
    """So many days from today, UTC; enough to tell the past from the future of every company."""
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def batched(trade: Trade, item: str, batch_no: str, quantity: str, expiry: str) -> str:
    """Opening stock of a batch; the id of the batch."""
    line = {"item_id": item, "quantity": quantity, "unit_cost": "10", "batch_no": batch_no, "expiry_date": expiry}
    trade.made("/api/inventory/adjustments/", {"kind": "OPENING", "date": OPENED, "lines": [line]})
    return str(Batch.unscoped.get(company=trade.world.company, item_id=item, batch_no=batch_no).id)


def block(trade: Trade, batch: str, act: str = "block", reason: str = "Recalled by the maker") -> Any:
    answer = trade.post(f"{PATH}{batch}/{act}/", {"reason": reason}, role=Role.STOCK_KEEPER)
    assert answer.status == 200, answer.raw
    return answer.body


def test_every_filter_of_batches_works(trade: Trade) -> None:
    item, other = trade.item(stock="0")["id"], trade.item("B", stock="0")["id"]
    first = batched(trade, item, "B1", "5", "2030-01-31")
    batched(trade, other, "B2", "2", "2031-01-31")
    block(trade, first)
    shown = trade.get(f"{PATH}{first}/").body
    assert shown == {
        "id": first, "item": item, "item_sku": "SKU001", "item_name": "Product SKU001", "batch_no": "B1",
        "expiry_date": "2030-01-31", "is_blocked": True, "block_reason": "Recalled by the maker", "on_hand": "5.000",
        "version": 2,
    }  # fmt: skip
    for query, found in {
        f"item={item}": ["B1"], "batch_no=B2": ["B2"], "expires_before=2030-01-31": [], "expires_before=2030-02-01": ["B1"],
        "blocked=true": ["B1"], "blocked=false": ["B2"], "": ["B2", "B1"],
    }.items():  # fmt: skip
        assert [one["batch_no"] for one in trade.get(f"{PATH}?{query}").body] == found, query
    page = trade.get(f"{PATH}?page_size=1").body
    assert [one["batch_no"] for one in page["results"]] == ["B2"]
    assert page["next"]


def test_a_blocked_batch_is_in_no_free_stock_until_it_is_unblocked(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    batch = batched(trade, item, "B1", "5", "2099-01-31")
    invoice = trade.invoice(trade.confirmed([{"item_id": item, "quantity": "2"}]))
    block(trade, batch)
    (row,) = trade.get(f"/api/inventory/stock/?item={item}").body["rows"]
    assert (row["on_hand"], row["blocked"], row["available"]) == ("5.000", "5.000", "0.000")
    refused = trade.post(f"/api/invoices/{invoice['id']}/post_voucher/")
    assert (refused.status, refused.body["code"]) == (409, "insufficient-stock")
    assert trade.confirmed([{"item_id": item, "quantity": "1"}])["items"][0]["reserved_qty"] == "0.000"
    assert block(trade, batch, "unblock", "Was another lot")["block_reason"] == ""
    trade.done(f"/api/invoices/{invoice['id']}/post_voucher/")
    trade.holds_the_law()


def test_blocking_is_told_once_with_its_reason(trade: Trade) -> None:
    batch = batched(trade, trade.item(stock="0")["id"], "B1", "5", "2099-01-31")
    for act in ("block", "block", "unblock", "unblock"):
        block(trade, batch, act)
    events = OutboxEvent.unscoped.filter(company=trade.world.company, type="batch_blocked").order_by("id")
    assert [json.loads(one.payload)["is_blocked"] for one in events] == [True, False]
    entries = AuditEntry.unscoped.filter(company=trade.world.company, subject_id=batch).order_by("id")
    assert [(one.action, "Recalled" in one.changes) for one in entries] == [("block_batch", True), ("unblock_batch", True)]
    assert list(trade.post(f"{PATH}{batch}/block/", {}).body["fields"]) == ["reason"]
    assert trade.post(f"{PATH}{batch}/block/", {"reason": "r"}, role=Role.ACCOUNTANT).status == 403


def test_what_expires_is_told_the_expired_first(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    for batch_no, expiry in (("SOON", day(30)), ("GONE", day(-30)), ("LATER", day(200)), ("SOLD", day(10))):
        batched(trade, item, batch_no, "5", expiry)
    lost = {"kind": "DAMAGE", "date": DAY, "lines": [{"item_id": item, "quantity": "5", "batch_no": "SOLD"}]}
    trade.made("/api/inventory/adjustments/", lost)
    answer = trade.get(f"{PATH}expiring/").body
    assert answer["within_days"] == 90
    assert [(row["batch_no"], row["quantity"], row["days_left"] < 0) for row in answer["rows"]] == [
        ("GONE", "5.000", True), ("SOON", "5.000", False)
    ]  # fmt: skip
    assert [row["batch_no"] for row in trade.get(f"{PATH}expiring/?within_days=300").body["rows"]] == [
        "GONE",
        "SOON",
        "LATER",
    ]
    for wrong in ("-1", "x", "1.5", "999999"):
        refused = trade.get(f"{PATH}expiring/?within_days={wrong}")
        assert (refused.status, list(refused.body["fields"])) == (400, ["within_days"])


def test_a_batch_is_traced_from_its_receipts_to_its_invoices_and_back(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    line = {"item_id": item, "quantity": "10", "unit_cost": "60", "batch_no": "B1"}
    receipt = trade.receipt([line], receipt_date="2025-12-02")
    batched(trade, trade.item("B", stock="0")["id"], "B1", "3", "2099-01-31")
    batch = str(Batch.unscoped.get(company=trade.world.company, item_id=item).id)
    kept = trade.posted(trade.confirmed([{"item_id": item, "quantity": "6"}]))
    trade.credit(kept, lines=[{"line": kept["lines"][0]["id"], "quantity": "4"}])
    undone = trade.posted(trade.confirmed([{"item_id": item, "quantity": "1"}]))
    trade.done(f"/api/invoices/{undone['id']}/reverse/", {"reason": "wrong", "reversal_date": DAY})
    moved = trade.transfer(item, "2", lines=[{"item_id": item, "quantity": "2", "batch_no": "B1"}])
    trace = trade.get(f"{PATH}{batch}/trace/").body
    assert (trace["batch"]["batch_no"], trace["batch"]["id"]) == ("B1", batch)
    (came,) = trace["received"]
    assert (came["number"], came["party_name"], came["date"], came["quantity"]) == (
        receipt["receipt_number"], "Supplier Name", "2025-12-02", "10.000"
    )  # fmt: skip
    sold = {one["invoice"]: one for one in trace["issued"]}
    assert {one["party_name"] for one in sold.values()} == {"Customer Name"}
    assert {name: (one["invoice_number"], one["quantity"], one["returned"]) for name, one in sold.items()} == {
        kept["id"]: (kept["invoice_number"], "6.000", "4.000"),
        undone["id"]: (undone["invoice_number"], "1.000", "1.000"),
    }
    assert [(one["source_kind"], one["quantity"]) for one in trace["returns"]] == [
        ("invoice", "1.000"), ("credit_note", "4.000")
    ]  # fmt: skip
    assert [(one["number"], one["kind"], one["quantity"]) for one in trace["other"]] == [
        (moved["number"], "TRANSFER", "-2.000"), (moved["number"], "TRANSFER", "2.000")
    ]  # fmt: skip
    signed = [Decimal(one["quantity"]) for one in (*trace["received"], *trace["returns"], *trace["other"])]
    assert sum(signed) - sum(Decimal(one["quantity"]) for one in sold.values()) == Decimal(trace["batch"]["on_hand"])


def test_traces_are_for_those_who_have_to_do_with_goods_or_money(trade: Trade) -> None:
    batch = batched(trade, trade.item(stock="0")["id"], "B1", "5", "2099-01-31")
    for role, status in {Role.STOCK_KEEPER: 200, Role.VIEWER: 200, Role.SALES_MANAGER: 200, Role.PICKER: 403}.items():
        assert trade.get(f"{PATH}{batch}/trace/", role=role).status == status
