"""Ageing and the GST of a period: figures of documents that are those of the accounts, on every day."""

from typing import Any

import pytest

from accounting.models import LedgerEntry
from erp.rights import Role
from tests.builders import World
from tests.reports import AGEING, SUMMARY, aged, assert_ages_as_booked, assert_taxed_as_booked, summed
from tests.trade import DAY, GSTIN_KA, GSTIN_MH, Trade


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


def sold(trade: Trade, rate: str, **order: Any) -> Any:
    """A posted invoice of one piece, without tax unless the company is registered."""
    items = [{"item_id": trade.item(f"AT-{rate}", stock="1")["id"], "quantity": "1", "unit_rate": rate}]
    options = order.pop("options", {})
    return trade.posted(trade.confirmed(items, **order), **options)


# ── Ageing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_open_stands_in_the_bucket_of_its_days(trade: Trade) -> None:
    customer = trade.customer(name="Anand Stores", credit_days=0)
    for rate, due in (("100", "2026-03-31"), ("200", "2026-03-30"), ("400", "2026-03-01"), ("800", "2026-02-28"),
                      ("1600", "2025-12-31"), ("3200", "2025-12-30")):  # fmt: skip
        sold(trade, rate, customer_id=customer["id"], options={"due_date": due})
    answer = aged(trade, "?as_of=2026-03-31")
    assert answer["buckets"] == ["not_due", "1-30", "31-60", "61-90", "over_90"]
    assert answer["rows"] == [
        {
            "party": customer["id"], "party_code": customer["code"], "party_name": "Anand Stores", "not_due": "100.00",
            "1-30": "600.00", "31-60": "800.00", "61-90": "1600.00", "over_90": "3200.00", "total": "6300.00",
            "unallocated": "0.00",
        }
    ]  # fmt: skip
    by_date = aged(trade, "?as_of=2026-03-31&by=invoice_date&buckets=94,95")
    assert by_date["buckets"] == ["not_due", "1-94", "95-95", "over_95"]
    assert (by_date["totals"]["95-95"], by_date["totals"]["over_95"]) == ("6300.00", "0.00")
    assert aged(trade, "?as_of=2025-12-25")["rows"] == []
    assert aged(trade, f"?as_of={DAY}")["totals"]["not_due"] == "6300.00"


def test_money_and_credit_that_settle_nothing_yet_are_shown_beside(trade: Trade) -> None:
    customer = trade.customer()
    invoice = sold(trade, "100", customer_id=customer["id"])
    trade.pay(invoice, "40.00", payment_date="2026-01-02")
    advance = {"party_id": customer["id"], "kind": "RECEIPT", "amount": "25.00", "payment_date": "2026-01-03", "post": True}
    trade.made("/api/payments/", advance)
    other = sold(trade, "10", customer_id=customer["id"])
    trade.pay(other, "10.00", payment_date="2026-01-04")
    trade.credit(other, credit_date="2026-01-05", return_stock=False)
    (row,) = aged(trade, "?as_of=2026-01-31")["rows"]
    assert (row["total"], row["unallocated"]) == ("60.00", "35.00")
    (row,) = aged(trade, "?as_of=2026-01-03")["rows"]
    assert (row["total"], row["unallocated"]) == ("70.00", "25.00")
    assert_ages_as_booked(trade, "2025-12-25", DAY, "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05", "2099-12-31")


def test_what_was_taken_back_later_was_open_before(trade: Trade) -> None:
    customer = trade.customer()
    undone, kept = (sold(trade, rate, customer_id=customer["id"]) for rate in ("100", "50"))
    paid = trade.pay(kept, "50.00", payment_date="2026-01-02")
    trade.done(f"/api/invoices/{undone['id']}/reverse/", {"reason": "Wrong", "reversal_date": "2026-01-10"})
    trade.done(f"/api/payments/{paid['id']}/reverse/", {"reason": "Bounced", "reversal_date": "2026-01-12"})
    opened = {day: aged(trade, f"?as_of={day}")["totals"]["total"] for day in ("2026-01-01", "2026-01-09", "2026-01-12")}
    assert opened == {"2026-01-01": "150.00", "2026-01-09": "100.00", "2026-01-12": "50.00"}
    assert_ages_as_booked(trade, DAY, "2026-01-02", "2026-01-09", "2026-01-10", "2026-01-11", "2026-01-12", "2099-12-31")


def test_other_currencies_are_aged_at_what_they_were_booked_at(trade: Trade) -> None:
    for day, rate in ((DAY, "83.10"), ("2025-12-29", "83.45"), ("2026-01-02", "84")):
        trade.quoted(rate, day)
    invoice = sold(trade, "1000", currency_id="USD")
    trade.pay(invoice, "333.00", payment_date="2025-12-29")
    trade.pay(invoice, "700.00", payment_date="2026-01-02", excess="advance")
    days = {day: aged(trade, f"?as_of={day}")["totals"] for day in (DAY, "2025-12-29", "2026-01-31")}
    assert [(one["total"], one["unallocated"]) for one in days.values()] == [
        ("83100.00", "0.00"),
        ("55427.70", "0.00"),
        ("0.00", "2772.00"),
    ]
    assert_ages_as_booked(trade, DAY, "2025-12-29", "2025-12-30", "2026-01-02", "2099-12-31")


def test_bills_age_on_the_suppliers_side(trade: Trade) -> None:
    bill = trade.posted_bill()
    assert aged(trade, "?as_of=2025-12-31")["rows"] == []
    (row,) = aged(trade, "?as_of=2025-12-31&invoice_type=PURCHASE")["rows"]
    assert (row["party"], row["total"]) == (bill["party"], "600.00")
    trade.pay(bill, "200.00")
    assert_ages_as_booked(trade, DAY, "2025-12-27", "2099-12-31")


def test_one_party_may_be_asked_for(trade: Trade) -> None:
    one, other = trade.customer(name="One"), trade.customer(name="Other")
    for customer in (one, other):
        sold(trade, "1" if customer is one else "2", customer_id=customer["id"])
    assert [row["party_name"] for row in aged(trade, "?as_of=2025-12-31")["rows"]] == ["One", "Other"]
    assert [row["party_name"] for row in aged(trade, f"?as_of=2025-12-31&party={other['id']}")["rows"]] == ["Other"]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        (AGEING, "as_of=2025-02-30", "as_of"),
        (AGEING, "invoice_type=BOTH", "invoice_type"),
        (AGEING, "by=age", "by"),
        (AGEING, "party=me", "party"),
        *[(AGEING, f"buckets={text}", "buckets") for text in ("0", "30,30", "60,30", "a", ",", "1.5", "99999", "-1", "٣")],
        (AGEING, "buckets=" + ",".join(str(day) for day in range(1, 14)), "buckets"),
        (SUMMARY, "from=2025-12-02&to=2025-12-01", "from"),
        (SUMMARY, "by=item", "by"),
        (SUMMARY, "registration=KA", "registration"),
        (SUMMARY, "registration=XX", "registration"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(trade: Trade, path: str, query: str, field: str) -> None:
    answer = trade.get(f"{path}?{query}")
    assert (answer.status, list(answer.body["fields"])) == (400, [field])


# ── GST ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_sales_are_summed_by_rate_for_the_registered_and_the_others(trade: Trade) -> None:
    trade.registration()
    at_18, at_5 = trade.item("AT-18"), trade.item("AT-5", gst_rate=5, hsn_code="3004")
    items = [{"item_id": one["id"], "quantity": "2"} for one in (at_18, at_5)]
    shop = trade.customer(name="Shop", gstin=GSTIN_MH, gst_treatment="REGISTERED", state_code="MH")
    far = trade.customer(name="Far", gstin=GSTIN_KA, gst_treatment="REGISTERED", state_code="KA")
    for customer in (shop, far, trade.customer(name="Walk-in")):
        trade.posted(trade.confirmed(items, customer_id=customer["id"]))
    body = summed(trade)
    shown = [(row["supply"], row["gst_rate"], row["taxable_value"], row["cgst"], row["igst"]) for row in body["rows"]]
    assert shown == [
        ("B2B", "5.00", "400.00", "5.00", "10.00"),
        ("B2B", "18.00", "400.00", "18.00", "36.00"),
        ("B2C", "5.00", "200.00", "5.00", "0.00"),
        ("B2C", "18.00", "200.00", "18.00", "0.00"),
    ]
    assert (body["b2b"]["total"], body["b2c"]["total"], body["totals"]["total"]) == ("892.00", "446.00", "1338.00")
    by_code = [
        (row["supply"], row["hsn_code"], row["uqc"], row["quantity"])
        for row in summed(trade, "?from=2025-12-01&to=2025-12-31&by=hsn")["rows"]
    ]
    assert by_code == [
        ("B2B", "3004", "PCS", "4.000"),
        ("B2B", "847130", "PCS", "4.000"),
        ("B2C", "3004", "PCS", "2.000"),
        ("B2C", "847130", "PCS", "2.000"),
    ]
    assert summed(trade, "?from=2025-12-01&to=2025-12-31&registration=MH")["totals"] == body["totals"]
    assert summed(trade, "?from=2025-12-27&to=2026-12-31")["rows"] == []
    assert_taxed_as_booked(trade, "2025-12-01", "2025-12-31")


def test_notes_and_reversals_count_on_the_day_that_they_were_booked(trade: Trade) -> None:
    trade.registration()
    kept = trade.posted()
    undone = trade.posted(trade.confirmed([{"item_id": trade.item("SKU002")["id"], "quantity": "1"}]))
    line = {"line": kept["lines"][0]["id"], "quantity": "2"}
    trade.credit(kept, credit_date="2026-01-05", return_stock=True, lines=[line])
    trade.done(f"/api/invoices/{undone['id']}/reverse/", {"reason": "Wrong", "reversal_date": "2026-01-10"})
    values = {
        month: summed(trade, f"?from={month}-01&to={month}-31")["totals"]["taxable_value"]
        for month in ("2025-12", "2026-01")
    }
    assert values == {"2025-12": "1050.00", "2026-01": "-290.00"}
    (row,) = summed(trade, "?from=2026-01-01&to=2026-01-31&by=hsn")["rows"]
    assert (row["quantity"], row["total"]) == ("-3.000", "-342.20")
    for first, last in (("2025-12-01", "2025-12-31"), ("2026-01-01", "2026-01-31"), ("2025-12-01", "2026-01-31")):
        assert_taxed_as_booked(trade, first, last)


def test_bills_and_debit_notes_are_summed_by_themselves(trade: Trade) -> None:
    trade.registration()
    order = trade.confirmed_purchase(supplier_id=trade.supplier(gstin=GSTIN_MH, state_code="MH")["id"])
    trade.received(order, "10")
    bill = trade.posted_bill(order)
    debit = {"credit_date": "2026-01-05", "reason": "DEFICIENT", "return_stock": True}
    trade.made(
        f"/api/invoices/{bill['id']}/credit_note/", debit | {"lines": [{"line": bill["lines"][0]["id"], "quantity": "4"}]}
    )
    assert summed(trade)["rows"] == []
    (row,) = summed(trade, "?from=2025-12-01&to=2026-01-31&invoice_type=PURCHASE")["rows"]
    assert (row["supply"], row["taxable_value"], row["cgst"], row["sgst"]) == ("B2B", "360.00", "32.40", "32.40")
    assert_taxed_as_booked(trade, "2025-12-01", "2026-01-31")


def test_lines_in_another_currency_add_up_to_what_was_booked(trade: Trade) -> None:
    trade.registration()
    trade.quoted("83.4567")
    rates = (("A", 5, "33.33"), ("B", 12, "0.01"), ("C", 18, "66.67"), ("D", 28, "0.03"))
    items = [
        {"item_id": trade.item(sku, gst_rate=gst, stock="1")["id"], "quantity": "1", "unit_rate": rate}
        for sku, gst, rate in rates
    ]
    invoice = trade.posted(trade.confirmed(items, currency_id="USD"))
    assert len(summed(trade)["rows"]) == 4
    assert_taxed_as_booked(trade, DAY, DAY)
    (sales,) = LedgerEntry.unscoped.filter(voucher_id=invoice["voucher"], role="SALES")
    assert summed(trade)["totals"]["taxable_value"] == str(sales.credit)


def test_who_keeps_no_books_reads_no_tax(trade: Trade) -> None:
    for path, reader, other in ((AGEING, Role.SALES_MANAGER, Role.PICKER), (SUMMARY, Role.VIEWER, Role.SALES_MANAGER)):
        assert trade.get(path, role=reader).status == 200
        assert trade.get(path, role=other).status == 403
