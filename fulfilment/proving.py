"""Proving that a courier's parcels arrived: his slip, or the number under which he carries them."""

from collections.abc import Sequence
from datetime import datetime

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import ValidationFailed
from erp.rights import Right
from erp.storing import SavedFile, keep_file
from fulfilment.delivering import sign_delivery
from fulfilment.models import PackingSession
from fulfilment.scenes import InvoiceNotFound, Scene, invoices_here, open_named_scenes, open_scenes
from fulfilment.sessions import Move, judge, take_steps
from fulfilment.status import PackingStatus
from fulfilment.workers import worker_of
from fulfilment.workflow import Action

MOST_IN_A_GROUP = 200


@use_case
def upload_slip(
    locks: Locks,
    *,
    invoice_nos: Sequence[str],
    boxing_group_id: str,
    tracking_no: str,
    slip: SavedFile | None,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> list[Scene]:
    """DISPATCHED by courier → DELIVERED; what is DELIVERED already keeps the slip that comes late. All of them, or none.

    Invoices are named by number, or by the group in which they were boxed. Locks INVOICE. Records `delivery_completed` or
    `delivery_updated` of each. Raises UserNotFound, PrivilegeNotGiven, InvoiceNotFound, WrongState, ValidationFailed for a
    group that is too large.
    """
    worker = worker_of(actor, user_email, Right.DISPATCH)
    scenes = _group(locks, boxing_group_id) if boxing_group_id else open_named_scenes(locks, invoice_nos)
    steps = [judge(scene, Action.UPLOAD_SLIP, actor=actor, worker=worker) for scene in scenes]
    file = keep_file(locks, slip, now=now) if slip else None
    told = {"tracking_no": tracking_no} if tracking_no else {}
    told |= {"courier_slip": str(file.id)} if file else {}
    for scene, step in zip(scenes, steps, strict=True):
        session = scene.delivery
        assert session is not None, "the step implies a delivery"
        session.tracking_no = tracking_no or session.tracking_no
        session.notes = notes or session.notes
        session.courier_slip = file or session.courier_slip
        if step.to is not None:
            sign_delivery(session, worker)
    moves = [Move(scene=scene, step=step, told=told) for scene, step in zip(scenes, steps, strict=True)]
    take_steps(locks, moves, actor=actor, worker=worker, now=now)
    return scenes


def _group(locks: Locks, group: str) -> list[Scene]:
    boxed = PackingSession.objects.of(locks).filter(boxing_group_id=group, status=PackingStatus.PACKED.value)
    ids = list(boxed.order_by("created_at", "serial").values_list("invoice_id", flat=True)[: MOST_IN_A_GROUP + 1])
    if not ids:
        raise InvoiceNotFound(errors={"boxing_group_id": ["Nothing was boxed under this name."]})
    if len(ids) > MOST_IN_A_GROUP:
        raise ValidationFailed(errors={"boxing_group_id": [f"This group has more than {MOST_IN_A_GROUP} invoices."]})
    return open_scenes(locks, invoices_here(locks).filter(id__in=ids))
