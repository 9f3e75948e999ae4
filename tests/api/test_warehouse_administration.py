"""What an administrator decrees about invoices' way through the warehouse, and what the public may see."""

from typing import Any

import pytest
from django.conf import settings

from erp.access import default_company
from erp.api.throttling import Throttle
from erp.problems import Throttled
from erp.rights import Role
from fulfilment import administering
from fulfilment.api import public
from tests.builders import Answer, World, send
from tests.observing import audit_of, events_of, rows_of
from tests.warehouse import Warehouse


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return Warehouse(world)


def complete(warehouse: Warehouse, number: str, **more: object) -> Answer:
    return warehouse.post("admin/complete-workflow/", number, role=Role.ADMIN, **more)


def test_what_is_left_of_an_invoices_way_is_closed_and_written(warehouse: Warehouse) -> None:
    number, tray = warehouse.packing(), warehouse.tray()
    warehouse.done("packing/save-tray-draft/", number, boxes=warehouse.boxes(number, tray))
    done = complete(warehouse, number, reason="lost its label", admin_email="x@example.com")
    assert (done.status, done.data) == (
        200,
        {
            "invoice_no": number,
            "final_status": "DELIVERED",
            "steps_completed": ["PACKING", "DELIVERY"],
            "errors": None,
            "admin_note": "lost its label",
        },
    )
    assert [event["type"] for event in events_of(warehouse.world)][-1] == "delivery_completed"
    assert audit_of(warehouse.world)[-1]["changes"]["reason"] == [None, "lost its label"]
    sources = {
        section: warehouse.ask("GET", f"{section}/history/", role=Role.OWNER).body["results"][0]["source"]
        for section in ("picking", "packing", "delivery")
    }
    assert sources == {"picking": None, "packing": "ADMIN", "delivery": "ADMIN"}
    (found,) = warehouse.ask("GET", f"packing/search-trays/?q={tray}", role=Role.PACKER).data
    assert found["in_use"] is False
    again = complete(warehouse, number)
    assert (again.status, again.body["code"]) == (409, "wrong-state")
    assert complete(warehouse, warehouse.in_review()).body["code"] == "wrong-state"
    assert complete(warehouse, "NONE").status == 404
    assert warehouse.findings() == []


def sessions_of(warehouse: Warehouse, section: str) -> list[Any]:
    """The latest first."""
    return list(warehouse.ask("GET", f"{section}/history/", role=Role.OWNER).body["results"])


def test_a_decree_is_noted_in_the_sessions_it_closes_and_writes_as_his_whom_it_names(warehouse: Warehouse) -> None:
    number, owner = warehouse.picking(), warehouse.email(Role.OWNER)
    assert complete(warehouse, number, user_email=owner.upper(), notes="counted by hand").status == 200
    (picked,), (packed,), (delivered,) = (sessions_of(warehouse, one) for one in ("picking", "packing", "delivery"))
    assert [row["notes"] for row in (picked, packed, delivered)] == ["counted by hand"] * 3
    assert picked["picker_email"] == warehouse.email(Role.PICKER)
    assert packed["packer_email"] == owner
    assert audit_of(warehouse.world)[-1]["changes"]["worker"] == [None, owner]
    assert complete(warehouse, warehouse.imported()).status == 200
    assert sessions_of(warehouse, "packing")[0]["packer_email"] == warehouse.email(Role.ADMIN)


def test_a_decree_over_many_is_noted_in_every_session_as_his_whom_it_names(warehouse: Warehouse) -> None:
    owner = warehouse.email(Role.OWNER)
    for _ in range(2):
        warehouse.imported()
    assert bulk(warehouse, "INVOICED", "PICKED", user_email=owner, notes="stocktaking").status == 200
    assert [(row["picker_email"], row["notes"]) for row in sessions_of(warehouse, "picking")] == [(owner, "stocktaking")] * 2
    (run,) = warehouse.ask("GET", "admin/bulk-status-history/", role=Role.ADMIN).body["results"]
    assert run["performed_by"] == "Admin"


@pytest.mark.parametrize(
    ("more", "status", "errors"),
    [
        ({"user_email": Role.PICKER}, 403, {"user_email": ["This person may not do this work."]}),
        ({"user_email": "nobody@example.com"}, 404, None),
        ({"notes": "x" * 2001}, 400, {"notes": ["Ensure this field has no more than 2000 characters."]}),
    ],
    ids=["who may not administer", "a stranger", "notes too long"],
)
def test_a_decree_that_names_the_wrong_person_or_says_too_much_changes_nothing(
    warehouse: Warehouse, more: dict[str, Any], status: int, errors: Any
) -> None:
    number = warehouse.imported()
    more = {name: warehouse.email(value) if isinstance(value, Role) else value for name, value in more.items()}
    warehouse.token(Role.ADMIN)
    before = rows_of(warehouse.world)
    for refused in (complete(warehouse, number, **more), bulk(warehouse, "INVOICED", "PICKED", **more)):
        assert (refused.status, refused.body.get("errors")) == (status, errors)
    assert rows_of(warehouse.world) == before


def test_an_invoice_cancelled_in_the_books_is_not_delivered_by_decree(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    path = f"/api/invoices/{warehouse.world.invoice(number).id}/cancel/"
    assert warehouse.world.send("POST", path, {"reason": "r"}, role=Role.ACCOUNTANT).status == 200
    assert complete(warehouse, number).body["code"] == "cancelled-in-books"
    moved = bulk(warehouse, "INVOICED", "PICKED")
    assert (moved.status, moved.body["count"]) == (200, 0)


def bulk(warehouse: Warehouse, before: str, after: str, *, query: str = "", **more: str) -> Answer:
    body = {"from_status": before, "to_status": after} | more
    return warehouse.ask("POST", f"admin/bulk-status-update/{query}", body, role=Role.ADMIN)


def test_many_invoices_go_a_step_further_and_that_is_remembered(warehouse: Warehouse) -> None:
    old = warehouse.imported(invoice_date="2025-12-31")
    numbers = [warehouse.imported() for _ in range(3)]
    picking = warehouse.picking()
    days = "from_date=2026-01-01&to_date=2026-01-23"
    shown = warehouse.ask("GET", f"admin/bulk-status-update/?from_status=INVOICED&{days}", role=Role.ADMIN).body
    assert (shown["count"], shown["to_status"], [row["invoice_no"] for row in shown["invoices"]]) == (3, "PICKED", numbers)
    assert {row["current_status"] for row in shown["invoices"]} == {"INVOICED"}
    before = rows_of(warehouse.world)
    dry = bulk(warehouse, "INVOICED", "PICKED", query="?dry_run=true", from_date="2026-01-01")
    assert (dry.status, dry.body["count"], dry.body["dry_run"], rows_of(warehouse.world)) == (200, 3, True, before)
    moved = bulk(warehouse, "INVOICED", "PICKED", from_date="2026-01-01", to_date="2026-01-23")
    assert (moved.status, moved.body["count"]) == (200, 3)
    assert [(row["invoice_no"], row["previous_status"], row["new_status"]) for row in moved.body["invoices"]] == [
        (number, "INVOICED", "PICKED") for number in numbers
    ]
    assert (warehouse.shown(old)["status"], warehouse.shown(picking)["status"]) == ("INVOICED", "PICKING")
    assert [event["type"] for event in events_of(warehouse.world)][-3:] == ["picking_completed"] * 3
    assert bulk(warehouse, "PICKED", "PACKED").body["count"] == 3
    warehouse.done("delivery/start/", numbers[0], role=Role.DELIVERY, delivery_type="INTERNAL")
    assert bulk(warehouse, "PACKED", "DELIVERED").body["count"] == 3
    infos = [warehouse.shown(number)["delivery_info"] for number in numbers]
    assert [(info["delivery_type"], info["status"]) for info in infos] == [
        ("INTERNAL", "DELIVERED"),
        ("DIRECT", "DELIVERED"),
        ("DIRECT", "DELIVERED"),
    ]
    runs = warehouse.ask("GET", "admin/bulk-status-history/?limit=2", role=Role.ADMIN).body["results"]
    assert [(run["from_status"], run["count"], run["performed_by"]) for run in runs] == [
        ("PACKED", 3, "Admin"),
        ("PICKED", 3, "Admin"),
    ]
    assert [row["invoice_no"] for row in runs[0]["invoices"]] == numbers
    assert warehouse.findings() == []


def test_many_are_not_too_many_and_go_where_the_table_leads(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        warehouse.imported()
    for body in ({"from_status": "PICKING", "to_status": "PICKED"}, {"from_status": "INVOICED", "to_status": "DELIVERED"}):
        assert warehouse.ask("POST", "admin/bulk-status-update/", body, role=Role.ADMIN).status == 400
    for query in ("", "from_status=LOST", "from_status=PICKED&from_date=x"):
        assert warehouse.ask("GET", f"admin/bulk-status-update/?{query}", role=Role.ADMIN).status == 400
    assert warehouse.ask("GET", "admin/bulk-status-history/?limit=501", role=Role.ADMIN).status == 400
    monkeypatch.setattr(administering, "MOST_AT_ONCE", 1)
    refused = bulk(warehouse, "INVOICED", "PICKED")
    assert (refused.status, refused.body["code"], refused.data) == (409, "too-many", {"count": 2})
    assert warehouse.ask("GET", "admin/bulk-status-history/", role=Role.ADMIN).body["results"] == []


# ── In public ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_public_sees_an_invoice_of_the_default_company_only_where_that_is_switched_on(
    warehouse: Warehouse, other_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = warehouse.imported(invoice_no="P/1 x")
    other_world.import_invoice(invoice_no="THEIRS")
    path = f"/api/sales/packing/invoice-public/{number}/"
    off = send("GET", path, None)
    assert (off.status, off.body["error"]) == (404, "Invoice not found.")
    monkeypatch.setattr(settings, "PUBLIC_INVOICE_PAGE", True)
    monkeypatch.setattr(settings, "DEFAULT_COMPANY", warehouse.world.company.code)
    monkeypatch.setattr(public, "THROTTLE", Throttle(at_most=3, within_s=60))
    assert default_company() == warehouse.world.company
    shown = send("GET", path, None)
    assert (shown.status, shown.data["customer_name"], shown.data["items"]) == (
        200,
        "LifeCare Pharmacy",
        [{"item_name": "Paracetamol 650mg", "item_code": "PR650", "quantity": 20}],
    )
    assert set(shown.data) == {
        "invoice_no", "invoice_date", "customer_name", "customer_address", "customer_phone", "status", "total", "temp_name",
        "items",
    }  # fmt: skip
    assert send("GET", "/api/sales/packing/invoice-public/THEIRS/", None).status == 404
    assert send("GET", path, None).status == 200
    busy = send("GET", path, None)
    assert (busy.status, "Retry-After" in busy.headers) == (429, True)


def test_a_throttle_counts_each_address_by_itself() -> None:
    throttle = Throttle(at_most=1, within_s=3600)
    throttle.refuse_beyond("a")
    throttle.refuse_beyond("b")
    with pytest.raises(Throttled):
        throttle.refuse_beyond("a")
