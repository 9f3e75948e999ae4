"""Calls of picking, packing and delivery; each on an invoice of its own, begun by who asks where that matters."""

import itertools
from collections.abc import Callable
from typing import Any

from erp.rights import ROLES_WITH, Right, Role, Scope
from tests.builders import World
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


_codes = itertools.count(1)


def _courier_body(asker: Asker) -> Any:
    return {"courier_code": f"C-{next(_codes)}", "courier_name": "Blue", "type": "EXTERNAL", "phone": "1"}


def _courier(world: World) -> Ids:
    return {"courier_id": str(Warehouse(world).courier(f"I-{next(_codes)}").id)}


CALLS: dict[tuple[str, str], Call] = {
    ("POST", "/api/sales/picking/start/"): Call(201, body=_about(Right.PICK, Warehouse.imported)),
    ("POST", "/api/sales/picking/complete/"): Call(body=_picked_by),
    ("GET", "/api/sales/picking/active/"): Call(),
    ("POST", "/api/sales/packing/start/"): Call(201, body=_about(Right.PACK, Warehouse.picked)),
    ("POST", "/api/sales/packing/complete/"): Call(body=_packed_by),
    ("GET", "/api/sales/packing/active/"): Call(),
    ("POST", "/api/sales/delivery/start/"): Call(201, body=_about(Right.DISPATCH, Warehouse.packed, delivery_type="DIRECT")),
    ("POST", "/api/sales/delivery/assign/"): Call(
        body=_about(Right.DELIVER, lambda warehouse: warehouse.left("INTERNAL"), delivery_type="INTERNAL")
    ),
    ("POST", "/api/sales/delivery/complete/"): Call(body=_about(Right.DELIVER, Warehouse.on_the_road)),
    ("POST", "/api/sales/billing/return/"): Call(
        body=_about(Right.RETURN_INVOICES, Warehouse.picked, return_reason="A strip is missing")
    ),
    ("GET", "/api/sales/couriers/"): Call(),
    ("POST", "/api/sales/couriers/"): Call(201, body=_courier_body),
    ("GET", "/api/sales/couriers/{courier_id}/"): Call(ids=_courier),
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
