"""Giving parcels that are under way to another courier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from erp.rights import Right
from fulfilment.couriers import active_courier, give_to_courier
from fulfilment.models import Courier, CourierChange
from fulfilment.scenes import Scene, open_named_scenes
from fulfilment.sessions import Move, judge, take_steps
from fulfilment.workers import worker_of
from fulfilment.workflow import Action


@dataclass(frozen=True, slots=True)
class Rerouted:
    scenes: list[Scene]
    courier: Courier
    changes: list[CourierChange]


@use_case
def update_couriers(
    locks: Locks,
    *,
    invoice_nos: Sequence[str],
    courier_id: UUID,
    reason: str,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Rerouted:
    """Another courier carries these parcels: all of them, or none. Each change is a row with its reason.

    Locks INVOICE. Records `delivery_updated` of each. Raises UserNotFound, PrivilegeNotGiven, CourierNotFound,
    ValidationFailed for an inactive courier, InvoiceNotFound, WrongState.
    """
    worker = worker_of(actor, user_email, Right.DISPATCH)
    courier = active_courier(locks, courier_id)
    scenes = open_named_scenes(locks, invoice_nos)
    moves: list[Move] = []
    for scene in scenes:
        step = judge(scene, Action.CHANGE_COURIER, actor=actor, worker=worker)
        assert scene.delivery is not None, "the step implies a delivery"
        scene.delivery.notes = notes or scene.delivery.notes
        told = {"courier_before": scene.delivery.courier_name, "courier": courier.courier_name}
        moves.append(Move(scene=scene, step=step, told=told | ({"reason": reason} if reason else {})))
    sessions = [scene.delivery for scene in scenes if scene.delivery is not None]
    changes = give_to_courier(locks, sessions, courier, reason=reason, actor=actor, now=now)
    take_steps(locks, moves, actor=actor, worker=worker, now=now)
    return Rerouted(scenes, courier, changes)
