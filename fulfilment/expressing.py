"""Express billing: what is picked or packed while the customer waits is said in one word."""

from datetime import datetime
from uuid import UUID

from erp.access import Actor
from erp.changing import require_version
from erp.locking import Locks
from erp.performing import use_case
from fulfilment.scenes import MODELS, InvoiceNotFound, Scene, invoices_here, open_scenes
from fulfilment.sessions import judge, new_session, take_step
from fulfilment.status import SessionSource
from fulfilment.worked_sessions import whoever
from fulfilment.workflow import Action
from invoices.status import FulfilmentStatus

ACTIONS = {FulfilmentStatus.PICKED: Action.EXPRESS_PICKING, FulfilmentStatus.PACKED: Action.EXPRESS_PACKING}


@use_case
def express_invoice(
    locks: Locks,
    *,
    invoice_id: UUID,
    to: FulfilmentStatus,
    picker_name: str,
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Scene:
    """INVOICED → PICKED, or PICKED → PACKED, with a session that begins and ends now; `picker_name` is its note.

    Locks INVOICE. Records `picking_completed` or `packing_completed`. Raises InvoiceNotFound, Stale, WrongState,
    StartsNothing, PermissionDenied.
    """
    scenes = open_scenes(locks, invoices_here(locks).filter(id=invoice_id))
    if not scenes:
        raise InvoiceNotFound
    (scene,), worker = scenes, whoever(actor)
    require_version(scene.content.version, expected_version)
    step = judge(scene, ACTIONS[to], actor=actor, worker=worker)
    opened = MODELS[step.section](
        **new_session(scene, step, now=now, notes=picker_name),
        worker_id=worker.id,
        worker_name=worker.name,
        worker_email=worker.email,
        source=SessionSource.EXPRESS_BILLING.value,
    )
    take_step(scene, step, actor=actor, worker=worker, now=now, opened=opened)
    return scene
