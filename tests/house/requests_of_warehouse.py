"""Requests of the warehouse whose round trips are counted."""

from collections.abc import Callable
from typing import Any

from erp.rights import Role
from tests.builders import Answer, World, item_body, send
from tests.warehouse import SALES, Warehouse

Request = Callable[[], Answer]


def _by(warehouse: Warehouse, role: Role, method: str, path: str, body: Any = None) -> Request:
    headers = {"Authorization": f"Bearer {warehouse.token(role)}"}
    return lambda: send(method, SALES + path, body, **headers)


def _posted(make: Callable[[Warehouse], str], path: str, role: Role, **more: Any) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        warehouse = Warehouse(world)
        return _by(warehouse, role, "POST", path, {"invoice_no": make(warehouse)} | more)

    return request


def _large(warehouse: Warehouse) -> str:
    return warehouse.imported(items=[item_body(item_code=f"I{number}") for number in range(200)])


def _corrected(sent: dict[str, Any]) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        body = {"invoice_no": Warehouse(world).in_review()} | sent
        return lambda: send("PATCH", SALES + "update/invoice/", body, **{"X-API-Key": world.api_key})

    return request


def _listed(section: str, *, invoices: int) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        warehouse = Warehouse(world)
        for _ in range(invoices):
            warehouse.left("DIRECT")
        return _by(warehouse, Role.OWNER, "GET", f"{section}/history/")

    return request


def _waiting(*, invoices: int) -> Callable[[World], Request]:
    """The queue of those who box."""

    def request(world: World) -> Request:
        warehouse = Warehouse(world)
        for _ in range(invoices):
            warehouse.boxing()
        return _by(warehouse, Role.PACKER, "GET", "packing/boxing-invoices/")

    return request


def _trayed(path: str, *, lines: int) -> Callable[[World], Request]:
    """Everything of an invoice in two trays."""

    def request(world: World) -> Request:
        warehouse = Warehouse(world)
        number = warehouse.packing(items=[item_body(item_code=f"I{line}") for line in range(lines)])
        boxes = warehouse.boxes(number, warehouse.tray(), warehouse.tray())
        return _by(warehouse, Role.PACKER, "POST", path, {"invoice_no": number, "boxes": boxes})

    return request


def _considered(*, invoices: int) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        warehouse = Warehouse(world)
        for _ in range(invoices):
            warehouse.left("COURIER")
        return _by(warehouse, Role.DELIVERY, "GET", "delivery/consider-list/?search=a")

    return request


def _proven(*, invoices: int) -> Callable[[World], Request]:
    """Couriers of so many parcels changed at once."""

    def request(world: World) -> Request:
        warehouse = Warehouse(world)
        body = {"invoice_nos": [warehouse.left("COURIER") for _ in range(invoices)], "courier_id": warehouse.blue}
        return _by(warehouse, Role.DELIVERY, "POST", "delivery/update-courier/", body)

    return request


def _advanced(*, invoices: int) -> Callable[[World], Request]:
    """All invoices of a status moved on at once; one is there already."""

    def request(world: World) -> Request:
        warehouse = Warehouse(world)
        for _ in range(invoices - 1):
            warehouse.imported()
        body = {"from_status": "INVOICED", "to_status": "PICKED"}
        return _by(warehouse, Role.ADMIN, "POST", "admin/bulk-status-update/", body)

    return request


def _bill(world: World) -> Request:
    warehouse = Warehouse(world)
    return _by(warehouse, Role.PACKER, "GET", f"packing/bill/{warehouse.boxing()}/")


REQUESTS: dict[str, Callable[[World], Request]] = {
    "picking: started, 1 line": _posted(Warehouse.imported, "picking/start/", Role.PICKER),
    "picking: started, 200 lines": _posted(_large, "picking/start/", Role.PICKER),
    "picking: completed": _posted(Warehouse.picking, "picking/complete/", Role.PICKER),
    "picking: active": lambda world: _by(Warehouse(world), Role.PICKER, "GET", "picking/active/"),
    "packing: completed": _posted(Warehouse.packing, "packing/complete/", Role.PACKER),
    "packing: checked": _posted(Warehouse.picked, "packing/start-checking/", Role.PACKER),
    "packing: held": _posted(Warehouse.packing, "packing/hold-for-consolidation/", Role.PACKER),
    "packing: trays drafted, 1 line": _trayed("packing/save-tray-draft/", lines=1),
    "packing: trays drafted, 40 lines": _trayed("packing/save-tray-draft/", lines=40),
    "packing: trays completed": _trayed("packing/complete-tray-packing/", lines=1),
    "packing: boxed": _posted(Warehouse.boxing, "packing/complete-boxing/", Role.PACKER),
    "packing: bill": _bill,
    **{f"boxing queue: {invoices} rows": _waiting(invoices=invoices) for invoices in (1, 4)},
    **{f"consider list: {invoices} rows": _considered(invoices=invoices) for invoices in (1, 4)},
    **{f"delivery: another courier, {invoices} parcels": _proven(invoices=invoices) for invoices in (2, 4)},
    **{f"administration: {invoices} advanced": _advanced(invoices=invoices) for invoices in (2, 12)},
    "administration: workflow completed": _posted(Warehouse.imported, "admin/complete-workflow/", Role.ADMIN),
    "delivery: over the counter": _posted(Warehouse.packed, "delivery/start/", Role.DELIVERY, delivery_type="DIRECT"),
    "review: sent back": _posted(Warehouse.picked, "billing/return/", Role.PICKER, return_reason="A strip is missing"),
    "review: found right": _corrected({"resolution_notes": "is right"}),
    "review: corrected": _corrected({"items": [{"item_code": "PR650", "quantity": 2}]}),
    **{
        f"history: {section}, {invoices} rows": _listed(section, invoices=invoices)
        for section in ("picking", "packing", "delivery", "billing")
        for invoices in (1, 4)
    },
}
