"""Cancelling a session: the invoice goes back to where it was before, the session stays as history."""

from dataclasses import dataclass
from datetime import datetime

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import NotFound
from fulfilment.scenes import Scene, open_scene
from fulfilment.sessions import judge, take_step
from fulfilment.status import Section
from fulfilment.worked_sessions import RIGHT_OF
from fulfilment.workers import worker_of
from fulfilment.workflow import Action

_ACTIONS = {
    Section.PICKING: Action.CANCEL_PICKING,
    Section.PACKING: Action.CANCEL_PACKING,
    Section.DELIVERY: Action.CANCEL_DELIVERY,
}


class NoSuchSession(NotFound):
    """The invoice has no current session of this section. Nothing is to be cancelled."""

    message = "No such session."


@dataclass(frozen=True, slots=True)
class Cancelled:
    scene: Scene
    section: Section


@use_case
def cancel_session(
    locks: Locks,
    *,
    invoice_no: str,
    section: Section,
    cancel_reason: str,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Cancelled:
    """End the current session of the section without its work done; the status goes back to the section's beginning.

    One's own while it runs; who may act for others also another's, and one that is finished when nobody has gone on since.
    Locks INVOICE. Records `picking_cancelled`, `packing_cancelled` or `delivery_cancelled`. Raises UserNotFound,
    PrivilegeNotGiven, InvoiceNotFound, NoSuchSession, WrongState, PermissionDenied.
    """
    worker = worker_of(actor, user_email, RIGHT_OF[section])
    scene = open_scene(locks, invoice_no)
    session = scene.sessions[section]
    if session is None:
        raise NoSuchSession
    step = judge(scene, _ACTIONS[section], actor=actor, worker=worker)
    session.cancel_reason, session.notes = cancel_reason, notes or session.notes
    told = {"cancel_reason": cancel_reason} if cancel_reason else {}
    take_step(scene, step, actor=actor, worker=worker, now=now, told=told)
    return Cancelled(scene, section)
