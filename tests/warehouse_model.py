"""What the table of the warehouse says of a request: who may ask, what it answers, where the invoice stands then."""

import itertools
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from erp.api.policy import policy
from erp.rights import ROLES_WITH, Right, Role
from fulfilment.administering import NEXT
from fulfilment.status import DeliveryType, Section
from fulfilment.workflow import Action, State, Step, after, billing_after, find_step
from invoices.status import BillingStatus, FulfilmentStatus
from tests.builders import Answer, form_of
from tests.warehouse import Warehouse

_RIGHTS = {entry.path: entry.right for entry in policy() if entry.method in {"POST", "PATCH"}}
_quantities = itertools.count(100)


class Request(NamedTuple):
    """How a client asks for an action; `invoice_no` comes to the body."""

    path: str
    body: dict[str, Any] = {}
    method: str = "POST"

    @property
    def right(self) -> Right:
        return _RIGHTS[f"/api/sales/{self.path}"]


REQUESTS: dict[Action, Request] = {
    Action.START_PICKING: Request("picking/start/"),
    Action.TAKE_OVER_PICKING: Request("picking/start/", {"take_over": True}),
    Action.COMPLETE_PICKING: Request("picking/complete/"),
    Action.EXPRESS_PICKING: Request("invoices/{invoice_id}/", {"status": "PICKED"}, "PATCH"),
    Action.CANCEL_PICKING: Request("cancel-session/", {"session_type": "PICKING"}),
    Action.START_PACKING: Request("packing/start/"),
    Action.START_CHECKING: Request("packing/start-checking/"),
    Action.HOLD_PACKING: Request("packing/hold-for-consolidation/"),
    Action.HAND_OVER_HELD: Request("packing/hold-for-consolidation/"),
    Action.SAVE_TRAYS: Request("packing/save-tray-draft/"),
    Action.COMPLETE_TRAYS: Request("packing/complete-tray-packing/"),
    Action.COMPLETE_BOXING: Request("packing/complete-boxing/", {"label_count": 2}),
    Action.TAKE_OVER_PACKING: Request("packing/start/", {"take_over": True}),
    Action.COMPLETE_PACKING: Request("packing/complete/"),
    Action.EXPRESS_PACKING: Request("invoices/{invoice_id}/", {"status": "PACKED"}, "PATCH"),
    Action.CANCEL_PACKING: Request("cancel-session/", {"session_type": "PACKING"}),
    Action.DELIVER_DIRECT: Request("delivery/start/", {"delivery_type": "DIRECT"}),
    Action.SEND_BY_COURIER: Request("delivery/start/", {"delivery_type": "COURIER"}),
    Action.ASSIGN_DRIVER: Request("delivery/start/", {"delivery_type": "INTERNAL"}),
    Action.SET_OUT: Request("delivery/assign/", {"delivery_type": "INTERNAL"}),
    Action.REPORT_DELIVERY: Request("delivery/complete/", {"delivery_status": "IN_TRANSIT"}),
    Action.COMPLETE_DELIVERY: Request("delivery/complete/"),
    Action.CHANGE_COURIER: Request("delivery/update-courier/"),
    Action.UPLOAD_SLIP: Request("delivery/upload-slip/", {"tracking_no": "B-1"}),
    Action.COMPLETE_WORKFLOW: Request("admin/complete-workflow/", {"reason": "lost its label"}),
    Action.ADVANCE: Request("admin/bulk-status-update/"),
    Action.CANCEL_DELIVERY: Request("cancel-session/", {"session_type": "DELIVERY"}),
    Action.RETURN_TO_BILLING: Request("billing/return/", {"return_reason": "A strip is missing"}),
    Action.RESUME: Request("update/invoice/", {"resolution_notes": "is right"}, "PATCH"),
    Action.RESUME_WITH_OTHER_GOODS: Request("update/invoice/", {}, "PATCH"),
}
"""Every action that a client can ask for; two more depend on a policy and on who has left."""

_BOXED = {Action.SAVE_TRAYS, Action.COMPLETE_TRAYS}
_MAKING = {"picking/start/", "packing/start/", "delivery/start/"}
"""Requests that answer 201."""
_STARTS = {Action.TAKE_OVER_PICKING: Action.START_PICKING, Action.TAKE_OVER_PACKING: Action.START_PACKING}
_CANCELS = {
    Action.CANCEL_PICKING: Section.PICKING,
    Action.CANCEL_PACKING: Section.PACKING,
    Action.CANCEL_DELIVERY: Section.DELIVERY,
}
_TYPES = {
    Action.DELIVER_DIRECT: DeliveryType.DIRECT,
    Action.SEND_BY_COURIER: DeliveryType.COURIER,
    Action.ASSIGN_DRIVER: DeliveryType.INTERNAL,
}


def ask(
    house: Warehouse,
    action: Action,
    number: str,
    at: FulfilmentStatus,
    *,
    role: Role,
    by: Warehouse | None = None,
    query: str = "",
) -> Answer:
    """Ask for the action on an invoice of the house that stands `at` this status; `by` who else works there."""
    request = REQUESTS[action]
    headers: dict[str, str] = {}
    body: Any = request.body | ({} if "{" in request.path else {"invoice_no": number})
    if action in _BOXED:
        body["boxes"] = house.boxes(number, house.tray_for(number))
    elif action is Action.HAND_OVER_HELD:
        body["assign_to_email"] = house.heir
    elif action is Action.CHANGE_COURIER:
        body = {"invoice_nos": [number], "courier_id": house.blue}
    elif action is Action.ADVANCE:
        here = at if at in NEXT else FulfilmentStatus.INVOICED
        body = {"from_status": here.value, "to_status": NEXT[here].value}
    elif action is Action.RESUME_WITH_OTHER_GOODS:
        body["items"] = [{"item_code": "PR650", "quantity": next(_quantities)}]
    elif action is Action.UPLOAD_SLIP:
        body, headers = form_of(body)
    path = request.path.format(invoice_id=house.world.invoice(number).id) + query
    return (by or house).ask(request.method, path, body, role=role, **headers)


@dataclass
class Model:
    """An invoice as the table knows it. `workers` are the roles whose people have the sessions."""

    state: State = field(default_factory=lambda: State(FulfilmentStatus.INVOICED))
    billing: BillingStatus = BillingStatus.BILLED
    workers: dict[Section, Role | None] = field(default_factory=dict)
    returned_from: Section | None = None

    def judge(self, action: Action, role: Role) -> tuple[int, Step | None]:
        """The status that a member of this role gets, and the step when it is taken."""
        if role not in ROLES_WITH[REQUESTS[action].right]:
            return 403, None
        if action in _CANCELS and self.state.of(_CANCELS[action]) is None:
            return 404, None
        take_over = action in _STARTS
        if take_over and self.state.of(_section(action)) is None:
            action = _STARTS[action]
        step = find_step(action, self.state)
        if action is Action.ADVANCE:
            return 200, step  # whatever is there goes on, and that may be nothing
        if step is None:
            return 409, None
        if not self._may(step, role):
            return 403, None
        if action in _STARTS and (self.workers.get(step.section) is role or role not in ROLES_WITH[Right.ACT_FOR]):
            return 409, None  # his own session is open, or another's lease runs
        return (201 if REQUESTS[action].path in _MAKING else 200), step

    def _may(self, step: Step, role: Role) -> bool:
        if step.right is not None and role in ROLES_WITH[step.right]:
            return True
        return step.own and (self.workers.get(step.section) is role or role in ROLES_WITH[Right.ACT_FOR])

    def take(self, action: Action, step: Step, role: Role) -> None:
        if step.opens:
            nobody_here = action is Action.HAND_OVER_HELD or action in {Action.DELIVER_DIRECT, Action.SEND_BY_COURIER}
            self.workers[step.section] = None if nobody_here else role
        for section in step.fills:
            self.workers.setdefault(section, None if section is Section.DELIVERY else role)
        if action is Action.RETURN_TO_BILLING:
            self.returned_from = step.section
        self.billing = billing_after(step, self.billing, self.returned_from)
        self.state = after(step, self.state, _TYPES.get(action))


def _section(action: Action) -> Section:
    return Section.PICKING if action is Action.TAKE_OVER_PICKING else Section.PACKING
