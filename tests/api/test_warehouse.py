"""Picking, packing and delivery over HTTP: an invoice goes its way, and everybody sees where it is."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from erp.locking import one_transaction
from erp.rights import Role
from fulfilment.models import PickingSession
from fulfilment.scenes import MODELS
from fulfilment.status import Section
from tests.builders import World
from tests.observing import audit_of, events_of, rows_of
from tests.warehouse import Warehouse


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return Warehouse(world)


def kinds(world: World) -> list[str]:
    return [event["type"] for event in events_of(world)]


def test_an_invoice_goes_its_way_from_the_shelf_to_the_customer(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    picking = warehouse.done("picking/start/", number, notes="at once")
    assert (picking["picking_status"], picking["picker_email"]) == ("PREPARING", warehouse.email(Role.PICKER))
    assert (picking["notes"], picking["end_time"], picking["duration_minutes"]) == ("at once", None, None)
    assert warehouse.done("picking/complete/", number)["picking_status"] == "PICKED"
    assert warehouse.done("packing/start/", number)["packing_status"] == "IN_PROGRESS"
    packed = warehouse.done("packing/complete/", number, label_count=3)
    assert (packed["packing_status"], packed["label_count"], packed["duration_minutes"]) == ("PACKED", 3, 0)
    delivery = warehouse.done(
        "delivery/start/", number, delivery_type="DIRECT", counter_sub_mode="patient", box_weights=["1.250", 2]
    )
    assert (delivery["delivery_status"], delivery["delivered_by_email"]) == ("DELIVERED", warehouse.email(Role.DELIVERY))
    assert delivery["box_weights"] == [1.25, 2]
    shown = warehouse.shown(number)
    assert (shown["status"], shown["billing_status"]) == ("DELIVERED", "BILLED")
    assert shown["picker_info"]["status"] == "PICKED"
    assert shown["packer_info"]["label_count"] == 3
    assert shown["current_handler"] == shown["delivery_info"]
    assert kinds(warehouse.world) == [
        "invoice_created",
        "picking_started",
        "picking_completed",
        "packing_started",
        "packing_completed",
        "delivery_completed",
    ]
    assert len(audit_of(warehouse.world)) == 6
    last = events_of(warehouse.world)[-1]
    assert {name: last[name] for name in shown} == shown
    assert (last["picking_status"], last["packing_status"], last["delivery_status"]) == ("PICKED", "PACKED", "DELIVERED")


def test_a_driver_is_assigned_sets_out_and_arrives(warehouse: Warehouse) -> None:
    number = warehouse.packed()
    driver = warehouse.email(Role.DELIVERY)
    assigned = warehouse.done(
        "delivery/start/", number, role=Role.STOCK_KEEPER, delivery_type="INTERNAL", user_email=driver.upper()
    )
    assert (assigned["delivery_status"], assigned["assigned_to_email"]) == ("TO_CONSIDER", driver)
    assert (assigned["start_time"], warehouse.shown(number)["status"]) == (None, "PACKED")
    gone = warehouse.done("delivery/assign/", number, delivery_type="INTERNAL")
    assert gone == {
        "invoice_no": number,
        "delivery_status": "IN_TRANSIT",
        "delivery_type": "INTERNAL",
        "invoice_status": "DISPATCHED",
        "courier_name": "",
    }
    on_its_way = warehouse.done("delivery/complete/", number, delivery_status="IN_TRANSIT", delivery_latitude="11.25")
    assert on_its_way["delivery_status"] == "IN_TRANSIT"
    arrived = warehouse.done("delivery/complete/", number)
    assert (arrived["delivery_status"], arrived["delivered_by_email"]) == ("DELIVERED", driver)
    assert kinds(warehouse.world)[-4:] == [
        "delivery_assigned",
        "delivery_started",
        "delivery_updated",
        "delivery_completed",
    ]


def test_a_courier_takes_a_parcel_and_by_policy_that_is_all(warehouse: Warehouse) -> None:
    number = warehouse.left("COURIER")
    assert warehouse.shown(number)["status"] == "DISPATCHED"
    done = warehouse.done("delivery/complete/", number, courier_name="Blue", tracking_no="B-1")
    assert (done["courier_name"], done["tracking_no"], done["delivery_status"]) == ("Blue", "B-1", "DELIVERED")
    warehouse.world.decide(courier_handover="delivered")
    number = warehouse.left("COURIER")
    assert warehouse.shown(number)["status"] == "DELIVERED"


def test_several_deliveries_begin_each_by_itself(warehouse: Warehouse) -> None:
    first, second, waiting = warehouse.packed(), warehouse.packed(), warehouse.imported()
    body = {"invoice_nos": [first, waiting, "NONE", second], "delivery_type": "DIRECT"}
    answer = warehouse.ask("POST", "delivery/start/", body, role=Role.DELIVERY)
    assert (answer.status, answer.data["created_count"], answer.data["invoice_nos"]) == (201, 2, [first, second])
    assert [(error["invoice_no"], error["code"]) for error in answer.body["errors"]] == [
        (waiting, "wrong-state"),
        ("NONE", "not-found"),
    ]
    again = warehouse.ask("POST", "delivery/start/", body, role=Role.DELIVERY)
    assert (again.status, again.body["code"], len(again.body["data"]["errors"])) == (409, "none-started", 4)
    alone = warehouse.ask("POST", "delivery/start/", body | {"invoice_nos": [first]}, role=Role.DELIVERY)
    assert (alone.status, alone.body["data"]["status"]) == (409, "DELIVERED")


def test_several_deliveries_sent_twice_with_a_key_begin_once(warehouse: Warehouse) -> None:
    body = {"invoice_nos": [warehouse.packed(), warehouse.packed()], "delivery_type": "DIRECT"}
    first, second = (
        warehouse.ask("POST", "delivery/start/", body, role=Role.DELIVERY, **{"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (first.status, second.status, first.body) == (201, 201, second.body)
    assert kinds(warehouse.world).count("delivery_completed") == 2


def test_what_the_table_does_not_have_is_refused_with_where_the_invoice_is(warehouse: Warehouse) -> None:
    number = warehouse.picking()
    events = len(kinds(warehouse.world))
    refused = warehouse.post("packing/start/", number)
    assert (refused.status, refused.body["code"]) == (409, "wrong-state")
    assert refused.data == {"invoice_no": number, "status": "PICKING", "billing_status": "BILLED"}
    assert len(kinds(warehouse.world)) == events
    unknown = warehouse.post("picking/start/", "NONE")
    assert (unknown.status, unknown.body["errors"]) == (404, {"invoice_no": ["Invoice not found."]})


def test_every_step_takes_notes_and_a_statement_of_who_works(warehouse: Warehouse) -> None:
    """Where the session has them they stay, until the next are said; nothing of it is unknown to any step."""
    told: dict[str, str] = {}

    def step(path: str, number: str, **more: Any) -> Any:
        told[number] = f"at {path}"
        more |= {"role": Role.STOCK_KEEPER, "user_email": warehouse.email(Role.STOCK_KEEPER), "notes": told[number]}
        answer = warehouse.post(path, number, **more)
        assert (answer.status in {200, 201}, answer.body.get("warnings")) == (True, None), answer.raw

    def notes(section: Section, number: str) -> list[str]:
        rows = MODELS[section].unscoped.filter(invoice__invoice_no=number, company=warehouse.world.company)
        return list(rows.order_by("serial").values_list("notes", flat=True))

    number = warehouse.imported()
    step("picking/start/", number)
    step("cancel-session/", number, session_type="PICKING", cancel_reason="r")
    assert notes(Section.PICKING, number) == [told[number]]
    step("picking/start/", number)
    step("picking/complete/", number)
    step("packing/start-checking/", number)
    step("packing/hold-for-consolidation/", number)
    step("packing/start-checking/", number)
    tray = warehouse.boxes(number, warehouse.tray())
    step("packing/save-tray-draft/", number, boxes=tray)
    before = told[number]
    step("packing/complete-tray-packing/", number, boxes=tray, self_boxing=False)
    step("packing/complete-boxing/", number)
    assert notes(Section.PACKING, number) == [told[number]] != [before]
    step("delivery/start/", number, delivery_type="COURIER")
    named = {"invoice_nos": [number], "courier_id": warehouse.blue, "notes": "another", "reason": "quicker"}
    named["user_email"] = warehouse.email(Role.DELIVERY)
    rerouted = warehouse.ask("POST", "delivery/update-courier/", named, role=Role.STOCK_KEEPER)
    assert (rerouted.status, "warnings" in rerouted.body, notes(Section.DELIVERY, number)) == (200, False, ["another"])
    refused = warehouse.ask("POST", "delivery/update-courier/", named | {"user_email": "x@y.example"}, role=Role.DELIVERY)
    assert (refused.status, list(refused.body["errors"])) == (403, ["user_email"])
    step("billing/return/", number, return_reason="r")
    assert notes(Section.DELIVERY, number) == [told[number]]
    other = warehouse.packing()
    tray = warehouse.boxes(other, warehouse.tray())
    drafted = warehouse.post("packing/save-tray-draft/", other, boxes=tray, notes="a draft")
    assert drafted.status == 200, drafted.raw
    assert warehouse.done("packing/complete/", other)["notes"] == "a draft"
    assert warehouse.findings() == []


def test_one_worker_has_one_open_session_in_a_section(warehouse: Warehouse) -> None:
    first, second = warehouse.picking(), warehouse.imported()
    refused = warehouse.post("picking/start/", second)
    assert (refused.status, refused.body["code"], refused.data["invoice_no"]) == (409, "session-open", first)
    warehouse.done("picking/complete/", first)
    warehouse.done("picking/start/", second)


def test_an_invoice_cancelled_in_the_books_starts_nothing(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    cancelled = warehouse.world.send(
        "POST", f"/api/invoices/{warehouse.world.invoice(number).id}/cancel/", {"reason": "r"}, role=Role.ACCOUNTANT
    )
    assert cancelled.status == 200
    refused = warehouse.post("picking/start/", number)
    assert (refused.status, refused.body["code"]) == (409, "cancelled-in-books")


def test_a_dry_run_answers_as_for_real_and_keeps_nothing(warehouse: Warehouse) -> None:
    number, picker = warehouse.imported(), warehouse.email(Role.PICKER)
    before = rows_of(warehouse.world)
    dry = warehouse.ask("POST", "picking/start/?dry_run=true", {"invoice_no": number}, role=Role.PICKER)
    assert rows_of(warehouse.world) == before
    assert (dry.status, dry.body["dry_run"], dry.data["id"], dry.data["picker_email"]) == (201, True, None, picker)
    real = warehouse.done("picking/start/", number)
    changing = {"id", "start_time", "created_at"}
    assert {name: value for name, value in dry.data.items() if name not in changing} == {
        name: value for name, value in real.items() if name not in changing
    }


def test_a_repeat_with_its_key_is_the_same_answer_and_no_second_step(warehouse: Warehouse) -> None:
    body = {"invoice_no": warehouse.imported()}
    first, second = (
        warehouse.ask("POST", "picking/start/", body, role=Role.PICKER, **{"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (first.status, second.status, second.body) == (201, 201, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"
    other = warehouse.ask("POST", "picking/start/", {"invoice_no": "X"}, role=Role.PICKER, **{"Idempotency-Key": "k"})
    assert (other.status, other.body["code"]) == (422, "idempotency-mismatch")


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("picking/start/", {}, ["invoice_no"]),
        ("picking/start/", {"invoice_no": "", "take_over": "yes"}, ["invoice_no", "take_over"]),
        ("picking/complete/", {"invoice_no": "A", "notes": "x" * 2001}, ["notes"]),
        ("picking/start/", {"invoice_no": "A", "user_email": "nobody"}, ["user_email"]),
        ("packing/complete/", {"invoice_no": "A", "label_count": 0}, ["label_count"]),
        ("delivery/start/", {"invoice_no": "A"}, ["delivery_type"]),
        ("delivery/start/", {"delivery_type": "DIRECT"}, ["invoice_no"]),
        ("delivery/start/", {"delivery_type": "DIRECT", "invoice_no": "A", "box_weights": [1001]}, ["box_weights"]),
        ("delivery/assign/", {"invoice_no": "A", "delivery_type": "COURIER"}, ["courier_id"]),
        ("delivery/assign/", {"invoice_no": "A", "delivery_type": "DIRECT"}, ["delivery_type"]),
        ("delivery/complete/", {"invoice_no": "A", "delivery_latitude": 91}, ["delivery_latitude"]),
        ("cancel-session/", {"invoice_no": "A", "session_type": "BILLING"}, ["session_type"]),
        ("billing/return/", {"invoice_no": "A", "return_reason": " "}, ["return_reason"]),
    ],
)
def test_a_bad_field_is_named(warehouse: Warehouse, path: str, body: Any, fields: list[str]) -> None:
    answer = warehouse.ask("POST", path, body, role=Role.OWNER)
    assert (answer.status, answer.body["code"], list(answer.body["errors"])) == (400, "validation", fields)


def test_an_unknown_courier_is_not_found(warehouse: Warehouse) -> None:
    unknown = "01a215a0-0000-7000-8000-000000000000"
    refused = warehouse.post("delivery/start/", warehouse.packed(), delivery_type="COURIER", courier_id=unknown)
    assert (refused.status, refused.body["message"]) == (404, "Courier not found")


# ── Who ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_who_began_or_may_act_for_him_goes_on(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    warehouse.done("picking/start/", number, role=Role.STOCK_KEEPER)
    refused = warehouse.post("picking/complete/", number)
    assert (refused.status, refused.body["message"]) == (403, "Privilege Not Given")
    warehouse.done("picking/complete/", number, role=Role.ADMIN)
    assert warehouse.shown(number)["picker_info"]["email"] == warehouse.email(Role.STOCK_KEEPER)


def test_naming_another_takes_the_right_to_act_for_him_or_a_shared_terminal(warehouse: Warehouse) -> None:
    number, keeper = warehouse.imported(), warehouse.email(Role.STOCK_KEEPER)
    refused = warehouse.post("picking/start/", number, user_email=keeper)
    assert (refused.status, list(refused.body["errors"])) == (403, ["user_email"])
    unfit = warehouse.post("picking/start/", number, role=Role.ADMIN, user_email=warehouse.email(Role.PACKER))
    assert (unfit.status, unfit.body["message"]) == (403, "Privilege Not Given")
    nobody = warehouse.post("picking/start/", number, role=Role.ADMIN, user_email="nobody@example.com")
    assert (nobody.status, nobody.body["message"]) == (404, "User not found")
    own = warehouse.done("picking/start/", number, role=Role.ADMIN, user_email=warehouse.email(Role.PICKER))
    assert own["picker_email"] == warehouse.email(Role.PICKER)
    assert audit_of(warehouse.world)[-1]["changes"]["worker"] == [None, warehouse.email(Role.PICKER)]
    warehouse.world.decide(shared_terminal=True)
    shared = warehouse.done("picking/start/", warehouse.imported(), user_email=keeper)
    assert shared["picker_email"] == keeper


def test_a_session_left_alone_is_taken_over_and_stays_as_history(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    warehouse.done("picking/start/", number, role=Role.STOCK_KEEPER)
    held = warehouse.post("picking/start/", number, take_over=True)
    assert (held.status, held.body["code"], held.data["worker"]) == (
        409,
        "session-held",
        warehouse.email(Role.STOCK_KEEPER),
    )
    at_any_time = warehouse.done("picking/start/", number, role=Role.ADMIN, take_over=True)
    assert at_any_time["picker_email"] == warehouse.email(Role.ADMIN)
    age(warehouse, number, minutes=241)
    taken: Any = warehouse.done("picking/start/", number, take_over=True)
    assert taken["picker_email"] == warehouse.email(Role.PICKER)
    assert kinds(warehouse.world)[-1] == "picking_started"
    warehouse.world.decide(session_lease_minutes=0)
    age(warehouse, number, minutes=10_000)
    other = warehouse.world.user(Role.STOCK_KEEPER)
    assert other
    assert warehouse.done("picking/complete/", number)["picking_status"] == "PICKED"


def age(warehouse: Warehouse, number: str, *, minutes: int) -> None:
    """As if nobody had touched the session for so long."""
    with one_transaction(company_id=warehouse.world.company.id):
        invoice = warehouse.world.invoice(number)
        rows = PickingSession.objects.of(warehouse.world.key_actor).filter(invoice_id=invoice.id, ended_at=None)
        assert rows.update(acted_at=timezone.now() - timedelta(minutes=minutes)) == 1
