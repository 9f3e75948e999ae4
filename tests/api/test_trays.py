"""Trays: kept by few, in use of one invoice each, filled exactly, and free again when the goods go on."""

from typing import Any

import pytest

from erp.rights import Role
from tests.builders import Answer, World, item_body
from tests.observing import audit_of, events_of
from tests.warehouse import Warehouse

TRAYS = "/api/common/trays/"
TWO_LINES = [item_body(item_code="A", quantity=3), item_body(item_code="B", quantity="2.5")]


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return Warehouse(world)


def ask(warehouse: Warehouse, method: str, path: str = "", body: Any = None, *, role: Role = Role.ADMIN) -> Answer:
    return warehouse.world.send(method, TRAYS + path, body, role=role)


def in_use(warehouse: Warehouse) -> dict[str, str]:
    """Trays that hold goods, with the invoices they are for."""
    found = warehouse.ask("GET", "packing/search-trays/?q=T&limit=500", role=Role.VIEWER).data
    return {tray["tray_code"]: tray["in_use_invoice"] for tray in found if tray["in_use"]}


def sealed(warehouse: Warehouse, number: str) -> dict[str, bool]:
    boxes = warehouse.ask("GET", f"packing/tray-bill/{number}/", role=Role.VIEWER).data["boxes"]
    return {box["box_id"]: box["is_sealed"] for box in boxes}


# ── Masters ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_tray_is_made_changed_found_and_forgotten(warehouse: Warehouse) -> None:
    made = ask(warehouse, "POST", body={"tray_code": "T-1", "remarks": None, "colour": "red"})
    assert (made.status, made.body["success"], set(made.body)) == (201, True, {"success", "data", "warnings"})
    assert (made.data["status"], made.data["remarks"]) == ("ACTIVE", "")
    one = f"{made.data['tray_id']}/"
    changed = ask(warehouse, "PATCH", one, {"remarks": "cracked"})
    assert changed.data == made.data | {"remarks": "cracked", "updated_at": changed.data["updated_at"]}
    whole = ask(warehouse, "PUT", one, {"tray_code": "T-2", "status": "INACTIVE"})
    assert (whole.data["tray_code"], whole.data["status"], whole.data["remarks"]) == ("T-2", "INACTIVE", "")
    assert ask(warehouse, "GET", one, role=Role.VIEWER).data == whole.data
    warehouse.tray("A-1")
    for query, codes in {"": ["A-1", "T-2"], "?status=ACTIVE": ["A-1"], "?search=t-&status=": ["T-2"]}.items():
        assert [row["tray_code"] for row in ask(warehouse, "GET", query).data["results"]] == codes
    assert ask(warehouse, "DELETE", one).status == 200
    assert ask(warehouse, "GET", one).status == 404
    refused = ask(warehouse, "GET", "?status=LOST")
    assert (refused.status, list(refused.body["errors"])) == (400, ["status"])


def test_a_code_is_there_once_and_what_is_wrong_is_named(warehouse: Warehouse) -> None:
    warehouse.tray("T-1")
    again = ask(warehouse, "POST", body={"tray_code": "T-1"})
    assert (again.status, again.body["code"], list(again.body["errors"])) == (409, "already-exists", ["tray_code"])
    bad = ask(warehouse, "POST", body={"tray_code": "", "status": "LOST"})
    assert (bad.status, list(bad.body["errors"])) == (400, ["tray_code", "status"])
    assert ask(warehouse, "POST", body={"tray_code": "T-2"}, role=Role.PACKER).status == 403


# ── Packing into trays ───────────────────────────────────────────────────────────────────────────────────────────────
def test_goods_go_into_trays_into_parcels_and_the_trays_are_free_again(warehouse: Warehouse) -> None:
    first, second = warehouse.tray(), warehouse.tray()
    number = warehouse.packing(items=TWO_LINES)
    one, other = (item["id"] for item in warehouse.shown(number)["items"])
    draft = [{"box_id": first, "is_sealed": True, "items": [{"item_id": one, "quantity": 1}]}]
    before, version = len(events_of(warehouse.world)), warehouse.world.invoice(number).version
    assert warehouse.done("packing/save-tray-draft/", number, boxes=draft) == {"invoice_no": number, "trays_count": 1}
    assert (len(events_of(warehouse.world)), warehouse.world.invoice(number).version) == (before, version)
    assert audit_of(warehouse.world)[-1]["changes"] == {"trays": [None, [first]]}
    assert (sealed(warehouse, number), in_use(warehouse)) == ({first: True}, {first: number})
    assert warehouse.shown(number)["tray_codes"] == []

    whole = [
        {"box_id": second, "items": [{"item_id": other, "quantity": "2.500"}, {"item_id": one, "quantity": 1}]},
        {"box_id": first, "items": [{"item_id": one, "quantity": 1}, {"item_id": one, "quantity": 1}]},
    ]
    done = warehouse.done("packing/complete-tray-packing/", number, boxes=whole)
    assert done == {"invoice_no": number, "trays_count": 2, "status": "BOXING"}
    shown = warehouse.shown(number)
    assert (shown["status"], shown["tray_codes"], shown["packer_info"]["status"]) == (
        "BOXING",
        sorted([first, second]),
        "PACKING",
    )
    assert sealed(warehouse, number) == {first: True, second: True}
    event = events_of(warehouse.world)[-1]
    assert (event["type"], event["tray_codes"]) == ("packing_boxing", sorted([first, second]))

    queue = warehouse.ask("GET", "packing/boxing-invoices/", role=Role.PACKER).body
    assert [row["invoice_no"] for row in queue["results"]] == [number]
    assert warehouse.ask("GET", "packing/boxing-invoices/?search=NOBODY", role=Role.PACKER).body["count"] == 0
    data = warehouse.ask("GET", f"packing/boxing-data/{number}/", role=Role.PACKER).data
    assert (data["status"], data["trays_count"], data["customer"]["name"]) == ("BOXING", 2, "LifeCare Pharmacy")
    assert {tray["tray_code"]: [item["quantity"] for item in tray["items"]] for tray in data["trays"]} == {
        first: [2],
        second: [1, 2.5],
    }
    courier = str(warehouse.courier().id)
    boxed = warehouse.done(
        "packing/complete-boxing/",
        number,
        role=Role.STOCK_KEEPER,
        label_count=3,
        courier_id=courier,
        boxing_group_id="G-7",
    )
    assert (boxed["status"], boxed["label_count"], len(boxed["trays"])) == ("PACKED", 3, 2)
    shown = warehouse.shown(number)
    assert (shown["status"], shown["tray_codes"], in_use(warehouse)) == ("PACKED", [], {})
    assert (shown["packer_info"]["boxing_group_id"], shown["packer_info"]["label_count"]) == ("G-7", 3)
    (row,) = warehouse.ask("GET", "packing/history/?boxing_group_id=G-7", role=Role.PACKER).body["results"]
    assert row["boxes"] == [{"box_id": code, "is_sealed": True} for code in sorted([first, second])]
    assert (row["courier_name"], row["boxing_group_id"]) == ("Blue", "G-7")
    assert warehouse.findings() == []


def test_the_trays_hold_exactly_what_the_invoice_says_or_by_policy_it_is_told(warehouse: Warehouse) -> None:
    number, tray = warehouse.packing(items=TWO_LINES), warehouse.tray()
    one, other = (item["id"] for item in warehouse.shown(number)["items"])
    short = [{"box_id": tray, "items": [{"item_id": one, "quantity": 3}, {"item_id": other, "quantity": 2}]}]
    refused = warehouse.post("packing/complete-tray-packing/", number, boxes=short)
    assert (refused.status, refused.body["code"]) == (400, "quantities-differ")
    assert [(line["item_id"], line["quantity"], line["packed"]) for line in refused.data["items"]] == [(other, "2.5", "2")]
    none = warehouse.post("packing/complete-tray-packing/", number, boxes=[])
    assert (none.status, list(none.body["errors"])) == (400, ["boxes"])
    assert (warehouse.shown(number)["status"], in_use(warehouse)) == ("PACKING", {})
    warehouse.world.decide(packing_quantity_check="warn")
    told = warehouse.post("packing/complete-tray-packing/", number, boxes=short)
    assert (told.status, [(one["code"], one["packed"]) for one in told.body["warnings"]]) == (
        200,
        [("quantities-differ", "2")],
    )


def test_a_tray_is_in_use_for_one_invoice_and_not_forgotten_meanwhile(warehouse: Warehouse) -> None:
    tray, free = warehouse.tray(), warehouse.tray()
    first = warehouse.boxing(tray)
    second = warehouse.packing()
    taken = warehouse.post("packing/save-tray-draft/", second, boxes=warehouse.boxes(second, free, tray))
    assert (taken.status, taken.body["code"], taken.data) == (409, "tray-in-use", {"tray_code": tray, "invoice_no": first})
    assert in_use(warehouse) == {tray: first}
    (row,) = ask(warehouse, "GET", f"?search={tray}").data["results"]
    kept = ask(warehouse, "DELETE", f"{row['tray_id']}/")
    assert (kept.status, kept.body["code"], kept.data["invoice_no"]) == (409, "in-use", first)
    (own,) = warehouse.ask("GET", f"packing/search-trays/?q={tray}&invoice_no={first}", role=Role.PACKER).data
    assert (own["in_use"], own["in_use_invoice"]) == (False, None)
    warehouse.done("packing/complete-boxing/", first)
    warehouse.done("packing/save-tray-draft/", second, boxes=warehouse.boxes(second, tray))
    warehouse.done("packing/save-tray-draft/", second, boxes=[])
    assert ask(warehouse, "DELETE", f"{row['tray_id']}/").status == 200
    assert sealed(warehouse, first) == {tray: True}, "history keeps the code"


def test_a_draft_names_each_fault_in_its_place(warehouse: Warehouse) -> None:
    number, tray, broken = warehouse.packing(), warehouse.tray(), warehouse.tray()
    (row,) = ask(warehouse, "GET", f"?search={broken}").data["results"]
    ask(warehouse, "PATCH", f"{row['tray_id']}/", {"status": "INACTIVE"})
    line = {"item_id": "01a215a0-0000-7000-8000-000000000000", "quantity": 1}
    draft = [
        {"box_id": tray, "items": []},
        {"box_id": "NONE", "items": []},
        {"box_id": broken, "items": [line]},
        {"box_id": tray, "items": []},
    ]
    refused = warehouse.post("packing/save-tray-draft/", number, boxes=draft)
    assert (refused.status, [sorted(fault) for fault in refused.body["errors"]["boxes"]]) == (
        400,
        [[], ["box_id"], ["box_id", "items"], ["box_id"]],
    )
    bad = [{"box_id": tray, "items": [{"item_id": "x", "quantity": 0}]}]
    unread = warehouse.post("packing/save-tray-draft/", number, boxes=bad)
    assert (unread.status, list(unread.body["errors"])) == (400, ["boxes"])
    whole = warehouse.boxes(number, tray)[0]["items"][0]["item_id"]
    much = [{"box_id": tray, "items": [{"item_id": whole, "quantity": 999_999_999}] * 2}]
    assert warehouse.post("packing/save-tray-draft/", number, boxes=much).status == 400
    assert in_use(warehouse) == {}


# ── What becomes of trays ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_cancelled_packing_frees_its_trays_and_one_without_trays_too(warehouse: Warehouse) -> None:
    tray = warehouse.tray()
    number = warehouse.boxing(tray)
    warehouse.done("cancel-session/", number, session_type="PACKING", role=Role.STOCK_KEEPER)
    assert (warehouse.shown(number)["tray_codes"], in_use(warehouse)) == ([], {})
    warehouse.done("packing/start/", number)
    warehouse.done("packing/save-tray-draft/", number, boxes=warehouse.boxes(number, tray))
    warehouse.done("packing/complete/", number)
    assert in_use(warehouse) == {}
    assert warehouse.findings() == []


def test_who_takes_over_has_the_trays_with_what_lies_in_them(warehouse: Warehouse) -> None:
    number, tray = warehouse.packing(), warehouse.tray()
    warehouse.done("packing/save-tray-draft/", number, boxes=warehouse.boxes(number, tray))
    warehouse.done("packing/start/", number, role=Role.ADMIN, take_over=True)
    bill = warehouse.ask("GET", f"packing/bill/{number}/", role=Role.PACKER).data
    assert [(box["box_id"], len(box["items"])) for box in bill["boxes"]] == [(tray, 1)]
    boxes = warehouse.boxes(number, tray)
    assert warehouse.done("packing/complete-tray-packing/", number, boxes=boxes, role=Role.ADMIN)["status"] == "BOXING"
    assert warehouse.findings() == []


def test_what_was_boxed_and_sent_back_stays_as_a_draft_without_the_lines_that_went(warehouse: Warehouse) -> None:
    tray = warehouse.tray()
    number = warehouse.packing(items=TWO_LINES)
    boxes = warehouse.boxes(number, tray)
    kept = boxes[0]["items"][0]["item_id"]
    warehouse.done("packing/complete-tray-packing/", number, boxes=boxes)
    warehouse.sent_back(number)
    assert (sealed(warehouse, number), in_use(warehouse)) == ({tray: False}, {tray: number})
    assert warehouse.shown(number)["tray_codes"] == []
    body = {"items": [{"item_code": "A", "quantity": 4}], "replace_items": True}
    assert warehouse.correct(number, role=Role.BILLER, **body).status == 200
    assert warehouse.shown(number)["status"] == "PACKING"
    bill = warehouse.ask("GET", f"packing/bill/{number}/", role=Role.PACKER).data
    assert [(item["invoice_item_id"], item["quantity"]) for item in bill["boxes"][0]["items"]] == [(kept, 3)]
    assert warehouse.post("packing/complete-tray-packing/", number, boxes=boxes).status == 400
    done = warehouse.done("packing/complete-tray-packing/", number, boxes=warehouse.boxes(number, tray))
    assert (done["status"], warehouse.shown(number)["billing_status"]) == ("BOXING", "BILLED")
    assert warehouse.findings() == []


def test_whose_packer_has_left_has_no_trays_after_the_correction(warehouse: Warehouse) -> None:
    number = warehouse.sent_back(warehouse.boxing())
    warehouse.leave(Role.PACKER)
    assert warehouse.correct(number, role=Role.BILLER, resolution_notes="is right").status == 200
    assert (warehouse.shown(number)["status"], in_use(warehouse)) == ("PICKED", {})
    assert warehouse.findings() == []


# ── Checking and holding ─────────────────────────────────────────────────────────────────────────────────────────────
def test_picked_goods_are_checked_held_for_others_and_checked_again(warehouse: Warehouse) -> None:
    number = warehouse.picked()
    packer = warehouse.world.user(Role.PACKER)
    begun = warehouse.done("packing/start-checking/", number)
    assert begun == {"invoice_no": number, "checking_by": str(packer.id), "checking_by_name": packer.name}
    second = warehouse.post("packing/start-checking/", warehouse.picked())
    assert (second.status, second.body["code"], second.data["invoice_no"]) == (409, "session-open", number)
    (mine,) = warehouse.ask("GET", "packing/my-checking/", role=Role.PACKER).data
    assert (mine["invoice_no"], mine["checking_status"], mine["checking_by"]) == (number, "CHECKING", str(packer.id))
    held = warehouse.done("packing/hold-for-consolidation/", number)
    assert (held["packing_status"], held["checking_by"]) == ("CHECKING_DONE", str(packer.id))
    info = warehouse.shown(number)["packer_info"]
    assert (info["held_for_consolidation"], info["consolidation_customer_name"], info["held_by_email"]) == (
        True,
        "LifeCare Pharmacy",
        packer.email,
    )
    assert warehouse.post("packing/hold-for-consolidation/", number).body["code"] == "wrong-state"
    assert warehouse.ask("GET", "packing/active/", role=Role.PACKER).data is None, "who holds is free"
    warehouse.done("packing/start-checking/", number)
    info = warehouse.shown(number)["packer_info"]
    assert (info["status"], info["held_for_consolidation"], info["held_by_email"]) == ("CHECKING", False, None)
    told = [event["type"] for event in events_of(warehouse.world) if event["invoice_no"] == number]
    assert told[-3:] == ["packing_checking", "packing_held", "packing_checking"]
    assert warehouse.done("packing/complete/", number)["packing_status"] == "PACKED"
    assert warehouse.findings() == []


def test_what_is_held_for_another_is_his_from_then_on(warehouse: Warehouse) -> None:
    number, tray = warehouse.packing(), warehouse.tray()
    warehouse.done("packing/save-tray-draft/", number, boxes=warehouse.boxes(number, tray))
    unfit = warehouse.post(
        "packing/hold-for-consolidation/", number, assign_to_email=warehouse.email(Role.PICKER), customer_name="Both"
    )
    assert (unfit.status, list(unfit.body["errors"])) == (403, ["assign_to_email"])
    keeper = warehouse.email(Role.STOCK_KEEPER)
    held = warehouse.done("packing/hold-for-consolidation/", number, assign_to_email=keeper, customer_name="Both")
    assert (held["packer_email"], held["packing_status"]) == (keeper, "CHECKING_DONE")
    info = warehouse.shown(number)["packer_info"]
    assert (info["consolidation_customer_name"], info["held_by_email"]) == ("Both", warehouse.email(Role.PACKER))
    assert [row["invoice_no"] for row in warehouse.ask("GET", "packing/my-checking/", role=Role.STOCK_KEEPER).data] == [
        number
    ]
    assert warehouse.post("packing/start-checking/", number).status == 403
    warehouse.done("packing/start-checking/", number, role=Role.STOCK_KEEPER)
    boxes = warehouse.boxes(number, tray)
    warehouse.done("packing/complete-tray-packing/", number, role=Role.STOCK_KEEPER, boxes=boxes, self_boxing=True)
    assert warehouse.ask("GET", "packing/boxing-invoices/", role=Role.PACKER).body["count"] == 0, "he boxes it himself"
    assert warehouse.findings() == []


def test_a_number_in_a_path_may_hold_a_slash_and_an_unknown_one_is_not_found(warehouse: Warehouse) -> None:
    number = warehouse.packing(invoice_no="A/1 of 2")
    for path in ("packing/bill/A/1 of 2/", "packing/tray-bill/A%2F1%20of%202/", "packing/boxing-data/A/1%20of%202/"):
        assert warehouse.ask("GET", path, role=Role.VIEWER).data["invoice_no"] == number
    assert warehouse.ask("GET", "packing/bill/NONE/", role=Role.VIEWER).status == 404


@pytest.mark.parametrize("query", ["", "q=", "q=T&limit=0", "q=T&limit=501", "q=T&limit=x", f"q={'T' * 101}"])
def test_a_search_for_trays_says_what_it_needs(warehouse: Warehouse, query: str) -> None:
    refused = warehouse.ask("GET", f"packing/search-trays/?{query}", role=Role.PACKER)
    assert (refused.status, list(refused.body["errors"])) == (400, ["limit" if "limit" in query else "q"])
