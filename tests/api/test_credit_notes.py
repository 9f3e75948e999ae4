"""Credit notes over HTTP: goods back and less to pay, drafts, open credit applied elsewhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from accounting.models import LedgerEntry
from erp.models import OutboxEvent
from erp.rights import Role
from inventory.models import StockLayer
from invoices.credits import HasCreditNotes
from invoices.reversing import reverse_invoice
from tests.api.routes import NOBODY
from tests.builders import Answer, World
from tests.trade import DAY, Trade

PATH = "/api/invoices/credit_notes/"
NOTED = "2026-01-05"


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world, role=Role.ACCOUNTANT)
    Trade(world).registration()
    return made


def credit(trade: Trade, invoice: Any, *lines: tuple[str, str], query: str = "", **changes: Any) -> Answer:
    """A credit note of quantities of the invoice's lines, the goods coming back."""
    body = {"credit_date": NOTED, "reason": "SALES_RETURN"} | changes
    if lines:
        body["lines"] = [{"line": line, "quantity": quantity} for line, quantity in lines]
    return trade.post(f"/api/invoices/{invoice['id']}/credit_note/{query}", body)


def credited(trade: Trade, invoice: Any, *lines: tuple[str, str], **changes: Any) -> Any:
    answer = credit(trade, invoice, *lines, **changes)
    assert answer.status == 201, answer.raw
    return answer.body


def invoice_now(trade: Trade, invoice: Any) -> Any:
    return trade.get(f"/api/invoices/{invoice['id']}/").body


def line_of(invoice: Any) -> str:
    return str(invoice["lines"][0]["id"])


def reverse(trade: Trade, invoice: Any) -> None:
    reverse_invoice(
        invoice_id=UUID(invoice["id"]),
        actor=trade.world.actor(Role.ACCOUNTANT),
        reason="by mistake",
        reversal_date=None,
        today=date(2026, 1, 5),
        now=timezone.now(),
    )


def kinds(trade: Trade) -> list[str]:
    events = OutboxEvent.unscoped.filter(company=trade.world.company).order_by("id")
    return list(events.values_list("type", flat=True))


def test_goods_come_back_at_their_cost_and_the_invoice_is_settled(trade: Trade) -> None:
    invoice = trade.posted()
    answer = credit(trade, invoice, (line_of(invoice), "2.000"))
    assert answer.status == 201, answer.raw
    note = answer.body
    assert answer.headers["Location"] == f"{PATH}{note['id']}/"
    expected = {
        "credit_note_number": "CN-2025-00001",
        "credit_date": NOTED,
        "invoice": invoice["id"],
        "invoice_number": "INV-2025-00001",
        "invoice_date": DAY,
        "invoice_type": "SALES",
        "party": invoice["party"],
        "party_name": "Customer Name",
        "status": "POSTED",
        "reason": "SALES_RETURN",
        "return_stock": True,
        "currency_code": "INR",
        "subtotal": "190.00",
        "tax_amount": "34.20",
        "round_off": "0.00",
        "total_value": "224.20",
        "amount_applied": "224.20",
        "unapplied_amount": "0.00",
        "voucher_number": "JV-2025-00003",
    }
    assert {name: note[name] for name in expected} == expected
    (line,) = note["lines"]
    assert [line[name] for name in ("line", "quantity", "line_total", "tax_amount", "returned_qty")] == [
        line_of(invoice), "2.000", "190.00", "34.20", "2.000"
    ]  # fmt: skip
    assert trade.get(f"{PATH}{note['id']}/").body == note
    legs = LedgerEntry.unscoped.filter(company=trade.world.company, voucher__kind="CREDIT_NOTE").order_by("line_no")
    assert [(leg.role, str(leg.debit), str(leg.credit)) for leg in legs] == [
        ("SALES_RETURNS", "190.00", "0.00"),
        ("OUTPUT_CGST", "17.10", "0.00"),
        ("OUTPUT_SGST", "17.10", "0.00"),
        ("RECEIVABLE", "0.00", "224.20"),
        ("INVENTORY", "120.00", "0.00"),
        ("COGS", "0.00", "120.00"),
    ]
    layer = StockLayer.unscoped.get(company=trade.world.company)
    assert (str(layer.quantity_left), str(layer.value_left)) == ("12.000", "720.00")
    shown = invoice_now(trade, invoice)
    assert (shown["status"], shown["amount_received"], shown["outstanding_amount"]) == ("PARTIALLY_PAID", "224.20", "896.80")
    assert shown["amount_credited"] == "224.20"
    assert [one["credit_note"] for one in shown["credit_notes"]] == [note["id"]]
    assert kinds(trade)[-2:] == ["credit_note_posted", "invoice_updated"]
    trade.holds_the_law()


def test_without_lines_all_that_is_left_is_credited_to_the_paisa(trade: Trade) -> None:
    invoice = trade.posted(trade.confirmed([{"item_id": trade.item()["id"], "quantity": "3", "unit_rate": "33.3333"}]))
    parts = [credited(trade, invoice, (line_of(invoice), "1")) for _ in range(2)]
    rest = credited(trade, invoice)
    assert [one["subtotal"] for one in (*parts, rest)] == ["33.33", "33.34", "33.33"]
    assert [one["tax_amount"] for one in (*parts, rest)] == ["6.00", "6.00", "6.00"]
    assert invoice_now(trade, invoice)["status"] == "PAID"
    assert kinds(trade)[-2:] == ["credit_note_posted", "invoice_paid"]
    refused = credit(trade, invoice)
    assert (refused.status, refused.body["code"]) == (409, "quantity-exceeds-invoice")
    trade.holds_the_law()


def test_a_lower_price_moves_no_goods(trade: Trade) -> None:
    invoice = trade.posted()
    line = {"line": line_of(invoice), "amount": "50.00"}
    note = credited(trade, invoice, reason="PRICE_REDUCTION", lines=[line])
    assert (note["subtotal"], note["tax_amount"], note["return_stock"]) == ("50.00", "9.00", False)
    assert (note["lines"][0]["quantity"], note["lines"][0]["returned_qty"]) == (None, "0.000")
    # What comes back later has the lower price.
    rest = credited(trade, invoice)
    assert (rest["subtotal"], rest["tax_amount"], rest["lines"][0]["returned_qty"]) == ("900.00", "162.00", "10.000")
    trade.holds_the_law()


def test_goods_that_stay_there_are_credited_without_stock(trade: Trade) -> None:
    invoice = trade.posted()
    note = credited(trade, invoice, (line_of(invoice), "1"), return_stock=False)
    assert note["lines"][0]["returned_qty"] == "0.000"
    assert str(StockLayer.unscoped.get(company=trade.world.company).quantity_left) == "10.000"
    trade.holds_the_law()


def test_what_exceeds_the_invoice_is_named_line_by_line(trade: Trade) -> None:
    invoice = trade.posted()
    credited(trade, invoice, (line_of(invoice), "8"))
    refused = credit(trade, invoice, (line_of(invoice), "2.001"))
    assert (refused.status, refused.body["code"]) == (409, "quantity-exceeds-invoice")
    assert refused.body["lines"] == [{"line": line_of(invoice), "line_no": 1, "wanted": "2.001", "left": "2.000"}]
    refused = credit(trade, invoice, lines=[{"line": line_of(invoice), "amount": "190.01"}])
    assert [(one["wanted"], one["left"]) for one in refused.body["lines"]] == [("190.01", "190.00")]


def test_refusals(trade: Trade) -> None:
    draft = trade.invoice()
    refused = credit(trade, draft)
    assert (refused.status, refused.body["code"], refused.body["status"]) == (409, "wrong-state", "DRAFT")
    trade.done(f"/api/invoices/{draft['id']}/post_voucher/")
    early = credit(trade, draft, credit_date="2025-12-25")
    assert (early.status, list(early.body["fields"])) == (400, ["credit_date"])
    unknown = credit(trade, draft, (NOBODY, "1"))
    assert (unknown.status, unknown.body["fields"]) == (404, {"lines": [{"line": ["Invoice line not found"]}]})
    line = {"line": line_of(draft)}
    for lines in (
        [line],
        [line | {"quantity": "1", "amount": "1"}],
        [line | {"quantity": "1"}] * 2,
        [line | {"quantity": "0"}],
    ):
        assert credit(trade, draft, lines=lines).status == 400
    assert credit(trade, draft, reason="BAD_MOOD").status == 400
    elsewhere = credit(trade, draft, warehouse_id=NOBODY)
    assert (elsewhere.status, list(elsewhere.body["fields"])) == (404, ["warehouse_id"])
    assert credit(trade, draft, warehouse="x").body["code"] == "unknown-field"
    assert credit(trade, {"id": NOBODY}).status == 404
    stale = trade.post(f"/api/invoices/{draft['id']}/credit_note/", {"reason": "OTHER"}, headers={"If-Match": '"1"'})
    assert stale.status == 412
    trade.world.decide(hard_lock_date=NOTED)
    assert credit(trade, draft).body["code"] == "period-closed"
    assert trade.get(PATH).body == []


def test_another_companys_invoice_and_note_do_not_exist_and_viewers_may_not(trade: Trade, other_world: World) -> None:
    invoice = trade.posted()
    note = credited(trade, invoice, (line_of(invoice), "1"), post=False)
    stranger = Trade(other_world)
    assert credit(stranger, invoice).status == 404
    for act, body in (("post_voucher/", {}), ("cancel/", {}), ("apply/", {"invoice_id": invoice["id"], "amount": "1"})):
        assert stranger.post(f"{PATH}{note['id']}/{act}", body).status == 404
        assert trade.post(f"{PATH}{note['id']}/{act}", body, role=Role.VIEWER).status == 403
    assert stranger.get(f"{PATH}{note['id']}/").status == 404
    assert trade.get(f"{PATH}{note['id']}/", role=Role.VIEWER).status == 200
    assert credit(Trade(trade.world, role=Role.VIEWER), invoice).status == 403


def test_the_same_key_credits_once_and_a_dry_run_nothing(trade: Trade) -> None:
    invoice = trade.posted()
    tried = credit(trade, invoice, (line_of(invoice), "1"), query="?dry_run=true")
    assert (tried.status, tried.body["credit_note_number"], tried.body["id"]) == (201, "CN-2025-00001", None)
    assert invoice_now(trade, invoice) == invoice
    body = {"reason": "SALES_RETURN", "credit_date": NOTED, "lines": [{"line": line_of(invoice), "quantity": "1"}]}
    path, key = f"/api/invoices/{invoice['id']}/credit_note/", {"Idempotency-Key": "once"}
    first, again = (trade.post(path, body, headers=key) for _ in range(2))
    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (201, first.body, "true")
    assert len(trade.get(PATH).body) == 1
    trade.holds_the_law()


def test_a_dry_run_previews_the_legs_and_the_layers_that_get_their_goods_back(trade: Trade) -> None:
    item = trade.item(stock="6", unit_cost="60")
    trade.opening(item["id"], "9", "70.01", date="2025-12-02")
    invoice = trade.posted(trade.confirmed([{"item_id": item["id"], "quantity": "10"}]))
    lines = (line_of(invoice), "5")  # the warehouse may be left out, be null, or be named
    null = credit(trade, invoice, lines, query="?dry_run=true", warehouse_id=None)
    named = credit(
        trade, invoice, lines, query="?dry_run=true", warehouse_id=trade.get("/api/inventory/warehouses/").body[0]["id"]
    )
    assert [null.status, named.status] == [201, 201]
    tried = credit(trade, invoice, lines, query="?dry_run=true&expand=voucher,stock").body
    # The latest layer's four pieces first, then one of the first layer's.
    assert [(one["quantity"], one["cost"]) for one in tried["layers"]] == [("-1.000", "-60.00"), ("-4.000", "-280.04")]
    cost = [leg for leg in tried["entries"] if leg["role"] == "INVENTORY"]
    assert [leg["debit"] for leg in cost] == ["340.04"]
    done = credit(trade, invoice, lines, query="?expand=voucher,stock").body
    assert done["layers"] == tried["layers"]
    draft = credited(trade, invoice, post=False)
    posting = trade.post(f"{PATH}{draft['id']}/post_voucher/?dry_run=true&expand=voucher,stock").body
    assert [(one["quantity"], one["cost"]) for one in posting["layers"]] == [("-5.000", "-300.00")]
    assert trade.get(f"{PATH}{draft['id']}/?expand=voucher,stock").body["entries"] == []


def test_an_invoice_with_credit_notes_is_not_reversed(trade: Trade) -> None:
    invoice = trade.posted()
    notes = []
    for post in (False, True):
        notes.append(UUID(credited(trade, invoice, (line_of(invoice), "1"), post=post)["id"]))
        with pytest.raises(HasCreditNotes) as refused:
            reverse(trade, invoice)
        assert refused.value.data == {"credit_notes": notes}


def test_a_cancelled_draft_leaves_nothing_in_the_way_of_a_reversal(trade: Trade) -> None:
    invoice = trade.posted()
    draft = credited(trade, invoice, (line_of(invoice), "1"), post=False)
    trade.done(f"{PATH}{draft['id']}/cancel/")
    reverse(trade, invoice)
    refused = credit(trade, invoice)
    assert (refused.status, refused.body["code"], refused.body["status"]) == (409, "wrong-state", "CANCELLED")
    trade.holds_the_law()


def test_what_has_no_price_left_is_credited_with_nothing_but_its_goods(trade: Trade) -> None:
    invoice = trade.posted()
    credited(trade, invoice, lines=[{"line": line_of(invoice), "amount": "950.00"}], reason="PRICE_REDUCTION")
    for returns, legs in ((True, ["INVENTORY", "COGS"]), (False, [])):
        note = credited(trade, invoice, (line_of(invoice), "4"), return_stock=returns)
        assert (note["total_value"], note["lines"][0]["returned_qty"]) == ("0.00", "4.000" if returns else "0.000")
        booked = trade.get(f"{PATH}{note['id']}/?expand=voucher").body["entries"]
        assert [leg["role"] for leg in booked] == legs
    trade.holds_the_law()


def test_a_draft_takes_its_part_is_posted_once_and_another_is_cancelled(trade: Trade) -> None:
    invoice = trade.posted()
    draft = credited(trade, invoice, (line_of(invoice), "6"), post=False)
    other = credited(trade, invoice, post=False)
    assert (draft["status"], draft["voucher"], other["lines"][0]["quantity"]) == ("DRAFT", None, "4.000")
    assert invoice_now(trade, invoice)["status"] == "POSTED"
    assert kinds(trade)[-1] == "invoice_posted"
    cancelled = trade.done(f"{PATH}{other['id']}/cancel/", {"reason": "not so many"})
    assert (cancelled["status"], cancelled["credit_note_number"]) == ("CANCELLED", "CN-2025-00002")
    assert trade.done(f"{PATH}{other['id']}/cancel/") == cancelled
    refused = trade.post(f"{PATH}{other['id']}/post_voucher/")
    assert (refused.status, refused.body["code"]) == (409, "wrong-state")
    early = trade.post(f"{PATH}{draft['id']}/post_voucher/", {"posting_date": DAY})
    assert (early.status, list(early.body["fields"])) == (400, ["posting_date"])
    posted = trade.done(f"{PATH}{draft['id']}/post_voucher/", {"posting_date": "2026-01-07"})
    assert (posted["voucher_number"], posted["status"]) == ("JV-2025-00003", "POSTED")
    again = trade.done(f"{PATH}{draft['id']}/post_voucher/")
    assert again == posted | {"message": "Credit note already posted"}
    refused = trade.post(f"{PATH}{draft['id']}/cancel/")
    assert (refused.status, refused.body["status"]) == (409, "POSTED")
    assert credited(trade, invoice)["lines"][0]["quantity"] == "4.000"
    assert kinds(trade)[-1] == "invoice_paid"
    trade.holds_the_law()


def test_open_credit_settles_another_invoice(trade: Trade) -> None:
    item, customer = trade.item(stock="50"), trade.customer()
    lines = [{"item_id": item["id"], "quantity": "1"}]
    first, second = (trade.posted(trade.confirmed(lines, customer_id=customer["id"])) for _ in range(2))
    trade.pay(first, "100.00")
    note = credited(trade, first)
    assert (note["amount_applied"], note["unapplied_amount"]) == ("18.00", "100.00")
    assert trade.get(f"{PATH}?unapplied=true").body[0]["id"] == note["id"]
    path = f"{PATH}{note['id']}/apply/"
    over = trade.post(path, {"invoice_id": second["id"], "amount": "100.01"})
    assert (over.status, over.body["code"], over.body["left"]) == (409, "allocation-exceeds-credit", "100.00")
    over = trade.post(path, {"invoice_id": first["id"], "amount": "1.00"})
    assert (over.status, over.body["code"], over.body["left"]) == (409, "allocation-exceeds-outstanding", "0.00")
    foreign = trade.posted(trade.confirmed(lines, customer_id=trade.customer(name="Somebody Else")["id"]))
    refused = trade.post(path, {"invoice_id": foreign["id"], "amount": "1.00"})
    assert (refused.status, list(refused.body["fields"])) == (400, ["invoice_id"])
    unknown = trade.post(path, {"invoice_id": NOBODY, "amount": "1.00"})
    assert (unknown.status, unknown.body["fields"]) == (404, {"invoice_id": ["Invoice not found"]})
    allocation = trade.made(path, {"invoice_id": second["id"], "amount": "60.00"})
    assert (allocation["invoice_status"], allocation["invoice_outstanding"]) == ("PARTIALLY_PAID", "58.00")
    assert kinds(trade)[-1] == "invoice_updated"
    shown = trade.get(f"{PATH}{note['id']}/").body
    assert (shown["unapplied_amount"], len(shown["allocations"])) == ("40.00", 2)
    # All that was received, the credit too, counts on a day of the past.
    as_of = trade.get("/api/invoices/outstanding/?as_of=2199-01-01").body
    assert {row["id"]: row["outstanding_amount"] for row in as_of}[second["id"]] == "58.00"
    trade.holds_the_law()


def test_a_draft_settles_nothing(trade: Trade) -> None:
    invoice = trade.posted()
    draft = credited(trade, invoice, (line_of(invoice), "1"), post=False)
    refused = trade.post(f"{PATH}{draft['id']}/apply/", {"invoice_id": invoice["id"], "amount": "1.00"})
    assert (refused.status, refused.body["code"], refused.body["status"]) == (409, "wrong-state", "DRAFT")


def test_tax_is_reduced_late_with_a_warning(trade: Trade) -> None:
    invoice = trade.posted()
    in_time = credited(trade, invoice, (line_of(invoice), "1"), credit_date="2026-11-30")
    late = credited(trade, invoice, (line_of(invoice), "1"), credit_date="2026-12-01")
    assert "warnings" not in in_time
    assert [one["code"] for one in late["warnings"]] == ["late-tax-reduction"]
    assert (in_time["credit_note_number"], late["credit_note_number"]) == ("CN-2026-00001", "CN-2026-00002")


def test_those_who_credit_at_once_never_credit_too_much(trade: Trade) -> None:
    invoice = trade.posted()
    token = trade.world.token(Role.ACCOUNTANT)
    body = {"reason": "SALES_RETURN", "credit_date": NOTED, "lines": [{"line": line_of(invoice), "quantity": "4"}]}
    path = f"/api/invoices/{invoice['id']}/credit_note/"

    def one(_: int) -> int:
        try:
            return trade.world.send("POST", path, body, role=Role.ACCOUNTANT, Authorization=f"Bearer {token}").status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [201, 201, 409, 409]
    trade.holds_the_law()


def test_the_list_is_newest_first_and_every_filter_works(trade: Trade) -> None:
    invoice = trade.posted()
    for day, post in (("2026-01-05", True), ("2026-01-07", False), ("2026-01-06", True)):
        credited(trade, invoice, (line_of(invoice), "1"), credit_date=day, post=post)

    def days(query: str = "") -> list[str]:
        answer = trade.get(f"{PATH}?{query}")
        assert answer.status == 200, answer.raw
        return [row["credit_date"][-1] for row in answer.body]

    assert days() == ["7", "6", "5"]
    assert days("status=POSTED") == ["6", "5"]
    assert days("start_date=2026-01-06&end_date=2026-01-06") == ["6"]
    assert days(f"party={invoice['party']}&invoice={invoice['id']}&invoice_type=SALES") == ["7", "6", "5"]
    assert days(f"invoice={NOBODY}") == days("invoice_type=PURCHASE") == days("unapplied=true") == []


def test_the_detail_expands_to_the_voucher_for_the_books(trade: Trade) -> None:
    note = credited(trade, trade.posted())
    path = f"{PATH}{note['id']}/?expand=voucher"
    assert len(trade.get(path, role=Role.VIEWER).body["entries"]) == 6
    assert trade.get(path, role=Role.PICKER).status == 403
