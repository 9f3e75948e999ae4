"""What a company decides about posting: how far the warehouse must be, and what becomes of item codes that nobody knows."""

from typing import Any

import pytest

from erp.models import AuditEntry
from erp.rights import Role
from inventory.models import Item, StockMovement
from invoices.models import InvoiceItem
from tests.builders import Answer, World, invoice_body, item_body
from tests.trade import DAY, Trade


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def decided(trade: Trade, **policies: str) -> None:
    assert trade.patch("/api/companies/policies/", policies).status == 200


def imported(trade: Trade, *codes: str, **changes: Any) -> str:
    """An imported invoice of two pieces of each code, 3.50 apiece; its id."""
    items = [item_body(item_code=code, name=f"Name of {code}", quantity="2") for code in codes]
    sent = invoice_body(invoice_date=DAY, items=items) | changes
    assert trade.world.import_invoice(sent).status == 201
    return str(trade.world.invoice(sent["invoice_no"]).id)


def post(trade: Trade, invoice: str, query: str = "") -> Answer:
    return trade.post(f"/api/invoices/{invoice}/post_voucher/{query}", role=Role.ACCOUNTANT)


# ── post_requires ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("policy", "refused", "allowed"),
    [
        ("packed", ["INVOICED", "PICKED", "BOXING"], ["PACKED", "DISPATCHED", "DELIVERED"]),
        ("delivered", ["INVOICED", "PACKED", "DISPATCHED"], ["DELIVERED"]),
        ("none", [], ["INVOICED", "PICKING"]),
    ],
)
def test_a_sale_is_posted_once_the_warehouse_is_as_far_as_the_company_wants(
    trade: Trade, policy: str, refused: list[str], allowed: list[str]
) -> None:
    decided(trade, post_requires=policy)
    for status in refused:
        invoice = imported(trade, "X", invoice_no=f"N-{status}")
        trade.world.put_invoice(f"N-{status}", fulfilment_status=status)
        answer = post(trade, invoice)
        assert (answer.status, answer.body["code"]) == (409, "wrong-state")
        assert (answer.body["fulfilment_status"], answer.body["required"]) == (status, policy)
        assert (status in answer.body["error"], policy.upper() in answer.body["error"]) == (True, True)
    for status in allowed:
        invoice = imported(trade, "X", invoice_no=f"Y-{status}")
        trade.world.put_invoice(f"Y-{status}", fulfilment_status=status)
        assert post(trade, invoice).status == 200, status
        decided(trade, post_requires="delivered")
        assert post(trade, invoice).body["message"] == "Invoice already posted"
        decided(trade, post_requires=policy)


def test_of_many_those_wait_that_the_warehouse_has_not_handled_and_bills_never_do(trade: Trade) -> None:
    decided(trade, post_requires="packed")
    ready, waiting = imported(trade, "X", invoice_no="R-1"), imported(trade, "X")
    trade.world.put_invoice("R-1", fulfilment_status="PACKED")
    bill = trade.bill()["id"]
    rows = trade.done("/api/invoices/post_vouchers/", {"invoice_ids": [waiting, ready, bill]})["results"]
    assert [one["error"] and one["error"]["code"] for one in rows] == ["wrong-state", None, None]


# ── import_creates_items ─────────────────────────────────────────────────────────────────────────────────────────────


def test_posting_makes_the_items_that_nobody_has_entered_without_stock(trade: Trade) -> None:
    known = trade.item("KNOWN", stock="20")
    invoice = imported(trade, "NEW-1", "KNOWN", "NEW-1", "NEW-2")
    assert not Item.unscoped.filter(company=trade.world.company, sku__startswith="NEW").exists()
    assert post(trade, invoice, "?dry_run=true").status == 200
    assert not Item.unscoped.filter(company=trade.world.company, sku__startswith="NEW").exists()
    assert post(trade, invoice).status == 200
    made = {one.sku: one for one in Item.unscoped.filter(company=trade.world.company, sku__startswith="NEW")}
    assert sorted(made) == ["NEW-1", "NEW-2"]
    one = trade.get(f"/api/inventory/items/{made['NEW-1'].id}/").body
    assert (one["name"], one["mrp"], one["uom_name"], one["tracked"], one["kind"]) == (
        "Name of NEW-1", "3.50", "Piece", False, "GOODS"
    )  # fmt: skip
    lines = InvoiceItem.unscoped.filter(invoice_id=invoice).order_by("line_no")
    assert [str(line.item_id) for line in lines] == [
        str(made["NEW-1"].id), known["id"], str(made["NEW-1"].id), str(made["NEW-2"].id)
    ]  # fmt: skip
    assert StockMovement.unscoped.filter(company=trade.world.company, kind="SALE").count() == 1
    entries = AuditEntry.unscoped.filter(action="create_item", subject_id__in=[one.id for one in made.values()])
    assert sorted(entry.subject_id for entry in entries) == sorted(one.id for one in made.values())
    again = imported(trade, "NEW-1")
    assert post(trade, again).status == 200
    assert Item.unscoped.filter(company=trade.world.company, sku="NEW-1").count() == 1
    trade.holds_the_law()


def test_by_policy_a_line_that_nobody_knows_stays_without_an_item(trade: Trade) -> None:
    decided(trade, import_creates_items="never")
    invoice = imported(trade, "NEW-1")
    assert post(trade, invoice).status == 200
    assert InvoiceItem.unscoped.get(invoice_id=invoice).item_id is None
    assert not Item.unscoped.filter(company=trade.world.company).exists()
    trade.holds_the_law()


def test_by_policy_goods_of_an_unknown_item_are_not_posted_before_they_came_in(trade: Trade) -> None:
    decided(trade, import_creates_items="tracked")
    invoice = imported(trade, "NEW-1", "NEW-2")
    answer = post(trade, invoice)
    assert (answer.status, answer.body["code"]) == (409, "insufficient-stock")
    assert [(one["item_sku"], one["wanted"], one["available"]) for one in answer.body["items"]] == [
        ("NEW-1", "2.000", "0.000"), ("NEW-2", "2.000", "0.000")
    ]  # fmt: skip
    assert not Item.unscoped.filter(company=trade.world.company).exists()
    for sku in ("NEW-1", "NEW-2"):
        trade.item(sku)
    assert post(trade, invoice).status == 200
    trade.holds_the_law()


def test_an_item_that_is_no_longer_active_is_neither_met_nor_made_again(trade: Trade) -> None:
    item = trade.item("GONE", stock="5")
    assert trade.patch(f"/api/inventory/items/{item['id']}/", {"is_active": False}).status == 200
    invoice = imported(trade, "GONE", "NEW-1")
    assert post(trade, invoice).status == 200
    assert [line.item_id is None for line in InvoiceItem.unscoped.filter(invoice_id=invoice).order_by("line_no")] == [
        True, False
    ]  # fmt: skip
    assert Item.unscoped.filter(company=trade.world.company).count() == 2


def test_many_invoices_of_one_unknown_item_make_it_once(trade: Trade) -> None:
    invoices = [imported(trade, "NEW-1", "NEW-2") for _ in range(3)]
    answer = trade.done("/api/invoices/post_vouchers/", {"invoice_ids": invoices})
    assert (answer["posted"], Item.unscoped.filter(company=trade.world.company).count()) == (3, 2)
    trade.holds_the_law()


def test_a_revision_meets_new_items_as_posting_does(trade: Trade) -> None:
    assert post(trade, imported(trade, "NEW-1", invoice_no="R-1")).status == 200
    items = [item_body(item_code="NEW-2", quantity="1")]
    assert trade.world.import_invoice(invoice_body(invoice_no="R-1", invoice_date=DAY, items=items)).status == 200
    assert sorted(Item.unscoped.filter(company=trade.world.company).values_list("sku", flat=True)) == ["NEW-1", "NEW-2"]
    trade.holds_the_law()
