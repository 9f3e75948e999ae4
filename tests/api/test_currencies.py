"""Documents in a currency that is not the company's: booked at the rate of their day, settled at what was booked."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from erp.models import Currency
from tests.builders import World
from tests.trade import Trade

RATES = "/api/accounting/exchange_rates/"
DAY, LATER = "2025-12-26", ("2025-12-29", "2025-12-30", "2025-12-31")


@pytest.fixture
def trade(world: World) -> Trade:
    Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar", "symbol": "$"})
    return Trade(world)


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
    trade.quoted("83.4567")
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
    trade.quoted("83.10")
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
        trade.quoted(rate, day)
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


def balances(trade: Trade) -> dict[str, str]:
    """Code → closing balance, debit positive, of the accounts that have one."""
    rows = trade.get("/api/accounting/trial_balance/?as_of=2099-12-31").body["rows"]
    found = {row["code"]: Decimal(row["closing_debit"]) - Decimal(row["closing_credit"]) for row in rows}
    return {code: f"{amount:.2f}" for code, amount in found.items() if amount}


# ── Rates ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rate_is_entered_once_a_day_and_found_by_currency_and_day(trade: Trade) -> None:
    made = trade.quoted("83.45670000")
    assert (made["rate"], made["currency_code"], made["rate_date"]) == ("83.4567", "USD", DAY)
    again = trade.post(RATES, {"currency_id": made["currency"], "rate_date": DAY, "rate": "84"})
    assert (again.status, again.body["code"], list(again.body["fields"])) == (409, "already-exists", ["rate_date"])
    trade.quoted("0.00000001", "2025-12-27")
    assert [row["rate"] for row in trade.get(RATES).body] == ["0.00000001", "83.4567"]
    for query, found in (
        ("currency=USD&end_date=2025-12-26", 1), (f"currency={made['currency']}", 2), ("currency=INR", 0),
        ("start_date=2025-12-27", 1), ("page_size=1", 1),
    ):  # fmt: skip
        rows = trade.get(f"{RATES}?{query}").body
        assert len(rows["results"] if "page_size" in query else rows) == found, query
    assert trade.get(f"{RATES}?curency=USD").status == 400


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"rate": "0"}, 400, "rate"),
        ({"rate": "-1"}, 400, "rate"),
        ({"rate": "NaN"}, 400, "rate"),
        ({"rate": "83.123456789"}, 400, "rate"),
        ({"rate": "10000000000"}, 400, "rate"),
        ({"currency_id": "INR"}, 400, "currency_id"),
        ({"currency_id": "QQQ"}, 404, "currency_id"),
        ({"rate_date": "26.12.2025"}, 400, "rate_date"),
        ({"rates": "1"}, 400, "rates"),
    ],
)
def test_a_bad_rate_is_refused_by_name(trade: Trade, changes: Any, status: int, field: str) -> None:
    answer = trade.post(RATES, {"currency_id": "USD", "rate_date": DAY, "rate": "83"} | changes)
    assert (answer.status, list(answer.body["fields"])) == (status, [field]), answer.raw
    assert trade.get(RATES).body == []


def test_a_rate_is_good_for_as_long_as_the_company_says(trade: Trade, other_world: World) -> None:
    Trade(other_world).quoted("99")
    trade.quoted("83", "2025-12-18")
    draft = billed(trade)
    path = f"/api/invoices/{draft['id']}/post_voucher/"
    for body in ({}, {"posting_date": "2025-12-27"}):
        refused = trade.post(path, body)
        assert (refused.status, refused.body["code"], refused.body["currency"]) == (409, "no-exchange-rate", "USD")
        assert refused.body["date"] == body.get("posting_date", DAY)
    assert trade.get(f"/api/invoices/{draft['id']}/").body["status"] == "DRAFT"
    for bad in (-1, 367, "7"):
        assert trade.patch("/api/companies/policies/", {"rate_max_age_days": bad}).status == 400
    trade.patch("/api/companies/policies/", {"rate_max_age_days": 8})
    trade.quoted("90", "2025-12-27")
    assert trade.done(path)["status"] == "POSTED"
    assert trade.get(f"/api/invoices/{draft['id']}/").body["exchange_rate"] == "83"


# ── Invoices ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_many_are_posted_at_once_whatever_their_currency(trade: Trade) -> None:
    trade.quoted("83.10")
    ids = [billed(trade)["id"], trade.invoice(trade.confirmed([_goods(trade, "OWN")]))["id"]]
    results = trade.done("/api/invoices/post_vouchers/", {"invoice_ids": ids})
    assert all(one["voucher_id"] for one in results["results"] if one["id"] in ids), results
    shown = [trade.get(f"/api/invoices/{one}/").body for one in ids]
    assert [(one["exchange_rate"], one["base_total"]) for one in shown] == [("83.1", "83100.00"), ("1", "1000.00")]
    trade.holds_the_law()


def _goods(trade: Trade, sku: str) -> Any:
    return {"item_id": trade.item(sku)["id"], "quantity": "10", "unit_rate": "100"}


def test_an_invoice_is_reversed_at_its_own_rate(trade: Trade) -> None:
    before = balances(trade)
    invoice = thousand(trade)
    opened = {code: amount for code, amount in balances(trade).items() if code in {"1200", "3900"}}
    trade.done(f"/api/invoices/{invoice['id']}/reverse/", {"reason": "wrong"})
    assert before == {}
    assert balances(trade) == {"1200": "1200.00", "3900": "-1200.00"}
    assert opened["1200"] == "600.00"
    trade.holds_the_law()


# ── Money ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def wired(trade: Trade, invoice: Any, amount: str, **changes: Any) -> Any:
    """Money in US dollars of the invoice's customer, posted on the first of the later days."""
    body = {"party_id": invoice["party"], "kind": "RECEIPT", "amount": amount, "payment_date": LATER[0], "post": True}
    return trade.post("/api/payments/", body | {"currency_id": "USD"} | changes)


def test_an_advance_books_its_difference_when_it_is_allocated(trade: Trade) -> None:
    invoice = thousand(trade)
    trade.quoted("84", LATER[0])
    draft = wired(trade, invoice, "500", post=False).body
    assert (draft["status"], draft["exchange_rate"]) == ("DRAFT", None)
    trade.done(f"/api/payments/{draft['id']}/post_voucher/")
    path = f"/api/payments/{draft['id']}/"
    assert legs(trade, trade.get(path).body["voucher"])["RECEIVABLE"] == ("0.00", "42000.00", "USD", "-500.00")
    trade.holds_the_law()
    given = trade.made(f"{path}allocate/", {"invoice_id": invoice["id"], "amount": "200"})
    (difference,) = trade.get("/api/accounting/vouchers/?kind=FX").body
    assert difference["source"] == {"kind": "payment_allocation", "id": given["id"]}
    assert legs(trade, difference["id"]) == {
        "RECEIVABLE": ("180.00", "0.00", "USD", "0.00"),
        "FX_REALISED": ("0.00", "180.00", "INR", "-180.00"),
    }
    trade.holds_the_law()
    trade.made(f"{path}allocations/{given['id']}/release/", {"reason": "wrong"})
    assert "4910" not in balances(trade)
    trade.made(f"{path}allocate/", {"invoice_id": invoice["id"], "amount": "500"})
    assert balances(trade)["4910"] == "-450.00"
    trade.holds_the_law()
    trade.done(f"{path}reverse/", {"reason": "bounced"})
    left = balances(trade)
    assert "4910" not in left
    assert left["1100"] == "83100.00"
    assert trade.get(f"/api/invoices/{invoice['id']}/").body["status"] == "POSTED"
    trade.holds_the_law()


def test_what_is_over_stays_at_the_rate_of_the_money(trade: Trade) -> None:
    invoice = thousand(trade)
    trade.quoted("82.123456", LATER[0])
    payment = trade.pay(invoice, "1000.01", payment_date=LATER[0], excess="advance")
    assert (payment["currency_code"], payment["unallocated_amount"]) == ("USD", "0.01")
    booked = legs(trade, payment["voucher"])
    assert booked["BANK"][:2] == ("82124.28", "0.00")
    assert booked["RECEIVABLE"] == ("0.00", "83100.82", "USD", "-1000.01")
    assert booked["FX_REALISED"][:2] == ("976.54", "0.00")
    trade.holds_the_law()
    trade.done(f"/api/payments/{payment['id']}/reverse/", {"reason": "bounced"})
    trade.holds_the_law()


def test_money_settles_its_own_currency_only_and_has_a_rate(trade: Trade) -> None:
    invoice = thousand(trade)
    trade.quoted("84", LATER[0])
    own = wired(trade, invoice, "10", currency_id="INR").body
    refused = trade.post(f"/api/payments/{own['id']}/allocate/", {"invoice_id": invoice["id"], "amount": "1"})
    assert (refused.status, list(refused.body["fields"])) == (400, ["invoice_id"])
    for changes in ({"payment_date": "2026-02-01"}, {"payment_date": "2026-02-01", "allocations": []}):
        refused = wired(trade, invoice, "10", **changes)
        assert (refused.status, refused.body["code"], refused.body["currency"]) == (409, "no-exchange-rate", "USD")
    trade.holds_the_law()


def test_a_difference_is_not_booked_into_a_closed_period(trade: Trade) -> None:
    invoice = thousand(trade)
    trade.quoted("84", LATER[0])
    payment = wired(trade, invoice, "10").body
    trade.world.decide(hard_lock_date="2099-01-01")
    refused = trade.post(f"/api/payments/{payment['id']}/allocate/", {"invoice_id": invoice["id"], "amount": "1"})
    assert (refused.status, refused.body["code"]) == (409, "period-closed")
    assert trade.get(f"/api/payments/{payment['id']}/").body["allocations"] == []


def test_a_credit_limit_counts_orders_in_other_currencies_at_their_rate(trade: Trade) -> None:
    trade.quoted("80", (timezone.now().date() - timedelta(days=1)).isoformat())
    item = trade.item(stock="100", gst_rate=0)["id"]
    customer = trade.customer(credit_limit="10000.00")
    line = {"item_id": item, "quantity": "1", "unit_rate": "100"}

    def confirm(**changes: Any) -> Any:
        order = trade.order([line], customer_id=customer["id"], **changes)
        return trade.post(f"/api/orders/sales/{order['id']}/confirm/")

    assert confirm(currency_id="USD").status == 200
    shown = trade.get(f"/api/orders/customers/{customer['id']}/credit/").body
    assert (shown["exposure"], shown["available"]) == ("8000.00", "2000.00")
    refused = confirm(currency_id="USD")
    assert (refused.status, refused.body["code"], refused.body["exposure"]) == (409, "credit-limit-exceeded", "16000.00")
    assert confirm().status == 200
