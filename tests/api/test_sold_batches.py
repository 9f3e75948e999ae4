"""Goods of a batch that a line names: there is enough of it to sell, or the refusal says what is wrong with it."""

from decimal import Decimal
from typing import Any

import pytest

from inventory.models import Batch
from invoices.models import Invoice
from tests.builders import Answer, World, invoice_body, item_body
from tests.trade import DAY, OPENED, Trade


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def stocked(trade: Trade, *batches: tuple[str, str, str], **changes: Any) -> str:
    """An item that needs its batch, with these in stock: number, expiry, quantity; all for 10.00 a piece."""
    item = trade.item("SKU001", stock="0", **{"batch_required": True} | changes)["id"]
    lines = [
        {"item_id": item, "quantity": quantity, "unit_cost": "10", "batch_no": batch_no, "expiry_date": expiry}
        for batch_no, expiry, quantity in batches
    ]
    trade.made("/api/inventory/adjustments/", {"kind": "OPENING", "date": OPENED, "lines": lines})
    return str(item)


def sold(trade: Trade, *goods: tuple[str, str], **changes: Any) -> str:
    """An imported invoice of these: batch and quantity; its id."""
    items = [item_body(item_code="SKU001", batch_no=batch_no, quantity=quantity) for batch_no, quantity in goods]
    sent = invoice_body(invoice_date=DAY, items=items, **changes)
    assert trade.world.import_invoice(sent).status == 201
    return str(trade.world.invoice(sent["invoice_no"]).id)


def post(trade: Trade, invoice: str) -> Answer:
    return trade.post(f"/api/invoices/{invoice}/post_voucher/")


def refusal(answer: Answer) -> tuple[str, list[tuple[int, str, str, str, str]]]:
    """The code, and of every line that is named: its number, batch, what it wanted, what of it is usable, and its code."""
    assert answer.status == 409, answer.raw
    told = [(one["line_no"], one["batch_no"], one["wanted"], one["usable"], one["code"]) for one in answer.body["lines"]]
    return answer.body["code"], told


def taken(trade: Trade, invoice: str) -> list[tuple[str, str]]:
    layers = trade.get(f"/api/invoices/{invoice}/?expand=stock").body["layers"]
    return [(one["batch_no"], one["quantity"]) for one in layers]


def test_of_a_batch_no_more_is_sold_than_there_is(trade: Trade) -> None:
    item = stocked(trade, ("B1", "2026-03-31", "5"), ("B2", "2026-12-31", "9"))
    invoice = sold(trade, ("B1", "6"))
    answer = post(trade, invoice)
    assert refusal(answer) == ("batch-short", [(1, "B1", "6.000", "5.000", "batch-short")])
    (line,) = answer.body["lines"]
    assert (line["item"], line["item_sku"]) == (item, "SKU001")
    assert line["line"] == trade.get(f"/api/invoices/{invoice}/").body["lines"][0]["id"]
    assert Invoice.unscoped.get(id=invoice).status == "DRAFT"
    trade.opening(item, "1", "10", lines=[{"item_id": item, "quantity": "1", "unit_cost": "10", "batch_no": "B1"}])
    assert post(trade, invoice).status == 200
    assert sorted(taken(trade, invoice)) == [("B1", "1.000"), ("B1", "5.000")]
    trade.holds_the_law()


def test_a_batch_that_has_expired_or_is_blocked_or_unknown_is_told_as_such_and_all_at_once(trade: Trade) -> None:
    stocked(trade, ("OLD", "2025-12-10", "5"), ("BAD", "2026-12-31", "5"), ("B1", "2026-12-31", "5"))
    Batch.unscoped.filter(company=trade.world.company, batch_no="BAD").update(is_blocked=True)
    assert refusal(post(trade, sold(trade, ("OLD", "1")))) == (
        "batch-expired", [(1, "OLD", "1.000", "0.000", "batch-expired")]
    )  # fmt: skip
    assert refusal(post(trade, sold(trade, ("BAD", "1")))) == (
        "batch-blocked", [(1, "BAD", "1.000", "0.000", "batch-blocked")]
    )  # fmt: skip
    assert refusal(post(trade, sold(trade, ("B1", "1"), ("B9", "1"), ("OLD", "2"), ("BAD", "1")))) == (
        "batch-short",
        [
            (2, "B9", "1.000", "0.000", "batch-short"),
            (3, "OLD", "2.000", "0.000", "batch-expired"),
            (4, "BAD", "1.000", "0.000", "batch-blocked"),
        ],
    )


def test_lines_of_one_batch_share_what_there_is(trade: Trade) -> None:
    stocked(trade, ("B1", "2026-12-31", "5"), ("B2", "2026-12-31", "5"))
    answer = post(trade, sold(trade, ("B1", "3"), ("B1", "3"), ("", "1")))
    assert refusal(answer) == ("batch-short", [(2, "B1", "3.000", "2.000", "batch-short")])


def test_a_batch_that_is_promised_to_orders_lacks_the_item_not_the_batch(trade: Trade) -> None:
    item = stocked(trade, ("B1", "2026-12-31", "5"))
    trade.confirmed([{"item_id": item, "quantity": "4"}])
    answer = post(trade, sold(trade, ("B1", "2")))
    assert (answer.status, answer.body["code"], answer.body["items"][0]["available"]) == (409, "insufficient-stock", "1.000")


def test_short_items_are_told_beside_a_short_batch(trade: Trade) -> None:
    stocked(trade, ("B1", "2026-12-31", "5"))
    trade.item("PLAIN", stock="1")
    sent = invoice_body(
        invoice_date=DAY,
        items=[
            item_body(item_code="PLAIN", quantity="2"),
            item_body(item_code="SKU001", quantity="9", batch_no="B1"),
        ],
    )
    assert trade.world.import_invoice(sent).status == 201
    answer = post(trade, str(trade.world.invoice(sent["invoice_no"]).id))
    assert refusal(answer) == ("batch-short", [(2, "B1", "9.000", "5.000", "batch-short")])
    assert [one["item_sku"] for one in answer.body["items"]] == ["PLAIN"]


def test_the_batch_of_an_item_that_needs_none_stays_text(trade: Trade) -> None:
    stocked(trade, ("B1", "2026-12-31", "5"), batch_required=False)
    assert post(trade, sold(trade, ("B9", "2"))).status == 200
    trade.holds_the_law()


def test_many_are_posted_and_the_one_whose_batch_lacks_is_told(trade: Trade) -> None:
    stocked(trade, ("B1", "2026-12-31", "5"))
    good, bad = sold(trade, ("B1", "2")), sold(trade, ("B2", "1"))
    rows = trade.done("/api/invoices/post_vouchers/", {"invoice_ids": [bad, good]})["results"]
    assert [one["error"] and one["error"]["code"] for one in rows] == ["batch-short", None]
    trade.holds_the_law()


def test_a_revision_that_names_another_batch_is_judged_like_any_posting(trade: Trade) -> None:
    stocked(trade, ("B1", "2026-12-31", "5"))
    invoice = sold(trade, ("B1", "2"), invoice_no="R-1")
    assert post(trade, invoice).status == 200
    items = [item_body(item_code="SKU001", batch_no="B2", quantity="2")]
    again = trade.world.import_invoice(invoice_body(invoice_no="R-1", invoice_date=DAY, items=items))
    assert (again.status, again.body["code"]) == (409, "batch-short")
    assert taken(trade, invoice) == [("B1", "2.000")]
    trade.holds_the_law()


def test_stock_documents_say_which_batch_is_short(trade: Trade) -> None:
    item = stocked(trade, ("B1", "2025-12-10", "5"), ("B2", "2026-12-31", "5"))
    line = {"item_id": item, "quantity": "6", "batch_no": "B1"}
    lost = {"kind": "DAMAGE", "date": DAY, "lines": [{"item_id": item, "quantity": "1", "batch_no": "B2"}, line]}
    assert refusal(trade.post("/api/inventory/adjustments/", lost)) == (
        "batch-short", [(2, "B1", "6.000", "5.000", "batch-short")]
    )  # fmt: skip
    main = next(one["id"] for one in trade.get("/api/inventory/warehouses/").body if one["is_default"])
    moved = {"from_warehouse_id": main, "to_warehouse_id": trade.side()["id"], "date": DAY, "lines": [line]}
    assert refusal(trade.post("/api/inventory/transfers/", moved)) == (
        "batch-short", [(1, "B1", "6.000", "5.000", "batch-short")]
    )  # fmt: skip


# ── What the company decides ─────────────────────────────────────────────────────────────────────────────────────────


def decided(trade: Trade, **policies: str) -> None:
    assert trade.patch("/api/companies/policies/", policies).status == 200


def warned(answer: Answer) -> list[tuple[str, str, str]]:
    assert answer.status == 200, answer.raw
    return [(one["code"], one["field"], one["message"]) for one in answer.body.get("warnings", [])]


def test_by_policy_the_rest_comes_of_other_batches_by_the_items_rule(trade: Trade) -> None:
    stocked(trade, ("B0", "2026-02-28", "2"), ("B1", "2026-12-31", "5"), ("B2", "2026-01-31", "4"), issue_rule="FEFO")
    decided(trade, batch_mismatch="any_batch")
    exact, over = sold(trade, ("B1", "1")), sold(trade, ("B1", "9"))
    assert warned(post(trade, exact)) == []
    assert warned(post(trade, over)) == [
        ("batch-mismatch", "lines[0]", "SKU001: 5.000 are of other batches than B1.")
    ]  # fmt: skip
    assert sorted(taken(trade, over)) == [("B0", "1.000"), ("B1", "4.000"), ("B2", "4.000")]
    trade.holds_the_law()


def test_no_policy_sells_another_batch_for_one_that_is_blocked_or_has_expired(trade: Trade) -> None:
    stocked(trade, ("OLD", "2025-12-10", "5"), ("BAD", "2026-12-31", "5"), ("B1", "2026-12-31", "9"))
    Batch.unscoped.filter(company=trade.world.company, batch_no="BAD").update(is_blocked=True)
    decided(trade, batch_mismatch="any_batch")
    for batch_no, code in {"OLD": "batch-expired", "BAD": "batch-blocked"}.items():
        assert refusal(post(trade, sold(trade, (batch_no, "1")))) == (code, [(1, batch_no, "1.000", "0.000", code)])
    short = post(trade, sold(trade, ("B1", "10")))
    assert (short.body["code"], short.body["items"][0]["available"]) == ("insufficient-stock", "9.000")
    unknown = sold(trade, ("B9", "1"))
    assert [code for code, _, _ in warned(post(trade, unknown))] == ["batch-mismatch"]
    assert taken(trade, unknown) == [("B1", "1.000")]


def test_by_policy_expired_goods_are_free_stock_and_sold_with_a_warning(trade: Trade) -> None:
    item = stocked(trade, ("OLD", "2025-12-10", "5"), ("B1", "2099-12-31", "1"))

    def available() -> str:
        (row,) = trade.get(f"/api/inventory/stock/?item={item}").body["rows"]
        (then,) = trade.get(f"/api/inventory/stock/?item={item}&as_of={DAY}").body["rows"]
        assert row["expired"] == then["expired"] == "5.000"
        assert Decimal(then["available"]) - Decimal(row["reserved"]) == Decimal(row["available"])
        return str(row["available"])

    assert available() == "1.000"
    order = trade.confirmed([{"item_id": item, "quantity": "3"}])
    assert order["items"][0]["reserved_qty"] == "1.000"
    decided(trade, sell_expired="warn")
    assert available() == "5.000"
    assert trade.done(f"/api/orders/sales/{order['id']}/reserve/")["order"]["items"][0]["reserved_qty"] == "3.000"
    named, ruled = sold(trade, ("OLD", "2")), trade.invoice(order)["id"]
    assert warned(post(trade, named)) == [
        ("batch-expired", "lines[0]", "SKU001: 2.000 are of a batch that has expired.")
    ]  # fmt: skip
    rows = trade.done("/api/invoices/post_vouchers/", {"invoice_ids": [ruled]})["results"]
    assert [one["code"] for one in rows[0]["warnings"]] == ["batch-expired"]
    assert taken(trade, ruled) == [("OLD", "3.000")]
    Batch.unscoped.filter(company=trade.world.company, batch_no="OLD").update(is_blocked=True)
    assert refusal(post(trade, sold(trade, ("OLD", "1"))))[0] == "batch-blocked"
    trade.holds_the_law()


def test_a_revision_tells_what_it_posted_with_doubt(trade: Trade) -> None:
    stocked(trade, ("OLD", "2025-12-10", "5"), ("B1", "2026-12-31", "5"))
    assert post(trade, sold(trade, ("B1", "2"), invoice_no="R-2")).status == 200
    decided(trade, sell_expired="warn")
    items = [item_body(item_code="SKU001", batch_no="OLD", quantity="2")]
    again = trade.world.import_invoice(invoice_body(invoice_no="R-2", invoice_date=DAY, items=items))
    assert [one["code"] for one in again.body["warnings"]] == ["reposted", "batch-expired"]
    trade.holds_the_law()
