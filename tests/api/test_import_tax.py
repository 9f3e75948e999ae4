"""Imported prices that include GST, by policy: posting takes the tax out of each line and books it."""

from decimal import Decimal
from typing import Any

import pytest

from accounting.models import LedgerEntry
from erp.rights import Role
from invoices.models import Invoice
from tests.builders import Answer, World, invoice_body, item_body
from tests.reports import assert_taxed_as_booked, summed
from tests.trade import DAY, GSTIN_MH, Trade


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    world.decide(import_tax="inclusive")
    return made


def bill(trade: Trade, *prices: str, **changes: Any) -> Answer:
    """An import of one piece of SKU001 at each of these prices."""
    items = [item_body(item_code="SKU001", quantity="1", mrp=price) for price in prices]
    return trade.world.import_invoice(invoice_body(invoice_date=DAY, invoice_no="T-1", items=items) | changes)


def post(trade: Trade, query: str = "") -> Answer:
    invoice = trade.world.invoice("T-1")
    return trade.post(f"/api/invoices/{invoice.id}/post_voucher/{query}", role=Role.ACCOUNTANT)


def detail(trade: Trade) -> Any:
    return trade.get(f"/api/invoices/{trade.world.invoice('T-1').id}/").body


def legs(trade: Trade) -> dict[str, Decimal]:
    """Role → debit less credit of the voucher that stands."""
    rows = LedgerEntry.unscoped.filter(voucher_id=detail(trade)["voucher"])
    return {row.role: row.debit - row.credit for row in rows}


def amounts(shown: Any) -> list[tuple[str, str, str]]:
    return [(one["line_total"], one["tax_amount"], one["allocated_discount"]) for one in shown["lines"]]


def test_the_tax_within_the_state_is_taken_out_of_each_price(trade: Trade) -> None:
    trade.item(stock="20")
    bill(trade, "118.00", "100.00", "0.10")
    assert (detail(trade)["tax_amount"], detail(trade)["total_value"]) == ("0.00", "218.10")
    assert post(trade).status == 200
    shown = detail(trade)
    assert amounts(shown) == [("100.00", "18.00", "0.00"), ("84.74", "15.26", "0.00"), ("0.08", "0.02", "0.00")]
    assert [tax["component"] for tax in shown["lines"][0]["taxes"]] == ["CGST", "SGST"]
    assert [one["gst_rate"] for one in shown["lines"]] == ["18.00"] * 3
    assert [one["hsn_code"] for one in shown["lines"]] == ["847130"] * 3
    assert (shown["subtotal"], shown["tax_amount"], shown["total_value"]) == ("184.82", "33.28", "218.10")
    assert (shown["company_state_code"], shown["company_gstin"], shown["place_of_supply"]) == ("27", GSTIN_MH, "27")
    assert legs(trade) == {
        "RECEIVABLE": Decimal("218.10"), "SALES": Decimal("-184.82"), "OUTPUT_CGST": Decimal("-16.64"),
        "OUTPUT_SGST": Decimal("-16.64"), "COGS": Decimal("180.00"), "INVENTORY": Decimal("-180.00"),
    }  # fmt: skip
    trade.holds_the_law()


def test_a_customer_elsewhere_pays_igst_and_a_given_total_rules(trade: Trade) -> None:
    trade.item(stock="20")
    trade.customer(code="CUST-889", name="LifeCare Pharmacy", state_code="KA")
    bill(trade, "150.00", "50.00", Total="177.00")
    assert post(trade).status == 200
    shown = detail(trade)
    assert amounts(shown) == [("112.50", "20.25", "17.25"), ("37.50", "6.75", "5.75")]
    assert {tax["component"] for one in shown["lines"] for tax in one["taxes"]} == {"IGST"}
    assert (shown["total_value"], shown["place_of_supply"]) == ("177.00", "29")
    trade.holds_the_law()


def test_the_rate_is_that_of_the_invoices_date(trade: Trade) -> None:
    item = trade.item(stock="20")
    assert trade.patch(f"/api/inventory/items/{item['id']}/", {"gst_rate": 5, "gst_rate_from": "2025-12-27"}).status == 200
    bill(trade, "118.00")
    bill(trade, "105.00", invoice_no="T-2", invoice_date="2025-12-27")
    assert post(trade).status == 200
    later = trade.world.invoice("T-2")
    trade.done(f"/api/invoices/{later.id}/post_voucher/")
    shown = [detail(trade), trade.get(f"/api/invoices/{later.id}/").body]
    assert [(one["subtotal"], one["lines"][0]["gst_rate"]) for one in shown] == [("100.00", "18.00"), ("100.00", "5.00")]


def test_the_tax_inside_prices_stands_in_the_summary_of_the_period(trade: Trade) -> None:
    trade.item(stock="20")
    bill(trade, "118.00", "100.00", "0.10")
    assert post(trade).status == 200
    assert_taxed_as_booked(trade, DAY, DAY)
    assert summed(trade)["totals"]["taxable_value"] == "184.82"


def test_what_has_no_rate_is_refused_by_name_and_nothing_happens(trade: Trade) -> None:
    bill(trade, "118.00")
    answer = post(trade)
    assert (answer.status, answer.body["code"], answer.body["line_no"]) == (400, "gst-rate-missing", 1)
    trade.item(stock="20", gst_rate=None)
    assert post(trade).body["code"] == "gst-rate-missing"
    assert Invoice.unscoped.get(company=trade.world.company).status == "DRAFT"
    rows = trade.done("/api/invoices/post_vouchers/", {"invoice_ids": [str(trade.world.invoice("T-1").id)]})["results"]
    assert rows[0]["error"]["code"] == "gst-rate-missing"


def test_without_a_registration_or_the_policy_nothing_is_taken_out(world: World) -> None:
    trade = Trade(world)
    trade.item(stock="20")
    world.decide(import_tax="inclusive")
    bill(trade, "118.00")
    assert post(trade).status == 200
    assert amounts(detail(trade)) == [("118.00", "0.00", "0.00")]
    trade.registration()
    world.decide(import_tax="none")
    bill(trade, "236.00")
    assert amounts(detail(trade)) == [("236.00", "0.00", "0.00")]
    trade.holds_the_law()


def test_a_revision_takes_the_tax_out_anew(trade: Trade) -> None:
    trade.item(stock="20")
    bill(trade, "118.00", "100.00")
    assert post(trade).status == 200
    assert bill(trade, "236.00").data["result"] == "updated"
    assert amounts(detail(trade)) == [("200.00", "36.00", "0.00")]
    assert legs(trade)["OUTPUT_CGST"] == Decimal("-18.00")
    trade.world.decide(import_tax="none")
    assert bill(trade, "236.00", "10.00").data["result"] == "updated"
    assert amounts(detail(trade)) == [("236.00", "0.00", "0.00"), ("10.00", "0.00", "0.00")]
    assert (detail(trade)["tax_amount"], "OUTPUT_CGST" in legs(trade)) == ("0.00", False)
    trade.holds_the_law()


def test_credit_notes_and_reversals_take_the_tax_back(trade: Trade) -> None:
    trade.item(stock="20")
    bill(trade, "118.00", "100.00")
    assert post(trade).status == 200
    shown = detail(trade)
    note = trade.credit(shown, lines=[{"line": shown["lines"][1]["id"], "quantity": "1"}])
    assert (note["subtotal"], note["tax_amount"], note["total_value"]) == ("84.74", "15.26", "100.00")
    trade.credit(shown)
    assert detail(trade)["status"] == "PAID"
    trade.holds_the_law()


def test_the_tax_lock_holds_for_the_tax_inside_prices(trade: Trade) -> None:
    trade.item(stock="20")
    bill(trade, "118.00")
    trade.world.decide(tax_lock_date=DAY)
    assert post(trade).body["code"] == "period-closed"


def test_many_are_posted_with_their_tax(trade: Trade) -> None:
    trade.item(stock="20")
    bill(trade, "118.00")
    bill(trade, "100.00", invoice_no="T-2")
    ids = [str(trade.world.invoice(number).id) for number in ("T-1", "T-2")]
    assert trade.done("/api/invoices/post_vouchers/", {"invoice_ids": ids})["posted"] == 2
    assert amounts(detail(trade)) == [("100.00", "18.00", "0.00")]
    trade.holds_the_law()
