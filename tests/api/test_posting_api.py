"""Posting over HTTP: ``POST /api/invoices/{id}/post_voucher/`` books once, whatever is repeated or raced."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import connections
from django.utils import timezone

from accounting.models import LedgerEntry, Voucher
from companies.founding import found_company
from erp.models import AuditEntry, NumberSeries, OutboxEvent
from erp.rights import Role
from inventory.models import Reservation, StockBalance, StockMovement
from invoices.models import Invoice
from tests.builders import Answer, World
from tests.trade import DAY, Trade


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


def post(trade: Trade, invoice: Any, body: Any = None, *, query: str = "") -> Answer:
    return trade.post(f"/api/invoices/{invoice['id']}/post_voucher/{query}", body, role=Role.ACCOUNTANT)


def entries(trade: Trade, kind: str) -> list[tuple[str, Decimal, Decimal]]:
    rows = LedgerEntry.unscoped.filter(company=trade.world.company, voucher__kind=kind).order_by("line_no")
    return [(row.role, row.debit, row.credit) for row in rows]


# ── What posting does ────────────────────────────────────────────────────────────────────────────────────────────────


def test_posting_answers_its_voucher(trade: Trade) -> None:
    answer = post(trade, trade.invoice())
    assert answer.status == 200, answer.raw
    voucher = Voucher.unscoped.get(company=trade.world.company, kind="SALES")
    assert answer.body == {
        "voucher_id": str(voucher.id),
        "voucher_number": "JV-2025-00002",
        "status": "POSTED",
        "message": "Invoice posted successfully",
    }


def test_posting_books_the_sale_moves_the_stock_and_ends_the_order(trade: Trade) -> None:
    invoice = trade.invoice()
    answer = post(trade, invoice)
    company = trade.world.company
    assert entries(trade, "SALES") == [
        ("RECEIVABLE", Decimal("1121.00"), 0),
        ("SALES", 0, Decimal("950.00")),
        ("OUTPUT_CGST", 0, Decimal("85.50")),
        ("OUTPUT_SGST", 0, Decimal("85.50")),
        ("COGS", Decimal("600.00"), 0),
        ("INVENTORY", 0, Decimal("600.00")),
    ]
    movement = StockMovement.unscoped.get(company=company, kind="SALE")
    assert (movement.quantity, movement.value) == (Decimal(-10), Decimal("-600.00"))
    assert str(movement.voucher_id) == answer.body["voucher_id"]
    balance = StockBalance.unscoped.get(company=company)
    assert (balance.on_hand, balance.reserved) == (Decimal(10), Decimal(0))
    assert not Reservation.unscoped.filter(company=company).exists()
    order = trade.get(f"/api/orders/sales/{invoice['sales_order']}/").body
    assert (order["status"], order["items"][0]["posted_qty"]) == ("INVOICED", "10.000")
    assert order["invoiced_at"] is not None
    detail = trade.get(f"/api/invoices/{invoice['id']}/")
    assert (detail.body["status"], detail.body["voucher"]) == ("POSTED", answer.body["voucher_id"])
    assert (detail.body["voucher_number"], detail.headers["ETag"][:3]) == ("JV-2025-00002", '"2-')
    assert AuditEntry.unscoped.filter(company=company, action="post_invoice").count() == 1
    (event,) = OutboxEvent.unscoped.filter(company=company, type="invoice_posted")
    assert '"voucher_number":"JV-2025-00002"' in event.payload


def test_the_event_tells_the_invoice_as_it_is_kept(trade: Trade) -> None:
    invoice = trade.invoice()
    post(trade, invoice)
    (event,) = OutboxEvent.unscoped.filter(company=trade.world.company, type="invoice_posted")
    told = msgspec.json.decode(event.payload)
    kept = trade.get(f"/api/sales/invoices/{invoice['id']}/").body
    shared = kept.keys() & told.keys()
    assert {"items", "updated_at", "customer", "Total"} <= shared
    assert {name: told[name] for name in shared} == {name: kept[name] for name in shared}


def test_a_part_leaves_the_order_in_progress(trade: Trade) -> None:
    order = trade.confirmed()
    shares = [{"order_item": order["items"][0]["id"], "quantity": "4"}]
    post(trade, trade.invoice(order, partial_allowed=True, lines=shares))
    shown = trade.get(f"/api/orders/sales/{order['id']}/").body
    line = shown["items"][0]
    assert (shown["status"], line["invoiced_qty"], line["posted_qty"]) == ("IN_PROGRESS", "4.000", "4.000")
    assert line["reserved_qty"] == "6.000"
    post(trade, trade.invoice(order))
    assert trade.get(f"/api/orders/sales/{order['id']}/").body["status"] == "INVOICED"


def test_posting_again_answers_the_same_voucher(trade: Trade) -> None:
    invoice = trade.invoice()
    first = post(trade, invoice).body
    trade.pay(invoice, "100.00")
    again = post(trade, invoice)
    assert again.status == 200
    assert again.body == first | {"status": "PARTIALLY_PAID", "message": "Invoice already posted"}
    assert Voucher.unscoped.filter(company=trade.world.company, kind="SALES").count() == 1


def test_eight_who_post_at_once_get_one_voucher(trade: Trade) -> None:
    invoice = trade.invoice()
    path, token = f"/api/invoices/{invoice['id']}/post_voucher/", trade.world.token(Role.ACCOUNTANT)

    def one(_: int) -> Answer:
        try:
            return trade.world.send("POST", path, None, role=Role.ACCOUNTANT, Authorization=f"Bearer {token}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(8)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["voucher_id"] for answer in answers}) == 1
    messages = [answer.body["message"] for answer in answers]
    assert messages.count("Invoice posted successfully") == 1
    assert StockMovement.unscoped.filter(company=trade.world.company, kind="SALE").count() == 1


# ── What is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_cancelled_invoice_is_not_posted(trade: Trade) -> None:
    invoice = trade.invoice()
    trade.done(f"/api/invoices/{invoice['id']}/cancel/")
    answer = post(trade, invoice)
    assert (answer.status, answer.body["code"]) == (400, "invoice-cancelled")
    assert answer.body["error"] == "Cannot post a CANCELLED invoice"


def test_an_invoice_in_review_waits_for_billing(trade: Trade) -> None:
    trade.world.import_invoice(invoice_no="A-1")
    trade.world.put_invoice("A-1", fulfilment_status="REVIEW", billing_status="REVIEW")
    answer = post(trade, {"id": trade.world.invoice("A-1").id})
    assert (answer.status, answer.body["code"]) == (409, "invoice-in-review")


def test_every_short_line_is_named_and_nothing_is_booked(trade: Trade) -> None:
    scarce, plenty, none = (trade.item(sku, stock=stock)["id"] for sku, stock in (("A", "3"), ("B", "9"), ("C", "0")))
    order = trade.confirmed([{"item_id": item, "quantity": 5} for item in (scarce, plenty, none)])
    invoice = trade.invoice(order)
    answer = post(trade, invoice)
    assert (answer.status, answer.body["code"]) == (409, "insufficient-stock")
    told = [(one["item_sku"], one["wanted"], one["available"]) for one in answer.body["items"]]
    assert told == [("A", "5.000", "3.000"), ("C", "5.000", "0.000")]
    assert answer.body["items"][0].keys() == {"item", "item_sku", "warehouse", "wanted", "available", "reserved"}
    assert not Voucher.unscoped.filter(company=trade.world.company, kind="SALES").exists()
    assert trade.get(f"/api/invoices/{invoice['id']}/").body == invoice


def test_goods_promised_to_another_order_are_not_taken(trade: Trade) -> None:
    item = trade.item(stock="5")["id"]
    trade.confirmed([{"item_id": item, "quantity": 4}])
    late = trade.invoice(trade.confirmed([{"item_id": item, "quantity": 3}]))
    refused = post(trade, late)
    assert (refused.status, refused.body["items"][0]["available"]) == (409, "1.000")


def test_the_booking_date_is_the_documents_or_later(trade: Trade) -> None:
    invoice = trade.invoice()
    early = post(trade, invoice, {"posting_date": "2025-12-25"})
    assert (early.status, list(early.body["fields"])) == (400, ["posting_date"])
    assert post(trade, invoice, {"posting_date": "2026-01-02"}).status == 200
    assert str(Voucher.unscoped.get(company=trade.world.company, kind="SALES").voucher_date) == "2026-01-02"


def test_a_closed_period_takes_nothing_and_the_next_one_does(trade: Trade) -> None:
    invoice = trade.invoice()
    trade.world.decide(hard_lock_date="2025-12-31")
    refused = post(trade, invoice)
    assert (refused.status, refused.body["code"]) == (409, "period-closed")
    assert (refused.body["date"], refused.body["lock"]) == (DAY, "hard_lock_date")
    assert post(trade, invoice, {"posting_date": "2026-01-01"}).status == 200


def test_an_invoice_in_a_currency_without_a_rate_is_not_booked_one_to_one(trade: Trade) -> None:
    found_company(
        code=f"USD-{trade.world.company.code}"[:20], name="Makes the dollar known", now=timezone.now(), currency_code="USD"
    )
    line = [{"item_id": trade.item()["id"], "quantity": 1, "unit_rate": "10"}]
    invoice = trade.invoice(trade.confirmed(line, currency_id="USD"))
    assert invoice["currency_code"] == "USD"
    refused = post(trade, invoice)
    assert (refused.status, refused.body["code"]) == (409, "no-exchange-rate")
    assert (refused.body["currency"], refused.body["date"]) == ("USD", DAY)


# ── Preview ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_previews_voucher_and_layers_and_burns_no_number(trade: Trade) -> None:
    item = trade.item(stock="0")["id"]
    trade.opening(item, "6", "60")
    trade.opening(item, "6", "70")
    invoice = trade.invoice(trade.confirmed([{"item_id": item, "quantity": 10}]))
    before = NumberSeries.unscoped.get(company=trade.world.company, series="JV").last_number
    preview = post(trade, invoice, query="?dry_run=true&expand=voucher,stock")
    assert (preview.status, preview.body["dry_run"], preview.body["voucher_number"]) == (
        200,
        True,
        f"JV-2025-{before + 1:05d}",
    )
    assert [(one["role"], one["debit"], one["credit"]) for one in preview.body["entries"]] == [
        ("RECEIVABLE", "1180.00", "0.00"),
        ("SALES", "0.00", "1000.00"),
        ("OUTPUT_CGST", "0.00", "90.00"),
        ("OUTPUT_SGST", "0.00", "90.00"),
        ("COGS", "640.00", "0.00"),
        ("INVENTORY", "0.00", "640.00"),
    ]
    assert [(one["quantity"], one["cost"]) for one in preview.body["layers"]] == [("6.000", "360.00"), ("4.000", "280.00")]
    assert NumberSeries.unscoped.get(company=trade.world.company, series="JV").last_number == before
    assert not OutboxEvent.unscoped.filter(company=trade.world.company, type="invoice_posted").exists()
    assert trade.get(f"/api/invoices/{invoice['id']}/").body == invoice
    done = post(trade, invoice, query="?expand=voucher,stock").body
    assert done["voucher_number"] == preview.body["voucher_number"]
    shown = [(one["account_code"], one["debit"], one["credit"]) for one in preview.body["entries"]]
    assert [(one["account_code"], one["debit"], one["credit"]) for one in done["entries"]] == shown
    assert done["layers"] == preview.body["layers"]


def test_costs_are_shown_to_those_who_may_see_them(trade: Trade) -> None:
    path = f"/api/invoices/{trade.posted()['id']}/"
    for role, sees in ((Role.ACCOUNTANT, True), (Role.VIEWER, True), (Role.SALES_MANAGER, False), (Role.PICKER, False)):
        (layer,) = trade.get(f"{path}?expand=stock", role=role).body["layers"]
        assert ("cost" in layer) == sees, role
        legs = trade.get(f"{path}?expand=voucher", role=role)
        assert legs.status == (200 if sees else 403), role
    buyer = trade.get(f"{path}?expand=stock", role=Role.PURCHASE_MANAGER).body["layers"][0]
    assert buyer["cost"] == "600.00"
    unknown = trade.get(f"{path}?expand=voucher,lines")
    assert (unknown.status, list(unknown.body["fields"])) == (400, ["expand"])


def test_a_bug_says_that_posting_failed_and_nothing_else(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = trade.invoice()
    monkeypatch.setattr("invoices.posting.post_documents", lambda *_, **__: 1 / 0)
    answer = post(trade, invoice)
    assert (answer.status, answer.body["error"], answer.body["code"]) == (500, "Posting failed", "internal")
    assert answer.body.keys() == {"error", "code", "request_id"}
    assert Invoice.unscoped.get(id=invoice["id"]).status == "DRAFT"
