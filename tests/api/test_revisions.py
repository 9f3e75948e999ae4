"""Outside billing sends a posted invoice again: the books are corrected in the same transaction."""

import json
from typing import Any

import pytest

from accounting.models import LedgerEntry, Voucher
from erp.models import OutboxEvent
from invoices.models import Invoice, InvoiceItem, InvoiceRevision
from tests.builders import Answer, World, item_body, send
from tests.observing import audit_of, rows_of
from tests.trade import DAY, Trade

NUMBER = "B-1"
LATER = "2025-12-28"
NEAR = {"code": "N-1", "name": "Near"}
OTHER = {"code": "O-1", "name": "Other"}


@pytest.fixture
def trade(world: World) -> Trade:
    """20 pieces of SKU001 at 60.00 in stock; 5 of them billed at 100.00, and posted."""
    trade = Trade(world)
    trade.item(stock="20")
    bill(trade)
    trade.done(f"/api/invoices/{world.invoice(NUMBER).id}/post_voucher/")
    return trade


def goods(quantity: str = "5", mrp: str = "100", **changes: Any) -> Any:
    return item_body(item_code="SKU001", barcode="", batch_no="", quantity=quantity, mrp=mrp, **changes)


def bill(trade: Trade, *, query: str = "", headers: dict[str, str] | None = None, **changes: Any) -> Answer:
    """The invoice as billing has it, sent to us."""
    body = {"invoice_no": NUMBER, "invoice_date": DAY, "salesman": "Ajay", "customer": NEAR, "items": [goods()]}
    key = {"X-API-Key": trade.world.api_key} | (headers or {})
    return send("POST", "/api/sales/import/invoice/" + query, body | changes, **key)


def detail(trade: Trade) -> Any:
    return trade.get(f"/api/invoices/{trade.world.invoice(NUMBER).id}/?expand=stock,voucher").body


def vouchers(trade: Trade) -> list[tuple[str, str, str, int]]:
    rows = Voucher.unscoped.filter(company=trade.world.company, source_kind="invoice").order_by("number")
    return [(one.number, one.kind, one.voucher_date.isoformat(), one.source_revision) for one in rows]


def test_a_posted_invoice_sent_with_other_goods_is_reversed_and_posted_anew(trade: Trade) -> None:
    answer = bill(trade, items=[goods("8", "90")])
    assert (answer.status, answer.data["result"], answer.data["total_amount"]) == (200, "updated", 720)
    (warning,) = answer.body["warnings"]
    assert (warning["code"], warning["reversed"], warning["posted"]) == ("reposted", "JV-2025-00002", "JV-2025-00004")
    assert vouchers(trade) == [
        ("JV-2025-00002", "SALES", DAY, 1),
        ("JV-2025-00003", "REVERSAL", DAY, 1),
        ("JV-2025-00004", "SALES", DAY, 2),
    ]
    shown = detail(trade)
    assert (shown["status"], shown["total_value"], shown["voucher_number"]) == ("POSTED", "720.00", "JV-2025-00004")
    assert [(one["quantity"], one["cost"]) for one in shown["layers"]][-1:] == [("8.000", "480.00")]
    trade.holds_the_law()


def test_the_goods_come_back_into_the_very_layers_before_the_new_ones_are_taken(trade: Trade) -> None:
    """All 20 pieces of the only layer: possible only when the 5 of the old content lie there again."""
    assert bill(trade, items=[goods("20")]).status == 200
    assert detail(trade)["layers"][0]["cost"] == "1200.00"
    trade.holds_the_law()


def test_the_detail_tells_what_the_invoice_said_before_and_which_vouchers_stood_for_it(trade: Trade) -> None:
    bill(trade, items=[goods("8", "90")])
    bill(trade, items=[goods("8", "90")], customer=OTHER)
    first, second = detail(trade)["revisions"]
    assert (first["revision"], first["total_value"], first["party_name"]) == (1, "500.00", "Near")
    assert (first["voucher_number"], first["reversal_voucher_number"]) == ("JV-2025-00002", "JV-2025-00003")
    assert [(one["item_sku"], one["quantity"], one["unit_rate"], one["line_total"]) for one in first["lines"]] == [
        ("SKU001", "5.000", "100.00", "500.00")
    ]
    assert (second["revision"], second["total_value"], second["party_name"]) == (2, "720.00", "Near")
    assert (second["voucher_number"], second["reversal_voucher_number"]) == ("JV-2025-00004", "JV-2025-00005")
    assert detail(trade)["party_name"] == "Other"


def test_one_event_tells_the_revision_with_its_voucher(trade: Trade) -> None:
    pay(trade, "500")
    events = OutboxEvent.unscoped.filter(company=trade.world.company).order_by("id")
    last = events.last()
    bill(trade, items=[goods("4")])
    (told,) = events.filter(id__gt=last.id)  # type: ignore[union-attr]
    event = json.loads(told.payload)
    assert (told.type, event["type"]) == ("invoice_updated", "invoice_updated")
    assert event["changed"] == ["amount_received", "items", "items_total", "total_amount"]
    shown = detail(trade)
    for name, key in [("books_status", "status"), ("voucher_number",) * 2, ("amount_received",) * 2]:
        assert event[name] == shown[key]
    assert (event["outstanding_amount"], event["total_amount"]) == ("0.00", 400)
    assert event["items"][0]["quantity"] == 4


def test_the_audit_tells_who_sent_it_and_what_changed(trade: Trade) -> None:
    pay(trade, "500")
    bill(trade, Total=450)
    entry = audit_of(trade.world)[-1]
    assert (entry["action"], entry["actor_kind"]) == ("import_invoice", "api_key")
    assert entry["changes"]["total_amount"] == entry["changes"]["amount_received"] == ["500.00", "450.00"]


# ── Texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_texts_of_the_header_change_without_touching_the_books(trade: Trade) -> None:
    books = vouchers(trade)
    answer = bill(trade, remarks="x", temp_name="y", created_by="z", priority="LOW", salesman="Vijay")
    assert (answer.data["result"], "warnings" in answer.body) == ("updated", False)
    assert vouchers(trade) == books
    assert detail(trade)["revisions"] == []
    trade.holds_the_law()


def test_the_same_again_changes_nothing(trade: Trade) -> None:
    before = rows_of(trade.world)
    assert bill(trade).data["result"] == "unchanged"
    assert rows_of(trade.world) == before


# ── Money ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def pay(trade: Trade, amount: str, **changes: Any) -> Any:
    return trade.pay({"id": str(trade.world.invoice(NUMBER).id)}, amount, **changes)


def money(trade: Trade, *payments: Any) -> list[str]:
    """What of each payment is still free."""
    return [trade.get(f"/api/payments/{one['id']}/").body["unallocated_amount"] for one in payments]


def test_what_was_paid_stays_allocated_when_it_fits(trade: Trade) -> None:
    payment = pay(trade, "300")
    answer = bill(trade, items=[goods("6")])
    assert "released" not in answer.body["warnings"][-1]
    shown = detail(trade)
    assert (shown["status"], shown["amount_received"], shown["total_value"]) == ("PARTIALLY_PAID", "300.00", "600.00")
    assert money(trade, payment) == ["0.00"]
    trade.holds_the_law()


def test_what_no_longer_fits_is_released_newest_first_and_the_rest_is_open_credit(trade: Trade) -> None:
    payments = [pay(trade, amount) for amount in ("200", "200", "100")]
    answer = bill(trade, Total=250)
    assert answer.body["warnings"][-1]["released"] == "250.00"
    shown = detail(trade)
    assert (shown["status"], shown["amount_received"], shown["outstanding_amount"]) == ("PAID", "250.00", "0.00")
    assert money(trade, *payments) == ["0.00", "150.00", "100.00"]
    assert [(one["payment"], one["amount"]) for one in shown["payments"]] == [
        (payments[0]["id"], "200.00"),
        (payments[1]["id"], "50.00"),
    ]
    trade.holds_the_law()


def test_what_is_worth_nothing_any_more_is_paid_and_all_its_money_is_free(trade: Trade) -> None:
    payment = pay(trade, "500")
    bill(trade, Total=0)
    assert (detail(trade)["status"], money(trade, payment)) == ("PAID", ["500.00"])
    bill(trade, Total=200)
    assert (detail(trade)["status"], money(trade, payment)) == ("POSTED", ["500.00"])
    trade.holds_the_law()


def test_of_another_customer_everything_is_released(trade: Trade) -> None:
    payment = pay(trade, "500")
    assert bill(trade, customer=OTHER).body["warnings"][-1]["released"] == "500.00"
    shown = detail(trade)
    assert (shown["status"], shown["amount_received"], shown["party_name"]) == ("POSTED", "0.00", "Other")
    assert money(trade, payment) == ["500.00"]
    trade.holds_the_law()


def test_credit_of_another_invoice_is_released_too_and_is_open_again(trade: Trade) -> None:
    """Newer than the payment, so it goes first."""
    pay(trade, "300")
    bill(trade, invoice_no="B-2")
    other = trade.world.invoice("B-2")
    trade.done(f"/api/invoices/{other.id}/post_voucher/")
    trade.pay({"id": str(other.id)}, "500")
    note = trade.credit({"id": str(other.id)})
    path = f"/api/invoices/credit_notes/{note['id']}/"
    trade.made(f"{path}apply/", {"invoice_id": str(trade.world.invoice(NUMBER).id), "amount": "200"})
    assert detail(trade)["status"] == "PAID"
    bill(trade, Total=350)
    assert trade.get(path).body["unapplied_amount"] == "450.00"
    assert [one["amount"] for one in trade.get(path).body["allocations"]] == ["200.00", "-200.00", "50.00"]
    assert (detail(trade)["status"], detail(trade)["amount_received"]) == ("PAID", "350.00")
    bill(trade, Total=100)
    assert trade.get(path).body["unapplied_amount"] == "500.00"
    trade.holds_the_law()


def test_on_no_day_has_an_invoice_received_more_than_it_now_says(trade: Trade) -> None:
    """The release is of the allocation's own day, as the new voucher is of the old one's."""
    pay(trade, "500")
    bill(trade, Total=300)
    query = f"?as_of={LATER}"
    assert trade.get(f"/api/invoices/outstanding/{query}").body == []
    bill(trade, Total=320)
    (row,) = trade.get(f"/api/invoices/outstanding/{query}").body
    assert (row["total_value"], row["amount_received"], row["outstanding_amount"]) == ("320.00", "300.00", "20.00")


# ── Dates ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_later_booking_date_is_kept_whatever_date_the_invoice_gets(world: World) -> None:
    trade = Trade(world)
    bill(trade)
    trade.done(f"/api/invoices/{world.invoice(NUMBER).id}/post_voucher/", {"posting_date": LATER})
    bill(trade, invoice_date="2025-12-27", Total=400)
    assert [one[1:3] for one in vouchers(trade)] == [("SALES", LATER), ("REVERSAL", LATER), ("SALES", LATER)]
    trade.holds_the_law()


def test_an_invoice_dated_later_is_booked_on_its_new_date_and_so_is_what_settles_it(trade: Trade) -> None:
    pay(trade, "500", payment_date=DAY)
    assert bill(trade, invoice_date=LATER).status == 200
    assert [one[1:3] for one in vouchers(trade)] == [("SALES", DAY), ("REVERSAL", DAY), ("SALES", LATER)]
    assert [one["date"] for one in detail(trade)["payments"]] == [LATER]
    trade.holds_the_law()


def test_a_new_date_moves_the_due_date_unless_it_was_set_by_hand(trade: Trade) -> None:
    bill(trade, invoice_date="2025-12-27")
    assert detail(trade)["due_date"] == "2026-01-26"
    trade.patch(f"/api/invoices/{trade.world.invoice(NUMBER).id}/", {"due_date": "2026-03-01"})
    bill(trade, invoice_date=LATER)
    assert detail(trade)["due_date"] == "2026-03-01"


def test_a_revision_into_the_next_fiscal_year_takes_a_number_of_each(trade: Trade) -> None:
    bill(trade, invoice_date="2026-04-02")
    assert [one[0] for one in vouchers(trade)] == ["JV-2025-00002", "JV-2025-00003", "JV-2026-00001"]
    trade.holds_the_law()


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def refused(trade: Trade, **changes: Any) -> Any:
    """The code of a refusal that left nothing behind."""
    before = rows_of(trade.world)
    answer = bill(trade, **changes)
    assert (answer.status, rows_of(trade.world)) == (409, before), answer.raw
    return answer.body["code"]


def test_goods_that_are_not_there_refuse_it(trade: Trade) -> None:
    pay(trade, "500")
    assert refused(trade, items=[goods("20.001")], customer=OTHER, salesman="Somebody new") == "insufficient-stock"


def test_a_closed_period_refuses_it_but_not_its_texts(trade: Trade) -> None:
    trade.patch("/api/accounting/locks/", {"hard_lock_date": DAY})
    assert refused(trade, Total=1) == "period-closed"
    assert bill(trade, remarks="x").data["result"] == "updated"


def test_a_soft_lock_stops_a_key_whoever_made_it(trade: Trade) -> None:
    trade.patch("/api/accounting/locks/", {"soft_lock_date": DAY})
    assert refused(trade, Total=1) == "period-closed"


@pytest.mark.parametrize("post", [True, False])
def test_credit_notes_refuse_it(trade: Trade, post: bool) -> None:
    trade.credit(detail(trade), post=post)
    assert refused(trade, Total=1) == "has-credit-notes"


def test_a_cancelled_credit_note_lets_it_pass_while_its_lines_stay(trade: Trade) -> None:
    note = trade.credit(detail(trade), post=False)
    trade.done(f"/api/invoices/credit_notes/{note['id']}/cancel/")
    assert refused(trade, items=[item_body()]) == "has-credit-notes"
    assert bill(trade, items=[goods("3"), item_body()]).status == 200
    trade.holds_the_law()


def test_an_invoice_in_review_waits_for_its_correction(trade: Trade) -> None:
    trade.world.put_invoice(NUMBER, fulfilment_status="REVIEW", billing_status="REVIEW")
    assert refused(trade, Total=1) == "invoice-in-review"


def test_the_company_may_refuse_it_while_the_warehouse_works(trade: Trade) -> None:
    trade.world.decide(reimport_in_progress="reject")
    trade.world.put_invoice(NUMBER, fulfilment_status="PICKING")
    assert refused(trade, Total=1) == "in-progress"


def test_what_was_reversed_is_never_revised(trade: Trade) -> None:
    trade.done(f"/api/invoices/{trade.world.invoice(NUMBER).id}/reverse/", {"reason": "r"})
    assert refused(trade, Total=1) == "cancelled-in-books"


# ── Repeats, dry runs, what follows ──────────────────────────────────────────────────────────────────────────────────


def test_with_a_key_it_is_revised_once_and_told_alike(trade: Trade) -> None:
    first, again = (bill(trade, Total=450, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.raw, again.headers["Idempotent-Replayed"]) == (again.raw, "true")
    assert len(vouchers(trade)) == 3


def test_a_dry_run_tells_the_vouchers_and_keeps_none(trade: Trade) -> None:
    before = rows_of(trade.world)
    tried = bill(trade, query="?dry_run=true", Total=450)
    assert (tried.status, tried.body["dry_run"], rows_of(trade.world)) == (200, True, before)
    assert tried.body["warnings"] == bill(trade, Total=450).body["warnings"]


def test_a_revised_invoice_is_paid_credited_and_reversed_like_any_other(trade: Trade) -> None:
    bill(trade, items=[goods("8"), goods("2")])
    shown = detail(trade)
    line = shown["lines"][0]["id"]
    note = trade.credit(shown, lines=[{"line": line, "quantity": "3"}], return_stock=True)
    assert note["total_value"] == "300.00"
    bill(trade, invoice_no="B-2")
    other = trade.world.invoice("B-2")
    trade.done(f"/api/invoices/{other.id}/post_voucher/")
    bill(trade, invoice_no="B-2", items=[goods("6")])
    done, again = (trade.done(f"/api/invoices/{other.id}/reverse/", {"reason": "r"}) for _ in range(2))
    assert done["original_voucher"] == str(Invoice.unscoped.get(id=other.id).voucher_id)
    assert again["reversed_voucher"] == done["reversed_voucher"]
    trade.holds_the_law()


def test_a_line_that_continues_under_another_code_meets_the_item_of_that_code(trade: Trade) -> None:
    other = trade.item("SKU002", stock="5", unit_cost="10")
    bill(trade, items=[goods() | {"barcode": "B"}])
    (old,) = InvoiceItem.unscoped.filter(invoice=trade.world.invoice(NUMBER))
    bill(trade, items=[goods() | {"barcode": "B", "item_code": "SKU002"}])
    (new,) = InvoiceItem.unscoped.filter(invoice=trade.world.invoice(NUMBER))
    assert (new.id, str(new.item_id)) == (old.id, other["id"])
    assert detail(trade)["layers"][0]["cost"] == "50.00"
    trade.holds_the_law()


def test_what_each_revision_said_is_kept_whole(trade: Trade) -> None:
    bill(trade, Total=450)
    (kept,) = InvoiceRevision.unscoped.filter(company=trade.world.company)
    assert (kept.revision, kept.content["total_value"], kept.content["items"][0]["item_code"]) == (1, "500.00", "SKU001")
    entries = LedgerEntry.unscoped.filter(voucher__source_id=kept.invoice_id, role="RECEIVABLE").order_by("id")
    assert [(str(one.debit), str(one.credit)) for one in entries] == [
        ("500.00", "0.00"),
        ("0.00", "500.00"),
        ("450.00", "0.00"),
    ]


def test_goods_sold_meanwhile_are_gone_for_the_revision(trade: Trade) -> None:
    """It takes what lay there on its own day and still does."""
    bill(trade, invoice_no="B-2", invoice_date=LATER, items=[goods("14")])
    trade.done(f"/api/invoices/{trade.world.invoice('B-2').id}/post_voucher/")
    assert refused(trade, items=[goods("7")]) == "insufficient-stock"
    assert bill(trade, items=[goods("6")]).status == 200
    trade.holds_the_law()


def test_an_import_while_still_a_draft_reverses_nothing(world: World) -> None:
    trade = Trade(world)
    bill(trade)
    assert (bill(trade, Total=450).data["result"], vouchers(trade)) == ("updated", [])
