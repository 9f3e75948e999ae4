"""Starting, completing and cancelling a session, which the sections have in common; inside their use cases."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from erp.access import Actor
from erp.clock import instant_text
from erp.locking import Locks
from erp.problems import Conflict
from erp.rights import Right
from fulfilment.models import Session
from fulfilment.scenes import MODELS, Scene, open_scene
from fulfilment.sessions import judge, new_session, refuse_second, take_step
from fulfilment.status import Section, SessionSource
from fulfilment.workers import Worker, lock_worker, worker_of
from fulfilment.workflow import Action

RIGHT_OF: dict[Section, Right] = {
    Section.PICKING: Right.PICK,
    Section.PACKING: Right.PACK,
    Section.DELIVERY: Right.DELIVER,
}
"""What it takes to work in a section."""


class SessionHeld(Conflict):
    """Somebody works on this invoice: `data` says who, and since when nothing was done. Wait, or ask who may act for him."""

    code = "session-held"
    message = "Somebody else works on this invoice."


def start_session(
    locks: Locks,
    section: Section,
    *,
    start: Action,
    take_over: Action | None,
    invoice_no: str,
    user_email: str,
    notes: str,
    actor: Actor,
    now: datetime,
    in_bulk: bool = False,
) -> Scene:
    """Begin work on an invoice; with `take_over`, also where somebody has begun and left it, whose session then ends.

    Who begins many `in_bulk` has as many open, so that rule is not asked.

    Locks MEMBERSHIP of the worker, then INVOICE. Raises UserNotFound, PrivilegeNotGiven, InvoiceNotFound, WrongState,
    StartsNothing, SessionOpen, SessionHeld.
    """
    worker = worker_of(actor, user_email, RIGHT_OF[section])
    lock_worker(locks, worker)
    scene = open_scene(locks, invoice_no)
    present = scene.sessions[section]
    step = judge(scene, start if take_over is None or present is None else take_over, actor=actor, worker=worker)
    if not in_bulk:
        refuse_second(locks, section, worker)
    if present is not None:
        _refuse_fresh(scene, present, actor, now)
        present.cancel_reason = f"Taken over by {worker.email}"
    opened = MODELS[section](
        **new_session(scene, step, now=now, notes=notes),
        worker_id=worker.id,
        worker_name=worker.name,
        worker_email=worker.email,
        source=SessionSource.BULK.value if in_bulk else "",
    )
    told = {} if present is None else {"taken_over_from": _worker_email(present)}
    take_step(scene, step, actor=actor, worker=worker, now=now, opened=opened, told=told)
    return scene


def _refuse_fresh(scene: Scene, present: Session, actor: Actor, now: datetime) -> None:
    """Raise SessionHeld while the lease runs; who may act for others need not wait."""
    minutes = actor.company.session_lease_minutes
    expired = minutes > 0 and now - present.acted_at >= timedelta(minutes=minutes)
    if not (expired or actor.allows(Right.ACT_FOR, None)):
        data = {"worker": _worker_email(present), "acted_at": instant_text(present.acted_at)}
        raise SessionHeld(data={"invoice_no": scene.content.invoice_no} | data)


def _worker_email(session: Any) -> str:
    email: str = session.worker_email
    return email


def complete_session(
    locks: Locks,
    section: Section,
    action: Action,
    *,
    invoice_no: str,
    user_email: str,
    notes: str,
    actor: Actor,
    now: datetime,
    change: Callable[[Any], Mapping[str, Any]] = lambda session: {},
) -> Scene:
    """End the work of the session; `change` sets what else it says, and returns what the audit entry tells of that.

    Locks INVOICE. Raises UserNotFound, PrivilegeNotGiven, InvoiceNotFound, WrongState, PermissionDenied.
    """
    worker = worker_of(actor, user_email, RIGHT_OF[section])
    scene = open_scene(locks, invoice_no)
    step = judge(scene, action, actor=actor, worker=worker)
    session = scene.sessions[section]
    assert session is not None, "the status implies a session"
    if notes:
        session.notes = notes
    take_step(scene, step, actor=actor, worker=worker, now=now, told=change(session))
    return scene


def whoever(actor: Actor) -> Worker:
    """The actor as the worker of what he does himself."""
    return Worker(actor.id, actor.name, actor.email)
