"""Calls of picking, packing and delivery; each on an invoice of its own, begun by who asks where that matters."""

import itertools
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from erp.rights import ROLES_WITH, Right, Role, Scope
from tests.builders import World, form_of
from tests.house.calling import Asker, Call, Ids
from tests.warehouse import Warehouse

Body = Callable[[Asker], Any]


NONE = {"invoice_no": "NONE"}


def _idle(asker: Asker, section: str, role: Role) -> Warehouse:
    """The warehouse, after this worker has completed what he has open in the section."""
    warehouse = Warehouse(asker.world)
    if active := warehouse.ask("GET", f"{section}/active/", role=role).data:
        warehouse.done(f"{section}/complete/", active["invoice"]["invoice_no"], role=role)
    return warehouse


def _about(right: Right, make: Callable[[Warehouse], str], **more: Any) -> Body:
    """An invoice that is so far, for who may go on with it; none for others."""

    def body(asker: Asker) -> Any:
        if asker.role not in ROLES_WITH[right] and asker.scope is not Scope.INVOICES_UPDATE:
            return NONE | more
        _idle(asker, "packing", Role.PACKER)
        return {"invoice_no": make(_idle(asker, "picking", Role.PICKER))} | more

    return body


def _begun(section: str, right: Right) -> Body:
    """An invoice that the asker has begun in this section, and no other."""

    def body(asker: Asker) -> Any:
        role = asker.role
        if role is None or role not in ROLES_WITH[right]:
            return NONE
        _idle(asker, "picking", Role.PICKER)
        warehouse = _idle(asker, section, role)
        number = warehouse.imported() if section == "picking" else warehouse.picked()
        warehouse.done(f"{section}/start/", number, role=role)
        return {"invoice_no": number}

    return body


_picked_by, _packed_by = _begun("picking", Right.PICK), _begun("packing", Right.PACK)


def _cancelled_by(asker: Asker) -> Any:
    if asker.role is Role.PACKER:
        return _packed_by(asker) | {"session_type": "PACKING"}
    if asker.role is Role.DELIVERY:
        return _about(Right.DELIVER, Warehouse.on_the_road, session_type="DELIVERY")(asker)
    return _picked_by(asker) | {"session_type": "PICKING"}


def _packed_into(path: Callable[[Warehouse, str], Any]) -> Body:
    """An invoice that the asker packs, and what lies in a tray of it."""

    def body(asker: Asker) -> Any:
        begun = _packed_by(asker)
        return begun if begun == NONE else begun | path(Warehouse(asker.world), begun["invoice_no"])

    return body


def _in_a_tray(warehouse: Warehouse, number: str) -> Any:
    return {"boxes": warehouse.boxes(number, warehouse.tray(f"C-{number}"))}


_drafted = _packed_into(_in_a_tray)


def _boxes(asker: Asker) -> Any:
    return {"boxes": []} | _drafted(asker)


def _boxing(warehouse: Warehouse) -> str:
    return warehouse.boxing(warehouse.tray(f"B-{next(_codes)}"))


def _numbered(world: World) -> Ids:
    return {"invoice_no": Warehouse(world).imported()}


def _tray_body(asker: Asker) -> Any:
    return {"tray_code": f"N-{next(_codes)}"}


def _tray(world: World) -> Ids:
    made = world.send("POST", "/api/common/trays/", {"tray_code": f"I-{next(_codes)}"}, role=Role.OWNER)
    return {"tray_id": made.data["tray_id"]}


_codes = itertools.count(1)


def _courier_body(asker: Asker) -> Any:
    return {"courier_code": f"C-{next(_codes)}", "courier_name": "Blue", "type": "EXTERNAL", "phone": "1"}


def _courier(world: World) -> Ids:
    return {"courier_id": str(Warehouse(world).courier(f"I-{next(_codes)}").id)}


def _form(make: Callable[[Warehouse], str], right: Right, **texts: Any) -> Body:
    """A form about an invoice that is so far, for who may go on with it."""
    body = _about(right, make, **texts)
    return lambda asker: form_of(body(asker))[0]


def _of_form(asker: Asker) -> dict[str, str]:
    return form_of({})[1]


def _rerouted(asker: Asker) -> Any:
    if asker.role not in ROLES_WITH[Right.DISPATCH]:
        return {"invoice_nos": ["NONE"], "courier_id": str(uuid4())}
    number = _about(Right.DISPATCH, lambda warehouse: warehouse.left("COURIER"))(asker)["invoice_no"]
    return {"invoice_nos": [number], "courier_id": Warehouse(asker.world).blue}


def _in_bulk(make: Body) -> Body:
    """Of a company that wants it."""

    def body(asker: Asker) -> Any:
        asker.world.decide(enable_bulk_picking=True)
        return {"invoice_numbers": [make(asker)["invoice_no"]]}

    return body


def _imported(world: World) -> Ids:
    return {"invoice_id": str(world.import_invoice().data["id"])}


CALLS: dict[tuple[str, str], Call] = {
    ("POST", "/api/sales/picking/start/"): Call(201, body=_about(Right.PICK, Warehouse.imported)),
    ("POST", "/api/sales/picking/complete/"): Call(body=_picked_by),
    ("GET", "/api/sales/picking/active/"): Call(),
    ("POST", "/api/sales/picking/bulk-start/"): Call(201, body=_in_bulk(_about(Right.PICK, Warehouse.imported))),
    ("POST", "/api/sales/picking/bulk-complete/"): Call(body=_in_bulk(_picked_by)),
    ("PATCH", "/api/sales/invoices/{invoice_id}/"): Call(ids=_imported, body=lambda asker: {"status": "PICKED"}),
    ("POST", "/api/sales/packing/start/"): Call(201, body=_about(Right.PACK, Warehouse.picked)),
    ("POST", "/api/sales/packing/complete/"): Call(body=_packed_by),
    ("GET", "/api/sales/packing/active/"): Call(),
    ("POST", "/api/sales/packing/start-checking/"): Call(body=_about(Right.PACK, Warehouse.picked)),
    ("POST", "/api/sales/packing/hold-for-consolidation/"): Call(body=_packed_by),
    ("GET", "/api/sales/packing/my-checking/"): Call(),
    ("GET", "/api/sales/packing/bill/{invoice_no}/"): Call(ids=_numbered),
    ("GET", "/api/sales/packing/tray-bill/{invoice_no}/"): Call(ids=_numbered),
    ("GET", "/api/sales/packing/search-trays/"): Call(query="q=T"),
    ("POST", "/api/sales/packing/save-tray-draft/"): Call(body=_boxes),
    ("POST", "/api/sales/packing/complete-tray-packing/"): Call(body=_boxes),
    ("GET", "/api/sales/packing/boxing-invoices/"): Call(),
    ("GET", "/api/sales/packing/boxing-data/{invoice_no}/"): Call(ids=_numbered),
    ("POST", "/api/sales/packing/complete-boxing/"): Call(body=_about(Right.PACK, _boxing)),
    ("GET", "/api/common/trays/"): Call(),
    ("POST", "/api/common/trays/"): Call(201, body=_tray_body),
    ("GET", "/api/common/trays/{tray_id}/"): Call(ids=_tray),
    ("PUT", "/api/common/trays/{tray_id}/"): Call(ids=_tray, body=_tray_body),
    ("PATCH", "/api/common/trays/{tray_id}/"): Call(ids=_tray, body=lambda asker: {"remarks": "cracked"}),
    ("DELETE", "/api/common/trays/{tray_id}/"): Call(ids=_tray),
    ("POST", "/api/sales/delivery/start/"): Call(201, body=_about(Right.DISPATCH, Warehouse.packed, delivery_type="DIRECT")),
    ("POST", "/api/sales/delivery/assign/"): Call(
        body=_about(Right.DELIVER, lambda warehouse: warehouse.left("INTERNAL"), delivery_type="INTERNAL")
    ),
    ("POST", "/api/sales/delivery/complete/"): Call(body=_about(Right.DELIVER, Warehouse.on_the_road)),
    ("POST", "/api/sales/delivery/upload-slip/"): Call(
        body=_form(lambda warehouse: warehouse.left("COURIER"), Right.DISPATCH, tracking_no="B-1"), headers=_of_form
    ),
    ("POST", "/api/sales/delivery/update-courier/"): Call(body=_rerouted),
    ("GET", "/api/sales/delivery/audit-logs/"): Call(query="invoice_no=A"),
    ("GET", "/api/sales/delivery/consider-list/"): Call(),
    ("GET", "/api/sales/delivery/eligible-staff/"): Call(),
    ("POST", "/api/sales/admin/complete-workflow/"): Call(body=_about(Right.ADMINISTER, Warehouse.imported)),
    ("GET", "/api/sales/admin/bulk-status-update/"): Call(query="from_status=INVOICED"),
    ("POST", "/api/sales/admin/bulk-status-update/"): Call(
        body=lambda asker: {"from_status": "INVOICED", "to_status": "PICKED"}
    ),
    ("GET", "/api/sales/admin/bulk-status-history/"): Call(),
    # Switched off.
    ("GET", "/api/sales/packing/invoice-public/{invoice_no}/"): Call(404, ids=_numbered),
    # What is not signed is nobody's.
    ("GET", "/api/files/{token}/"): Call(404, ids=lambda world: {"token": "none"}),
    ("POST", "/api/sales/billing/return/"): Call(
        body=_about(Right.RETURN_INVOICES, Warehouse.picked, return_reason="A strip is missing")
    ),
    ("GET", "/api/sales/couriers/"): Call(),
    ("POST", "/api/sales/couriers/"): Call(201, body=_courier_body),
    ("GET", "/api/sales/couriers/{courier_id}/"): Call(ids=_courier),
    ("PUT", "/api/sales/couriers/{courier_id}/"): Call(ids=_courier, body=_courier_body),
    ("PATCH", "/api/sales/couriers/{courier_id}/"): Call(ids=_courier, body=lambda asker: {"remarks": "quick"}),
    ("DELETE", "/api/sales/couriers/{courier_id}/"): Call(ids=_courier),
    ("GET", "/api/analytics/dashboard-stats/"): Call(),
    ("GET", "/api/analytics/status-breakdown/"): Call(),
    ("GET", "/api/sales/picking/history/"): Call(),
    ("GET", "/api/sales/packing/history/"): Call(),
    ("GET", "/api/sales/delivery/history/"): Call(),
    ("GET", "/api/sales/billing/history/"): Call(),
    ("PATCH", "/api/sales/update/invoice/"): Call(
        body=_about(Right.IMPORT, Warehouse.in_review, resolution_notes="Counted again")
    ),
    ("POST", "/api/sales/cancel-session/"): Call(body=_cancelled_by),
}
