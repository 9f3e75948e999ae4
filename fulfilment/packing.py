"""Packing what was picked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from fulfilment.models import PackingSession
from fulfilment.scenes import Scene
from fulfilment.status import Section
from fulfilment.worked_sessions import complete_session, start_session
from fulfilment.workflow import Action


@use_case
def start_packing(
    locks: Locks,
    *,
    invoice_no: str,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    take_over: bool = False,
    notes: str = "",
) -> Scene:
    """PICKED → PACKING, with a new session; or, to `take_over`, a new session for one whose lease has run out.

    Locks MEMBERSHIP, INVOICE. Records `packing_started`. Raises what `start_session` raises.
    """
    return start_session(
        locks,
        Section.PACKING,
        start=Action.START_PACKING,
        take_over=Action.TAKE_OVER_PACKING if take_over else None,
        invoice_no=invoice_no,
        user_email=user_email,
        notes=notes,
        actor=actor,
        now=now,
    )


@use_case
def complete_packing(
    locks: Locks,
    *,
    invoice_no: str,
    label_count: int,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Scene:
    """PACKING → PACKED, without trays; `label_count` is how many parcels there are, 1 to 999.

    What was re-invoiced because packing had sent it back is billed again. Locks INVOICE. Records `packing_completed`.
    Raises what `complete_session` raises.
    """

    def labelled(session: PackingSession) -> Mapping[str, Any]:
        session.label_count = label_count
        return {"label_count": label_count}

    return complete_session(
        locks,
        Section.PACKING,
        Action.COMPLETE_PACKING,
        invoice_no=invoice_no,
        user_email=user_email,
        notes=notes,
        actor=actor,
        now=now,
        change=labelled,
    )
