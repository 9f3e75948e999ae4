"""Bills, credit notes and debit notes in a currency that is not the company's, and the money that pays for bills."""

from decimal import Decimal
from typing import Any

import pytest

from erp.models import Currency
from tests.api.test_currencies import DAY, LATER, balances, billed, legs, thousand
from tests.builders import World
from tests.reports import assert_ages_as_booked, assert_taxed_as_booked
from tests.trade import GSTIN_MH, Trade

FX = "/api/accounting/vouchers/?kind=FX"


@pytest.fixture
def trade(world: World) -> Trade:
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar", "symbol": "$"})
    return Trade(world)


def ordered(trade: Trade, quantity: str = "10", rate: str = "100", **changes: Any) -> Any:
    """A confirmed purchase order in US dollars."""
    item = trade.item(f"ABROAD-{rate}", stock="0")["id"]
    line = {"item_id": item, "quantity": quantity, "unit_rate": rate, "discount_pct": changes.pop("discount_pct", "0")}
    return trade.confirmed_purchase([line], currency_id="USD", **changes)


def received(trade: Trade, order: Any, quantity: str, unit_cost: str) -> Any:
    """So much of the order's only line, at what a unit costs in base."""
    line = {"order_item": order["items"][0]["id"], "quantity": quantity, "unit_cost": unit_cost}
    sent = {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": [line]}
    return trade.made("/api/purchasing/receipts/", sent)


def grand(trade: Trade, *, unit_cost: str = "8000") -> Any:
    """A posted bill of ten pieces, 1000.00 US dollars at 83.10, received before at so much a piece."""
    trade.quoted("83.10")
    order = ordered(trade)
    received(trade, order, "10", unit_cost)
    return trade.posted_bill(order)


def voucher_of(trade: Trade, note: Any) -> dict[str, tuple[str, str, str, str]]:
    return legs(trade, note["voucher"])


# ── Bills ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_worked_bill_is_booked_leg_by_leg(trade: Trade) -> None:
    trade.registration()
    trade.quoted("83.4567")
    supplier = trade.supplier(gst_treatment="REGISTERED", gstin=GSTIN_MH, state_code="MH")
    order = ordered(trade, discount_pct="5", supplier_id=supplier["id"])
    received(trade, order, "10", "7900")
    draft = trade.bill(order)
    assert (draft["total_value"], draft["exchange_rate"], draft["base_total"]) == ("1121.00", None, None)
    trade.done(f"/api/invoices/{draft['id']}/post_voucher/")
    shown = trade.get(f"/api/invoices/{draft['id']}/").body
    assert (shown["exchange_rate"], shown["base_total"]) == ("83.4567", "93554.96")
    assert legs(trade, shown["voucher"]) == {
        "GRNI": ("79000.00", "0.00", "INR", "79000.00"),
        "PRICE_VARIANCE": ("283.87", "0.00", "INR", "283.87"),
        "INPUT_CGST": ("7135.55", "0.00", "USD", "85.50"),
        "INPUT_SGST": ("7135.55", "0.00", "USD", "85.50"),
        "PAYABLE": ("0.00", "93554.96", "USD", "-1121.00"),
        "ROUNDING": ("0.00", "0.01", "INR", "-0.01"),
    }
    trade.holds_the_law()
    assert_taxed_as_booked(trade, DAY, DAY)


def test_what_is_billed_before_it_comes_enters_stock_at_the_rate_of_the_bill(trade: Trade) -> None:
    trade.quoted("83.10")
    order = ordered(trade)
    trade.posted_bill(order)
    assert balances(trade) == {"2000": "-83100.00", "2100": "83100.00"}
    received(trade, order, "4", "1")
    assert balances(trade) == {"1200": "33240.00", "2000": "-83100.00", "2100": "49860.00"}
    trade.holds_the_law()


def test_a_bill_without_a_rate_stays_a_draft_and_a_reversed_one_leaves_nothing(trade: Trade) -> None:
    order = ordered(trade)
    received(trade, order, "10", "8000")
    bill = trade.bill(order)
    path = f"/api/invoices/{bill['id']}/"
    refused = trade.post(f"{path}post_voucher/")
    assert (refused.status, refused.body["code"], refused.body["currency"]) == (409, "no-exchange-rate", "USD")
    assert trade.get(path).body["status"] == "DRAFT"
    before = balances(trade)
    trade.quoted("83.10")
    trade.done(f"{path}post_voucher/")
    assert balances(trade)["5200"] == "3100.00"
    trade.done(f"{path}reverse/", {"reason": "wrong"})
    assert balances(trade) == before
    trade.holds_the_law()


def test_the_worked_parts_pay_for_a_bill_with_the_sides_changed(trade: Trade) -> None:
    bill = grand(trade)
    table = zip(
        ("333", "333", "334"), ("83.45", "82.90", "83.00"), LATER, ("27788.85", "27605.70", "27722.00"),
        ("27672.30", "27672.30", "27755.40"), (("116.55", "0.00"), ("0.00", "66.60"), ("0.00", "33.40")), strict=True,
    )  # fmt: skip
    for amount, rate, day, bank, settled, difference in table:
        trade.quoted(rate, day)
        payment = trade.pay(bill, amount, payment_date=day)
        booked = legs(trade, payment["voucher"])
        assert booked["BANK"] == ("0.00", bank, "USD", f"-{amount}.00")
        assert booked["PAYABLE"] == (settled, "0.00", "USD", f"{amount}.00")
        assert booked["FX_REALISED"][:2] == difference
    assert trade.get(f"/api/invoices/{bill['id']}/").body["status"] == "PAID"
    left = balances(trade)
    assert ("2000" in left, left["4910"]) == (False, "16.55")
    trade.holds_the_law()
    trade.done(f"/api/payments/{payment['id']}/reverse/", {"reason": "returned"})
    assert balances(trade)["2000"] == "-27755.40"
    trade.holds_the_law()


# ── Notes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def pieces(invoice: Any, quantity: str) -> list[Any]:
    return [{"line": invoice["lines"][0]["id"], "quantity": quantity}]


def test_the_worked_notes_settle_what_was_booked_to_the_paisa(trade: Trade) -> None:
    trade.quoted("83.335")
    invoice = billed(trade, quantity="3", rate="1")
    trade.done(f"/api/invoices/{invoice['id']}/post_voucher/")
    trade.quoted("99", LATER[0])
    for settles, gained in (("83.34", None), ("83.34", None), ("83.33", "0.01")):
        note = trade.credit(invoice, lines=pieces(invoice, "1"), credit_date=LATER[0])
        assert (note["exchange_rate"], note["base_total"], note["total_value"]) == ("83.335", "83.34", "1.00")
        booked = voucher_of(trade, note)
        assert booked["RECEIVABLE"] == ("0.00", settles, "USD", "-1.00")
        assert booked["SALES_RETURNS"] == ("83.34", "0.00", "USD", "1.00")
        assert booked.get("FX_REALISED", ("", None))[1] == gained
        trade.holds_the_law()
    assert trade.get(f"/api/invoices/{invoice['id']}/").body["status"] == "PAID"
    assert "1100" not in balances(trade)


def test_a_note_of_goods_and_tax_is_booked_at_the_rate_of_its_invoice(trade: Trade) -> None:
    trade.registration()
    trade.quoted("83.4567")
    invoice = billed(trade, discount_pct="5")
    trade.done(f"/api/invoices/{invoice['id']}/post_voucher/")
    trade.quoted("85", LATER[0])
    draft = trade.credit(invoice, lines=pieces(invoice, "3"), return_stock=True, credit_date=LATER[0], post=False)
    trade.done(f"/api/invoices/credit_notes/{draft['id']}/post_voucher/")
    note = trade.get(f"/api/invoices/credit_notes/{draft['id']}/").body
    assert (note["total_value"], note["exchange_rate"], note["base_total"]) == ("336.30", "83.4567", "28066.49")
    assert voucher_of(trade, note) == {
        "SALES_RETURNS": ("23785.16", "0.00", "USD", "285.00"),
        "OUTPUT_CGST": ("2140.66", "0.00", "USD", "25.65"),
        "OUTPUT_SGST": ("2140.66", "0.00", "USD", "25.65"),
        "RECEIVABLE": ("0.00", "28066.49", "USD", "-336.30"),
        "ROUNDING": ("0.01", "0.00", "INR", "0.01"),
        "INVENTORY": ("180.00", "0.00", "INR", "180.00"),
        "COGS": ("0.00", "180.00", "INR", "-180.00"),
    }
    trade.holds_the_law()
    trade.pay(invoice, "784.70", payment_date=LATER[0])
    assert trade.get(f"/api/invoices/{invoice['id']}/").body["status"] == "PAID"
    assert "1100" not in balances(trade)
    trade.holds_the_law()
    assert_taxed_as_booked(trade, DAY, LATER[0])
    assert_ages_as_booked(trade, DAY, LATER[0])


def test_open_credit_settles_another_invoice_and_books_what_the_rates_differ(trade: Trade) -> None:
    invoice = thousand(trade)
    trade.pay(invoice, "1000", payment_date=DAY)
    note = trade.credit(invoice, lines=pieces(invoice, "3"), credit_date=DAY)
    assert (note["unapplied_amount"], note["base_total"]) == ("300.00", "24930.00")
    assert voucher_of(trade, note)["RECEIVABLE"] == ("0.00", "24930.00", "USD", "-300.00")
    trade.quoted("84", LATER[0])
    line = {"item_id": trade.item("OTHER")["id"], "quantity": "2", "unit_rate": "100"}
    other = trade.invoice(trade.confirmed([line], customer_id=invoice["party"], currency_id="USD"))
    trade.done(f"/api/invoices/{other['id']}/post_voucher/", {"posting_date": LATER[0]})
    path = f"/api/invoices/credit_notes/{note['id']}/apply/"
    given = trade.made(path, {"invoice_id": other["id"], "amount": "200"})
    (difference,) = trade.get(FX).body
    assert difference["source"] == {"kind": "credit_allocation", "id": given["id"]}
    assert legs(trade, difference["id"]) == {
        "RECEIVABLE": ("0.00", "180.00", "USD", "0.00"),
        "FX_REALISED": ("180.00", "0.00", "INR", "180.00"),
    }
    assert balances(trade)["1100"] == "-8310.00"
    trade.holds_the_law()
    assert_ages_as_booked(trade, DAY, LATER[0], "2099-12-31")
    third = trade.invoice(trade.confirmed([line], customer_id=invoice["party"], currency_id="USD"))
    trade.done(f"/api/invoices/{third['id']}/post_voucher/", {"posting_date": LATER[0]})
    trade.world.decide(hard_lock_date="2099-01-01")
    refused = trade.post(path, {"invoice_id": third["id"], "amount": "100"})
    assert (refused.status, refused.body["code"]) == (409, "period-closed")
    assert trade.get(f"/api/invoices/credit_notes/{note['id']}/").body["unapplied_amount"] == "100.00"


def test_goods_go_back_to_a_supplier_abroad_at_their_cost(trade: Trade) -> None:
    bill = grand(trade)
    trade.pay(bill, "900", payment_date=DAY)
    note = trade.credit(bill, lines=pieces(bill, "4"), return_stock=True, credit_date=DAY)
    assert (note["total_value"], note["amount_applied"], note["base_total"]) == ("400.00", "100.00", "33240.00")
    assert voucher_of(trade, note) == {
        "PAYABLE": ("33240.00", "0.00", "USD", "400.00"),
        "INVENTORY": ("0.00", "32000.00", "INR", "-32000.00"),
        "PRICE_VARIANCE": ("0.00", "1240.00", "INR", "-1240.00"),
    }
    trade.holds_the_law()
    trade.quoted("82", LATER[0])
    order = ordered(trade, rate="50", supplier_id=bill["party"])
    other = trade.bill(order)
    trade.done(f"/api/invoices/{other['id']}/post_voucher/", {"posting_date": LATER[0]})
    trade.made(f"/api/invoices/credit_notes/{note['id']}/apply/", {"invoice_id": other["id"], "amount": "300"})
    (difference,) = trade.get(FX).body
    assert legs(trade, difference["id"]) == {
        "PAYABLE": ("0.00", "330.00", "USD", "0.00"),
        "FX_REALISED": ("330.00", "0.00", "INR", "330.00"),
    }
    assert Decimal(balances(trade)["2000"]) == -200 * 82
    trade.holds_the_law()
    trade.credit(other, lines=[{"line": other["lines"][0]["id"], "amount": "50"}], credit_date=LATER[0])
    trade.holds_the_law()
    assert_ages_as_booked(trade, DAY, LATER[0], "2099-12-31")
