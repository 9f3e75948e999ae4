from typing import Any

import pytest

from erp.rights import Role
from tests.builders import World
from tests.trade import DAY, Trade

JOURNAL = {
    "voucher_date": DAY,
    "narration": "Rent of December",
    "lines": [{"account_code": "5100", "debit": "1000"}, {"account_code": "1010", "credit": "1000.00"}],
}


def lines(debit: str, credit: str, amount: str = "1", other: str = "1") -> dict[str, Any]:
    return {"lines": [{"account_code": debit, "debit": amount}, {"account_code": credit, "credit": other}]}


VOUCHERS = "/api/accounting/vouchers/"


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def account(trade: Trade, code: str) -> Any:
    (found,) = trade.get(f"/api/accounting/accounts/?code={code}").body
    return found


def test_the_chart_is_listed_and_shown(trade: Trade) -> None:
    codes = [one["code"] for one in trade.get("/api/accounting/accounts/").body]
    assert codes == sorted(codes, reverse=True)
    assert {"1000", "1100", "5310"} <= set(codes)
    sales = account(trade, "4000")
    shown = trade.get(f"/api/accounting/accounts/{sales['id']}/")
    assert (shown.status, shown.body) == (200, sales)
    assert (sales["type"], sales["role"], sales["is_control"], sales["currency_code"]) == ("INCOME", "SALES", False, None)


def test_a_journal_is_posted_shown_and_reversed(trade: Trade) -> None:
    made = trade.post(VOUCHERS, JOURNAL, role=Role.ACCOUNTANT)
    assert made.status == 201, made.raw
    assert made.headers["Location"] == f"{VOUCHERS}{made.body['id']}/"
    assert (made.body["voucher_number"], made.body["kind"], made.body["total"]) == ("JV-2025-00001", "JOURNAL", "1000.00")
    assert [(one["account_code"], one["role"], one["debit"], one["credit"]) for one in made.body["lines"]] == [
        ("5100", "PURCHASES", "1000.00", "0.00"),
        ("1010", "BANK", "0.00", "1000.00"),
    ]
    url = f"{VOUCHERS}{made.body['id']}/"
    assert trade.get(url).body == made.body
    reversed_ = trade.done(f"{url}reverse/", {"reason": "wrong month", "reversal_date": "2025-12-28"})
    again = trade.done(f"{url}reverse/", {"reason": "once more"})
    assert reversed_ == again
    shown = trade.get(url).body
    assert (shown["status"], shown["reversed_by"]) == ("REVERSED", reversed_["id"])
    mirror = trade.get(f"{VOUCHERS}{reversed_['id']}/").body
    assert (mirror["kind"], mirror["reverses"], mirror["voucher_date"]) == ("REVERSAL", made.body["id"], "2025-12-28")
    assert [one["credit"] for one in mirror["lines"]] == ["1000.00", "0.00"]
    refused = trade.post(f"{VOUCHERS}{reversed_['id']}/reverse/", {"reason": "back again"})
    assert (refused.status, refused.body["code"]) == (409, "wrong-state")


def test_a_dry_run_and_a_repeat_book_nothing_twice(trade: Trade) -> None:
    preview = trade.post(f"{VOUCHERS}?dry_run=true", JOURNAL)
    assert (preview.status, preview.body["id"], preview.body["voucher_number"]) == (201, None, "JV-2025-00001")
    first = trade.post(VOUCHERS, JOURNAL, headers={"Idempotency-Key": "rent"})
    second = trade.post(VOUCHERS, JOURNAL, headers={"Idempotency-Key": "rent"})
    assert first.body == second.body
    assert len(trade.get(VOUCHERS).body) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code", "where"),
    [
        (lines("5100", "1010", other="2"), 400, "validation", "lines"),
        ({"lines": [{"account_code": "5100", "debit": "1", "credit": "1"}] * 2}, 400, "validation", "lines"),
        ({"lines": [{"account_code": "5100", "debit": "1"}]}, 400, "validation", "lines"),
        (lines("1100", "1010"), 400, "validation", "lines"),
        (lines("NONE", "1010"), 404, "not-found", ""),
        (lines("1200", "1010"), 400, "control-account", ""),
        (lines("2200", "1010"), 400, "control-account", ""),
        ({"kind": "GST_SETTLEMENT"}, 400, "control-account", ""),
        ({"kind": "SALES"}, 400, "validation", "kind"),
        ({"narattion": "typo"}, 400, "unknown-field", "narattion"),
        ({"voucher_date": "2025-13-01"}, 400, "validation", "voucher_date"),
    ],
)  # fmt: skip
def test_a_journal_that_may_not_be_is_refused(
    trade: Trade, changes: dict[str, Any], status: int, code: str, where: str
) -> None:
    answer = trade.post(VOUCHERS, JOURNAL | changes)
    assert (answer.status, answer.body["code"]) == (status, code), answer.raw
    assert not where or where in answer.body["fields"]
    assert trade.get(VOUCHERS).body == []


def test_taxes_are_set_off_by_a_voucher_of_their_own(trade: Trade) -> None:
    lines = [{"account_code": "2200", "debit": "90"}, {"account_code": "2300", "credit": "90"}]
    made = trade.made(VOUCHERS, JOURNAL | {"kind": "GST_SETTLEMENT", "lines": lines})
    assert [one["role"] for one in made["lines"]] == ["OUTPUT_CGST", "GST_SETTLEMENT"]


def test_vouchers_are_filtered(trade: Trade) -> None:
    trade.registration()
    invoice = trade.posted()
    journal = trade.made(VOUCHERS, JOURNAL)
    kinds = [one["kind"] for one in trade.get(VOUCHERS).body]
    assert kinds == ["JOURNAL", "SALES", "OPENING"]
    bank = account(trade, "1010")["id"]
    for query, wanted in {
        "kind=SALES&kind=OPENING": ["SALES", "OPENING"],
        f"source={invoice['id']}": ["SALES"],
        f"account={bank}": ["JOURNAL"],
        "start_date=2025-12-02": ["JOURNAL", "SALES"],
        "end_date=2025-12-02": ["OPENING"],
        f"number={journal['voucher_number']}": ["JOURNAL"],
    }.items():
        assert [one["kind"] for one in trade.get(f"{VOUCHERS}?{query}").body] == wanted, query
    assert trade.get(f"{VOUCHERS}?knd=SALES").status == 400


def test_a_statement_carries_its_balance_over_pages(trade: Trade) -> None:
    for day in (1, 2, 3, 4, 5):
        trade.made(VOUCHERS, JOURNAL | {"voucher_date": f"2025-12-0{day}"})
    url = f"/api/accounting/accounts/{account(trade, '1010')['id']}/statement/"
    whole = trade.get(f"{url}?from=2025-12-02&to=2025-12-04").body
    assert (whole["opening"], whole["closing"], whole["next"]) == ("-1000.00", "-4000.00", None)
    assert [one["balance"] for one in whole["entries"]] == ["-2000.00", "-3000.00", "-4000.00"]
    first = trade.get(f"{url}?from=2025-12-02&to=2025-12-04&page_size=2").body
    assert [one["balance"] for one in first["entries"]] == ["-2000.00", "-3000.00"]
    second = trade.get(first["next"].partition("localhost")[2]).body
    assert ([one["balance"] for one in second["entries"]], second["next"]) == (["-4000.00"], None)
    assert trade.get(f"{url}?from=2026-01-01&to=2025-01-01").status == 400
    assert trade.get(f"{url}?cursor=nonsense").status == 400
    group = account(trade, "1100")["id"]
    assert trade.get(f"/api/accounting/accounts/{group}/statement/").status == 400


def test_party_statements_are_for_those_who_deal_with_them(trade: Trade) -> None:
    trade.registration()
    trade.posted()
    (party,) = trade.get("/api/accounting/accounts/?role=RECEIVABLE&is_group=false").body
    statement = f"/api/accounting/accounts/{party['id']}/statement/"
    sales = f"/api/accounting/accounts/{account(trade, '4000')['id']}/statement/"
    seen = trade.get(statement, role=Role.SALES_MANAGER)
    assert (seen.status, seen.body["closing"]) == (200, "1121.00")
    assert trade.get(sales, role=Role.SALES_MANAGER).status == 404
    assert trade.get(statement, role=Role.PURCHASE_MANAGER).status == 404
    assert trade.get(statement, role=Role.VIEWER).status == 200
    assert trade.get(statement, role=Role.PICKER).status == 403


def test_the_reports_agree_with_each_other(trade: Trade) -> None:
    trade.registration()
    invoice = trade.posted()
    trade.pay(invoice, "1200.00", excess="advance")
    trade.made(VOUCHERS, JOURNAL)
    balance = trade.get("/api/accounting/trial_balance/?as_of=2025-12-31").body
    rows = {row["code"]: row for row in balance["rows"]}
    assert balance["totals"]["closing_debit"] == balance["totals"]["closing_credit"]
    assert balance["totals"]["debit"] == balance["totals"]["credit"]
    assert (rows["1100"]["closing_credit"], rows["1200"]["closing_debit"]) == ("79.00", "600.00")
    assert balance["parameters"] == {
        "from": "2025-04-01", "to": "2025-12-31", "known_at": None, "detail": "control"
    }  # fmt: skip
    single = trade.get("/api/accounting/trial_balance/?as_of=2025-12-31&detail=account").body
    assert [row["code"] for row in single["rows"] if row["role"] == "RECEIVABLE"] == ["1100-C-00001"]
    result = trade.get("/api/accounting/profit_and_loss/?from=2025-12-01&to=2025-12-31").body
    assert (result["total_income"], result["gross_profit"], result["net_profit"]) == ("950.00", "350.00", "-650.00")
    sheet = trade.get("/api/accounting/balance_sheet/?as_of=2025-12-31").body
    assert (sheet["running_profit"], sheet["difference"]) == ("-650.00", "0.00")
    assert {"code": "1100", "name": "Trade receivables", "amount": "79.00"} in sheet["liabilities"]
    before = trade.get("/api/accounting/balance_sheet/?as_of=2025-12-31&known_at=2025-01-01T00:00:00Z").body
    assert (before["assets"], before["difference"]) == ([], "0.00")
    for bad in (
        "as_of=31-12-2025",
        "detail=party",
        "known_at=yesterday",
        "asof=2025-12-31",
        "from=2026-01-01&to=2025-01-01",
    ):
        assert trade.get(f"/api/accounting/trial_balance/?{bad}").status == 400, bad


def test_a_year_is_closed_and_reopened(trade: Trade) -> None:
    trade.registration()
    trade.posted()
    (year,) = trade.get("/api/accounting/fiscal_years/").body
    assert (year["start"], year["end"], year["status"]) == ("2025-04-01", "2026-03-31", "OPEN")
    url = f"/api/accounting/fiscal_years/{year['id']}"
    closed = trade.done(f"{url}/close/")
    assert closed["status"] == "CLOSED"
    assert trade.post(f"{url}/close/").status == 409
    late = trade.post(VOUCHERS, JOURNAL)
    assert (late.status, late.body["code"]) == (409, "period-closed")
    (voucher,) = trade.get(f"{VOUCHERS}?kind=YEAR_CLOSE").body
    assert voucher["voucher_date"] == "2026-03-31"
    sheet = trade.get("/api/accounting/balance_sheet/?as_of=2026-03-31").body
    assert (sheet["running_profit"], sheet["difference"]) == ("0.00", "0.00")
    assert {"code": "3100", "name": "Retained earnings", "amount": "350.00"} in sheet["equity"]
    result = trade.get("/api/accounting/profit_and_loss/?from=2025-04-01&to=2026-03-31").body
    assert result["net_profit"] == "350.00"
    assert trade.post(f"{url}/reopen/", role=Role.ACCOUNTANT).status == 403
    assert trade.done(f"{url}/reopen/")["status"] == "OPEN"
    assert trade.post(f"{url}/reopen/").status == 409
    assert trade.get("/api/accounting/profit_and_loss/?from=2025-04-01&to=2026-03-31").body["net_profit"] == "350.00"
    assert trade.made(VOUCHERS, JOURNAL)["kind"] == "JOURNAL"
    assert trade.done(f"{url}/close/")["status"] == "CLOSED"


def test_locks_hold_what_they_say(trade: Trade) -> None:
    url = "/api/accounting/locks/"
    assert trade.get(url, role=Role.VIEWER).body == {
        "soft_lock_date": None, "tax_lock_date": None, "hard_lock_date": None, "books_start_date": None, "version": 1,
    }  # fmt: skip
    assert trade.patch(url, {"soft_lock_date": "2025-12-31"}, role=Role.ACCOUNTANT).status == 200
    assert trade.post(VOUCHERS, JOURNAL, role=Role.ACCOUNTANT).body["code"] == "period-closed"
    assert trade.post(VOUCHERS, JOURNAL).status == 201
    for name in ("tax_lock_date", "hard_lock_date"):
        assert trade.patch(url, {name: "2025-12-31"}, role=Role.ACCOUNTANT).status == 403
    assert trade.patch(url, {"hard_lock_date": "2025-12-31"}).body["hard_lock_date"] == "2025-12-31"
    assert trade.post(VOUCHERS, JOURNAL).body["code"] == "period-closed"
    for back in ("2025-12-30", None):
        refused = trade.patch(url, {"hard_lock_date": back})
        assert (refused.status, refused.body["code"]) == (409, "wrong-state")
    assert trade.patch(url, {"soft_lock_date": None}).body["soft_lock_date"] is None
    assert trade.patch(url, {}, role=Role.VIEWER).status == 403


def test_another_companys_books_do_not_exist(trade: Trade, other_world: World) -> None:
    voucher = trade.made(VOUCHERS, JOURNAL)
    bank = account(trade, "1010")
    other = Trade(other_world)
    for path in (f"{VOUCHERS}{voucher['id']}/", f"/api/accounting/accounts/{bank['id']}/",
                 f"/api/accounting/accounts/{bank['id']}/statement/"):  # fmt: skip
        assert other.get(path).status == 404
    assert other.post(f"{VOUCHERS}{voucher['id']}/reverse/", {"reason": "mine"}).status == 404
    assert other.get(VOUCHERS).body == []
