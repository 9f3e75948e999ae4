"""Invoices over HTTP as the books see them: lists, what is outstanding, details, and what may still change."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from erp.clock import day_in
from erp.models import OutboxEvent
from erp.rights import Role
from invoices.reversing import reverse_invoice
from tests.api.routes import NOBODY
from tests.builders import World, item_body
from tests.trade import Trade

PATH = "/api/invoices/"
SEED_ROW_KEYS = {
    "id", "invoice_number", "invoice_date", "due_date", "party_name", "invoice_type", "status", "currency_code",
    "total_value", "amount_received", "outstanding_amount", "created_at",
}  # fmt: skip
OUR_ROW_KEYS = {"party", "is_overdue", "display_status"}


@pytest.fixture
def trade(world: World) -> Trade:
    return Trade(world)


@pytest.fixture
def five(trade: Trade) -> dict[str, Any]:
    """A draft, a cancelled, a posted, a partly paid and a paid invoice, of one a day; the first two customers alternate."""
    item = trade.item(stock="100")["id"]
    parties = [trade.customer(name=name)["id"] for name in ("Alpha Stores", "Beta & Sons")]
    made: dict[str, Any] = {}
    for number, state in enumerate(["DRAFT", "CANCELLED", "POSTED", "PARTIALLY_PAID", "PAID"]):
        order = trade.confirmed([{"item_id": item, "quantity": 1}], customer_id=parties[number % 2])
        invoice = trade.invoice(order, invoice_date=f"2025-12-0{number + 1}")
        if state == "CANCELLED":
            trade.done(f"{PATH}{invoice['id']}/cancel/")
        elif state != "DRAFT":
            trade.done(f"{PATH}{invoice['id']}/post_voucher/")
        if state == "PARTIALLY_PAID":
            trade.pay(invoice, "40.00", payment_date="2025-12-20")
        if state == "PAID":
            trade.pay(invoice, "100.00", payment_date="2025-12-20")
        made[state] = trade.get(f"{PATH}{invoice['id']}/").body
    return made


def states(trade: Trade, query: str, path: str = PATH) -> list[str]:
    answer = trade.get(f"{path}?{query}")
    assert answer.status == 200, answer.raw
    return [row["status"] for row in answer.body]


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_have_the_keys_of_the_quick_reference_newest_first(trade: Trade, five: dict[str, Any]) -> None:
    rows = trade.get(PATH, role=Role.PICKER).body
    assert rows[0].keys() == SEED_ROW_KEYS | OUR_ROW_KEYS
    assert [row["status"] for row in rows] == ["PAID", "PARTIALLY_PAID", "POSTED", "CANCELLED", "DRAFT"]
    shown = {name: rows[1][name] for name in ("total_value", "amount_received", "outstanding_amount", "party_name")}
    assert shown == {
        "total_value": "100.00",
        "amount_received": "40.00",
        "outstanding_amount": "60.00",
        "party_name": "Beta & Sons",
    }
    assert {name: five["POSTED"][name] for name in rows[2]} == rows[2]


def test_every_filter_of_the_list_works(trade: Trade, five: dict[str, Any]) -> None:
    beta, order = five["CANCELLED"]["party"], five["DRAFT"]["sales_order"]
    assert states(trade, "status=DRAFT") == ["DRAFT"]
    assert states(trade, "status=PAID&status=DRAFT") == ["PAID", "DRAFT"]
    assert states(trade, "status=OVERDUE") == ["PARTIALLY_PAID", "POSTED"]
    assert states(trade, "status=OVERDUE&status=PAID") == ["PAID", "PARTIALLY_PAID", "POSTED"]
    assert states(trade, "status=POSTING") == []
    assert states(trade, "invoice_type=PURCHASE") == []
    assert len(states(trade, "invoice_type=SALES")) == 5
    assert states(trade, f"party={beta}") == ["PARTIALLY_PAID", "CANCELLED"]
    assert states(trade, f"party={NOBODY}") == []
    assert states(trade, "start_date=2025-12-02&end_date=2025-12-03") == ["POSTED", "CANCELLED"]
    assert states(trade, f"order={order}") == ["DRAFT"]
    assert states(trade, "overdue=true") == ["PARTIALLY_PAID", "POSTED"]
    assert states(trade, "overdue=false") == ["PAID", "CANCELLED", "DRAFT"]
    assert len(states(trade, "fulfilment_status=INVOICED&billing_status=BILLED")) == 5
    assert states(trade, "fulfilment_status=PICKING") == []
    assert states(trade, "search=alpha") == ["PAID", "POSTED", "DRAFT"]
    assert states(trade, "search=INV-2025-00003") == ["POSTED"]


@pytest.mark.parametrize(
    "query", ["status=OPEN", "invoice_type=BOTH", "party=1", "start_date=x", "overdue=yes", "order=x", "cursor=x"]
)
def test_a_bad_filter_is_named(trade: Trade, query: str) -> None:
    answer = trade.get(f"{PATH}?{query}")
    assert (answer.status, answer.body["code"], list(answer.body["fields"])) == (
        400,
        "validation",
        [query.partition("=")[0]],
    )


# ── Outstanding ──────────────────────────────────────────────────────────────────────────────────────────────────────

OUTSTANDING = f"{PATH}outstanding/"


def test_outstanding_is_what_is_posted_and_not_paid(trade: Trade, five: dict[str, Any]) -> None:
    rows = trade.get(OUTSTANDING).body
    assert rows[0].keys() == SEED_ROW_KEYS | OUR_ROW_KEYS
    assert [(row["status"], row["outstanding_amount"]) for row in rows] == [
        ("PARTIALLY_PAID", "60.00"),
        ("POSTED", "100.00"),
    ]
    assert states(trade, f"party={five['POSTED']['party']}", OUTSTANDING) == ["POSTED"]
    assert states(trade, "start_date=2025-12-04", OUTSTANDING) == ["PARTIALLY_PAID"]
    assert states(trade, "end_date=2025-12-03&invoice_type=SALES", OUTSTANDING) == ["POSTED"]
    assert states(trade, "invoice_type=PURCHASE", OUTSTANDING) == []
    assert trade.get(f"{OUTSTANDING}?status=PAID").body["code"] == "unknown-parameter"


def test_outstanding_as_of_a_day_is_what_was_open_then(trade: Trade, five: dict[str, Any]) -> None:
    then = trade.get(f"{OUTSTANDING}?as_of=2025-12-19").body
    assert [(row["invoice_date"], row["status"], row["outstanding_amount"]) for row in then] == [
        ("2025-12-05", "POSTED", "100.00"),
        ("2025-12-04", "POSTED", "100.00"),
        ("2025-12-03", "POSTED", "100.00"),
    ]
    assert not any(row["is_overdue"] for row in then)
    after = trade.get(f"{OUTSTANDING}?as_of=2025-12-20").body
    assert [(row["status"], row["amount_received"]) for row in after] == [("PARTIALLY_PAID", "40.00"), ("POSTED", "0.00")]
    assert states(trade, "as_of=2025-12-03", OUTSTANDING) == ["POSTED"]
    assert states(trade, "as_of=2025-12-02", OUTSTANDING) == []
    assert states(trade, "as_of=2026-01-03&overdue=true", OUTSTANDING) == ["POSTED"]
    bad = trade.get(f"{OUTSTANDING}?as_of=then")
    assert (bad.status, list(bad.body["fields"])) == (400, ["as_of"])


def test_what_was_reversed_was_open_until_then(trade: Trade) -> None:
    invoice = trade.posted()
    reverse_invoice(
        invoice_id=UUID(invoice["id"]),
        actor=trade.world.actor(Role.ACCOUNTANT),
        reason="It should never have been",
        reversal_date=date(2026, 1, 15),
        today=date(2026, 1, 15),
        now=timezone.now(),
    )
    assert states(trade, "", OUTSTANDING) == []
    assert states(trade, "as_of=2026-01-14", OUTSTANDING) == ["POSTED"]
    assert states(trade, "as_of=2026-01-15", OUTSTANDING) == []


def test_an_invoice_is_overdue_on_the_day_after_its_due_date(trade: Trade) -> None:
    today = day_in(trade.world.company.timezone, timezone.now())
    item = trade.item()["id"]
    invoice = trade.posted(trade.confirmed([{"item_id": item, "quantity": 1}]), due_date=today.isoformat())
    assert (invoice["is_overdue"], invoice["display_status"]) == (False, "POSTED")
    trade.patch(f"{PATH}{invoice['id']}/", {"due_date": (today - timedelta(days=1)).isoformat()})
    late = trade.get(f"{PATH}{invoice['id']}/").body
    assert (late["is_overdue"], late["display_status"], late["status"]) == (True, "OVERDUE", "POSTED")
    trade.pay(invoice, invoice["total_value"])
    paid = trade.get(f"{PATH}{invoice['id']}/").body
    assert (paid["is_overdue"], paid["display_status"]) == (False, "PAID")


# ── Imported documents ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_imported_invoice_is_the_same_document(trade: Trade) -> None:
    items = [item_body(quantity=quantity, mrp=mrp) for quantity, mrp in ((10, 455), (5, 1250), (3, 950))]
    trade.world.import_invoice(invoice_no="A-1", Total="8725.00", items=items)
    wanted = trade.world.invoice("A-1").id
    draft = trade.get(f"{PATH}{wanted}/").body
    assert (draft["invoice_number"], draft["status"], draft["party_name"]) == ("A-1", "DRAFT", "LifeCare Pharmacy")
    assert (draft["total_value"], draft["currency_code"], draft["due_date"]) == ("8725.00", "INR", None)
    assert draft["lines"][0]["item"] is None
    trade.done(f"{PATH}{wanted}/post_voucher/")
    posted = trade.get(f"{PATH}{wanted}/").body
    assert (posted["status"], posted["subtotal"], posted["due_date"]) == ("POSTED", "8725.00", "2026-02-22")
    assert [line["line_total"] for line in posted["lines"]] == ["2908.33", "3994.97", "1821.70"]
    assert [line["allocated_discount"] for line in posted["lines"]] == ["1641.67", "2255.03", "1028.30"]
    warehouse = trade.get(f"/api/sales/invoices/{wanted}/").body
    assert (warehouse["invoice_no"], warehouse["status"], warehouse["Total"]) == ("A-1", "INVOICED", "8725.00")


# ── What may still change ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_changes_its_texts_and_its_due_date(trade: Trade) -> None:
    invoice = trade.invoice()
    changes = {"due_date": "2026-03-01", "billing_address": "b", "shipping_address": "s", "notes": "n"}
    answer = trade.patch(f"{PATH}{invoice['id']}/", changes, role=Role.ACCOUNTANT)
    assert answer.status == 200, answer.raw
    assert {name: answer.body[name] for name in changes} == changes
    assert (answer.body["version"], answer.headers["ETag"]) == (2, '"2"')
    (event,) = OutboxEvent.unscoped.filter(company=trade.world.company, type="invoice_updated")
    assert '"changed":["billing_address","due_date","notes","shipping_address"]' in event.payload
    assert trade.patch(f"{PATH}{invoice['id']}/", changes).body == answer.body


def test_a_posted_invoice_changes_only_notes_and_due_date(trade: Trade) -> None:
    invoice = trade.posted()
    path = f"{PATH}{invoice['id']}/"
    assert trade.patch(path, {"notes": "n", "due_date": "2026-03-01"}).status == 200
    refused = trade.patch(path, {"notes": "m", "billing_address": "b"})
    assert (refused.status, refused.body["code"], list(refused.body["fields"])) == (409, "wrong-state", ["billing_address"])
    assert trade.get(path).body["notes"] == "n"


def test_cancelling_a_draft_gives_the_quantities_back_and_keeps_the_number(trade: Trade) -> None:
    order = trade.confirmed()
    invoice = trade.invoice(order)
    answer = trade.post(f"{PATH}{invoice['id']}/cancel/", {"reason": "Wrong customer"}, role=Role.ACCOUNTANT)
    assert answer.status == 200, answer.raw
    assert (answer.body["status"], answer.body["cancel_reason"]) == ("CANCELLED", "Wrong customer")
    back = trade.get(f"/api/orders/sales/{order['id']}/").body
    assert (back["status"], back["items"][0]["invoiced_qty"]) == ("CONFIRMED", "0.000")
    assert back["items"][0]["reserved_qty"] == "10.000"
    assert OutboxEvent.unscoped.filter(company=trade.world.company, type="invoice_cancelled").count() == 1
    again = trade.post(f"{PATH}{invoice['id']}/cancel/", {"reason": "Other words"})
    assert (again.status, again.body) == (200, answer.body)
    assert trade.invoice(order)["invoice_number"] == "INV-2025-00002"
    refused = trade.patch(f"{PATH}{invoice['id']}/", {"notes": "x"})
    assert (refused.status, refused.body["code"]) == (409, "wrong-state")


def test_the_order_stays_in_progress_while_another_invoice_is_live(trade: Trade) -> None:
    order = trade.confirmed()
    line = order["items"][0]["id"]
    trade.posted(order, partial_allowed=True, lines=[{"order_item": line, "quantity": "3"}])
    rest = trade.invoice(order)
    trade.done(f"{PATH}{rest['id']}/cancel/")
    back = trade.get(f"/api/orders/sales/{order['id']}/").body
    assert (back["status"], back["items"][0]["invoiced_qty"]) == ("IN_PROGRESS", "3.000")


def test_what_is_posted_or_in_hand_is_not_cancelled(trade: Trade) -> None:
    posted = trade.posted()
    refused = trade.post(f"{PATH}{posted['id']}/cancel/")
    assert (refused.status, refused.body["code"], refused.body["status"]) == (409, "use-credit-note", "POSTED")
    trade.world.import_invoice(invoice_no="A-1")
    trade.world.put_invoice("A-1", fulfilment_status="PICKING")
    refused = trade.post(f"{PATH}{trade.world.invoice('A-1').id}/cancel/")
    assert (refused.status, refused.body["code"]) == (409, "in-fulfilment")
