"""Express billing, and picking many invoices at once."""

from typing import Any

import pytest

from erp.rights import Role
from tests.builders import Answer, World
from tests.observing import events_of, rows_of
from tests.warehouse import Warehouse


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return Warehouse(world)


def express(warehouse: Warehouse, number: str, role: Any = Role.BILLER, *, query: Any = "", **body: Any) -> Answer:
    return warehouse.ask("PATCH", f"invoices/{warehouse.world.invoice(number).id}/{query}", body, role=role)


def test_what_the_customer_waits_for_is_picked_and_packed_in_one_word(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    warehouse.token(Role.BILLER), warehouse.token(Role.PICKER)
    before = rows_of(warehouse.world)
    dry = express(warehouse, number, query="?dry_run=true", status="PICKED")
    assert (dry.status, dry.body["status"], dry.body["dry_run"], rows_of(warehouse.world)) == (200, "PICKED", True, before)
    picked = express(warehouse, number, status="PICKED", source="EXPRESS_BILLING", picker_name="Asha")
    assert (picked.status, picked.body) == (200, warehouse.shown(number))
    assert (picked.body["is_express_delivery"], picked.body["picker_info"]["email"]) == (True, warehouse.email(Role.BILLER))
    (row,) = warehouse.ask("GET", "picking/history/", role=Role.PICKER).body["results"]
    assert (row["source"], row["notes"], row["picking_status"]) == ("EXPRESS_BILLING", "Asha", "PICKED")
    packed = express(warehouse, number, status="PACKED")
    assert (packed.body["status"], packed.body["packer_info"]["status"]) == ("PACKED", "PACKED")
    assert [event["type"] for event in events_of(warehouse.world)][-2:] == ["picking_completed", "packing_completed"]
    assert warehouse.findings() == []


def test_express_goes_one_step_and_changes_nothing_else(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    early = express(warehouse, number, status="PACKED")
    assert (early.status, early.body["code"], early.body["error"]) == (409, "wrong-state", early.body["message"])
    for body, field in (
        ({"status": "DELIVERED"}, "status"),
        ({}, "status"),
        ({"status": "PICKED", "remarks": "x"}, "remarks"),
    ):
        refused = express(warehouse, number, **body)
        assert (refused.status, list(refused.body["errors"])) == (400, [field])
    assert express(warehouse, number, Role.PICKER, status="PICKED").status == 403
    unknown = warehouse.ask("PATCH", "invoices/999999/", {"status": "PICKED"}, role=Role.BILLER)
    assert (unknown.status, unknown.body["code"]) == (404, "not-found")


def test_express_of_what_was_read_before_somebody_else_changed_it_is_refused(warehouse: Warehouse) -> None:
    number = warehouse.imported()
    path, body = f"invoices/{warehouse.world.invoice(number).id}/", {"status": "PICKED"}

    def tag() -> str:
        return str(warehouse.ask("GET", path, role=Role.BILLER).headers["ETag"])

    seen = tag()
    assert warehouse.world.import_invoice(invoice_no=number, remarks="Changed by the billing system").status == 200
    refused = warehouse.ask("PATCH", path, body, role=Role.BILLER, **{"If-Match": seen})
    assert (refused.status, refused.body["code"], warehouse.shown(number)["status"]) == (412, "stale", "INVOICED")
    assert warehouse.ask("PATCH", path, body, role=Role.BILLER, **{"If-Match": tag()}).status == 200


def bulk(warehouse: Warehouse, act: str, numbers: list[str], *, role: Role = Role.PICKER, **headers: Any) -> Answer:
    return warehouse.ask("POST", f"picking/bulk-{act}/", {"invoice_numbers": numbers}, role=role, **headers)


def test_many_are_picked_each_by_itself_where_the_company_wants_that(warehouse: Warehouse) -> None:
    first, second, packed = warehouse.imported(), warehouse.imported(), warehouse.picked()
    off = bulk(warehouse, "start", [first])
    assert (off.status, off.body["code"]) == (409, "feature-off")
    assert bulk(warehouse, "complete", [first]).body["code"] == "feature-off"
    warehouse.world.decide(enable_bulk_picking=True)
    key: dict[str, Any] = {"Idempotency-Key": "k"}
    started = bulk(warehouse, "start", [first, packed, "NONE", second, first], **key)
    assert (started.status, started.body["total_started"], started.body["total_failed"]) == (201, 2, 2)
    assert [one["invoice_no"] for one in started.body["started"]] == [first, second]
    assert [(one["invoice_no"], one["code"]) for one in started.body["failed"]] == [
        (packed, "wrong-state"),
        ("NONE", "not-found"),
    ]
    again = bulk(warehouse, "start", [first, packed, "NONE", second, first], **key)
    assert (again.status, again.body["started"]) == (201, started.body["started"])
    (row, _) = warehouse.ask("GET", "picking/history/?status=PREPARING", role=Role.PICKER).body["results"]
    assert row["source"] == "BULK"
    assert warehouse.ask("GET", "picking/active/", role=Role.PICKER).data["invoice"]["invoice_no"] == first
    assert bulk(warehouse, "complete", [first], role=Role.STOCK_KEEPER).body["total_completed"] == 1, "he may act for others"
    done = bulk(warehouse, "complete", [second, first])
    assert (done.status, done.body["total_completed"], done.body["total_failed"]) == (200, 1, 1)
    none = bulk(warehouse, "complete", [second])
    assert (none.status, none.body["code"], none.body["data"]["failed"][0]["code"]) == (409, "none-picked", "wrong-state")
    assert (warehouse.shown(first)["status"], warehouse.shown(second)["status"]) == ("PICKED", "PICKED")
    assert bulk(warehouse, "start", []).status == 400
    assert warehouse.findings() == []


def test_a_dry_run_of_many_keeps_nothing(warehouse: Warehouse) -> None:
    warehouse.world.decide(enable_bulk_picking=True)
    number = warehouse.imported()
    warehouse.token(Role.BILLER), warehouse.token(Role.PICKER)
    before = rows_of(warehouse.world)
    body = {"invoice_numbers": [number], "colour": "red"}
    dry = warehouse.ask("POST", "picking/bulk-start/?dry_run=true", body, role=Role.PICKER)
    assert (dry.status, dry.body["dry_run"], dry.body["started"]) == (
        201,
        True,
        [{"invoice_no": number, "session_id": None}],
    )
    assert [warning["field"] for warning in dry.body["warnings"]] == ["colour"]
    assert rows_of(warehouse.world) == before
