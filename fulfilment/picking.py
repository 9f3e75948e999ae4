"""Picking an invoice: somebody takes its goods from their shelves."""

from datetime import datetime

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from fulfilment.scenes import Scene
from fulfilment.status import Section
from fulfilment.worked_sessions import complete_session, start_session
from fulfilment.workflow import Action


@use_case
def start_picking(
    locks: Locks,
    *,
    invoice_no: str,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    take_over: bool = False,
    notes: str = "",
    in_bulk: bool = False,
) -> Scene:
    """INVOICED → PICKING, with a new session; or, to `take_over`, a new session for one whose lease has run out.

    As one of many `in_bulk` it may be his second open session.

    Locks MEMBERSHIP, INVOICE. Records `picking_started`. Raises what `start_session` raises.
    """
    return start_session(
        locks,
        Section.PICKING,
        start=Action.START_PICKING,
        take_over=Action.TAKE_OVER_PICKING if take_over else None,
        invoice_no=invoice_no,
        user_email=user_email,
        notes=notes,
        actor=actor,
        now=now,
        in_bulk=in_bulk,
    )


@use_case
def complete_picking(
    locks: Locks, *, invoice_no: str, actor: Actor, now: datetime, user_email: str = "", notes: str = ""
) -> Scene:
    """PICKING → PICKED. What was re-invoiced because picking had sent it back is billed again.

    Locks INVOICE. Records `picking_completed`. Raises what `complete_session` raises.
    """
    return complete_session(
        locks,
        Section.PICKING,
        Action.COMPLETE_PICKING,
        invoice_no=invoice_no,
        user_email=user_email,
        notes=notes,
        actor=actor,
        now=now,
    )
