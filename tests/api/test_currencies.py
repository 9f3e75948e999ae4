"""Documents in a currency that is not the company's: booked at the rate of their day, settled at what was booked."""

from typing import Any

import pytest

from erp.models import Currency
from tests.builders import World
from tests.trade import Trade

RATES = "/api/accounting/exchange_rates/"
DAY, LATER = "2025-12-26", ("2025-12-29", "2025-12-30", "2025-12-31")


@pytest.fixture
def trade(world: World) -> Trade:
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar", "symbol": "$"})
    return Trade(world)


def quoted(trade: Trade, rate: str, day: str = DAY) -> Any:
    return trade.made(RATES, {"currency_id": "USD", "rate_date": day, "rate": rate})


def legs(trade: Trade, voucher_id: str) -> dict[str, tuple[str, str, str, str]]:
    """Role → debit, credit, currency and amount in it."""
    voucher = trade.get(f"/api/accounting/vouchers/{voucher_id}/").body
    return {
        line["role"]: (line["debit"], line["credit"], line["currency_code"], line["amount_currency"])
        for line in voucher["lines"]
    }


def billed(trade: Trade, *, rate: str = "100", **changes: Any) -> Any:
    """A draft of ten pieces in US dollars."""
    items = [{"item_id": trade.item()["id"], "quantity": "10", "unit_rate": rate} | changes]
    order = trade.confirmed(items, currency_id="USD")
    return trade.invoice(order)


def test_the_worked_invoice_is_booked_leg_by_leg(trade: Trade) -> None:
    trade.registration()
    quoted(trade, "83.4567")
    draft = billed(trade, discount_pct="5")
    assert (draft["exchange_rate"], draft["base_total"]) == (None, None)
    posted = trade.done(f"/api/invoices/{draft['id']}/post_voucher/")
    shown = trade.get(f"/api/invoices/{draft['id']}/").body
    assert (shown["total_value"], shown["exchange_rate"], shown["base_total"]) == ("1121.00", "83.4567", "93554.96")
    assert legs(trade, posted["voucher_id"]) == {
        "RECEIVABLE": ("93554.96", "0.00", "USD", "1121.00"),
        "SALES": ("0.00", "79283.87", "USD", "-950.00"),
        "OUTPUT_CGST": ("0.00", "7135.55", "USD", "-85.50"),
        "OUTPUT_SGST": ("0.00", "7135.55", "USD", "-85.50"),
        "ROUNDING": ("0.01", "0.00", "INR", "0.01"),
        "COGS": ("600.00", "0.00", "INR", "600.00"),
        "INVENTORY": ("0.00", "600.00", "INR", "-600.00"),
    }
    trade.holds_the_law()


def thousand(trade: Trade) -> Any:
    """A posted invoice of 1000.00 US dollars, booked at 83.10."""
    quoted(trade, "83.10")
    draft = billed(trade)
    trade.done(f"/api/invoices/{draft['id']}/post_voucher/")
    return draft


def test_the_worked_receipts_settle_shares_of_what_was_booked(trade: Trade) -> None:
    invoice = thousand(trade)
    table = zip(
        ("333", "333", "334"), ("83.45", "82.90", "83.00"), LATER,
        ("27788.85", "27605.70", "27722.00"), ("27672.30", "27672.30", "27755.40"),
        (("0.00", "116.55"), ("66.60", "0.00"), ("33.40", "0.00")), strict=True,
    )  # fmt: skip
    for amount, rate, day, bank, settled, difference in table:
        quoted(trade, rate, day)
        payment = trade.pay(invoice, amount, payment_date=day)
        booked = legs(trade, payment["voucher"])
        assert payment["exchange_rate"] == f"{rate.rstrip('0').rstrip('.')}"
        assert booked["BANK"] == (bank, "0.00", "USD", f"{amount}.00")
        assert booked["RECEIVABLE"] == ("0.00", settled, "USD", f"-{amount}.00")
        assert booked["FX_REALISED"][:2] == difference
    assert trade.get(f"/api/invoices/{invoice['id']}/").body["status"] == "PAID"
    balance = trade.get("/api/accounting/trial_balance/?as_of=2026-01-31").body
    lines = {line["code"]: line for line in balance["rows"]}
    assert balance["totals"]["closing_debit"] == balance["totals"]["closing_credit"]
    assert (lines["1100"]["closing_debit"], lines["4910"]["closing_credit"]) == ("0.00", "16.55")
    trade.holds_the_law()
