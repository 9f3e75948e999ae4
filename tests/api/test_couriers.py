"""Couriers: kept by few, read by all, named by deliveries, and forgotten only while they have carried nothing."""

from typing import Any

import pytest

from erp.rights import Role
from tests.builders import Answer, World
from tests.warehouse import Warehouse

BLUE: dict[str, Any] = {"courier_code": "BLUE", "courier_name": "Blue Wing", "type": "EXTERNAL", "phone": "98"}


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return Warehouse(world)


def ask(warehouse: Warehouse, method: str, path: str = "", body: Any = None, *, role: Role = Role.ADMIN) -> Answer:
    return warehouse.ask(method, f"couriers/{path}", body, role=role)


def test_a_courier_is_made_changed_and_found(warehouse: Warehouse) -> None:
    made = ask(warehouse, "POST", body=BLUE | {"remarks": None, "colour": "red"})
    assert (made.status, made.body["success"], made.body["status_code"]) == (201, True, 201)
    assert (made.data["status"], made.data["cod_supported"], made.data["courier_logo_url"]) == ("ACTIVE", False, None)
    assert [warning["code"] for warning in made.body["warnings"]] == ["unknown-field"]
    one = f"{made.data['courier_id']}/"
    changed = ask(warehouse, "PATCH", one, {"status": "INACTIVE", "phone": "99"})
    assert changed.data == made.data | {"status": "INACTIVE", "phone": "99", "updated_at": changed.data["updated_at"]}
    assert ask(warehouse, "GET", one, role=Role.VIEWER).data == changed.data
    ask(warehouse, "POST", body=BLUE | {"courier_code": "A", "courier_name": "Ace", "type": "INTERNAL"})
    for query, names in {"": ["Ace", "Blue Wing"], "?status=ACTIVE": ["Ace"], "?type=EXTERNAL": ["Blue Wing"]}.items():
        assert [row["courier_name"] for row in ask(warehouse, "GET", query).data] == names
    assert [row["courier_name"] for row in ask(warehouse, "GET", "?search=wing&type=").data] == ["Blue Wing"]
    assert ask(warehouse, "GET", f"?search={'x' * 101}").body["errors"].keys() == {"search"}
    refused = ask(warehouse, "GET", "?status=LOST")
    assert (refused.status, refused.body["status_code"], list(refused.body["errors"])) == (400, 400, ["status"])


def test_a_code_is_there_once_and_what_is_wrong_is_named(warehouse: Warehouse) -> None:
    assert ask(warehouse, "POST", body=BLUE).status == 201
    again = ask(warehouse, "POST", body=BLUE)
    assert (again.status, again.body["code"], list(again.body["errors"])) == (409, "already-exists", ["courier_code"])
    bad = ask(warehouse, "POST", body={"courier_name": "", "type": "FAST"})
    assert (bad.status, list(bad.body["errors"])) == (400, ["courier_code", "courier_name", "type", "phone"])
    assert ask(warehouse, "POST", body=BLUE, role=Role.PACKER).status == 403


def test_who_has_carried_a_parcel_stays_and_his_name_with_it(warehouse: Warehouse) -> None:
    blue = ask(warehouse, "POST", body=BLUE).data["courier_id"]
    red = ask(warehouse, "POST", body=BLUE | {"courier_code": "RED", "courier_name": "Red"}).data["courier_id"]
    number = warehouse.packed()
    sent = warehouse.done("delivery/start/", number, delivery_type="COURIER", courier_id=blue)
    assert (sent["courier_id"], sent["courier_name"]) == (blue, "Blue Wing")
    refused = ask(warehouse, "DELETE", f"{blue}/")
    assert (refused.status, refused.body["code"]) == (409, "in-use")
    changed = warehouse.done("delivery/assign/", number, delivery_type="COURIER", courier_id=red)
    assert (changed["courier_name"], changed["invoice_status"]) == ("Red", "DISPATCHED")
    assert ask(warehouse, "DELETE", f"{blue}/").data["courier_name"] == "Blue Wing"
    assert ask(warehouse, "GET", f"{blue}/").status == 404
    ask(warehouse, "PATCH", f"{red}/", {"courier_name": "Crimson", "status": "INACTIVE"})
    assert warehouse.shown(number)["delivery_info"]["courier_name"] == "Red"
    inactive = warehouse.post("delivery/start/", warehouse.packed(), delivery_type="COURIER", courier_id=red)
    assert (inactive.status, list(inactive.body["errors"])) == (400, ["courier_id"])
    assert warehouse.findings() == []
