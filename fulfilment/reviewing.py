"""The way back to billing: an invoice that cannot be worked on as it is."""

from dataclasses import dataclass
from datetime import datetime

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from erp.rights import Right
from fulfilment.models import BillingReturn
from fulfilment.scenes import Scene, open_scene
from fulfilment.sessions import judge, take_step
from fulfilment.workers import worker_of
from fulfilment.workflow import Action


@dataclass(frozen=True, slots=True)
class Returned:
    scene: Scene
    billing_return: BillingReturn


@use_case
def return_to_billing(
    locks: Locks,
    *,
    invoice_no: str,
    return_reason: str,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Returned:
    """Send the invoice back to billing from the section that has it; its session waits in REVIEW, its worker is free.

    Any number of times; each return is a row, and the invoice shows the last. Locks INVOICE. Records `invoice_review`.
    Raises UserNotFound, PrivilegeNotGiven, InvoiceNotFound, WrongState.
    """
    worker = worker_of(actor, user_email, Right.RETURN_INVOICES)
    scene = open_scene(locks, invoice_no)
    step = judge(scene, Action.RETURN_TO_BILLING, actor=actor, worker=worker)
    billing_return = BillingReturn(
        company_id=locks.company_id,
        invoice_id=scene.content.id,
        section=step.section.value,
        reason=return_reason,
        returned_by_id=worker.id,
        returned_by_name=worker.name,
        returned_by_email=worker.email,
        returned_at=now,
    )
    billing_return.save(force_insert=True)
    session = scene.sessions[step.section]
    if session is not None:
        session.notes = notes or session.notes
    review = {"sent_by": worker.email, "review_reason": return_reason, "returned_from_section": step.section.value}
    take_step(scene, step, actor=actor, worker=worker, now=now, told={"return_reason": return_reason}, review=review)
    return Returned(scene, billing_return)
