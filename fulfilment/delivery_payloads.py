"""How slips, couriers that changed, and drivers are shown."""

from uuid import UUID

from msgspec import Struct

from erp.clock import instant_text
from erp.models import Membership
from erp.storing import UrlOf
from fulfilment.models import CourierChange
from fulfilment.rerouting import Rerouted
from fulfilment.scenes import Scene


class SlipPayload(Struct, kw_only=True):
    """`invoice_no` is the first of them."""

    invoice_no: str
    invoice_nos: list[str]
    updated_count: int
    delivery_status: str
    tracking_no: str
    boxing_group_id: str | None


class CourierChangePayload(Struct, kw_only=True):
    """`id` is null when a dry run kept nothing."""

    id: int | None
    invoice_no: str
    old_courier_name: str
    new_courier_name: str
    reason: str
    changed_by_name: str
    changed_at: str


class ReroutedPayload(Struct, kw_only=True):
    updated_count: int
    invoice_nos: list[str]
    new_courier_name: str
    new_courier_id: UUID
    audit_logs: list[CourierChangePayload]


class DriverPayload(Struct, kw_only=True):
    id: UUID
    email: str
    name: str
    avatar: str | None


class DriversPayload(Struct, kw_only=True):
    results: list[DriverPayload]


def slip_payload(scenes: list[Scene], boxing_group_id: str) -> SlipPayload:
    numbers = [scene.content.invoice_no for scene in scenes]
    first = scenes[0].delivery
    assert first is not None, "a proven delivery is there"
    return SlipPayload(
        invoice_no=numbers[0],
        invoice_nos=numbers,
        updated_count=len(numbers),
        delivery_status=first.status,
        tracking_no=first.tracking_no,
        boxing_group_id=boxing_group_id or None,
    )


def courier_change_payload(change: CourierChange, invoice_no: str, *, kept: bool = True) -> CourierChangePayload:
    return CourierChangePayload(
        id=change.serial if kept else None,
        invoice_no=invoice_no,
        old_courier_name=change.old_courier_name,
        new_courier_name=change.new_courier_name,
        reason=change.reason,
        changed_by_name=change.changed_by_name,
        changed_at=instant_text(change.changed_at),
    )


def rerouted_payload(done: Rerouted, *, kept: bool) -> ReroutedPayload:
    numbers = [scene.content.invoice_no for scene in done.scenes]
    logs = [courier_change_payload(change, number, kept=kept) for change, number in zip(done.changes, numbers, strict=True)]
    return ReroutedPayload(
        updated_count=len(numbers),
        invoice_nos=numbers,
        new_courier_name=done.courier.courier_name,
        new_courier_id=done.courier.id,
        audit_logs=logs,
    )


def driver_payload(member: Membership, *, url_of: UrlOf) -> DriverPayload:
    user = member.user
    return DriverPayload(id=user.id, email=user.email, name=user.name or user.email, avatar=url_of(member.avatar_id))
