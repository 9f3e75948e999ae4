"""The review loop: the warehouse sends an invoice back, billing corrects it, and the warehouse goes on."""

from typing import Any

import pytest

from erp.rights import Role
from tests.builders import World, invoice_body, item_body, send
from tests.observing import audit_of, events_of
from tests.trade import DAY, Trade
from tests.warehouse import Warehouse

TWO_LINES = [item_body(barcode="B1"), item_body(item_code="OTN10", barcode="B2", quantity=10, mrp=85)]


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return Warehouse(world)


def test_a_return_says_by_whom_from_where_and_why(warehouse: Warehouse) -> None:
    number = warehouse.packing()
    answer = warehouse.post("billing/return/", number, role=Role.PACKER, return_reason="One strip is broken")
    assert answer.data | {"sent_at": ""} == {
        "invoice_no": number,
        "billing_status": "REVIEW",
        "review_reason": "One strip is broken",
        "returned_from_section": "PACKING",
        "sent_by": warehouse.email(Role.PACKER),
        "sent_at": "",
    }
    shown = warehouse.shown(number)
    assert (shown["status"], shown["billing_status"]) == ("REVIEW", "REVIEW")
    assert shown["return_info"]["return_reason"] == "One strip is broken"
    assert (shown["return_info"]["resolved_at"], shown["return_info"]["goods_changed"]) == (None, None)
    assert shown["current_handler"]["email"] == warehouse.email(Role.PACKER)
    event = events_of(warehouse.world)[-1]
    assert (event["type"], event["sent_by"], event["review_reason"], event["returned_from_section"]) == (
        "invoice_review",
        warehouse.email(Role.PACKER),
        "One strip is broken",
        "PACKING",
    )
    active = warehouse.ask("GET", "packing/active/", role=Role.PACKER).body
    assert (active["data"], active["in_review"]) == (None, [number])


def test_a_correction_of_what_was_read_before_somebody_else_changed_it_is_refused(warehouse: Warehouse) -> None:
    number = warehouse.in_review()
    world = warehouse.world
    path = f"/api/sales/invoices/{world.invoice(number).serial}/"
    seen = world.get(path).headers["ETag"]
    body = {"invoice_no": number, "items": [{"item_code": "PR650", "quantity": 2}]}
    stale = world.import_invoice(invoice_no=number, remarks="Changed by the billing system")
    assert stale.status == 200, stale.body
    headers = {"X-API-Key": world.api_key, "If-Match": seen}
    refused = send("PATCH", "/api/sales/update/invoice/", body, **headers)
    assert (refused.status, warehouse.shown(number)["status"]) == (412, "REVIEW"), refused.body
    headers["If-Match"] = world.get(path).headers["ETag"]
    assert send("PATCH", "/api/sales/update/invoice/", body, **headers).status == 200
    assert warehouse.shown(number)["status"] != "REVIEW"


@pytest.mark.parametrize(
    ("begun", "same", "other"),
    [
        ("picking", "PICKING", "PICKING"),
        ("picked", "PICKING", "PICKING"),
        ("packing", "PACKING", "PACKING"),
        ("packed", "PACKED", "PACKING"),
        ("on_the_road", "PACKED", "PACKING"),
    ],
)
@pytest.mark.parametrize("changed", [False, True])
def test_the_warehouse_goes_on_where_it_was_or_a_step_before_for_other_goods(
    warehouse: Warehouse, begun: str, same: str, other: str, changed: bool
) -> None:
    number = warehouse.sent_back(getattr(warehouse, begun)(items=[item_body(barcode="B1")]))
    sent: dict[str, Any] = {"items": [{"barcode": "B1", "quantity": 21}]} if changed else {"resolution_notes": "is right"}
    data = warehouse.correct(number, **sent).data
    assert (data["status"], data["billing_status"]) == (other if changed else same, "RE_INVOICED")
    assert data["summary"] == {name: data[name] for name in data["summary"]}
    shown = warehouse.shown(number)
    assert data["invoice"] == shown
    assert (shown["return_info"]["goods_changed"], shown["return_info"]["resolved_by"]) == (changed, None)
    event = events_of(warehouse.world)[-1]
    assert (event["type"], {"billing_status", "status"} <= set(event["changed"])) == ("invoice_updated", True)
    assert {name: event[name] for name in shown} == shown
    assert warehouse.findings() == []


def test_what_was_re_invoiced_is_billed_when_the_section_has_finished(warehouse: Warehouse) -> None:
    number = warehouse.sent_back(warehouse.picking())
    assert warehouse.correct(number, resolution_notes="is right").data["billing_status"] == "RE_INVOICED"
    warehouse.done("picking/complete/", number)
    assert warehouse.shown(number)["billing_status"] == "BILLED"
    number = warehouse.sent_back(warehouse.packed())
    warehouse.correct(number, items=[{"item_code": "PR650", "quantity": 1}])
    warehouse.done("packing/complete/", number)
    assert warehouse.shown(number)["billing_status"] == "RE_INVOICED"
    warehouse.done("delivery/start/", number, delivery_type="DIRECT")
    assert warehouse.shown(number)["billing_status"] == "BILLED"


def test_whose_worker_is_gone_waits_in_the_queue_before(warehouse: Warehouse) -> None:
    number = warehouse.sent_back(warehouse.picking())
    warehouse.leave(Role.PICKER)
    assert warehouse.correct(number, resolution_notes="is right").data["status"] == "INVOICED"
    assert warehouse.shown(number)["picker_info"] is None
    assert warehouse.findings() == []


# ── What is corrected ────────────────────────────────────────────────────────────────────────────────────────────────


def items(warehouse: Warehouse, number: str) -> list[tuple[str, str, Any]]:
    return [(item["item_code"], item["barcode"], item["quantity"]) for item in warehouse.shown(number)["items"]]


def test_a_line_is_found_by_id_barcode_or_code_and_keeps_what_is_not_sent(warehouse: Warehouse) -> None:
    number = warehouse.in_review(items=TWO_LINES)
    first, second = warehouse.shown(number)["items"]
    sent = [{"id": second["id"], "barcode": "B3"}, {"item_code": "PR650", "quantity": 7}]
    data = warehouse.correct(number, items=sent).data
    assert items(warehouse, number) == [("PR650", "B1", 7), ("OTN10", "B3", 10)]
    assert [item["id"] for item in data["invoice"]["items"]] == [first["id"], second["id"]]
    assert (data["items_total"], data["total_amount"]) == (874.5, 874.5)


def test_of_several_lines_alike_the_one_of_the_batch_is_meant_else_the_first(warehouse: Warehouse) -> None:
    lines = [item_body(barcode="B1", batch_no="X"), item_body(barcode="B1", batch_no="Y")]
    number = warehouse.in_review(items=lines)
    warehouse.correct(number, items=[{"barcode": "B1", "batch_no": "Y", "quantity": 1}, {"barcode": "B1", "quantity": 2}])
    assert [(item["batch_no"], item["quantity"]) for item in warehouse.shown(number)["items"]] == [("X", 2), ("Y", 1)]


def test_a_line_that_is_not_found_is_added_when_it_is_whole(warehouse: Warehouse) -> None:
    number = warehouse.in_review(items=TWO_LINES)
    ghost = warehouse.correct(number, items=[{"barcode": "B1", "quantity": 1}, {"barcode": "B11", "quantity": 3}])
    assert (ghost.status, ghost.body["errors"]["items"][0]) == (400, {})
    assert set(ghost.body["errors"]["items"][1]) == {"name", "item_code", "mrp"}
    assert warehouse.shown(number)["status"] == "REVIEW"
    warehouse.correct(number, items=[item_body(item_code="NEW", quantity=1)])
    assert [code for code, *_ in items(warehouse, number)] == ["PR650", "OTN10", "NEW"]


def test_to_replace_the_items_takes_those_that_were_not_sent_away(warehouse: Warehouse) -> None:
    number = warehouse.in_review(items=TWO_LINES)
    empty = warehouse.correct(number, replace_items=True)
    assert (empty.status, empty.body["errors"]) == (400, {"items": ["At least one item is required."]})
    warehouse.correct(number, items=[{"barcode": "B2"}], replace_items=True)
    assert items(warehouse, number) == [("OTN10", "B2", 10)]
    assert warehouse.shown(number)["return_info"]["goods_changed"] is True


@pytest.mark.parametrize(
    "sent",
    [
        {"items": [{"id": "01a215a0-0000-7000-8000-000000000000", "quantity": 1}]},
        {"items": [{"barcode": "B1", "quantity": 0}]},
        {"items": []},
        {"Total": -1},
        {"customer": {"code": "OTHER"}},
        {"priority": "NOW"},
        {"resolution_notes": "x" * 2001},
    ],
)
def test_a_bad_value_changes_nothing(warehouse: Warehouse, sent: Any) -> None:
    number = warehouse.in_review(items=TWO_LINES)
    before = warehouse.shown(number)
    answer = warehouse.correct(number, **sent)
    assert (answer.status, list(answer.body["errors"])) == (400, list(sent))
    assert warehouse.shown(number) == before


def test_a_total_that_was_given_stays_until_another_is(warehouse: Warehouse) -> None:
    number = warehouse.in_review(Total=70)
    kept = warehouse.correct(number, items=[{"item_code": "PR650", "quantity": 10}])
    assert (kept.data["total_amount"], kept.data["items_total"]) == (70, 35)
    assert [warning["code"] for warning in kept.body["warnings"]] == ["total-kept"]
    warehouse.sent_back(number)
    given = warehouse.correct(number, Total="35.00", colour="red")
    assert (given.data["total_amount"], [warning["code"] for warning in given.body["warnings"]]) == (35, ["unknown-field"])


def test_header_and_customer_are_corrected_as_an_import_would(warehouse: Warehouse) -> None:
    number = warehouse.in_review()
    customer = {"code": "NEW", "name": "New pharmacy"}
    sent: dict[str, Any] = {
        "customer": customer,
        "salesman": "Ravi",
        "priority": "HIGH",
        "remarks": None,
        "invoice_date": "2026-01-24",
    }
    shown = warehouse.correct(number, **sent).data["invoice"]
    assert (shown["customer"]["name"], shown["salesman"]["name"], shown["priority"]) == ("New pharmacy", "Ravi", "HIGH")
    assert (shown["invoice_date"], shown["return_info"]["goods_changed"]) == ("2026-01-24", False)
    warehouse.sent_back(number)
    moved = warehouse.correct(number, customer={"area": "Kozhikode"}).data["invoice"]["customer"]
    assert (moved["code"], moved["name"], moved["area"]) == ("NEW", "New pharmacy", "Kozhikode")


# ── When it may not be ───────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_is_in_review_is_corrected_and_once(warehouse: Warehouse) -> None:
    number = warehouse.in_review()
    assert warehouse.correct(number, resolution_notes="is right").status == 200
    events = len(events_of(warehouse.world))
    again = warehouse.correct(number, resolution_notes="is right")
    assert (again.status, again.body["code"], list(again.body["errors"])) == (409, "not-in-review", ["invoice_no"])
    assert (again.data["invoice_no"], again.data["status"]) == (number, "PICKING")
    assert len(events_of(warehouse.world)) == events
    unknown = warehouse.correct("NONE", resolution_notes="x")
    assert (unknown.status, unknown.body["errors"]) == (404, {"invoice_no": ["Invoice not found."]})


def test_a_dry_run_and_a_repeat_change_nothing_more(warehouse: Warehouse) -> None:
    number = warehouse.in_review()
    body = {"invoice_no": number, "items": [{"item_code": "PR650", "quantity": 2}]}
    path = "/api/sales/update/invoice/"
    dry = warehouse.world.send("PATCH", f"{path}?dry_run=true", body, role=None)
    assert (dry.status, dry.body["dry_run"], warehouse.shown(number)["status"]) == (200, True, "REVIEW")
    first, second = (warehouse.world.send("PATCH", path, body, role=None, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status, second.body) == (200, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"


def test_what_was_issued_here_may_only_be_found_right(world: World) -> None:
    trade, warehouse = Trade(world), Warehouse(world)
    trade.registration()
    invoice = trade.posted(trade.confirmed([{"item_id": trade.item()["id"], "quantity": "1"}]))
    number = invoice["invoice_number"]
    warehouse.done("picking/start/", number)
    warehouse.sent_back(number)
    refused = warehouse.correct(number, Total=1)
    assert (refused.status, refused.body["code"]) == (409, "number-taken")
    assert warehouse.correct(number, resolution_notes="is right").data["status"] == "PICKING"
    assert warehouse.findings() == []


def test_a_posted_invoice_is_revised_in_the_books_with_its_correction(world: World) -> None:
    trade, warehouse = Trade(world), Warehouse(world)
    trade.registration()
    body = invoice_body(invoice_date=DAY, items=TWO_LINES)
    number = warehouse.packed(**body)
    invoice = world.invoice(number)
    trade.done(f"/api/invoices/{invoice.id}/post_voucher/")
    warehouse.sent_back(number)
    answer = warehouse.correct(number, items=[{"barcode": "B2", "quantity": 9}])
    assert (answer.status, answer.data["status"], answer.data["total_amount"]) == (200, "PACKING", 835)
    assert [warning["code"] for warning in answer.body["warnings"]] == ["reposted"]
    assert (world.invoice(number).revision, world.invoice(number).voucher_id != invoice.voucher_id) == (2, True)
    event = events_of(world)[-1]
    assert (event["type"], event["books_status"], event["status"]) == ("invoice_updated", "POSTED", "PACKING")
    assert audit_of(world)[-1]["action"] == "correct_invoice"
    assert warehouse.findings() == []
