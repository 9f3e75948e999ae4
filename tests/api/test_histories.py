"""The histories of the warehouse: each row as promised, every filter works, and nobody sees what is not his."""

from typing import Any
from urllib.parse import quote

import pytest

from erp.rights import Role
from tests.builders import World, new_world
from tests.warehouse import Warehouse


@pytest.fixture(scope="module")
def house(migrated_database: None) -> Warehouse:
    """One invoice that was delivered, one whose picking was cancelled, one in review."""
    house = Warehouse(new_world())
    customer = {"code": "C-1", "name": "Asha Medicals", "address1": "Main Road", "pincode": "673001", "phone2": "12"}
    house.left("INTERNAL", invoice_no="H/1", customer=customer | {"email": "asha@example.com"}, temp_name="Shop")
    house.done("delivery/assign/", "H/1", delivery_type="INTERNAL")
    house.done("delivery/complete/", "H/1", delivery_latitude="11.25", tracking_no="TR-7")
    house.done("cancel-session/", house.picking(invoice_no="H/2"), session_type="PICKING")
    house.in_review(invoice_no="H/3")
    return house


def rows(house: Warehouse, section: str, query: str = "", *, role: Role = Role.OWNER) -> list[Any]:
    answer = house.ask("GET", f"{section}/history/{query}", role=role)
    assert answer.status == 200, answer.raw
    assert answer.body["count"] == len(answer.body["results"])
    found: list[Any] = answer.body["results"]
    return found


def numbers(house: Warehouse, section: str, query: str = "", *, role: Role = Role.OWNER) -> list[str]:
    return [row["invoice_no"] for row in rows(house, section, query, role=role)]


def test_a_row_tells_of_the_session_and_of_its_invoice(house: Warehouse) -> None:
    (packed,) = rows(house, "packing")
    assert (packed["invoice_no"], packed["packing_status"], packed["packer_email"]) == (
        "H/1",
        "PACKED",
        house.email(Role.PACKER),
    )
    assert (packed["picker_email"], packed["duration"], len(packed["items"])) == (house.email(Role.PICKER), 0, 1)
    assert packed["picking_date"] is not None
    (delivered,) = rows(house, "delivery")
    assert (delivered["delivery_status"], delivered["delivery_type"], delivered["tracking_no"]) == (
        "DELIVERED",
        "INTERNAL",
        "TR-7",
    )
    assert (delivered["customer_display_name"], delivered["customer_name"]) == ("Shop", "Asha Medicals")
    assert (delivered["customer_address"], delivered["customer_phone"]) == ("Main Road, 673001", "12")
    assert (delivered["delivery_latitude"], delivered["label_count"], delivered["attachment_url"]) == (11.25, 1, None)
    (_, billed) = rows(house, "billing", "?search=H/&status=BILLED")
    assert (billed["billing_status"], billed["duration"], billed["start_time"]) == ("BILLED", 0, billed["created_at"])
    assert rows(house, "billing", "?status=REVIEW")[0]["return_info"]["return_reason"] == "A strip is missing"


def test_cancelled_sessions_show_only_when_they_are_asked_for(house: Warehouse) -> None:
    assert numbers(house, "picking") == ["H/3", "H/1"]
    assert numbers(house, "picking", "?status=CANCELLED") == ["H/2"]
    assert numbers(house, "picking", "?status=CANCELLED&status=REVIEW&ordering=created_at") == ["H/2", "H/3"]
    assert numbers(house, "picking", "?status=VERIFIED") == []


@pytest.mark.parametrize(
    ("section", "query", "found"),
    [
        ("picking", "?search=asha", ["H/1"]),
        ("picking", "?search=ASHA@EX", ["H/1"]),
        ("picking", "?search=picker.", ["H/3", "H/1"]),
        ("picking", "?invoice_no=H/3", ["H/3"]),
        ("picking", "?invoice_no=", ["H/3", "H/1"]),
        ("picking", "?start_date=2020-01-01&end_date=2020-01-02", []),
        ("picking", "?picking_start_date=2020-01-01", ["H/3", "H/1"]),
        ("picking", "?picking_end_date=2020-01-01", []),
        ("picking", "?start_time=2020-01-01T10:00:00Z", ["H/3", "H/1"]),
        ("picking", "?start_time=2199-01-01", []),
        ("packing", "?packing_end_date=2020-01-01", []),
        ("packing", "?invoice_start_date=2026-01-23&invoice_end_date=2026-01-23", ["H/1"]),
        ("packing", "?invoice_start_date=2026-01-24", []),
        ("delivery", "?delivery_type=INTERNAL", ["H/1"]),
        ("delivery", "?delivery_type=COURIER", []),
        ("delivery", "?search=tr-7", ["H/1"]),
        ("delivery", "?courier_name=blue", []),
        ("delivery", "?delivery_start_date=2199-01-01", []),
        ("billing", "?start_date=2199-01-01", []),
        ("billing", "?search=asha", ["H/1"]),
        ("billing", "?nothing=known", ["H/3", "H/2", "H/1"]),
    ],
)
def test_every_filter_works(house: Warehouse, section: str, query: str, found: list[str]) -> None:
    assert numbers(house, section, query) == found


def test_an_invoice_is_meant_by_either_id(house: Warehouse) -> None:
    invoice = house.world.invoice("H/1")
    for name in (invoice.serial, invoice.id):
        assert numbers(house, "picking", f"?invoice={name}") == ["H/1"]
        assert numbers(house, "picking", f"?invoice_id={name}") == ["H/1"]
    assert numbers(house, "picking", "?invoice=nonsense") == []


@pytest.mark.parametrize(
    ("section", "query", "parameter"),
    [
        ("picking", "?status=LOST", "status"),
        ("picking", "?start_date=yesterday", "start_date"),
        ("picking", "?start_time=noon", "start_time"),
        ("picking", "?ordering=colour", "ordering"),
        ("delivery", "?delivery_type=SHIP", "delivery_type"),
        ("billing", "?status=PAID", "status"),
        ("billing", "?search=" + "x" * 101, "search"),
    ],
)
def test_a_bad_value_is_named(house: Warehouse, section: str, query: str, parameter: str) -> None:
    answer = house.ask("GET", f"{section}/history/{query}", role=Role.OWNER)
    assert (answer.status, list(answer.body["errors"])) == (400, [parameter])


@pytest.mark.parametrize(
    ("section", "role", "sees"),
    [
        ("picking", Role.PICKER, 2),
        ("picking", Role.PACKER, 0),
        ("picking", Role.ACCOUNTANT, 2),
        ("picking", Role.VIEWER, 0),
        ("packing", Role.PACKER, 1),
        ("packing", Role.PICKER, 0),
        ("delivery", Role.DELIVERY, 1),
        ("delivery", Role.BILLER, 1),
        ("billing", Role.BILLER, 3),
        ("billing", Role.STOCK_KEEPER, 0),
    ],
)
def test_who_sees_what(house: Warehouse, section: str, role: Role, sees: int) -> None:
    assert len(rows(house, section, role=role)) == sees


def test_pages_lead_on_by_number_and_by_cursor(house: Warehouse, other_world: World) -> None:
    first = house.ask("GET", "billing/history/?page_size=2", role=Role.OWNER).body
    assert (first["count"], len(first["results"]), "page=2" in first["next"]) == (3, 2, True)
    body = house.ask("GET", "billing/history/?page_size=2&cursor=", role=Role.OWNER).body
    cursor = body["next"].partition("cursor=")[2].partition("&")[0]
    rest = house.ask("GET", f"billing/history/?page_size=2&cursor={quote(cursor, safe='%')}", role=Role.OWNER).body
    assert [row["invoice_no"] for row in body["results"] + rest["results"]] == ["H/3", "H/2", "H/1"]
    light = house.ask("GET", "picking/history/?omit=items", role=Role.OWNER).body
    assert (light["items_omitted"], light["results"][0]["items"]) == (True, [])
    assert Warehouse(other_world).ask("GET", "billing/history/", role=Role.OWNER).body["count"] == 0
