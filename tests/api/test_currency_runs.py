"""The currency run at the end of a month: what is open at the rate of the day, and back on the next (J15)."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from erp.rights import Role
from tests.api.test_currencies import billed, legs, thousand, wired
from tests.builders import World
from tests.parallel import at_once
from tests.trade import Trade

RUN = "/api/accounting/currency_revaluation/"
END = {"as_of": "2025-12-31"}


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def settled(trade: Trade, invoice: Any, amount: str, day: str) -> None:
    shares = [{"invoice_id": invoice["id"], "amount": amount}]
    paid = wired(trade, invoice, amount, payment_date=day, allocations=shares)
    assert paid.status == 201, paid.raw


def open_items(trade: Trade) -> Any:
    """1,000.00 dollars that a customer owes, booked at 83.10, of which 333.00 are paid; all dollars are at 84 by the end."""
    invoice = thousand(trade)
    trade.quoted("83.45", "2025-12-29")
    settled(trade, invoice, "333.00", "2025-12-29")
    trade.quoted("84", "2025-12-31")
    return invoice


def balance_of(trade: Trade, code: str, day: str) -> str:
    rows = trade.get(f"/api/accounting/trial_balance/?as_of={day}").body["rows"]
    (row,) = [one for one in rows if one["code"] == code] or [{"closing_debit": "0.00", "closing_credit": "0.00"}]
    return f"{row['closing_debit']}/{row['closing_credit']}"


def test_what_is_open_is_worth_the_rate_of_the_last_day_and_back_on_the_next(trade: Trade) -> None:
    open_items(trade)
    before = balance_of(trade, "1100", "2025-12-31")
    tried = trade.post(f"{RUN}?dry_run=true", END)
    assert (tried.status, tried.body["dry_run"]) == (201, True)
    assert balance_of(trade, "1100", "2025-12-31") == before
    run = trade.made(RUN, END)
    (row,) = run["rows"]
    shown = {name: row[name] for name in ("currency_code", "amount_currency", "rate", "booked", "worth", "difference")}
    assert shown == {
        "currency_code": "USD",
        "amount_currency": "667.00",
        "rate": "84",
        "booked": "55427.70",
        "worth": "56028.00",
        "difference": "600.30",
    }
    assert tried.body["rows"] == run["rows"]
    assert (run["mirror_date"], run["message"]) == ("2026-01-01", "Open items revalued")
    assert legs(trade, run["voucher"]) == {
        "RECEIVABLE": ("600.30", "0.00", "USD", "0.00"),
        "FX_UNREALISED": ("0.00", "600.30", "INR", "-600.30"),
    }
    assert legs(trade, run["mirror"])["RECEIVABLE"] == ("0.00", "600.30", "USD", "0.00")
    assert [balance_of(trade, "1100", day) for day in ("2025-12-31", "2026-01-01")] == ["56028.00/0.00", "55427.70/0.00"]
    assert balance_of(trade, "4911", "2026-01-01") == "0.00/0.00"
    trade.holds_the_law()


def test_a_month_is_run_once_and_the_next_one_begins_from_what_was_booked(trade: Trade) -> None:
    invoice = open_items(trade)
    run = trade.made(RUN, END)
    again = trade.made(RUN, END)
    assert {name: again[name] for name in ("voucher", "mirror", "rows", "message")} == {
        "voucher": run["voucher"],
        "mirror": run["mirror"],
        "rows": [],
        "message": "This month was revalued before",
    }
    trade.quoted("83", "2026-01-31")
    january = trade.made(RUN, {"as_of": "2026-01-31"})
    assert [(row["booked"], row["difference"]) for row in january["rows"]] == [("55427.70", "-66.70")]
    settled(trade, invoice, "667.00", "2026-02-02")
    assert trade.get(f"/api/invoices/{invoice['id']}/").body["status"] == "PAID"
    trade.quoted("90", "2026-02-28")
    nothing = trade.made(RUN, {"as_of": "2026-02-28"})
    assert (nothing["voucher"], nothing["mirror"], nothing["rows"]) == (None, None, [])
    trade.holds_the_law()


def test_what_we_owe_is_worth_more_on_the_other_side(trade: Trade) -> None:
    trade.quoted("83.10")
    item = trade.item("ABROAD", stock="0")
    lines = [{"item_id": item["id"], "quantity": "10", "unit_rate": "100"}]
    order = trade.confirmed_purchase(lines, currency_id="USD")
    trade.posted_bill(order)
    trade.quoted("84", "2025-12-31")
    run = trade.made(RUN, END)
    assert legs(trade, run["voucher"])["PAYABLE"] == ("0.00", "900.00", "USD", "0.00")
    trade.holds_the_law()


def test_a_day_that_is_no_months_last_or_has_no_rate_or_is_closed_is_refused(trade: Trade) -> None:
    trade.quoted("83.10")
    invoice = billed(trade)
    trade.done(f"/api/invoices/{invoice['id']}/post_voucher/")
    for body, status, code in (
        ({}, 400, "validation"),
        ({"as_of": "2025-12-30"}, 400, "validation"),
        ({"as_of": "2099-12-31"}, 400, "validation"),
        ({"as_of": "2026-01-31"}, 409, "no-exchange-rate"),
    ):
        refused = trade.post(RUN, body)
        assert (refused.status, refused.body["code"]) == (status, code), refused.raw
    trade.patch("/api/accounting/locks/", {"hard_lock_date": "2026-01-01"})
    trade.quoted("84", "2025-12-31")
    assert trade.post(RUN, END).body["code"] == "period-closed"
    assert trade.post(RUN, END, role=Role.SALES_MANAGER).status == 403


def test_two_runs_of_a_month_at_once_book_one(trade: Trade) -> None:
    open_items(trade)
    answers = at_once([lambda: trade.made(RUN, END)["voucher"] for _ in range(2)])
    assert len(set(answers)) == 1
    trade.holds_the_law()


def test_the_command_tells_and_books_what_the_route_does(trade: Trade) -> None:
    open_items(trade)
    told = StringIO()
    named = {"company": trade.world.company.code, "stdout": told}
    with pytest.raises(CommandError, match="last day of a month"):
        call_command("revalue_currencies", "--as-of=2025-12-30", **named)
    call_command("revalue_currencies", "--as-of=2025-12-31", "--dry-run", **named)
    assert "USD 667.00 at 84: 55427.70 → 56028.00 (600.30)" in told.getvalue()
    assert "Nothing is kept." in told.getvalue()
    call_command("revalue_currencies", "--as-of=2025-12-31", **named)
    assert trade.made(RUN, END)["message"] == "This month was revalued before"
