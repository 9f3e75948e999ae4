"""Lists, histories and reports ask the database as often for five hundred rows as for five."""

import itertools
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from erp.api.policy import policy
from erp.locking import one_transaction
from erp.models import Department, JobTitle
from erp.rights import Role
from erp.urls import STREAMS
from fulfilment.models import Courier, Tray
from fulfilment.status import CourierType
from inventory.models import Item, Uom
from sales.models import Salesman
from tests.builders import World, invoice_body, new_world, send
from tests.house.calling import in_path, member
from tests.house.calls_of_everything import CALLS
from tests.house.test_query_counts import counted

pytestmark = [pytest.mark.long, pytest.mark.db_heavy]

FEW, MANY, PAGE = 5, 500, 100
STEPS = (("INVOICED", "PICKED"), ("PICKED", "PACKED"), ("PACKED", "DELIVERED"))
PATHS = [
    entry.path
    for entry in policy()
    if entry.method == "GET" and not in_path(entry.path) and entry.path not in STREAMS and entry.path.startswith("/api/")
]
MASTERS = {
    "/api/auth/departments/",
    "/api/auth/job-titles/",
    "/api/common/trays/",
    "/api/inventory/items/",
    "/api/orders/customers/",
    "/api/orders/salesmen/",
    "/api/sales/couriers/",
}


def handled(count: int) -> World:
    """A company whose invoices are of a customer each; three in five left the house, and one of each step waits."""
    world = new_world()
    numbers = itertools.count(1)
    parts = dict.fromkeys(("2026-01-05", "2026-01-04", "2026-01-03", "2026-01-02", "2026-01-01"), count // 5)
    bodies = [
        invoice_body(invoice_no=f"H-{number:04d}", invoice_date=day, customer={"code": f"C-{number:04d}", "name": "A"})
        for day, some in parts.items()
        for number in itertools.islice(numbers, some)
    ]
    lines = b"\n".join(map(msgspec.json.encode, bodies))
    headers = {"X-API-Key": world.api_key, "Content-Type": "application/x-ndjson"}
    assert send("POST", "/api/sales/import/invoices/", lines, **headers).status == 200
    for last, (before, after) in zip(("2026-01-05", "2026-01-04", "2026-01-03"), STEPS, strict=True):
        body = {"from_status": before, "to_status": after, "from_date": "2026-01-01", "to_date": last}
        moved = world.send("POST", "/api/sales/admin/bulk-status-update/", body, role=Role.OWNER)
        assert moved.status == 200, moved.raw
    keep_masters(world, count)
    return world


def keep_masters(world: World, count: int) -> None:
    """So many rows of the kinds that are made by hand, whose number no import would bring."""
    company, now = world.company, timezone.now()
    made = {"company": company, "created_at": now, "updated_at": now}
    names = [f"M-{number:04d}" for number in range(count)]
    departments = [Department(name=name, **made) for name in names]
    kinds: list[list[Any]] = [
        departments,
        [JobTitle(title=name, department=one, **made) for name, one in zip(names, departments, strict=True)],
        [Tray(tray_code=name, **made) for name in names],
        [
            Courier(courier_code=name, courier_name=name, type=CourierType.EXTERNAL.value, phone="1", **made)
            for name in names
        ],
        [Salesman(company=company, name=name, created_at=now) for name in names],
    ]
    with one_transaction(company_id=company.id) as locks:
        unit = Uom.objects.of(locks).order_by("code")[0]
        kinds.append([Item(company=company, sku=name, name=name, uom=unit) for name in names])
        for rows in kinds:
            type(rows[0]).unscoped.bulk_create(rows)


@pytest.fixture(scope="module")
def worlds(migrated_database: None) -> tuple[World, World]:
    return handled(FEW), handled(MANY)


def asked(world: World, path: str) -> tuple[list[str], int]:
    """The statements of the second time, when what is known about who asks is known, and the size of the answer."""
    call, asker = CALLS["GET", path], member(world, Role.OWNER)
    address = f"{path}?{call.query}"
    first = send("GET", address, None, **asker.headers)
    assert first.status == call.status
    if isinstance(first.body, dict) and {"count", "results"} <= first.body.keys():
        address += f"&page_size={PAGE}"
        assert send("GET", address, None, **asker.headers).status == call.status
    with counted() as trips:
        answer = send("GET", address, None, **asker.headers)
    return trips.statements, len(answer.raw)


@pytest.mark.parametrize("path", PATHS)
def test_a_list_asks_as_often_for_five_hundred_rows_as_for_five(path: str, worlds: tuple[World, World]) -> None:
    (few, _), (many, _) = (asked(world, path) for world in worlds)
    assert len(few) == len(many), "\n".join(many)


def test_the_larger_company_has_more_to_show_in_every_history_and_of_every_master(worlds: tuple[World, World]) -> None:
    histories = {f"/api/sales/{section}/history/" for section in ("picking", "packing", "delivery")}
    for path in sorted(histories | MASTERS):
        (_, few), (_, many) = (asked(world, path) for world in worlds)
        assert many > 10 * few, path
