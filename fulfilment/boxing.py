"""Packing into trays, and boxing what lies in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import ValidationFailed
from erp.rights import Right
from fulfilment.contents import BoxDraft, QuantitiesDiffer, differences, write_boxes
from fulfilment.couriers import active_courier
from fulfilment.scenes import Scene, open_scene
from fulfilment.sessions import judge, take_step
from fulfilment.tray_queries import ShownBox, read_boxes
from fulfilment.workers import worker_of
from fulfilment.workflow import Action
from invoices.events import SUBJECT


@dataclass(frozen=True, slots=True)
class Packed:
    """`differing` are the lines of which the trays hold more or less, where the company only warns of that."""

    scene: Scene
    trays_count: int
    differing: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Boxed:
    scene: Scene
    trays: list[ShownBox]


@use_case
def save_tray_draft(
    locks: Locks,
    *,
    invoice_no: str,
    boxes: Sequence[BoxDraft],
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Packed:
    """Note what lies in which tray so far: the whole draft, in place of the one before. The invoice stays as it is.

    Locks INVOICE, FULFILMENT. Records no event, because nothing moves. Raises UserNotFound, PrivilegeNotGiven,
    InvoiceNotFound, WrongState, PermissionDenied, and what `write_boxes` raises.
    """
    worker = worker_of(actor, user_email, Right.PACK)
    scene = open_scene(locks, invoice_no)
    step = judge(scene, Action.SAVE_TRAYS, actor=actor, worker=worker)
    write_boxes(scene, boxes, now=now)
    session = scene.packing
    assert session is not None, "the status implies a session"
    session.acted_at, session.notes = now, notes or session.notes
    session.save(update_fields=["acted_at", "notes"])
    told = msgspec.json.encode({"trays": [None, [box.tray_code for box in boxes]]}).decode()
    record_audit(locks, [Audit(step.action.value, SUBJECT, scene.content.id, told)], actor=actor, now=now)
    return Packed(scene, len(boxes))


@use_case
def complete_tray_packing(
    locks: Locks,
    *,
    invoice_no: str,
    boxes: Sequence[BoxDraft],
    self_boxing: bool,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    notes: str = "",
) -> Packed:
    """PACKING → BOXING: the trays are sealed, and hold exactly what the invoice says.

    By the policy `packing_quantity_check` other quantities are refused, or told. What was re-invoiced because packing had
    sent it back is billed again. With `self_boxing` it is not in the queue of those who box. Locks INVOICE, FULFILMENT.
    Records `packing_boxing`. Raises UserNotFound, PrivilegeNotGiven, InvoiceNotFound, WrongState, PermissionDenied,
    QuantitiesDiffer, ValidationFailed without a tray, and what `write_boxes` raises.
    """
    worker = worker_of(actor, user_email, Right.PACK)
    scene = open_scene(locks, invoice_no)
    step = judge(scene, Action.COMPLETE_TRAYS, actor=actor, worker=worker)
    if not boxes:
        raise ValidationFailed(errors={"boxes": ["At least one tray is required."]})
    write_boxes(scene, [replace(box, is_sealed=True) for box in boxes], now=now)
    differing = differences(scene.content, boxes)
    if differing and actor.company.packing_quantity_check == "refuse":
        raise QuantitiesDiffer(data={"items": differing})
    session = scene.packing
    assert session is not None, "the status implies a session"
    session.self_boxing = self_boxing
    if notes:
        session.notes = notes
    told: dict[str, Any] = {"trays": [box.tray_code for box in boxes]}
    told |= {"differing": differing} if differing else {}
    take_step(scene, step, actor=actor, worker=worker, now=now, told=told)
    return Packed(scene, len(boxes), differing)


@use_case
def complete_boxing(
    locks: Locks,
    *,
    invoice_no: str,
    actor: Actor,
    now: datetime,
    label_count: int | None = None,
    courier_id: UUID | None = None,
    boxing_group_id: str = "",
    user_email: str = "",
    notes: str = "",
) -> Boxed:
    """BOXING → PACKED: the goods are in parcels, and their trays are free.

    `label_count` is how many parcels there are, 1 to 999; `courier_id` who shall carry them; invoices with the same
    `boxing_group_id` lie in the same parcels. Locks INVOICE. Records `packing_completed`. Raises UserNotFound,
    PrivilegeNotGiven, CourierNotFound, ValidationFailed for an inactive courier, InvoiceNotFound, WrongState.
    """
    worker = worker_of(actor, user_email, Right.PACK)
    courier = active_courier(locks, courier_id) if courier_id else None
    scene = open_scene(locks, invoice_no)
    step = judge(scene, Action.COMPLETE_BOXING, actor=actor, worker=worker)
    session = scene.packing
    assert session is not None, "the status implies a session"
    said = {"label_count": label_count, "boxing_group_id": boxing_group_id, "notes": notes}
    told: dict[str, Any] = {name: value for name, value in said.items() if value}
    for name, value in told.items():
        setattr(session, name, value)
    if courier is not None:
        session.courier, session.courier_name = courier, courier.courier_name
        told["courier"] = courier.courier_name
    take_step(scene, step, actor=actor, worker=worker, now=now, told=told)
    return Boxed(scene, read_boxes(locks, [session.id]).get(session.id, []))
