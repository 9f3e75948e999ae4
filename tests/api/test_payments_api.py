"""Payments over HTTP: one call receives, allocates and posts; lists and detail."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from accounting.models import LedgerEntry
from erp.models import OutboxEvent
from erp.rights import Role
from invoices.models import Invoice, Payment
from tests.api.routes import NOBODY
from tests.builders import Answer, World
from tests.trade import Trade

PATH = "/api/payments/"
ROW_KEYS = {
    "id", "payment_number", "kind", "status", "party", "party_name", "payment_date", "mode", "account_code", "currency_code",
    "exchange_rate", "amount", "allocated_amount", "unallocated_amount", "reference_number", "notes", "voucher",
    "voucher_number", "version", "created_at",
}  # fmt: skip


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def pay(trade: Trade, invoice: Any, amount: Any, **changes: Any) -> Answer:
    body = {"invoice_id": invoice["id"], "amount": amount, "payment_date": "2025-12-27"} | changes
    return trade.post(PATH, body, role=Role.ACCOUNTANT)


def test_one_call_receives_allocates_and_posts(trade: Trade) -> None:
    invoice = trade.posted()
    answer = pay(trade, invoice, "1121.00", reference_number="UTR 1", notes="first half")
    assert answer.status == 201, answer.raw
    payment = answer.body
    assert payment.keys() == ROW_KEYS | {"allocations"}
    assert answer.headers["Location"] == f"{PATH}{payment['id']}/"
    expected = {
        "payment_number": "RCT-2025-00001",
        "kind": "RECEIPT",
        "status": "POSTED",
        "party": invoice["party"],
        "party_name": "Customer Name",
        "payment_date": "2025-12-27",
        "mode": "BANK_TRANSFER",
        "account_code": "1010",
        "currency_code": "INR",
        "exchange_rate": "1",
        "amount": "1121.00",
        "allocated_amount": "1121.00",
        "unallocated_amount": "0.00",
        "reference_number": "UTR 1",
        "notes": "first half",
        "voucher_number": "JV-2025-00003",
    }
    assert {name: payment[name] for name in expected} == expected
    (allocation,) = payment["allocations"]
    assert {name: value for name, value in allocation.items() if name != "id"} == {
        "invoice": invoice["id"],
        "invoice_number": "INV-2025-00001",
        "amount": "1121.00",
        "allocation_date": "2025-12-27",
        "invoice_status": "PAID",
        "invoice_outstanding": "0.00",
    }
    assert trade.get(f"{PATH}{payment['id']}/").body == payment
    legs = LedgerEntry.unscoped.filter(company=trade.world.company, voucher__kind="RECEIPT").order_by("line_no")
    assert [(leg.role, leg.debit, leg.credit) for leg in legs] == [
        ("BANK", Decimal("1121.00"), 0),
        ("RECEIVABLE", 0, Decimal("1121.00")),
    ]


def test_the_invoice_follows_the_money(trade: Trade) -> None:
    invoice = trade.posted()
    path = f"/api/invoices/{invoice['id']}/"
    first = pay(trade, invoice, 500).body
    shown = trade.get(path).body
    assert (shown["status"], shown["amount_received"], shown["outstanding_amount"]) == ("PARTIALLY_PAID", "500.00", "621.00")
    assert shown["payments"] == [{"payment": first["id"], "amount": "500.00", "date": "2025-12-27"}]
    pay(trade, invoice, "621.00")
    shown = trade.get(path).body
    assert (shown["status"], shown["outstanding_amount"], len(shown["payments"])) == ("PAID", "0.00", 2)
    events = OutboxEvent.unscoped.filter(company=trade.world.company).order_by("id").values_list("type", flat=True)
    assert list(events)[-4:] == ["payment_received", "invoice_updated", "payment_received", "invoice_paid"]


def test_cash_goes_to_the_cash_account_and_a_named_account_is_taken(trade: Trade) -> None:
    invoice = trade.posted()
    assert pay(trade, invoice, "1.00", mode="CASH").body["account_code"] == "1000"
    assert pay(trade, invoice, "1.00", mode="UPI").body["account_code"] == "1010"
    assert pay(trade, invoice, "1.00", mode="CHEQUE", account_code="1000").body["account_code"] == "1000"
    unknown = pay(trade, invoice, "1.00", account_code="9999")
    assert (unknown.status, list(unknown.body["fields"])) == (404, ["account_code"])
    no_money = pay(trade, invoice, "1.00", account_code="4000")
    assert (no_money.status, list(no_money.body["fields"])) == (400, ["account_code"])


def test_more_than_is_outstanding_is_refused_unless_it_is_an_advance(trade: Trade) -> None:
    invoice = trade.posted()
    refused = pay(trade, invoice, "1121.01")
    assert (refused.status, refused.body["code"]) == (409, "allocation-exceeds-outstanding")
    assert (refused.body["wanted"], refused.body["left"]) == ("1121.01", "1121.00")
    advance = pay(trade, invoice, "1200.00", excess="advance").body
    assert (advance["allocated_amount"], advance["unallocated_amount"]) == ("1121.00", "79.00")
    assert trade.get(f"/api/orders/customers/{invoice['party']}/").body["balance"] == "-79.00"
    assert pay(trade, invoice, "5.00").status == 409
    more = pay(trade, invoice, "5.00", excess="advance").body
    assert (more["unallocated_amount"], more["allocations"]) == ("5.00", [])


def test_only_a_posted_invoice_takes_money(trade: Trade) -> None:
    draft = trade.invoice()
    refused = pay(trade, draft, "1.00")
    assert (refused.status, refused.body["code"], refused.body["status"]) == (409, "wrong-state", "DRAFT")
    trade.done(f"/api/invoices/{draft['id']}/cancel/")
    refused = pay(trade, draft, "1.00")
    assert (refused.status, refused.body["status"]) == (409, "CANCELLED")
    unknown = pay(trade, {"id": NOBODY}, "1.00")
    assert (unknown.status, unknown.body["error"]) == (404, "Invoice not found")
    assert unknown.body["fields"] == {"invoice_id": ["Invoice not found"]}
    assert not Payment.unscoped.filter(company=trade.world.company).exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", "0"),
        ("amount", "-1"),
        ("amount", "1.001"),
        ("amount", "1e2"),
        ("amount", True),
        ("amount", "10000000000000000"),
        ("payment_date", "27.12.2025"),
        ("payment_date", None),
        ("mode", "GOLD"),
        ("excess", "refund"),
        ("reference_number", "x" * 101),
    ],
)
def test_a_bad_value_is_named(trade: Trade, name: str, value: Any) -> None:
    answer = pay(trade, {"id": NOBODY}, **({"amount": "1.00"} | {name: value}))
    assert (answer.status, answer.body["code"], list(answer.body["fields"])) == (400, "validation", [name])


def test_a_closed_period_takes_no_money(trade: Trade) -> None:
    invoice = trade.posted()
    trade.world.decide(hard_lock_date="2025-12-31")
    assert pay(trade, invoice, "1.00").body["code"] == "period-closed"
    assert pay(trade, invoice, "1.00", payment_date="2026-01-01").status == 201


def test_those_who_pay_at_once_never_pay_too_much(trade: Trade) -> None:
    invoice = trade.posted()
    token = trade.world.token(Role.ACCOUNTANT)
    body = {"invoice_id": invoice["id"], "amount": "400.00", "payment_date": "2025-12-27"}

    def one(_: int) -> int:
        try:
            return trade.world.send("POST", PATH, body, role=Role.ACCOUNTANT, Authorization=f"Bearer {token}").status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(one, range(6)))
    assert statuses == [201, 201, 409, 409, 409, 409]
    assert Invoice.unscoped.get(id=invoice["id"]).amount_received == Decimal("800.00")


def test_the_list_is_newest_first_and_every_filter_works(trade: Trade) -> None:
    invoice = trade.posted()
    for amount, day, mode in (("1", "2025-12-27", "CASH"), ("2", "2025-12-29", "UPI"), ("3", "2025-12-28", "CASH")):
        pay(trade, invoice, amount, payment_date=day, mode=mode)
    pay(trade, invoice, "2000", payment_date="2026-01-01", excess="advance")

    def amounts(query: str = "") -> list[str]:
        answer = trade.get(f"{PATH}?{query}")
        assert answer.status == 200, answer.raw
        return [row["amount"] for row in answer.body]

    assert trade.get(PATH).body[0].keys() == ROW_KEYS
    assert amounts() == ["2000.00", "2.00", "3.00", "1.00"]
    assert amounts("mode=CASH") == ["3.00", "1.00"]
    assert amounts("start_date=2025-12-28&end_date=2025-12-29") == ["2.00", "3.00"]
    assert amounts("unallocated=true") == ["2000.00"]
    assert amounts("kind=RECEIPT&status=POSTED&unallocated=false") == ["2.00", "3.00", "1.00"]
    assert amounts("kind=PAYMENT") == []
    assert amounts(f"party={invoice['party']}&mode=UPI") == ["2.00"]
    assert amounts(f"party={NOBODY}") == []


def test_the_detail_expands_to_the_voucher_for_the_books(trade: Trade) -> None:
    payment = pay(trade, trade.posted(), "100.00").body
    path = f"{PATH}{payment['id']}/?expand=voucher"
    legs = trade.get(path, role=Role.VIEWER).body["entries"]
    assert [(leg["account_code"], leg["debit"], leg["credit"]) for leg in legs] == [
        ("1010", "100.00", "0.00"),
        ("1100-C-00001", "0.00", "100.00"),
    ]
    assert trade.get(path, role=Role.PICKER).status == 403


def test_a_dry_run_receives_nothing(trade: Trade) -> None:
    invoice = trade.posted()
    body = {"invoice_id": invoice["id"], "amount": "1121.00", "payment_date": "2025-12-27"}
    answer = trade.post(f"{PATH}?dry_run=true", body)
    assert (answer.status, answer.body["payment_number"], answer.body["id"]) == (201, "RCT-2025-00001", None)
    assert answer.body["allocations"][0]["invoice_status"] == "PAID"
    assert trade.get(f"/api/invoices/{invoice['id']}/").body == invoice
    assert trade.get(PATH).body == []
