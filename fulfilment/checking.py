"""Checking what was picked before it is packed, and letting it wait for other orders of the same customer."""

from datetime import datetime

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from erp.rights import Right
from fulfilment.models import PackingSession
from fulfilment.scenes import Scene, open_scene
from fulfilment.sessions import judge, new_session, refuse_second, take_step
from fulfilment.status import Section
from fulfilment.workers import Worker, lock_worker, named_worker, worker_of
from fulfilment.workflow import Action, Step


@use_case
def start_checking(
    locks: Locks, *, invoice_no: str, actor: Actor, now: datetime, user_email: str = "", notes: str = ""
) -> Scene:
    """PICKED → PACKING with a new session that checks; or the session that packs begins to check, and waits no longer.

    Locks MEMBERSHIP, INVOICE. Records `packing_checking`. Raises UserNotFound, PrivilegeNotGiven, InvoiceNotFound,
    WrongState, StartsNothing, SessionOpen, PermissionDenied.
    """
    worker = worker_of(actor, user_email, Right.PACK)
    lock_worker(locks, worker)
    scene = open_scene(locks, invoice_no)
    step = judge(scene, Action.START_CHECKING, actor=actor, worker=worker)
    opened = None
    if step.opens is not None:
        refuse_second(locks, Section.PACKING, worker)
        opened = _packing(scene, step, worker, now, notes)
    session = opened or scene.packing
    assert session is not None, "the status implies a session"
    session.checking_by_id, session.checking_by_name = worker.id, worker.name
    if notes:
        session.notes = notes
    take_step(scene, step, actor=actor, worker=worker, now=now, opened=opened)
    return scene


@use_case
def hold_for_consolidation(
    locks: Locks,
    *,
    invoice_no: str,
    customer_name: str,
    assign_to_email: str,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Scene:
    """Let the goods wait, so that they leave together with others of the customer; the worker is free meanwhile.

    Without `customer_name` the invoice's is meant. Who is assigned to go on has a session of his own, and the old one ends
    CANCELLED; trays and contents pass to him. Locks INVOICE. Records `packing_held`. Raises UserNotFound, PrivilegeNotGiven
    (named in `assign_to_email`), InvoiceNotFound, WrongState, StartsNothing, PermissionDenied.
    """
    worker = worker_of(actor, user_email, Right.PACK)
    heir = named_worker(actor, assign_to_email, Right.PACK, field="assign_to_email") if assign_to_email else None
    scene = open_scene(locks, invoice_no)
    present = scene.packing
    given = present is not None and heir is not None and heir.id != present.worker_id
    step = judge(scene, Action.HAND_OVER_HELD if given else Action.HOLD_PACKING, actor=actor, worker=worker)
    assert present is not None, "the step implies a session"
    opened = None
    if given and heir is not None:
        opened = _packing(scene, step, heir, now, notes or present.notes)
        present.cancel_reason = f"Held for {heir.email}"
    elif notes:
        present.notes = notes
    session = opened or present
    session.consolidation_customer_name = customer_name or scene.content.customer.name
    session.held_by_name, session.held_by_email = worker.name, worker.email
    told = {"consolidation_customer_name": session.consolidation_customer_name}
    told |= {"held_for": opened.worker_email} if opened else {}
    take_step(scene, step, actor=actor, worker=worker, now=now, opened=opened, told=told)
    return scene


def _packing(scene: Scene, step: Step, worker: Worker, now: datetime, notes: str) -> PackingSession:
    return PackingSession(
        **new_session(scene, step, now=now, notes=notes),
        worker_id=worker.id,
        worker_name=worker.name,
        worker_email=worker.email,
    )
