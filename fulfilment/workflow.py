"""The workflow of an invoice's goods, as one table: what may happen, where, by whom, and what follows. Pure.

Source: chapter "The state machine" of the sales contract. Use cases look their action up here and do what the step says;
`docs/concepts/fulfilment.md` draws the table, and a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum

from erp.rights import Right
from fulfilment.status import DeliveryType, PackingStatus, PickingStatus, Section
from invoices.status import BillingStatus, DeliveryStatus
from invoices.status import FulfilmentStatus as Status

PICKING, PACKING, DELIVERY = Section.PICKING, Section.PACKING, Section.DELIVERY

Session = str | None
"""Status of a section's current session; None when there is none."""
Allowed = Mapping[Section, frozenset[Session]]


@dataclass(frozen=True, slots=True)
class State:
    """Where an invoice stands, with the current session of each section."""

    status: Status
    picking: Session = None
    packing: Session = None
    delivery: Session = None
    delivery_type: DeliveryType | None = None

    def of(self, section: Section) -> Session:
        return {PICKING: self.picking, PACKING: self.packing, DELIVERY: self.delivery}[section]


class Action(StrEnum):
    """What somebody wants to do. A correction resumes in one of three ways."""

    START_PICKING = "start_picking"
    TAKE_OVER_PICKING = "take_over_picking"
    COMPLETE_PICKING = "complete_picking"
    CANCEL_PICKING = "cancel_picking"
    EXPRESS_PICKING = "express_picking"
    START_PACKING = "start_packing"
    TAKE_OVER_PACKING = "take_over_packing"
    START_CHECKING = "start_checking"
    HOLD_PACKING = "hold_packing"
    HAND_OVER_HELD = "hand_over_held"
    SAVE_TRAYS = "save_trays"
    COMPLETE_TRAYS = "complete_trays"
    COMPLETE_BOXING = "complete_boxing"
    COMPLETE_PACKING = "complete_packing"
    EXPRESS_PACKING = "express_packing"
    CANCEL_PACKING = "cancel_packing"
    DELIVER_DIRECT = "deliver_direct"
    SEND_BY_COURIER = "send_by_courier"
    HAND_TO_COURIER = "hand_to_courier"
    ASSIGN_DRIVER = "assign_driver"
    SET_OUT = "set_out"
    CHANGE_COURIER = "change_courier"
    REPORT_DELIVERY = "report_delivery"
    COMPLETE_DELIVERY = "complete_delivery"
    UPLOAD_SLIP = "upload_slip"
    CANCEL_DELIVERY = "cancel_delivery"
    COMPLETE_WORKFLOW = "complete_workflow"
    ADVANCE = "advance"
    RETURN_TO_BILLING = "return_to_billing"
    RESUME = "resume"
    RESUME_WITH_OTHER_GOODS = "resume_with_other_goods"
    RESUME_WITHOUT_WORKER = "resume_without_worker"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table.

    Possible in one of the statuses `at`, when the sessions are as `sessions` says (sections that it leaves out are as the
    status implies). `to` is the status after it, None when it stays. Who has `right` may do it, and with `own` the session's
    worker, or who may act for him. `effects` are the statuses that sessions get, those that are there; `opens` is the
    status of a new session of the section; `fills` are the statuses of sessions that are written where there is none.
    `finishes` ends a re-invoicing of its section, and of those it fills. Without an `event` it is no transition.
    """

    action: Action
    section: Section
    at: frozenset[Status]
    _: KW_ONLY
    event: str
    sessions: Allowed = field(default_factory=dict)
    delivery_type: DeliveryType | None = None
    to: Status | None = None
    right: Right | None = None
    own: bool = False
    effects: Mapping[Section, str] = field(default_factory=dict)
    opens: str | None = None
    fills: Mapping[Section, str] = field(default_factory=dict)
    finishes: bool = False
    billing: BillingStatus | None = None

    def fits(self, state: State) -> bool:
        return (
            state.status in self.at
            and all(state.of(section) in allowed for section, allowed in self.sessions.items())
            and self.delivery_type in {None, state.delivery_type}
        )

    @property
    def finished(self) -> frozenset[Section]:
        """The sections whose work is done with it."""
        return frozenset({self.section, *self.fills} if self.finishes else ())


def _at(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


def _is(*sessions: Session) -> frozenset[Session]:
    return frozenset(sessions)


_IN_REVIEW: dict[Section, Allowed] = {
    PICKING: {PICKING: _is(PickingStatus.REVIEW)},
    PACKING: {PACKING: _is(PackingStatus.REVIEW)},
    DELIVERY: {PICKING: _is(PickingStatus.PICKED), PACKING: _is(PackingStatus.PACKED)},
}
"""Which sessions tell from where an invoice in REVIEW was sent back."""


def _resume(section: Section, action: Action, to: Status, effects: Mapping[Section, str]) -> Step:
    return Step(
        action,
        section,
        _at(Status.REVIEW),
        sessions=_IN_REVIEW[section],
        to=to,
        right=Right.IMPORT,
        effects=effects,
        event="invoice_updated",
        billing=BillingStatus.RE_INVOICED,
    )


_NO_DELIVERY: Allowed = {DELIVERY: _is(None)}
_WORKED_ON: Allowed = {PACKING: _is(PackingStatus.IN_PROGRESS, PackingStatus.CHECKING)}
_DONE: Mapping[Section, str] = {
    PICKING: PickingStatus.PICKED,
    PACKING: PackingStatus.PACKED,
    DELIVERY: DeliveryStatus.DELIVERED,
}

STEPS: tuple[Step, ...] = (
    # ── Picking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    Step(Action.START_PICKING, PICKING, _at(Status.INVOICED), event="picking_started", to=Status.PICKING, right=Right.PICK,
         opens=PickingStatus.PREPARING),
    Step(Action.TAKE_OVER_PICKING, PICKING, _at(Status.PICKING), event="picking_started", right=Right.PICK,
         effects={PICKING: PickingStatus.CANCELLED}, opens=PickingStatus.PREPARING),
    Step(Action.COMPLETE_PICKING, PICKING, _at(Status.PICKING), event="picking_completed", to=Status.PICKED, own=True,
         effects={PICKING: PickingStatus.PICKED}, finishes=True),
    Step(Action.CANCEL_PICKING, PICKING, _at(Status.PICKING), event="picking_cancelled", to=Status.INVOICED, own=True,
         effects={PICKING: PickingStatus.CANCELLED}),
    Step(Action.CANCEL_PICKING, PICKING, _at(Status.PICKED), event="picking_cancelled", to=Status.INVOICED,
         right=Right.ACT_FOR, effects={PICKING: PickingStatus.CANCELLED}),
    Step(Action.EXPRESS_PICKING, PICKING, _at(Status.INVOICED), event="picking_completed", to=Status.PICKED,
         right=Right.EXPRESS, opens=PickingStatus.PICKED, finishes=True),
    # ── Packing ──────────────────────────────────────────────────────────────────────────────────────────────────────
    Step(Action.START_PACKING, PACKING, _at(Status.PICKED), event="packing_started", to=Status.PACKING, right=Right.PACK,
         opens=PackingStatus.IN_PROGRESS),
    Step(Action.TAKE_OVER_PACKING, PACKING, _at(Status.PACKING), event="packing_started", right=Right.PACK,
         effects={PACKING: PackingStatus.CANCELLED}, opens=PackingStatus.IN_PROGRESS),
    Step(Action.START_CHECKING, PACKING, _at(Status.PICKED), event="packing_checking", to=Status.PACKING, right=Right.PACK,
         opens=PackingStatus.CHECKING),
    Step(Action.START_CHECKING, PACKING, _at(Status.PACKING), event="packing_checking", own=True,
         sessions={PACKING: _is(PackingStatus.IN_PROGRESS, PackingStatus.CHECKING_DONE)},
         effects={PACKING: PackingStatus.CHECKING}),
    Step(Action.HOLD_PACKING, PACKING, _at(Status.PACKING), event="packing_held", sessions=_WORKED_ON, own=True,
         effects={PACKING: PackingStatus.CHECKING_DONE}),
    # Who holds it for another leaves him a session of his own, as by a take-over.
    Step(Action.HAND_OVER_HELD, PACKING, _at(Status.PACKING), event="packing_held", sessions=_WORKED_ON, own=True,
         effects={PACKING: PackingStatus.CANCELLED}, opens=PackingStatus.CHECKING_DONE),
    Step(Action.SAVE_TRAYS, PACKING, _at(Status.PACKING), event="", own=True),
    Step(Action.COMPLETE_TRAYS, PACKING, _at(Status.PACKING), event="packing_boxing", to=Status.BOXING, own=True,
         effects={PACKING: PackingStatus.PACKING}, finishes=True),
    Step(Action.COMPLETE_BOXING, PACKING, _at(Status.BOXING), event="packing_completed", to=Status.PACKED,
         right=Right.PACK, effects={PACKING: PackingStatus.PACKED}, finishes=True),
    Step(Action.EXPRESS_PACKING, PACKING, _at(Status.PICKED), event="packing_completed", to=Status.PACKED,
         right=Right.EXPRESS, opens=PackingStatus.PACKED, finishes=True),
    Step(Action.COMPLETE_PACKING, PACKING, _at(Status.PACKING), event="packing_completed", to=Status.PACKED, own=True,
         effects={PACKING: PackingStatus.PACKED}, finishes=True),
    Step(Action.CANCEL_PACKING, PACKING, _at(Status.PACKING, Status.BOXING), event="packing_cancelled", to=Status.PICKED,
         own=True, effects={PACKING: PackingStatus.CANCELLED}),
    Step(Action.CANCEL_PACKING, PACKING, _at(Status.PACKED), event="packing_cancelled", sessions=_NO_DELIVERY,
         to=Status.PICKED, right=Right.ACT_FOR, effects={PACKING: PackingStatus.CANCELLED}),
    # ── Delivery ─────────────────────────────────────────────────────────────────────────────────────────────────────
    Step(Action.DELIVER_DIRECT, DELIVERY, _at(Status.PACKED), event="delivery_completed", sessions=_NO_DELIVERY,
         to=Status.DELIVERED, right=Right.DISPATCH, opens=DeliveryStatus.DELIVERED, finishes=True),
    Step(Action.SEND_BY_COURIER, DELIVERY, _at(Status.PACKED), event="delivery_started", sessions=_NO_DELIVERY,
         to=Status.DISPATCHED, right=Right.DISPATCH, opens=DeliveryStatus.TO_CONSIDER, finishes=True),
    Step(Action.HAND_TO_COURIER, DELIVERY, _at(Status.PACKED), event="delivery_completed", sessions=_NO_DELIVERY,
         to=Status.DELIVERED, right=Right.DISPATCH, opens=DeliveryStatus.DELIVERED, finishes=True),
    Step(Action.ASSIGN_DRIVER, DELIVERY, _at(Status.PACKED), event="delivery_assigned", sessions=_NO_DELIVERY,
         right=Right.DISPATCH, opens=DeliveryStatus.TO_CONSIDER, finishes=True),
    Step(Action.SET_OUT, DELIVERY, _at(Status.PACKED), event="delivery_started",
         sessions={DELIVERY: _is(DeliveryStatus.TO_CONSIDER)}, to=Status.DISPATCHED, right=Right.DISPATCH, own=True,
         effects={DELIVERY: DeliveryStatus.IN_TRANSIT}),
    Step(Action.CHANGE_COURIER, DELIVERY, _at(Status.DISPATCHED), event="delivery_updated",
         delivery_type=DeliveryType.COURIER, right=Right.DISPATCH),
    Step(Action.REPORT_DELIVERY, DELIVERY, _at(Status.DISPATCHED), event="delivery_updated", right=Right.DISPATCH, own=True,
         effects={DELIVERY: DeliveryStatus.IN_TRANSIT}),
    Step(Action.COMPLETE_DELIVERY, DELIVERY, _at(Status.DISPATCHED), event="delivery_completed", to=Status.DELIVERED,
         right=Right.DISPATCH, own=True, effects={DELIVERY: DeliveryStatus.DELIVERED}),
    Step(Action.CANCEL_DELIVERY, DELIVERY, _at(Status.DISPATCHED, Status.PACKED), event="delivery_cancelled",
         sessions={DELIVERY: _is(DeliveryStatus.TO_CONSIDER, DeliveryStatus.IN_TRANSIT)}, to=Status.PACKED,
         right=Right.DISPATCH, own=True, effects={DELIVERY: DeliveryStatus.CANCELLED}),
    Step(Action.UPLOAD_SLIP, DELIVERY, _at(Status.DISPATCHED), event="delivery_completed", to=Status.DELIVERED,
         delivery_type=DeliveryType.COURIER, right=Right.DISPATCH, effects={DELIVERY: DeliveryStatus.DELIVERED}),
    Step(Action.UPLOAD_SLIP, DELIVERY, _at(Status.DELIVERED), event="delivery_updated", delivery_type=DeliveryType.COURIER,
         right=Right.DISPATCH),
    # ── Administration ───────────────────────────────────────────────────────────────────────────────────────────────
    Step(Action.COMPLETE_WORKFLOW, DELIVERY, frozenset(Status) - {Status.REVIEW, Status.DELIVERED},
         event="delivery_completed", to=Status.DELIVERED, right=Right.ADMINISTER, effects=_DONE, fills=_DONE, finishes=True),
    *(
        Step(Action.ADVANCE, section, _at(before), event=event, to=then, right=Right.ADMINISTER,
             effects={section: _DONE[section]}, fills={section: _DONE[section]}, finishes=True)
        for section, before, then, event in (
            (PICKING, Status.INVOICED, Status.PICKED, "picking_completed"),
            (PACKING, Status.PICKED, Status.PACKED, "packing_completed"),
            (DELIVERY, Status.PACKED, Status.DELIVERED, "delivery_completed"),
        )
    ),
    # ── Review ───────────────────────────────────────────────────────────────────────────────────────────────────────
    *(
        Step(Action.RETURN_TO_BILLING, section, statuses, event="invoice_review", to=Status.REVIEW,
             right=Right.RETURN_INVOICES, effects={section: "REVIEW"}, billing=BillingStatus.REVIEW)
        for section, statuses in (
            (PICKING, _at(Status.PICKING, Status.PICKED)),
            (PACKING, _at(Status.PACKING, Status.BOXING)),
            (DELIVERY, _at(Status.PACKED, Status.DISPATCHED)),
        )
    ),
    _resume(PICKING, Action.RESUME, Status.PICKING, {PICKING: PickingStatus.PREPARING}),
    _resume(PICKING, Action.RESUME_WITH_OTHER_GOODS, Status.PICKING, {PICKING: PickingStatus.PREPARING}),
    _resume(PICKING, Action.RESUME_WITHOUT_WORKER, Status.INVOICED, {PICKING: PickingStatus.CANCELLED}),
    _resume(PACKING, Action.RESUME, Status.PACKING, {PACKING: PackingStatus.IN_PROGRESS}),
    _resume(PACKING, Action.RESUME_WITH_OTHER_GOODS, Status.PACKING, {PACKING: PackingStatus.IN_PROGRESS}),
    _resume(PACKING, Action.RESUME_WITHOUT_WORKER, Status.PICKED, {PACKING: PackingStatus.CANCELLED}),
    _resume(DELIVERY, Action.RESUME, Status.PACKED, {DELIVERY: DeliveryStatus.CANCELLED}),
    _resume(
        DELIVERY,
        Action.RESUME_WITH_OTHER_GOODS,
        Status.PACKING,
        {DELIVERY: DeliveryStatus.CANCELLED, PACKING: PackingStatus.IN_PROGRESS},
    ),
    # Other goods, and who had packed them is gone: somebody else packs from the beginning.
    _resume(
        DELIVERY,
        Action.RESUME_WITHOUT_WORKER,
        Status.PICKED,
        {DELIVERY: DeliveryStatus.CANCELLED, PACKING: PackingStatus.CANCELLED},
    ),
)  # fmt: skip
"""Every step there is."""


def find_step(action: Action, state: State) -> Step | None:
    """What the action does here; None when it may not happen."""
    return next((step for step in STEPS if step.action is action and step.fits(state)), None)


def after(step: Step, state: State, delivery_type: DeliveryType | None = None) -> State:
    """The state that the step leads to; `delivery_type` of a delivery that it opens."""
    sessions: dict[Section, Session] = {section: state.of(section) for section in Section}
    for section, status in step.effects.items():
        if sessions[section] is not None:
            sessions[section] = None if status == "CANCELLED" else status
    if step.opens is not None:
        sessions[step.section] = step.opens
    opened = step.opens is not None and step.section is DELIVERY
    kind = delivery_type if opened else state.delivery_type
    for section, status in step.fills.items():
        if state.of(section) is None:
            sessions[section] = status
            kind = DeliveryType.DIRECT if section is DELIVERY else kind
    return State(
        step.to or state.status,
        sessions[PICKING],
        sessions[PACKING],
        sessions[DELIVERY],
        kind if sessions[DELIVERY] is not None else None,
    )


def billing_after(step: Step, billing: BillingStatus, returned_from: Section | None) -> BillingStatus:
    """Billing's side: a re-invoiced document is billed again when the section that had sent it back finishes."""
    if step.billing is not None:
        return step.billing
    if billing is BillingStatus.RE_INVOICED and returned_from in step.finished:
        return BillingStatus.BILLED
    return billing
