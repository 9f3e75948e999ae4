"""The workflow of an invoice's goods, as one table: what may happen, where, by whom, and what follows. Pure.

Source: chapter "The state machine" of the sales contract. Use cases look their action up here and do what the step says;
`docs/concepts/fulfilment.md` draws the table, and a test compares the two.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

from erp.rights import Right
from fulfilment.status import ONLY_ASKED_FOR, DeliveryType, PackingStatus, PickingStatus, Section
from invoices.status import BillingStatus, DeliveryStatus
from invoices.status import FulfilmentStatus as Status

PICKING, PACKING, DELIVERY = Section.PICKING, Section.PACKING, Section.DELIVERY
_UNPACKED = frozenset({PackingStatus.IN_PROGRESS, PackingStatus.CHECKING, PackingStatus.CHECKING_DONE})

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
    START_PACKING = "start_packing"
    TAKE_OVER_PACKING = "take_over_packing"
    COMPLETE_PACKING = "complete_packing"
    CANCEL_PACKING = "cancel_packing"
    DELIVER_DIRECT = "deliver_direct"
    SEND_BY_COURIER = "send_by_courier"
    HAND_TO_COURIER = "hand_to_courier"
    ASSIGN_DRIVER = "assign_driver"
    SET_OUT = "set_out"
    CHANGE_COURIER = "change_courier"
    REPORT_DELIVERY = "report_delivery"
    COMPLETE_DELIVERY = "complete_delivery"
    CANCEL_DELIVERY = "cancel_delivery"
    RETURN_TO_BILLING = "return_to_billing"
    RESUME = "resume"
    RESUME_WITH_OTHER_GOODS = "resume_with_other_goods"
    RESUME_WITHOUT_WORKER = "resume_without_worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the table.

    Possible in one of the statuses `at`, when the sessions are as `sessions` says (sections that it leaves out are as the
    status implies). `to` is the status after it, None when it stays. Who has `right` may do it, and with `own` the session's
    worker, or who may act for him. `effects` are the statuses that sessions get, those that are there; `opens` is the
    status of a new session of the section. `finishes` ends a re-invoicing of its section.
    """

    action: Action
    section: Section
    at: frozenset[Status]
    sessions: Allowed = field(default_factory=dict)
    delivery_type: DeliveryType | None = None
    to: Status | None = None
    right: Right | None = None
    own: bool = False
    effects: Mapping[Section, str] = field(default_factory=dict)
    opens: str | None = None
    event: str
    finishes: bool = False
    billing: BillingStatus | None = None

    def fits(self, state: State) -> bool:
        return (
            state.status in self.at
            and all(state.of(section) in allowed for section, allowed in self.sessions.items())
            and self.delivery_type in {None, state.delivery_type}
        )


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
        action=action,
        section=section,
        at=_at(Status.REVIEW),
        sessions=_IN_REVIEW[section],
        to=to,
        right=Right.IMPORT,
        effects=effects,
        event="invoice_updated",
        billing=BillingStatus.RE_INVOICED,
    )


_NO_DELIVERY: Allowed = {DELIVERY: _is(None)}

STEPS: tuple[Step, ...] = (
    # ── Picking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    Step(
        action=Action.START_PICKING,
        section=PICKING,
        at=_at(Status.INVOICED),
        to=Status.PICKING,
        right=Right.PICK,
        opens=PickingStatus.PREPARING,
        event="picking_started",
    ),
    Step(
        action=Action.TAKE_OVER_PICKING,
        section=PICKING,
        at=_at(Status.PICKING),
        right=Right.PICK,
        effects={PICKING: PickingStatus.CANCELLED},
        opens=PickingStatus.PREPARING,
        event="picking_started",
    ),
    Step(
        action=Action.COMPLETE_PICKING,
        section=PICKING,
        at=_at(Status.PICKING),
        to=Status.PICKED,
        own=True,
        effects={PICKING: PickingStatus.PICKED},
        event="picking_completed",
        finishes=True,
    ),
    Step(
        action=Action.CANCEL_PICKING,
        section=PICKING,
        at=_at(Status.PICKING),
        to=Status.INVOICED,
        own=True,
        effects={PICKING: PickingStatus.CANCELLED},
        event="picking_cancelled",
    ),
    Step(
        action=Action.CANCEL_PICKING,
        section=PICKING,
        at=_at(Status.PICKED),
        to=Status.INVOICED,
        right=Right.ACT_FOR,
        effects={PICKING: PickingStatus.CANCELLED},
        event="picking_cancelled",
    ),
    # ── Packing ──────────────────────────────────────────────────────────────────────────────────────────────────────
    Step(
        action=Action.START_PACKING,
        section=PACKING,
        at=_at(Status.PICKED),
        to=Status.PACKING,
        right=Right.PACK,
        opens=PackingStatus.IN_PROGRESS,
        event="packing_started",
    ),
    Step(
        action=Action.TAKE_OVER_PACKING,
        section=PACKING,
        at=_at(Status.PACKING),
        right=Right.PACK,
        effects={PACKING: PackingStatus.CANCELLED},
        opens=PackingStatus.IN_PROGRESS,
        event="packing_started",
    ),
    Step(
        action=Action.COMPLETE_PACKING,
        section=PACKING,
        at=_at(Status.PACKING),
        to=Status.PACKED,
        own=True,
        effects={PACKING: PackingStatus.PACKED},
        event="packing_completed",
        finishes=True,
    ),
    Step(
        action=Action.CANCEL_PACKING,
        section=PACKING,
        at=_at(Status.PACKING, Status.BOXING),
        to=Status.PICKED,
        own=True,
        effects={PACKING: PackingStatus.CANCELLED},
        event="packing_cancelled",
    ),
    Step(
        action=Action.CANCEL_PACKING,
        section=PACKING,
        at=_at(Status.PACKED),
        sessions=_NO_DELIVERY,
        to=Status.PICKED,
        right=Right.ACT_FOR,
        effects={PACKING: PackingStatus.CANCELLED},
        event="packing_cancelled",
    ),
    # ── Delivery ─────────────────────────────────────────────────────────────────────────────────────────────────────
    Step(
        action=Action.DELIVER_DIRECT,
        section=DELIVERY,
        at=_at(Status.PACKED),
        sessions=_NO_DELIVERY,
        to=Status.DELIVERED,
        right=Right.DISPATCH,
        opens=DeliveryStatus.DELIVERED,
        event="delivery_completed",
        finishes=True,
    ),
    Step(
        action=Action.SEND_BY_COURIER,
        section=DELIVERY,
        at=_at(Status.PACKED),
        sessions=_NO_DELIVERY,
        to=Status.DISPATCHED,
        right=Right.DISPATCH,
        opens=DeliveryStatus.TO_CONSIDER,
        event="delivery_started",
        finishes=True,
    ),
    Step(
        action=Action.HAND_TO_COURIER,
        section=DELIVERY,
        at=_at(Status.PACKED),
        sessions=_NO_DELIVERY,
        to=Status.DELIVERED,
        right=Right.DISPATCH,
        opens=DeliveryStatus.DELIVERED,
        event="delivery_completed",
        finishes=True,
    ),
    Step(
        action=Action.ASSIGN_DRIVER,
        section=DELIVERY,
        at=_at(Status.PACKED),
        sessions=_NO_DELIVERY,
        right=Right.DISPATCH,
        opens=DeliveryStatus.TO_CONSIDER,
        event="delivery_assigned",
        finishes=True,
    ),
    Step(
        action=Action.SET_OUT,
        section=DELIVERY,
        at=_at(Status.PACKED),
        sessions={DELIVERY: _is(DeliveryStatus.TO_CONSIDER)},
        to=Status.DISPATCHED,
        right=Right.DISPATCH,
        own=True,
        effects={DELIVERY: DeliveryStatus.IN_TRANSIT},
        event="delivery_started",
    ),
    Step(
        action=Action.CHANGE_COURIER,
        section=DELIVERY,
        at=_at(Status.DISPATCHED),
        delivery_type=DeliveryType.COURIER,
        right=Right.DISPATCH,
        event="delivery_updated",
    ),
    Step(
        action=Action.REPORT_DELIVERY,
        section=DELIVERY,
        at=_at(Status.DISPATCHED),
        right=Right.DISPATCH,
        own=True,
        effects={DELIVERY: DeliveryStatus.IN_TRANSIT},
        event="delivery_updated",
    ),
    Step(
        action=Action.COMPLETE_DELIVERY,
        section=DELIVERY,
        at=_at(Status.DISPATCHED),
        to=Status.DELIVERED,
        right=Right.DISPATCH,
        own=True,
        effects={DELIVERY: DeliveryStatus.DELIVERED},
        event="delivery_completed",
    ),
    Step(
        action=Action.CANCEL_DELIVERY,
        section=DELIVERY,
        at=_at(Status.DISPATCHED, Status.PACKED),
        sessions={DELIVERY: _is(DeliveryStatus.TO_CONSIDER, DeliveryStatus.IN_TRANSIT)},
        to=Status.PACKED,
        right=Right.DISPATCH,
        own=True,
        effects={DELIVERY: DeliveryStatus.CANCELLED},
        event="delivery_cancelled",
    ),
    # ── Review ───────────────────────────────────────────────────────────────────────────────────────────────────────
    *(
        Step(
            action=Action.RETURN_TO_BILLING,
            section=section,
            at=statuses,
            to=Status.REVIEW,
            right=Right.RETURN_INVOICES,
            effects={section: "REVIEW"},
            event="invoice_review",
            billing=BillingStatus.REVIEW,
        )
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
)
"""Every step that is built."""


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
    if step.finishes and billing is BillingStatus.RE_INVOICED and returned_from is step.section:
        return BillingStatus.BILLED
    return billing


# ── What agrees ──────────────────────────────────────────────────────────────────────────────────────────────────────

_PICKED, _PACKED = _is(PickingStatus.PICKED), _is(PackingStatus.PACKED)
_NONE = _is(None)

AGREEMENTS: tuple[tuple[Status, frozenset[Session], frozenset[Session], frozenset[tuple[Session, DeliveryType | None]]], ...]
AGREEMENTS = (
    (Status.INVOICED, _NONE, _NONE, frozenset({(None, None)})),
    (Status.PICKING, _is(PickingStatus.PREPARING), _NONE, frozenset({(None, None)})),
    (Status.PICKED, _PICKED, _NONE, frozenset({(None, None)})),
    (Status.PACKING, _PICKED, frozenset[Session](_UNPACKED), frozenset({(None, None)})),
    (Status.BOXING, _PICKED, _is(PackingStatus.PACKING), frozenset({(None, None)})),
    (Status.PACKED, _PICKED, _PACKED, frozenset({(None, None), (DeliveryStatus.TO_CONSIDER, DeliveryType.INTERNAL)})),
    (
        Status.DISPATCHED,
        _PICKED,
        _PACKED,
        frozenset(
            {
                (DeliveryStatus.TO_CONSIDER, DeliveryType.COURIER),
                (DeliveryStatus.IN_TRANSIT, DeliveryType.COURIER),
                (DeliveryStatus.IN_TRANSIT, DeliveryType.INTERNAL),
            }
        ),
    ),
    (Status.DELIVERED, _PICKED, _PACKED, frozenset((DeliveryStatus.DELIVERED, kind) for kind in DeliveryType)),
    (Status.REVIEW, _is(PickingStatus.REVIEW), _NONE, frozenset({(None, None)})),
    (Status.REVIEW, _PICKED, _is(PackingStatus.REVIEW), frozenset({(None, None)})),
    (
        Status.REVIEW,
        _PICKED,
        _PACKED,
        frozenset(
            {
                (None, None),
                (DeliveryStatus.REVIEW, DeliveryType.COURIER),
                (DeliveryStatus.REVIEW, DeliveryType.INTERNAL),
            }
        ),
    ),
)
"""Which sessions an invoice has in each status. The database holds the same table (`fulfilment_agree`)."""


def agrees(state: State) -> bool:
    return any(
        state.status is status
        and state.picking in picking
        and state.packing in packing
        and (state.delivery, state.delivery_type) in delivery
        for status, picking, packing, delivery in AGREEMENTS
    )


def every_state() -> Iterator[State]:
    """All that can be written down, whether it agrees or not."""
    deliveries = [(None, None), *product(_found(DeliveryStatus), DeliveryType)]
    for status, picking, packing, (delivery, kind) in product(
        Status, [None, *_found(PickingStatus)], [None, *_found(PackingStatus)], deliveries
    ):
        yield State(status, picking, packing, delivery, kind)


def _found(kind: type[StrEnum]) -> list[str]:
    """Statuses of a current session."""
    return [one.value for one in kind if one not in ONLY_ASKED_FOR and one.value != "CANCELLED"]
