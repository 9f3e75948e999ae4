"""What an import leaves behind: one event and one audit entry for each change, none for anything else."""

from typing import Any

import pytest

from erp.rights import Role
from invoices.api.examples import LIFECARE, PHARMACY
from tests.builders import Answer, World, invoice_body, item_body, send
from tests.observing import audit_of, events_of, rows_of

PATH = "/api/sales/import/invoice/"
FLAT = {
    "type",
    "timestamp",
    "actor",
    "picking_status",
    "packing_status",
    "delivery_status",
    "delivery_type",
    "picking_by_email",
    "delivery_assigned_to",
    "pod_uploaded",
}


def detail_of(world: World, answer: Answer) -> dict[str, Any]:
    body: dict[str, Any] = world.get(f"/api/sales/invoices/{answer.data['id']}/").body
    return body


def test_a_new_invoice_is_announced_whole(world: World) -> None:
    answer = world.import_invoice(PHARMACY)
    (event,) = events_of(world)
    detail = detail_of(world, answer)
    assert event.keys() == detail.keys() | FLAT
    assert {name: event[name] for name in detail} == detail
    assert event["type"] == "invoice_created"
    assert event["timestamp"] == detail["created_at"]
    assert event["actor"] == {"kind": "api_key", "name": "Test billing", "email": ""}
    assert {event[name] for name in FLAT - {"type", "timestamp", "actor", "pod_uploaded"}} == {None}
    assert event["pod_uploaded"] is False


def test_a_change_is_announced_whole_with_the_names_of_what_changed(world: World) -> None:
    world.import_invoice(PHARMACY)
    answer = world.post(PATH, PHARMACY | {"Total": "13650", "remarks": "x", "items": [item_body()]}, role=Role.BILLER)
    created, updated = events_of(world)
    detail = detail_of(world, answer)
    assert updated.keys() == detail.keys() | FLAT | {"changed"}
    assert {name: updated[name] for name in detail} == detail
    assert updated["type"] == "invoice_updated"
    assert updated["changed"] == ["Total", "created_user", "items", "items_total", "remarks", "total_amount"]
    assert updated["timestamp"] == detail["updated_at"] > created["timestamp"]
    user = world.user(Role.BILLER)
    assert updated["actor"] == {"kind": "user", "name": user.name, "email": user.email}


@pytest.mark.parametrize(
    "body",
    [
        {"Total": -0.0, "items": [item_body(mrp=-0.0)]},
        {"Total": 5},
        {"Total": "0.10", "items": [item_body(quantity="0.5", mrp="0.1000")]},
        {"items": [item_body(quantity=100, mrp=1000)]},
        {"invoice_no": 'quotes " \\ \u00e9 \U0001f600', "remarks": "tab\tline\nend"},
        {"items": [item_body(quantity=999999999, mrp="9999999.9999")]},
    ],
)
def test_the_event_says_what_the_detail_says_to_the_letter(world: World, body: dict[str, Any]) -> None:
    answer = world.import_invoice(invoice_body(**body))
    assert answer.status == 201, answer.body
    (event,) = events_of(world)
    detail = detail_of(world, answer)
    assert {name: event[name] for name in detail} == detail
    assert "-" not in event["Total"]


def test_the_largest_amounts_keep_every_digit_in_answer_detail_and_event(world: World) -> None:
    line = item_body(quantity="999999.999", mrp="9999999999.9999")
    answer = world.import_invoice(invoice_body(Total="9999999999999999.99", items=[line]))
    detail = world.get(f"/api/sales/invoices/{answer.data['id']}/")
    listed = world.get("/api/sales/invoices/")
    assert b'"total_amount":9999999999999999.99,' in answer.raw
    for raw in (detail.raw, listed.raw):
        assert b'"Total":"9999999999999999.99","total_amount":9999999999999999.99,"items_total":9999999989999900.00,' in raw
        assert b'"quantity":999999.999,"mrp":9999999999.9999,' in raw
    again = world.import_invoice(invoice_body(Total="9999999999999999.98", items=[line]))
    assert b'"total_amount":9999999999999999.98,' in again.raw


def test_a_change_of_the_customer_is_announced_by_the_invoice_that_brought_it(world: World) -> None:
    world.import_invoice(LIFECARE)
    world.import_invoice(invoice_body(customer=LIFECARE["customer"]))
    world.import_invoice(LIFECARE | {"customer": LIFECARE["customer"] | {"area": "Kochi"}})
    event = events_of(world)[-1]
    assert (event["invoice_no"], event["changed"], event["customer"]["area"]) == ("LTPI-77282", ["customer"], "Kochi")
    assert len(events_of(world)) == 3


def test_an_event_above_a_quarter_megabyte_leaves_its_items_out_and_says_so(world: World) -> None:
    lines = [item_body(name="n" * 255, remarks="r" * 100, item_code=f"I-{line}") for line in range(700)]
    answer = world.import_invoice(invoice_body(items=lines))
    (event,) = events_of(world)
    assert (event["items"], event["items_omitted"]) == ([], True)
    assert event["total_amount"] == answer.data["total_amount"] == 700 * 70
    assert len(detail_of(world, answer)["items"]) == 700


def test_the_session_of_the_warehouse_is_told_flat(world: World) -> None:
    world.import_invoice(LIFECARE)
    world.put_invoice(
        "LTPI-77282",
        fulfilment_status="PICKING",
        handling={"picker": {"email": "p@example.com", "name": "P", "status": "PREPARING"}},
    )
    world.import_invoice(LIFECARE | {"remarks": "x"})
    event = events_of(world)[-1]
    assert (event["picking_status"], event["picking_by_email"]) == ("PREPARING", "p@example.com")
    assert event["current_handler"] == event["picker_info"] == {"email": "p@example.com", "name": "P", "status": "PREPARING"}


def test_there_is_one_event_for_each_version(world: World) -> None:
    for turn in range(4):
        world.import_invoice(LIFECARE | {"remarks": f"turn {turn}"})
        world.import_invoice(LIFECARE | {"remarks": f"turn {turn}"})
    assert [event["type"] for event in events_of(world)] == ["invoice_created"] + ["invoice_updated"] * 3
    assert world.invoice("LTPI-77282").version == 4


def test_every_change_leaves_one_audit_entry_that_says_who_and_what(world: World) -> None:
    first = world.import_invoice(LIFECARE)
    token = world.token(Role.BILLER)
    second = send("POST", PATH, LIFECARE | {"remarks": "x", "Total": 1}, Authorization=f"Bearer {token}")
    created, changed = audit_of(world)
    invoice = world.invoice("LTPI-77282")
    for entry in (created, changed):
        assert (entry["action"], entry["subject_kind"], entry["subject_id"]) == ("import_invoice", "invoice", invoice.id)
    assert (created["actor_kind"], created["actor_name"], created["changes"]) == ("api_key", "Test billing", {})
    assert created["request_id"] == first.headers["X-Request-ID"]
    user = world.user(Role.BILLER)
    assert (changed["actor_kind"], changed["actor_id"], changed["actor_name"]) == ("user", user.id, user.email)
    assert changed["request_id"] == second.headers["X-Request-ID"]
    assert changed["changes"]["remarks"] == ["", "x"]
    assert changed["changes"]["Total"] == [None, "1.00"]
    assert changed["changes"].keys() == {"remarks", "Total", "total_amount", "created_user"}


def test_what_changes_nothing_leaves_nothing(world: World) -> None:
    world.import_invoice(LIFECARE)
    before = rows_of(world)
    for answer, status in (
        (world.import_invoice(LIFECARE), 200),
        (world.import_invoice(LIFECARE | {"items": []}), 400),
        (world.import_invoice(b"{"), 400),
        (world.post(f"{PATH}?on_conflict=reject", LIFECARE), 409),
        (world.post(f"{PATH}?dry_run=true", LIFECARE | {"remarks": "x"}), 200),
        (world.post(f"{PATH}?dry_run=true", LIFECARE | {"invoice_no": "NEW"}), 201),
    ):
        assert answer.status == status, answer.body
    assert rows_of(world) == before
