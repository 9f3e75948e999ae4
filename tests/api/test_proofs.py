"""Slips, attachments and logos: taken by what is in them, kept with their step, read by whoever was shown the address."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from erp.api import uploads
from erp.rights import Role
from tests.builders import PNG, Answer, World, form_of, send
from tests.observing import events_of, rows_of
from tests.warehouse import Warehouse

PDF = b"%PDF-1.7 slip"


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return Warehouse(world)


def slip(warehouse: Warehouse, texts: Any, *, query: str = "", role: Role = Role.DELIVERY, **files: Any) -> Answer:
    return warehouse.form(f"delivery/upload-slip/{query}", texts, role=role, **files)


def fetched(url: str) -> Answer:
    assert url.startswith("http://localhost/api/files/")
    return send("GET", urlsplit(url).path, None)


def test_a_slip_delivers_the_parcel_and_is_seen_by_who_may_see_the_delivery(warehouse: Warehouse) -> None:
    number = warehouse.left("COURIER")
    done = slip(warehouse, {"invoice_no": number, "tracking_no": "B-1"}, courier_slip=PDF)
    assert (done.status, done.data) == (
        200,
        {
            "invoice_no": number,
            "invoice_nos": [number],
            "updated_count": 1,
            "delivery_status": "DELIVERED",
            "tracking_no": "B-1",
            "boxing_group_id": None,
        },
    )
    event = events_of(warehouse.world)[-1]
    assert (event["type"], event["status"], event["pod_uploaded"]) == ("delivery_completed", "DELIVERED", True)
    (row,) = warehouse.ask("GET", "delivery/history/", role=Role.DELIVERY).body["results"]
    assert row["attachment_url"] is None
    answer = fetched(row["courier_slip_url"])
    assert (answer.status, answer.raw, answer.headers["Content-Type"]) == (200, PDF, "application/pdf")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert fetched(row["courier_slip_url"][:-3] + "AAA").status == 404
    (path,) = warehouse.world.uploads()
    assert (path.suffix, "exe" in path.name) == (".pdf", False)
    path.unlink()
    assert fetched(row["courier_slip_url"]).status == 404
    late = slip(warehouse, {"invoice_no": number}, courier_slip=PNG)
    assert (late.status, events_of(warehouse.world)[-1]["type"]) == (200, "delivery_updated")
    assert warehouse.findings() == []


def test_a_slip_is_for_all_that_it_names_or_for_none(warehouse: Warehouse) -> None:
    first, second, waiting = warehouse.left("COURIER"), warehouse.left("COURIER"), warehouse.packed()
    events = len(events_of(warehouse.world))
    refused = slip(warehouse, {"invoice_nos": [first, second, waiting]}, courier_slip=PNG)
    assert (refused.status, refused.body["code"], refused.data["invoice_no"]) == (409, "wrong-state", waiting)
    unknown = slip(warehouse, {"invoice_nos": f'["{first}", "NONE"]'}, courier_slip=PNG)
    assert (unknown.status, unknown.body["errors"]) == (404, {"invoice_nos": ["Invoice NONE not found."]})
    assert (len(events_of(warehouse.world)), warehouse.world.uploads()) == (events, [])
    done = slip(warehouse, {"invoice_nos": f'["{first}", "{second}"]'}, courier_slip=PNG)
    assert (done.status, done.data["updated_count"], done.data["invoice_nos"]) == (200, 2, [first, second])
    assert len(warehouse.world.uploads()) == 1
    assert {warehouse.shown(number)["status"] for number in (first, second)} == {"DELIVERED"}
    assert warehouse.findings() == []


def test_what_was_boxed_together_is_proven_together(warehouse: Warehouse) -> None:
    numbers = []
    for _ in range(2):
        number = warehouse.boxing()
        warehouse.done("packing/complete-boxing/", number, boxing_group_id="G-1")
        numbers.append(number)
        warehouse.done("delivery/start/", number, delivery_type="COURIER")
    done = slip(warehouse, {"boxing_group_id": "G-1", "tracking_no": "B-9"})
    assert (done.status, sorted(done.data["invoice_nos"]), done.data["boxing_group_id"]) == (200, sorted(numbers), "G-1")
    rows = warehouse.ask("GET", "delivery/history/", role=Role.DELIVERY).body["results"]
    assert {(row["boxing_group_id"], row["tracking_no"]) for row in rows} == {("G-1", "B-9")}
    nobody = slip(warehouse, {"boxing_group_id": "G-2", "tracking_no": "B-9"})
    assert (nobody.status, list(nobody.body["errors"])) == (404, ["boxing_group_id"])


def test_a_repeat_with_another_boundary_is_the_same_request_and_a_dry_run_keeps_no_file(warehouse: Warehouse) -> None:
    number = warehouse.left("COURIER")
    before = rows_of(warehouse.world)
    dry = slip(warehouse, {"invoice_no": number}, query="?dry_run=true", courier_slip=PNG)
    assert (dry.status, dry.body["dry_run"], rows_of(warehouse.world), warehouse.world.uploads()) == (200, True, before, [])
    body, _ = form_of({"invoice_no": number}, courier_slip=PNG)
    answers = [
        warehouse.ask(
            "POST",
            "delivery/upload-slip/",
            body.replace(b"--line", b"--" + boundary),
            role=Role.DELIVERY,
            **{"Idempotency-Key": "k", "Content-Type": f"multipart/form-data; boundary={boundary.decode()}"},
        )
        for boundary in (b"one", b"other")
    ]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert len(warehouse.world.uploads()) == 1


def test_a_driver_attaches_what_proves_that_the_goods_arrived(warehouse: Warehouse) -> None:
    number = warehouse.on_the_road()
    texts = {"invoice_no": number, "delivery_latitude": "11.25", "delivery_location_accuracy": "", "notes": " at the door "}
    answer = warehouse.form("delivery/complete/", texts, role=Role.DELIVERY, attachment=PNG)
    assert (answer.status, answer.data["delivery_status"], answer.data["notes"]) == (200, "DELIVERED", "at the door")
    (row,) = warehouse.ask("GET", "delivery/history/", role=Role.DELIVERY).body["results"]
    assert (row["delivery_latitude"], row["courier_slip_url"]) == (11.25, None)
    assert (fetched(row["attachment_url"]).raw, len(warehouse.world.uploads())) == (PNG, 1)
    assert events_of(warehouse.world)[-1]["pod_uploaded"] is True
    assert warehouse.findings() == []


@pytest.mark.parametrize(
    ("texts", "files", "status", "field"),
    [
        ({}, {"courier_slip": PNG}, 400, "invoice_no"),
        ({"invoice_no": "A"}, {}, 400, "courier_slip"),
        ({"invoice_no": "A"}, {"courier_slip": b""}, 400, "courier_slip"),
        ({"invoice_no": "A"}, {"other": PNG}, 400, "other"),
        ({"invoice_nos": "[1"}, {"courier_slip": PNG}, 400, ""),
        ({"invoice_nos": ["A"] * 201}, {"courier_slip": PNG}, 400, "invoice_nos"),
        ({"invoice_no": "A", "tracking_no": "x" * 101}, {}, 400, "tracking_no"),
        ({"invoice_no": "A"}, {"courier_slip": b"<svg onload=alert(1)>"}, 415, ""),
        ({"invoice_no": "A"}, {"courier_slip": b"MZ\x90\x00"}, 415, ""),
    ],
)
def test_what_is_wrong_with_a_form_is_said_and_nothing_kept(
    warehouse: Warehouse, texts: Any, files: dict[str, Any], status: int, field: str
) -> None:
    refused = slip(warehouse, texts, role=Role.OWNER, **files)
    assert (refused.status, list(refused.body.get("errors", {}))) == (status, [field] if field else []), refused.raw
    assert warehouse.world.uploads() == []


def test_a_form_that_is_too_large_or_none_is_refused(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = warehouse.ask("POST", "delivery/upload-slip/", {"invoice_no": "A"}, role=Role.OWNER)
    assert (plain.status, plain.body["code"]) == (415, "unsupported-media-type")
    broken = warehouse.ask(
        "POST", "delivery/upload-slip/", b"--x", role=Role.OWNER, **{"Content-Type": "multipart/form-data"}
    )
    assert (broken.status, broken.body["code"]) == (400, "parse-error")
    monkeypatch.setattr(settings, "MAX_UPLOAD_BYTES", 100)
    assert slip(warehouse, {"invoice_no": "A"}, role=Role.OWNER, courier_slip=PNG + b"x" * 100).status == 413
    monkeypatch.setattr(uploads, "_ROOM", 0)
    assert slip(warehouse, {"invoice_no": "A"}, role=Role.OWNER, courier_slip=PNG).status == 413


# ── Couriers ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_courier_has_a_logo_until_it_is_removed(warehouse: Warehouse) -> None:
    texts = {"courier_code": "RED", "courier_name": "Red", "type": "EXTERNAL", "phone": "1", "cod_supported": "true"}
    made = warehouse.form("couriers/", texts, role=Role.ADMIN, courier_logo=PNG)
    assert (made.status, made.data["cod_supported"], fetched(made.data["courier_logo_url"]).raw) == (201, True, PNG)
    one = f"couriers/{made.data['courier_id']}/"
    body, headers = form_of({"remarks": "quick"}, courier_logo=PNG + b"2")
    changed = warehouse.ask("PATCH", one, body, role=Role.ADMIN, **headers)
    assert (changed.data["remarks"], fetched(changed.data["courier_logo_url"]).raw) == ("quick", PNG + b"2")
    body, headers = form_of({}, courier_logo=PDF)
    assert warehouse.ask("PATCH", one, body, role=Role.ADMIN, **headers).status == 415
    removed = warehouse.ask("PATCH", one, {"remove_courier_logo": True}, role=Role.ADMIN)
    assert (removed.data["courier_logo_url"], removed.data["remarks"]) == (None, "quick")
    whole = {name: texts[name] for name in ("courier_code", "courier_name", "type", "phone")}
    put = warehouse.ask("PUT", one, whole, role=Role.ADMIN)
    assert (put.status, put.data["remarks"], put.data["cod_supported"]) == (200, "", False)


def test_parcels_go_by_another_courier_all_or_none_and_each_change_is_kept(warehouse: Warehouse) -> None:
    first, second, direct = warehouse.left("COURIER"), warehouse.left("COURIER"), warehouse.left("DIRECT")
    blue, red = str(warehouse.courier("BLUE").id), str(warehouse.courier("RED").id)
    body = {"invoice_nos": [first, direct], "courier_id": blue, "reason": "quicker"}
    refused = warehouse.ask("POST", "delivery/update-courier/", body, role=Role.DELIVERY)
    assert (refused.status, refused.data["invoice_no"]) == (409, direct)
    done = warehouse.ask("POST", "delivery/update-courier/", body | {"invoice_nos": [first, second]}, role=Role.DELIVERY)
    assert (done.status, done.data["updated_count"], done.data["new_courier_id"]) == (200, 2, blue)
    assert [log["invoice_no"] for log in done.data["audit_logs"]] == [first, second]
    warehouse.done("delivery/assign/", first, delivery_type="COURIER", courier_id=red, notes="cheaper")
    logs = warehouse.ask("GET", f"delivery/audit-logs/?invoice_no={first}", role=Role.VIEWER).body
    assert [(log["reason"], log["old_courier_name"], log["changed_by_name"]) for log in logs["data"]] == [
        ("cheaper", "Blue", "Delivery"),
        ("quicker", "", "Delivery"),
    ]
    assert logs["count"] == 2
    assert warehouse.ask("GET", "delivery/audit-logs/", role=Role.VIEWER).status == 400
    assert warehouse.ask("GET", "delivery/audit-logs/?invoice_no=NONE", role=Role.VIEWER).body["count"] == 0
    kept_one = warehouse.ask("DELETE", f"couriers/{blue}/", role=Role.ADMIN)
    assert (kept_one.status, kept_one.body["code"]) == (409, "in-use")
    assert warehouse.findings() == []


# ── What is to be considered ─────────────────────────────────────────────────────────────────────────────────────────
def test_what_waits_for_its_driver_or_slip_is_listed_the_oldest_first(warehouse: Warehouse) -> None:
    phoned = {"customer": {"code": "C-2", "name": "Corner Shop", "phone1": "98765"}}
    parcel, driven = warehouse.left("COURIER"), warehouse.left("INTERNAL", **phoned)
    warehouse.left("DIRECT")

    def listed(query: str = "") -> list[str]:
        answer = warehouse.ask("GET", f"delivery/consider-list/?{query}", role=Role.DELIVERY)
        assert answer.status == 200, answer.raw
        return [row["invoice_no"] for row in answer.body["results"]]

    assert listed() == [parcel, driven]
    assert (listed("delivery_type=INTERNAL"), listed("delivery_type=COURIER")) == ([driven], [parcel])
    assert (listed("search=9876"), listed("search=corner")) == ([driven], [driven])
    assert listed(f"search={warehouse.email(Role.DELIVERY)}") == [driven]
    assert (listed("ordering=-created_at&page_size=1"), listed("delivery_type=DIRECT")) == ([driven], [])
    refused = warehouse.ask("GET", "delivery/consider-list/?delivery_type=LOST", role=Role.DELIVERY)
    assert (refused.status, list(refused.body["errors"])) == (400, ["delivery_type"])
    staff = warehouse.ask("GET", "delivery/eligible-staff/", role=Role.VIEWER).data["results"]
    assert [one["email"] for one in staff] == [warehouse.email(Role.DELIVERY)]
