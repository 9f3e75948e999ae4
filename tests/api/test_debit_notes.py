"""Debit notes over HTTP: goods back to the supplier out of the layers they came in, less to pay, open credit with him."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from accounting.models import LedgerEntry
from erp.models import OutboxEvent
from erp.rights import Role
from inventory.models import StockLayer, StockMovement
from tests.api.routes import NOBODY
from tests.builders import Answer, World
from tests.trade import GSTIN_MH, Trade

PATH = "/api/invoices/credit_notes/"
NOTED = "2026-01-05"


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world, role=Role.ACCOUNTANT)
    Trade(world).registration()
    return made


def bought(trade: Trade, *quantities: str, unit_cost: str = "60", supplier: Any = None, **item: Any) -> tuple[Any, Any]:
    """An order of 10 pieces at 60.00, received in these parts and billed: the order and the posted bill of 708.00."""
    owner = Trade(trade.world)
    supplier = supplier or owner.supplier(gstin=GSTIN_MH, state_code="MH")
    made = owner.item("BOUGHT", stock="0", **item)
    rows = [{"item_id": made["id"], "quantity": "10", "unit_rate": "60"}]
    order = owner.confirmed_purchase(rows, supplier_id=supplier["id"])
    for quantity in quantities:
        line = {"order_item": order["items"][0]["id"], "quantity": quantity, "unit_cost": unit_cost}
        owner.received(order, lines=[line])
    return order, owner.posted_bill(order)


def debit(trade: Trade, bill: Any, quantity: str | None = None, query: str = "", **changes: Any) -> Answer:
    """A debit note of a quantity of the bill's first line, whose goods go back; of all of it without one."""
    body = {"credit_date": NOTED, "reason": "DEFICIENT", "return_stock": True} | changes
    if quantity is not None:
        body["lines"] = [{"line": line_of(bill), "quantity": quantity}]
    return trade.post(f"/api/invoices/{bill['id']}/credit_note/{query}", body)


def debited(trade: Trade, bill: Any, quantity: str | None = None, **changes: Any) -> Any:
    answer = debit(trade, bill, quantity, **changes)
    assert answer.status == 201, answer.raw
    return answer.body


def line_of(bill: Any) -> str:
    return str(bill["lines"][0]["id"])


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def legs(trade: Trade, note: Any) -> list[tuple[str, str, str]]:
    rows = LedgerEntry.unscoped.filter(company=trade.world.company, voucher_id=note["voucher"]).order_by("line_no")
    return [(row.role, str(row.debit), str(row.credit)) for row in rows]


def layers(trade: Trade) -> list[tuple[str, str]]:
    rows = StockLayer.unscoped.filter(company=trade.world.company).order_by("id")
    return [(str(row.quantity_left), str(row.value_left)) for row in rows]


def test_goods_go_back_at_their_cost_and_the_bill_is_settled(trade: Trade) -> None:
    order, bill = bought(trade, "10", unit_cost="58")
    answer = debit(trade, bill, "4.000")
    assert answer.status == 201, answer.raw
    note = answer.body
    assert answer.headers["Location"] == f"{PATH}{note['id']}/"
    expected = {
        "credit_note_number": "DN-2025-00001",
        "invoice": bill["id"],
        "invoice_number": "PINV-2025-00001",
        "invoice_type": "PURCHASE",
        "party": bill["party"],
        "party_name": "Supplier Name",
        "status": "POSTED",
        "return_stock": True,
        "subtotal": "240.00",
        "tax_amount": "43.20",
        "total_value": "283.20",
        "amount_applied": "283.20",
        "unapplied_amount": "0.00",
    }
    assert {name: note[name] for name in expected} == expected
    (line,) = note["lines"]
    assert [line[name] for name in ("line", "quantity", "line_total", "returned_qty")] == [
        line_of(bill), "4.000", "240.00", "4.000"
    ]  # fmt: skip
    assert trade.get(f"{PATH}{note['id']}/").body == note
    assert legs(trade, note) == [
        ("PAYABLE", "283.20", "0.00"),
        ("INVENTORY", "0.00", "232.00"),
        ("PRICE_VARIANCE", "0.00", "8.00"),
        ("INPUT_CGST", "0.00", "21.60"),
        ("INPUT_SGST", "0.00", "21.60"),
    ]
    assert layers(trade) == [("6.000", "348.00")]
    shown = trade.get(f"/api/invoices/{bill['id']}/").body
    assert (shown["status"], shown["outstanding_amount"], shown["amount_credited"]) == (
        "PARTIALLY_PAID", "424.80", "283.20"
    )  # fmt: skip
    now = Trade(trade.world).get(f"/api/purchasing/orders/{order['id']}/").body
    assert (now["status"], now["items"][0]["received_qty"], now["items"][0]["posted_qty"]) == (
        "INVOICED",
        "10.000",
        "10.000",
    )
    events = OutboxEvent.unscoped.filter(company=trade.world.company).order_by("id")
    assert list(events.values_list("type", flat=True))[-2:] == ["credit_note_posted", "invoice_updated"]
    trade.holds_the_law()


def test_all_of_a_bill_goes_back_and_nothing_is_left_in_the_books(trade: Trade) -> None:
    _, bill = bought(trade, "10")
    note = debited(trade, bill)
    assert (note["total_value"], note["lines"][0]["returned_qty"]) == ("708.00", "10.000")
    assert layers(trade) == [("0.000", "0.00")]
    assert trade.get(f"/api/invoices/{bill['id']}/").body["status"] == "PAID"
    assert refused(debit(trade, bill)) == (409, "quantity-exceeds-invoice")
    account = LedgerEntry.unscoped.filter(company=trade.world.company, role="PAYABLE").values_list("account_id", flat=True)
    statement = trade.get(f"/api/accounting/accounts/{account[0]}/statement/").body
    assert [(row["debit"], row["credit"]) for row in statement["entries"]] == [("0.00", "708.00"), ("708.00", "0.00")]
    assert Decimal(statement["closing"]) == 0
    trial = trade.get(f"/api/accounting/trial_balance/?as_of={NOTED}").body
    closings = {row["closing_debit"] for row in trial["rows"]} | {row["closing_credit"] for row in trial["rows"]}
    assert closings == {"0.00"}
    trade.holds_the_law()


def test_a_lower_price_of_goods_is_a_price_difference_and_of_what_is_no_stock_an_expense(trade: Trade) -> None:
    owner = Trade(trade.world)
    supplier = owner.supplier(gstin=GSTIN_MH, state_code="MH")
    rows = [
        {"item_id": owner.item("GOODS", stock="0")["id"], "quantity": "10", "unit_rate": "60"},
        {"item_id": owner.item("CARRIAGE", stock="0", tracked=False)["id"], "quantity": "2", "unit_rate": "50"},
    ]
    order = owner.confirmed_purchase(rows, supplier_id=supplier["id"])
    owner.received(order, "10")
    bill = owner.posted_bill(order)
    goods, carriage = (line["id"] for line in bill["lines"])
    lines = [{"line": goods, "amount": "30.00"}, {"line": carriage, "quantity": "1.000"}]
    note = debited(trade, bill, reason="PRICE_REDUCTION", lines=lines)
    assert legs(trade, note) == [
        ("PAYABLE", "94.40", "0.00"),
        ("PRICE_VARIANCE", "0.00", "30.00"),
        ("PURCHASES", "0.00", "50.00"),
        ("INPUT_CGST", "0.00", "7.20"),
        ("INPUT_SGST", "0.00", "7.20"),
    ]
    assert [line["returned_qty"] for line in note["lines"]] == ["0.000", "0.000"]
    assert layers(trade) == [("10.000", "600.00")]
    trade.holds_the_law()


def test_goods_that_stay_with_us_become_a_price_difference(trade: Trade) -> None:
    _, bill = bought(trade, "10")
    note = debited(trade, bill, "4.000", return_stock=False)
    assert ("PRICE_VARIANCE", "0.00", "240.00") in legs(trade, note)
    assert layers(trade) == [("10.000", "600.00")]
    trade.holds_the_law()


def test_only_the_layers_that_the_receipts_made_give_back(trade: Trade) -> None:
    _, bill = bought(trade, "7", "3")
    owner = Trade(trade.world)
    item = bill["lines"][0]["item"]
    owner.receipt([{"item_id": item, "quantity": "50", "unit_cost": "60"}])
    owner.posted(owner.confirmed([{"item_id": item, "quantity": "10"}]))
    assert layers(trade) == [("0.000", "0.00"), ("0.000", "0.00"), ("50.000", "3000.00")]
    answer = debit(trade, bill, "1.000")
    assert refused(answer) == (409, "layers-used")
    (line,) = answer.body["lines"]
    assert (line["line"], line["wanted"], line["left"]) == (line_of(bill), "1.000", "0.000")
    trade.holds_the_law()


def test_goods_go_back_from_every_warehouse_they_came_to(trade: Trade) -> None:
    owner = Trade(trade.world)
    order = owner.confirmed_purchase(supplier_id=owner.supplier(gstin=GSTIN_MH, state_code="MH")["id"])
    owner.received(order, "4")
    side = owner.side()["id"]
    owner.received(order, "6", warehouse_id=side, receipt_date="2025-12-27")
    bill = owner.posted_bill(order)
    debited(trade, bill, "5.000")
    assert layers(trade) == [("0.000", "0.00"), ("5.000", "300.00")]
    moved = StockMovement.unscoped.filter(company=trade.world.company, kind="RETURN").order_by("id")
    assert [str(one.quantity) for one in moved] == ["-4.000", "-1.000"]
    assert {str(one.source_line_id) for one in moved} == {line_of(bill)}
    named = debit(trade, bill, "1.000", warehouse_id=side)
    assert (named.status, list(named.body["fields"])) == (400, ["warehouse_id"])
    trade.holds_the_law()


def test_expired_and_blocked_goods_go_back_and_promised_ones_do_not(trade: Trade) -> None:
    owner = Trade(trade.world)
    order = owner.confirmed_purchase(supplier_id=owner.supplier(gstin=GSTIN_MH, state_code="MH")["id"])
    line = order["items"][0]["id"]
    stale = {"order_item": line, "quantity": "4", "batch_no": "OLD", "expiry_date": "2025-12-31"}
    fresh = {"order_item": line, "quantity": "6", "batch_no": "NEW", "expiry_date": "2027-12-31"}
    owner.received(order, lines=[stale, fresh])
    bill = owner.posted_bill(order)
    item = bill["lines"][0]["item"]
    (batch,) = owner.get("/api/inventory/batches/?batch_no=OLD").body
    owner.done(f"/api/inventory/batches/{batch['id']}/block/", {"reason": "recalled"})
    owner.confirmed([{"item_id": item, "quantity": "5"}])
    short = debit(trade, bill, "6.000")
    assert refused(short) == (409, "insufficient-stock")
    debited(trade, bill, "5.000")
    assert layers(trade) == [("0.000", "0.00"), ("5.000", "300.00")]
    trace = owner.get(f"/api/inventory/batches/{batch['id']}/trace/").body
    (gone,) = trace["returns"]
    assert (gone["number"], gone["quantity"], gone["party_name"]) == ("DN-2025-00001", "-4.000", "Supplier Name")
    trade.holds_the_law()


def test_no_more_is_debited_than_was_billed(trade: Trade) -> None:
    _, bill = bought(trade, "10")
    debited(trade, bill, "8.000")
    over = debit(trade, bill, "2.001")
    assert refused(over) == (409, "quantity-exceeds-invoice")
    assert over.body["lines"][0]["left"] == "2.000"
    draft = debited(trade, bill, "2.000", post=False)
    assert (draft["status"], draft["voucher"]) == ("DRAFT", None)
    assert refused(debit(trade, bill, "0.001")) == (409, "quantity-exceeds-invoice")
    reversing = trade.post(f"/api/invoices/{bill['id']}/reverse/", {"reason": "wrong"})
    assert (refused(reversing), draft["id"] in reversing.body["credit_notes"]) == ((409, "has-credit-notes"), True)
    assert trade.done(f"{PATH}{draft['id']}/cancel/")["status"] == "CANCELLED"
    assert debited(trade, bill, "2.000")["credit_note_number"] == "DN-2025-00003"
    trade.holds_the_law()


def test_a_draft_is_posted_once(trade: Trade) -> None:
    _, bill = bought(trade, "10")
    draft = debited(trade, bill, "2.000", post=False)
    assert layers(trade) == [("10.000", "600.00")]
    path = f"{PATH}{draft['id']}/post_voucher/"
    assert trade.done(path)["message"] == "Debit note posted successfully"
    again = trade.done(path)
    assert (again["message"], again["status"]) == ("Debit note already posted", "POSTED")
    assert layers(trade) == [("8.000", "480.00")]
    assert trade.get(f"/api/invoices/{bill['id']}/").body["amount_received"] == "141.60"
    trade.holds_the_law()


def test_open_credit_settles_another_bill_of_the_supplier(trade: Trade) -> None:
    owner = Trade(trade.world)
    supplier = owner.supplier(gstin=GSTIN_MH, state_code="MH")
    _, bill = bought(trade, "10", supplier=supplier)
    owner.pay(bill, "708.00")
    note = debited(trade, bill, "4.000")
    assert (note["amount_applied"], note["unapplied_amount"]) == ("0.00", "283.20")
    item = bill["lines"][0]["item"]
    rows = [{"item_id": item, "quantity": "10", "unit_rate": "60"}]
    other = owner.posted_bill(owner.confirmed_purchase(rows, supplier_id=supplier["id"]))
    foreign = owner.posted_bill(owner.confirmed_purchase(rows, supplier_id=owner.supplier(name="Other")["id"]))
    path = f"{PATH}{note['id']}/apply/"
    for wrong in (foreign, owner.posted()):
        answer = trade.post(path, {"invoice_id": wrong["id"], "amount": "10.00"})
        assert (answer.status, list(answer.body["fields"])) == (400, ["invoice_id"])
    made = trade.made(path, {"invoice_id": other["id"], "amount": "200.00"})
    assert (made["invoice_status"], made["invoice_outstanding"]) == ("PARTIALLY_PAID", "508.00")
    over = trade.post(path, {"invoice_id": other["id"], "amount": "83.21"})
    assert refused(over) == (409, "allocation-exceeds-credit")
    trade.holds_the_law()


def test_the_list_tells_debit_notes_from_credit_notes(trade: Trade) -> None:
    _, bill = bought(trade, "10")
    bill_note, sale = debited(trade, bill, "1.000"), Trade(trade.world).posted()
    sale_note = trade.credit(sale)
    found = {kind: trade.get(f"{PATH}?invoice_type={kind}").body for kind in ("PURCHASE", "SALES")}
    assert {kind: [row["id"] for row in rows] for kind, rows in found.items()} == {
        "PURCHASE": [bill_note["id"]],
        "SALES": [sale_note["id"]],
    }
    of_party = trade.get(f"{PATH}?party={bill['party']}").body
    assert [row["credit_note_number"] for row in of_party] == ["DN-2025-00001"]
    assert sale_note["credit_note_number"] == "CN-2025-00001"


def test_only_who_keeps_books_debits_and_a_rehearsal_leaves_nothing(trade: Trade) -> None:
    _, bill = bought(trade, "10")
    draft = Trade(trade.world).bill()
    assert refused(debit(trade, draft)) == (409, "wrong-state")
    sent = {"credit_date": NOTED, "reason": "OTHER"}
    path = f"/api/invoices/{bill['id']}/credit_note/"
    assert trade.post(path, sent, role=Role.PURCHASE_MANAGER).status == 403
    assert trade.post(f"/api/invoices/{NOBODY}/credit_note/", sent).status == 404
    assert trade.post(path, sent, role=Role.VIEWER).status == 403
    early = debit(trade, bill, "1.000", credit_date="2025-12-01")
    assert (early.status, list(early.body["fields"])) == (400, ["credit_date"])
    tried = debit(trade, bill, "1.000", query="?dry_run=true&expand=voucher,stock")
    assert tried.body["credit_note_number"] == "DN-2025-00001"
    assert [(one["quantity"], one["cost"]) for one in tried.body["layers"]] == [("1.000", "60.00")]
    assert trade.get(PATH).body == []
    key = {"Idempotency-Key": "one"}
    first = trade.post(path, sent, headers=key)
    assert trade.post(path, sent, headers=key).body == first.body
    assert len(trade.get(PATH).body) == 1
    trade.holds_the_law()


def test_two_notes_of_one_line_at_once_share_what_was_billed(trade: Trade) -> None:
    _, bill = bought(trade, "10")

    def note(_: int) -> Answer:
        try:
            return debit(trade, bill, "6.000")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(note, range(2)))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert {refused(one)[1] for one in answers if one.status == 409} == {"quantity-exceeds-invoice"}
    assert layers(trade) == [("4.000", "240.00")]
    trade.holds_the_law()
