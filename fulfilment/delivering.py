"""Delivering what was packed: over the counter, by a courier, or by one of our own people."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import ValidationFailed
from erp.rights import Right
from erp.storing import SavedFile, keep_file
from fulfilment.couriers import active_courier, give_to_courier
from fulfilment.models import DeliverySession
from fulfilment.scenes import Scene, open_scene
from fulfilment.sessions import judge, new_session, take_step
from fulfilment.status import DeliveryType
from fulfilment.worked_sessions import whoever
from fulfilment.workers import Worker, named_worker, worker_of
from fulfilment.workflow import Action
from invoices.status import DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """How goods leave. `user_email` names the driver of an INTERNAL delivery, else who hands the goods out.

    `box_weights` in kilograms, three places. `pickup` holds the columns of who came for them.
    """

    delivery_type: DeliveryType
    courier_id: UUID | None = None
    user_email: str = ""
    counter_sub_mode: str = ""
    pickup: dict[str, str] = field(default_factory=dict)
    box_weights: tuple[Decimal, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is told of a delivery on its way, or at its end. Degrees with eight places, accuracy in metres.

    `attachment` is what proves it: a photograph, a signature.
    """

    status: DeliveryStatus
    user_email: str = ""
    courier_name: str = ""
    tracking_no: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    location_address: str = ""
    location_accuracy: Decimal | None = None
    attachment: SavedFile | None = None
    notes: str = ""


@use_case
def start_delivery(locks: Locks, *, invoice_no: str, dispatch: Dispatch, actor: Actor, now: datetime) -> Scene:
    """PACKED → DELIVERED over the counter, → DISPATCHED by courier; a driver is only assigned, and sets out later.

    By the policy `courier_handover` what a courier took is delivered at once. Locks INVOICE. Records `delivery_completed`,
    `delivery_started` or `delivery_assigned`. Raises UserNotFound, PrivilegeNotGiven, CourierNotFound, ValidationFailed for
    an inactive courier, InvoiceNotFound, WrongState, StartsNothing, PermissionDenied.
    """
    kind = dispatch.delivery_type
    if kind is DeliveryType.INTERNAL:
        driver, worker = named_worker(actor, dispatch.user_email, Right.DELIVER), whoever(actor)
    else:
        driver, worker = None, worker_of(actor, dispatch.user_email, Right.DISPATCH)
    courier = active_courier(locks, dispatch.courier_id) if kind is DeliveryType.COURIER and dispatch.courier_id else None
    scene = open_scene(locks, invoice_no)
    step = judge(scene, _beginning(kind, actor), actor=actor, worker=worker)
    opened = DeliverySession(
        **new_session(scene, step, now=now, notes=dispatch.notes),
        delivery_type=kind.value,
        courier=courier,
        courier_name=courier.courier_name if courier else "",
        counter_sub_mode=dispatch.counter_sub_mode,
        box_weights=list(dispatch.box_weights),
        **dispatch.pickup,
    )
    if driver is not None:
        _give(opened, driver)
        opened.started_at = None
    elif opened.status == DeliveryStatus.DELIVERED:
        sign_delivery(opened, worker)
    told: dict[str, Any] = {"delivery_type": kind.value}
    told |= {"driver": driver.email} if driver else {}
    told |= {"courier": courier.courier_name} if courier else {}
    take_step(scene, step, actor=actor, worker=worker, now=now, opened=opened, told=told)
    return scene


def _beginning(kind: DeliveryType, actor: Actor) -> Action:
    if kind is DeliveryType.INTERNAL:
        return Action.ASSIGN_DRIVER
    if kind is DeliveryType.DIRECT:
        return Action.DELIVER_DIRECT
    handed = actor.company.courier_handover == "delivered"
    return Action.HAND_TO_COURIER if handed else Action.SEND_BY_COURIER


def _give(session: DeliverySession, driver: Worker) -> None:
    session.worker_id, session.worker_name, session.worker_email = driver.id, driver.name, driver.email


def sign_delivery(session: DeliverySession, worker: Worker) -> None:
    """He says that the goods arrived."""
    session.delivered_by_id = worker.id
    session.delivered_by_name, session.delivered_by_email = worker.name, worker.email


@use_case
def assign_delivery(
    locks: Locks,
    *,
    invoice_no: str,
    delivery_type: DeliveryType,
    actor: Actor,
    now: datetime,
    user_email: str = "",
    courier_id: UUID | None = None,
    notes: str = "",
) -> Scene:
    """The driver sets out with the goods (PACKED → DISPATCHED), or the parcel goes by another courier than was thought.

    `user_email` names another driver than the assigned one. Locks INVOICE. Records `delivery_started` or `delivery_updated`.
    Raises as `start_delivery`, and ValidationFailed for DIRECT and for a courier that is not named.
    """
    if delivery_type is DeliveryType.DIRECT:
        raise ValidationFailed(errors={"delivery_type": ["Goods handed over the counter are assigned to nobody."]})
    by_courier = delivery_type is DeliveryType.COURIER
    if by_courier and courier_id is None:
        raise ValidationFailed(errors={"courier_id": ["This field is required."]})
    courier = active_courier(locks, courier_id) if by_courier and courier_id else None
    driver = named_worker(actor, user_email, Right.DELIVER) if user_email and not by_courier else None
    scene = open_scene(locks, invoice_no)
    action = Action.CHANGE_COURIER if by_courier else Action.SET_OUT
    step = judge(scene, action, actor=actor, worker=whoever(actor))
    session = scene.delivery
    assert session is not None, "the step implies a delivery"
    told: dict[str, Any] = {}
    if courier is not None:
        told = {"courier_before": session.courier_name, "courier": courier.courier_name}
        give_to_courier(locks, [session], courier, reason=notes, actor=actor, now=now)
    else:
        session.started_at = now
        if driver is not None and driver.id != session.worker_id:
            told = {"driver_before": session.worker_email, "driver": driver.email}
            _give(session, driver)
    if notes:
        session.notes = notes
    take_step(scene, step, actor=actor, worker=whoever(actor), now=now, told=told)
    return scene


@use_case
def complete_delivery(locks: Locks, *, invoice_no: str, report: Report, actor: Actor, now: datetime) -> Scene:
    """DISPATCHED → DELIVERED; or, still IN_TRANSIT, where the goods are by now.

    A `courier_name` is taken when the courier is not known yet. Locks INVOICE. Records `delivery_completed` or
    `delivery_updated`. Raises UserNotFound, PrivilegeNotGiven, InvoiceNotFound, WrongState, PermissionDenied.
    """
    worker = worker_of(actor, report.user_email, Right.DELIVER)
    scene = open_scene(locks, invoice_no)
    arrived = report.status is DeliveryStatus.DELIVERED
    action = Action.COMPLETE_DELIVERY if arrived else Action.REPORT_DELIVERY
    step = judge(scene, action, actor=actor, worker=worker)
    session = scene.delivery
    assert session is not None, "the status implies a delivery"
    told = _told(session, report)
    for name, value in told.items():
        setattr(session, name, value)
    if report.attachment is not None:
        session.attachment = keep_file(locks, report.attachment, now=now)
        told["attachment"] = report.attachment.id
    if arrived:
        sign_delivery(session, worker)
    take_step(scene, step, actor=actor, worker=worker, now=now, told={name: str(value) for name, value in told.items()})
    return scene


def _told(session: DeliverySession, report: Report) -> dict[str, Any]:
    """Columns that the report fills; what it does not say stays."""
    said: dict[str, Any] = {
        "tracking_no": report.tracking_no,
        "latitude": report.latitude,
        "longitude": report.longitude,
        "location_address": report.location_address,
        "location_accuracy": report.location_accuracy,
        "notes": report.notes,
    }
    if session.delivery_type == DeliveryType.COURIER and not session.courier_name:
        said["courier_name"] = report.courier_name
    return {name: value for name, value in said.items() if value not in {"", None}}
