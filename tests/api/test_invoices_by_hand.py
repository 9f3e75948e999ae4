"""Invoices drawn up by hand over HTTP: ``POST /api/invoices/`` makes drafts without an order, sold and bought."""

from decimal import Decimal
from typing import Any

import pytest

from accounting.models import LedgerAccount, LedgerEntry
from erp.models import AuditEntry, OutboxEvent
from erp.rights import Role
from inventory.models import StockMovement
from invoices.models import Invoice
from tests.builders import Answer, World
from tests.trade import DAY, GSTIN_KA, GSTIN_MH, Trade

PATH = "/api/invoices/"


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world, role=Role.ACCOUNTANT)
    Trade(world).registration()
    return made


def owner(trade: Trade) -> Trade:
    return Trade(trade.world)


def sale(trade: Trade, *lines: Any, **changes: Any) -> dict[str, Any]:
    """A body of a sale; a new customer's unless one is named."""
    party = changes.pop("party_id", None) or owner(trade).customer()["id"]
    return {"invoice_type": "SALES", "party_id": party, "invoice_date": DAY, "lines": list(lines)} | changes


def purchase(trade: Trade, *lines: Any, **changes: Any) -> dict[str, Any]:
    party = changes.pop("party_id", None) or owner(trade).supplier(gstin=GSTIN_MH, state_code="MH")["id"]
    own = {"invoice_type": "PURCHASE", "party_id": party, "invoice_date": DAY, "supplier_invoice_number": "S-1"}
    return own | {"lines": list(lines)} | changes


def freight(**changes: Any) -> dict[str, Any]:
    return {"description": "Freight to Pune", "quantity": "1", "unit_rate": "500", "gst_rate": "18"} | changes


def account(trade: Trade) -> LedgerAccount:
    """An expense account of the company's own, 5400."""
    return LedgerAccount.unscoped.create(company=trade.world.company, code="5400", name="Freight inwards", type="EXPENSE")


def legs(trade: Trade, invoice: Any) -> dict[str, Decimal]:
    """Account code → debit less credit of the voucher that stands for it."""
    voucher = trade.get(f"{PATH}{invoice['id']}/").body["voucher"]
    rows = LedgerEntry.unscoped.filter(voucher_id=voucher).select_related("account")
    return {row.account.code.partition("-")[0]: row.debit - row.credit for row in rows}


def posted(trade: Trade, invoice: Any) -> Answer:
    return trade.post(f"{PATH}{invoice['id']}/post_voucher/")


# ── Sales ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sale_is_drawn_up_of_items_and_of_words_with_the_tax_of_its_place(trade: Trade) -> None:
    item = owner(trade).item()
    customer = owner(trade).customer(gstin=GSTIN_KA, state_code="KA", gst_treatment="REGISTERED", credit_days=15)
    line = {"item_id": item["id"], "quantity": "10", "unit_rate": "100", "discount_percent": "5"}
    answer = trade.post(PATH, sale(trade, line, freight(gst_rate="5"), party_id=customer["id"], notes="By phone"))
    assert answer.status == 201, answer.raw
    invoice = answer.body
    assert answer.headers["Location"] == f"{PATH}{invoice['id']}/"
    assert (invoice["invoice_number"], invoice["invoice_type"], invoice["status"]) == ("INV-2025-00001", "SALES", "DRAFT")
    assert (invoice["sales_order"], invoice["due_date"], invoice["notes"]) == (None, "2026-01-10", "By phone")
    assert (invoice["fulfilment_status"], invoice["billing_status"], invoice["place_of_supply"]) == (
        "INVOICED", "BILLED", "29"
    )  # fmt: skip
    assert [(one["item"], one["item_name"], one["item_sku"], one["uom_name"]) for one in invoice["lines"]] == [
        (item["id"], "Product SKU001", "SKU001", "Piece"), (None, "Freight to Pune", "", "")
    ]  # fmt: skip
    assert [(one["line_total"], one["gst_rate"], one["tax_amount"], one["account_code"]) for one in invoice["lines"]] == [
        ("950.00", "18.00", "171.00", None), ("500.00", "5.00", "25.00", None)
    ]  # fmt: skip
    assert [tax["component"] for one in invoice["lines"] for tax in one["taxes"]] == ["IGST", "IGST"]
    assert (invoice["subtotal"], invoice["tax_amount"], invoice["total_value"]) == ("1450.00", "196.00", "1646.00")
    assert AuditEntry.unscoped.get(subject_id=invoice["id"]).action == "draft_invoice"
    assert OutboxEvent.unscoped.get(subject_id=invoice["id"]).type == "invoice_created"
    assert posted(trade, invoice).status == 200
    assert legs(trade, invoice) == {
        "1100": Decimal("1646.00"), "4000": Decimal("-1450.00"), "2203": Decimal("-196.00"),
        "5000": Decimal("600.00"), "1200": Decimal("-600.00"),
    }  # fmt: skip
    assert StockMovement.unscoped.filter(company=trade.world.company, kind="SALE").count() == 1
    owner(trade).credit(invoice)
    assert trade.get(f"{PATH}{invoice['id']}/").body["outstanding_amount"] == "0.00"
    trade.holds_the_law()


def test_a_sale_by_hand_is_changed_cancelled_reversed_and_paid_like_any(trade: Trade) -> None:
    first, second = (trade.made(PATH, sale(trade, freight())) for _ in range(2))
    assert trade.patch(f"{PATH}{first['id']}/", {"billing_address": "Elsewhere"}).body["version"] == 2
    assert trade.done(f"{PATH}{first['id']}/cancel/", {"reason": "wrong"})["status"] == "CANCELLED"
    assert posted(trade, second).status == 200
    owner(trade).pay(second, "590.00")
    assert trade.get(f"{PATH}{second['id']}/").body["status"] == "PAID"
    third = trade.made(PATH, sale(trade, freight()))
    assert posted(trade, third).status == 200
    trade.done(f"{PATH}{third['id']}/reverse/", {"reason": "wrong"})
    trade.holds_the_law()


def test_no_tax_without_gst_and_none_without_a_registration(trade: Trade) -> None:
    free = trade.made(PATH, sale(trade, freight(gst_rate=None), apply_gst=False))
    assert (free["tax_amount"], free["total_value"]) == ("0.00", "500.00")


def test_goods_leave_the_warehouse_that_is_named(trade: Trade) -> None:
    item, side = owner(trade).item(stock="5"), owner(trade).side()["id"]
    line = {"item_id": item["id"], "quantity": "2", "unit_rate": "1"}
    invoice = trade.made(PATH, sale(trade, line, warehouse_id=side))
    assert posted(trade, invoice).body["code"] == "insufficient-stock"
    owner(trade).transfer(item["id"], "2", to_warehouse_id=side)
    assert posted(trade, invoice).status == 200
    trade.holds_the_law()


def test_a_company_that_rounds_to_rupees_rounds_these_too(trade: Trade) -> None:
    trade.world.decide(round_total_to_rupee=True)
    invoice = trade.made(PATH, sale(trade, freight(unit_rate="10.05")))
    assert (invoice["tax_amount"], invoice["round_off"], invoice["total_value"]) == ("1.80", "0.15", "12.00")
    bill = trade.made(PATH, purchase(trade, freight(unit_rate="10.05")))
    assert (bill["round_off"], bill["total_value"]) == ("0.00", "11.85")


# ── Purchases ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bill_of_services_is_debited_to_purchases_or_to_the_account_of_its_line(trade: Trade) -> None:
    account(trade)
    service = owner(trade).item("FIT", stock="0", kind="SERVICE", tracked=False)
    lines = [
        freight(account_code="5400"),
        {"item_id": service["id"], "quantity": "2", "unit_rate": "50"},
        freight(description="Rent", unit_rate="30", account_code="5100"),
    ]
    bill = trade.made(PATH, purchase(trade, *lines, supplier_invoice_date="2025-12-20"))
    assert (bill["invoice_number"], bill["supplier_invoice_number"], bill["supplier_invoice_date"]) == (
        "PINV-2025-00001", "S-1", "2025-12-20"
    )  # fmt: skip
    assert (bill["purchase_order"], bill["fulfilment_status"], bill["total_value"]) == (None, None, "743.40")
    assert [line["account_code"] for line in bill["lines"]] == ["5400", None, "5100"]
    assert posted(trade, bill).status == 200
    assert posted(trade, bill).body["message"] == "Invoice already posted"
    assert legs(trade, bill) == {
        "5400": Decimal("500.00"), "5100": Decimal("130.00"), "1300": Decimal("56.70"), "1301": Decimal("56.70"),
        "2000": Decimal("-743.40"),
    }  # fmt: skip
    event = OutboxEvent.unscoped.get(subject_id=bill["id"], type="invoice_posted")
    assert '"account_code":"5400"' in event.payload
    trade.holds_the_law()


def test_a_debit_note_takes_back_from_the_account_that_was_debited(trade: Trade) -> None:
    account(trade)
    bill = trade.made(PATH, purchase(trade, freight(account_code="5400"), freight(description="Rent", unit_rate="100")))
    assert posted(trade, bill).status == 200
    wishes = [{"line": bill["lines"][0]["id"], "amount": "200"}, {"line": bill["lines"][1]["id"], "amount": "10"}]
    note = owner(trade).credit(bill, reason="PRICE_REDUCTION", lines=wishes)
    entries = LedgerEntry.unscoped.filter(voucher_id=note["voucher"]).select_related("account")
    assert {one.account.code.partition("-")[0]: one.debit - one.credit for one in entries} == {
        "2000": Decimal("247.80"), "5400": Decimal("-200.00"), "5100": Decimal("-10.00"),
        "1300": Decimal("-18.90"), "1301": Decimal("-18.90"),
    }  # fmt: skip
    owner(trade).credit(bill, reason="OTHER")
    assert trade.get(f"{PATH}{bill['id']}/").body["status"] == "PAID"
    trade.holds_the_law()


def test_a_bill_by_hand_is_paid_reversed_and_posted_with_many(trade: Trade) -> None:
    supplier = owner(trade).supplier(gstin=GSTIN_MH, state_code="MH")["id"]
    bills = [
        trade.made(PATH, purchase(trade, freight(), party_id=supplier, supplier_invoice_number=f"S-{number}"))
        for number in range(3)
    ]
    answer = trade.done(f"{PATH}post_vouchers/", {"invoice_ids": [one["id"] for one in bills[:2]]})
    assert answer["posted"] == 2
    owner(trade).pay(bills[0], "590.00")
    trade.done(f"{PATH}{bills[1]['id']}/reverse/", {"reason": "not ours"})
    assert trade.done(f"{PATH}{bills[2]['id']}/cancel/")["status"] == "CANCELLED"
    again = trade.post(PATH, purchase(trade, freight(), party_id=supplier, supplier_invoice_number="S-0"))
    assert (again.status, again.body["code"]) == (409, "number-taken")
    trade.holds_the_law()


def test_suppliers_without_gst_charge_none(trade: Trade) -> None:
    supplier = owner(trade).supplier()["id"]
    bill = trade.made(PATH, purchase(trade, freight(gst_rate=None), party_id=supplier))
    assert bill["total_value"] == "500.00"


def test_an_account_that_was_closed_meanwhile_takes_no_posting(trade: Trade) -> None:
    freights = LedgerAccount.unscoped.filter(id=account(trade).id)
    bill = trade.made(PATH, purchase(trade, freight(account_code="5400")))
    assert freights.update(is_active=False) == 1
    closed = trade.post(PATH, purchase(trade, freight(account_code="5400"), supplier_invoice_number="S-2"))
    assert (closed.status, list(closed.body["fields"])) == (400, ["lines"])
    answer = posted(trade, bill)
    assert (answer.status, answer.body["code"], answer.body["accounts"]) == (409, "wrong-state", ["5400"])
    assert freights.update(is_active=True) == 1
    assert posted(trade, bill).status == 200


# ── What is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_nonsense_is_refused_by_name_and_nothing_is_stored(trade: Trade) -> None:
    tracked = owner(trade).item(stock="1")["id"]
    bare = owner(trade).item("BARE", stock="0", gst_rate=None)["id"]
    nobody = "01a215a0-0000-7000-8000-000000000000"
    fine = freight()
    customer, supplier = owner(trade).customer()["id"], owner(trade).supplier()["id"]

    def refusal(body: dict[str, Any]) -> tuple[int, str, Any]:
        answer = trade.post(PATH, body)
        return answer.status, answer.body["code"], answer.body.get("fields")

    def sold(*lines: Any, **changes: Any) -> dict[str, Any]:
        return sale(trade, *lines, **{"party_id": customer} | changes)

    def bought(*lines: Any, **changes: Any) -> dict[str, Any]:
        return purchase(trade, *lines, **{"party_id": supplier} | changes)

    assert refusal(sold())[:2] == (400, "validation")
    silent = {"quantity": "1", "unit_rate": "1"}
    assert refusal(sold(fine, silent)) == (
        400, "validation", {"lines": [{}, {"item_id": ["Name an item, or describe what the line is for."]}]}
    )  # fmt: skip
    assert refusal(sold(fine, party_id=supplier)) == (404, "not-found", {"party_id": ["Customer not found"]})
    assert refusal(bought(fine, party_id=customer)) == (404, "not-found", {"party_id": ["Supplier not found"]})
    assert refusal(sold(fine, silent | {"item_id": nobody})) == (
        404, "not-found", {"lines": [{}, {"item_id": ["Item not found"]}]}
    )  # fmt: skip
    assert refusal(sold(fine, warehouse_id=nobody))[:2] == (404, "not-found")
    assert refusal(sold(silent | {"item_id": bare}))[:2] == (400, "gst-rate-missing")
    assert refusal(sold(fine, company_state_code="KA"))[:2] == (400, "unknown-registration")
    assert list(refusal(sold(fine, supplier_invoice_number="S"))[2]) == ["supplier_invoice_number"]
    assert list(refusal(sold(freight(account_code="5100")))[2]) == ["lines"]
    assert list(refusal(sold(freight(discount_pct="5", discount_percent="6")))[2]) == ["lines"]
    assert list(refusal(bought(fine, supplier_invoice_number=" "))[2]) == ["supplier_invoice_number"]
    assert "SKU001" in str(refusal(bought(fine, silent | {"item_id": tracked}))[2])
    assert refusal(bought(freight(account_code="9999"))) == (
        404, "not-found", {"lines": [{"account_code": ["Account not found."]}]}
    )  # fmt: skip
    assert refusal(bought(freight(account_code="1200")))[:2] == (400, "control-account")
    assert refusal(bought(freight(account_code="2000")))[0] == 400
    assert refusal(sold(freight(quantity="999999999", unit_rate="9999999999")))[:2] == (400, "validation")
    for wrong in (
        {"quantity": "0"},
        {"unit_rate": "-1"},
        {"unit_rate": "0.00001"},
        {"gst_rate": "100"},
        {"discount_pct": "101"},
    ):
        assert refusal(sold(freight(**wrong)))[0] == 400, wrong
    assert not Invoice.unscoped.filter(company=trade.world.company).exists()


def test_only_those_who_keep_the_books_draw_up_invoices(trade: Trade) -> None:
    body = sale(trade, freight())
    for role in (Role.VIEWER, Role.SALES_MANAGER, Role.PURCHASE_MANAGER):
        assert trade.post(PATH, body, role=role).status == 403
