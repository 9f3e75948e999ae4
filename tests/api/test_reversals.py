"""Taking back over HTTP what is posted: ``/api/invoices/{id}/reverse/`` and ``/api/payments/{id}/reverse/``."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from accounting.models import LedgerEntry, Voucher
from erp.models import AuditEntry, OutboxEvent
from erp.rights import Role
from inventory.models import StockBalance, StockLayer
from tests.builders import Answer, World
from tests.trade import Trade

KEYS = {
    "reversed_voucher", "reversed_voucher_number", "original_voucher", "original_voucher_number", "status", "reason",
    "message",
}  # fmt: skip


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def path_of(document: Any) -> str:
    return f"/api/payments/{document['id']}/" if "payment_number" in document else f"/api/invoices/{document['id']}/"


def reverse(trade: Trade, document: Any, **body: Any) -> Answer:
    said = {"reason": "by mistake"} | body
    return trade.post(f"{path_of(document)}reverse/", said, role=Role.ACCOUNTANT)


def shown(trade: Trade, document: Any) -> Any:
    return trade.get(path_of(document)).body


def events(trade: Trade, kind: str) -> list[Any]:
    rows = OutboxEvent.unscoped.filter(company=trade.world.company, type=kind).order_by("id")
    return [json.loads(row.payload) for row in rows]


# ── Invoices ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reversed_invoice_leaves_books_stock_and_order_as_they_were(trade: Trade) -> None:
    invoice = trade.posted()
    answer = reverse(trade, invoice, reversal_date="2025-12-31")
    assert answer.status == 200, answer.raw
    assert answer.body.keys() == KEYS
    told = {
        name: answer.body[name] for name in ("original_voucher", "original_voucher_number", "status", "reason", "message")
    }
    assert told == {
        "original_voucher": invoice["voucher"],
        "original_voucher_number": invoice["voucher_number"],
        "status": "CANCELLED",
        "reason": "by mistake",
        "message": "Invoice reversed successfully",
    }
    company = trade.world.company
    mirror = Voucher.unscoped.get(company=company, kind="REVERSAL")
    assert (str(mirror.id), mirror.number) == (answer.body["reversed_voucher"], answer.body["reversed_voucher_number"])
    assert str(mirror.voucher_date) == "2025-12-31"
    legs = LedgerEntry.unscoped.filter(company=company, voucher__in=[mirror.id, invoice["voucher"]])
    nets: dict[str, Decimal] = {}
    for leg in legs:
        nets[leg.role] = nets.get(leg.role, Decimal(0)) + leg.debit - leg.credit
    assert len(nets) == 6
    assert set(nets.values()) == {Decimal(0)}
    layer = StockLayer.unscoped.get(company=company)
    assert (layer.quantity_left, layer.value_left) == (Decimal(20), Decimal(1200))
    assert StockBalance.unscoped.get(company=company).on_hand == Decimal(20)
    order = trade.get(f"/api/orders/sales/{invoice['sales_order']}/").body
    assert (order["status"], order["items"][0]["invoiced_qty"], order["items"][0]["posted_qty"]) == (
        "CONFIRMED",
        "0.000",
        "0.000",
    )
    now = shown(trade, invoice)
    assert (now["status"], now["cancel_reason"], now["notes"]) == ("CANCELLED", "by mistake", invoice["notes"])
    (event,) = events(trade, "invoice_reversed")
    assert (event["books_status"], event["voucher_number"]) == ("CANCELLED", mirror.number)
    assert AuditEntry.unscoped.filter(company=company, action="reverse_invoice").count() == 1
    trade.holds_the_law()


def test_reversing_again_answers_the_same_even_when_the_period_is_closed(trade: Trade) -> None:
    invoice = trade.posted()
    payment = trade.pay(trade.posted(trade.confirmed([{"item_id": trade.item("B")["id"], "quantity": 1}])), "1.00")
    for document, kind in ((invoice, "Invoice"), (payment, "Payment")):
        first = reverse(trade, document, reversal_date="2025-12-31").body
        trade.world.decide(hard_lock_date="2026-12-31" if kind == "Payment" else None)
        again = reverse(trade, document, reason="another", reversal_date="2025-12-31")
        assert (again.status, again.body) == (200, first | {"message": f"{kind} already reversed"})


def test_credit_of_another_invoice_stands_in_the_way_by_its_name(trade: Trade) -> None:
    customer = trade.customer()
    credited, kept = (
        trade.posted(trade.confirmed([{"item_id": trade.item(sku)["id"], "quantity": 1}], customer_id=customer["id"]))
        for sku in ("A", "B")
    )
    trade.pay(credited, credited["total_value"])
    note = trade.credit(credited, return_stock=False)
    trade.made(f"/api/invoices/credit_notes/{note['id']}/apply/", {"invoice_id": kept["id"], "amount": "40.00"})
    refused = reverse(trade, kept)
    assert (refused.status, refused.body["code"]) == (409, "has-settlements")
    assert (refused.body["payments"], refused.body["credit_notes"]) == ([], [note["id"]])


def test_a_paid_invoice_is_reversed_after_its_payment(trade: Trade) -> None:
    invoice = trade.posted()
    payment = trade.pay(invoice, "100.00")
    refused = reverse(trade, invoice)
    assert (refused.status, refused.body["code"], refused.body["payments"]) == (409, "has-settlements", [payment["id"]])
    assert reverse(trade, payment).status == 200
    assert reverse(trade, invoice).status == 200
    trade.holds_the_law()


def test_a_draft_has_nothing_to_reverse(trade: Trade) -> None:
    refused = reverse(trade, trade.invoice())
    assert (refused.status, refused.body["code"]) == (409, "wrong-state")


@pytest.mark.parametrize(
    ("state", "billing", "code"),
    [
        ("PICKING", "BILLED", "in-fulfilment"),
        ("DISPATCHED", "BILLED", "in-fulfilment"),
        ("REVIEW", "REVIEW", "invoice-in-review"),
    ],
)
def test_goods_in_hand_and_reviews_come_first(trade: Trade, state: str, billing: str, code: str) -> None:
    invoice = trade.posted()
    trade.world.put_invoice(invoice["invoice_number"], fulfilment_status=state, billing_status=billing)
    refused = reverse(trade, invoice)
    assert (refused.status, refused.body["code"]) == (409, code)
    assert shown(trade, invoice)["status"] == "POSTED"


def test_a_closed_period_takes_no_reversal(trade: Trade) -> None:
    invoice = trade.posted()
    payment = trade.pay(invoice, "1.00")
    trade.world.decide(hard_lock_date="2025-12-31")
    for document in (payment, invoice):
        refused = reverse(trade, document, reversal_date="2025-12-31")
        assert (refused.status, refused.body["code"]) == (409, "period-closed")
    assert reverse(trade, payment, reversal_date="2026-01-01").status == 200


def test_a_taxed_invoice_is_not_reversed_into_a_filed_return(trade: Trade) -> None:
    invoice = trade.posted()
    trade.world.decide(tax_lock_date="2025-12-31")
    refused = reverse(trade, invoice, reversal_date="2025-12-31")
    assert (refused.status, refused.body["lock"]) == (409, "tax_lock_date")


def test_those_who_reverse_at_once_get_one_reversal(trade: Trade) -> None:
    invoice = trade.posted()
    path, token = f"{path_of(invoice)}reverse/", trade.world.token(Role.ACCOUNTANT)

    def one(_: int) -> Answer:
        try:
            said = {"reason": "r", "reversal_date": "2025-12-31"}
            return trade.world.send("POST", path, said, role=Role.ACCOUNTANT, Authorization=f"Bearer {token}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(one, range(6)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["reversed_voucher"] for answer in answers}) == 1
    assert Voucher.unscoped.filter(company=trade.world.company, kind="REVERSAL").count() == 1
    trade.holds_the_law()


# ── Payments ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reversed_payment_leaves_its_invoice_open_and_says_so(trade: Trade) -> None:
    invoice = trade.posted()
    payment = trade.pay(invoice, invoice["total_value"])
    answer = reverse(trade, payment, reason="The cheque bounced")
    assert answer.status == 200, answer.raw
    assert answer.body.keys() == KEYS
    assert (answer.body["status"], answer.body["message"]) == ("REVERSED", "Payment reversed successfully")
    now = shown(trade, payment)
    assert (now["status"], now["allocated_amount"]) == ("REVERSED", "0.00")
    assert [one["amount"] for one in now["allocations"]] == ["1121.00", "-1121.00"]
    open_again = shown(trade, invoice)
    assert (open_again["status"], open_again["outstanding_amount"], open_again["payments"]) == ("POSTED", "1121.00", [])
    (event,) = events(trade, "payment_reversed")
    assert (event["id"], event["status"], event["actor"]["kind"]) == (payment["id"], "REVERSED", "user")
    told = events(trade, "invoice_updated")[-1]
    assert (told["books_status"], told["amount_received"], told["changed"]) == ("POSTED", "0.00", ["amount_received"])
    trade.holds_the_law()


def test_an_advance_is_reversed_without_any_invoice(trade: Trade) -> None:
    invoice = trade.posted()
    trade.pay(invoice, "1121.00")
    advance = trade.pay(invoice, "50.00", excess="advance")
    version = shown(trade, invoice)["version"]
    assert reverse(trade, advance).status == 200
    assert shown(trade, invoice)["version"] == version
    trade.holds_the_law()


# ── Whose, and what ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_reverses_what_is_not_his(trade: Trade, other_world: World) -> None:
    invoice = trade.posted()
    payment = trade.pay(invoice, "1.00")
    other = Trade(other_world)
    for document in (payment, invoice):
        assert reverse(other, document).status == 404
        for role in (Role.VIEWER, Role.SALES_MANAGER, Role.BILLER):
            assert trade.post(f"{path_of(document)}reverse/", {"reason": "r"}, role=role).status == 403
        without = trade.post(f"{path_of(document)}reverse/")
        assert (without.status, list(without.body["fields"])) == (400, ["reason"])
    assert (shown(trade, invoice)["status"], shown(trade, payment)["status"]) == ("PARTIALLY_PAID", "POSTED")
