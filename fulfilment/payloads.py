"""How sessions are shown: PS, KS and DS of the sales contract. `duration_minutes` is whole, and null while one is open."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from erp.clock import instant_text
from erp.money import plain
from fulfilment.correcting import CorrectedInvoice
from fulfilment.models import DeliverySession, PackingSession, PickingSession, Session
from fulfilment.reviewing import Returned
from fulfilment.scenes import Scene
from invoices.content import InvoiceContent
from invoices.payloads import InvoicePayload, invoice_payload


class SessionPayload(Struct, kw_only=True):
    """`id` is the session's serial, null when a dry run kept nothing; `invoice` the invoice's."""

    id: int | None
    invoice: int
    invoice_no: str
    start_time: str | None
    end_time: str | None
    notes: str
    source: str | None
    duration_minutes: int | None
    created_at: str


class PickingPayload(SessionPayload, kw_only=True):
    picker: UUID
    picker_name: str
    picker_email: str
    picking_status: str


class PackingPayload(SessionPayload, kw_only=True):
    packer: UUID
    packer_name: str
    packer_email: str
    packing_status: str
    checking_by: UUID | None
    label_count: int
    boxing_group_id: str | None


class DeliveryPayload(SessionPayload, kw_only=True):
    delivery_type: str
    assigned_to: UUID | None
    assigned_to_name: str | None
    assigned_to_email: str | None
    delivered_by: UUID | None
    delivered_by_name: str | None
    delivered_by_email: str | None
    courier_id: UUID | None
    courier_name: str
    tracking_no: str
    box_weights: list[Decimal | int]
    delivery_status: str
    counter_sub_mode: str
    pickup_person_name: str
    pickup_person_phone: str
    pickup_company_name: str
    pickup_company_id: str


class AssignedPayload(Struct, kw_only=True):
    invoice_no: str
    delivery_status: str
    delivery_type: str
    invoice_status: str
    courier_name: str


class StartedPayload(Struct, kw_only=True):
    """Of a start that named several invoices."""

    created_count: int
    invoice_nos: list[str]
    delivery_type: str
    courier_name: str


class CancelledPayload(Struct, kw_only=True):
    invoice_no: str
    status: str
    session_type: str


class ReturnedPayload(Struct, kw_only=True):
    """`sent_by` is an e-mail address."""

    invoice_no: str
    billing_status: str
    review_reason: str
    returned_from_section: str
    sent_by: str
    sent_at: str


class CorrectedSummary(Struct, kw_only=True):
    id: int
    invoice_no: str
    status: str
    billing_status: str
    total_amount: Decimal
    items_total: Decimal
    items_count: int
    returned_from_section: str
    resolution_notes: str


class CorrectedPayload(CorrectedSummary, kw_only=True):
    """The summary stands here twice, because published clients look for it in both places."""

    summary: CorrectedSummary
    invoice: InvoicePayload


class ActivePayload(Struct, kw_only=True):
    """What a worker has in hand: his oldest open session in a section."""

    task_type: str
    session_id: int
    start_time: str | None
    invoice: InvoicePayload


def _members(content: InvoiceContent, session: Session) -> dict[str, Any]:
    start, end = session.started_at, session.ended_at
    return {
        "id": session.serial,
        "invoice": content.serial,
        "invoice_no": content.invoice_no,
        "start_time": instant_text(start) if start else None,
        "end_time": instant_text(end) if end else None,
        "notes": session.notes,
        "source": session.source or None,
        "duration_minutes": int((end - start).total_seconds()) // 60 if start and end else None,
        "created_at": instant_text(session.created_at),
    }


def picking_payload(content: InvoiceContent, session: PickingSession) -> PickingPayload:
    return PickingPayload(
        **_members(content, session),
        picker=session.worker_id,
        picker_name=session.worker_name,
        picker_email=session.worker_email,
        picking_status=session.status,
    )


def packing_payload(content: InvoiceContent, session: PackingSession) -> PackingPayload:
    return PackingPayload(
        **_members(content, session),
        packer=session.worker_id,
        packer_name=session.worker_name,
        packer_email=session.worker_email,
        packing_status=session.status,
        checking_by=session.checking_by_id,
        label_count=session.label_count,
        boxing_group_id=session.boxing_group_id or None,
    )


def shown_picking(scene: Scene) -> PickingPayload:
    """The picking session that a step has just written."""
    assert scene.picking is not None, "it was written in this moment"
    return picking_payload(scene.content, scene.picking)


def shown_packing(scene: Scene) -> PackingPayload:
    """The packing session that a step has just written."""
    assert scene.packing is not None, "it was written in this moment"
    return packing_payload(scene.content, scene.packing)


def delivery_payload(content: InvoiceContent, session: DeliverySession) -> DeliveryPayload:
    return DeliveryPayload(
        **_members(content, session),
        delivery_type=session.delivery_type,
        assigned_to=session.worker_id,
        assigned_to_name=session.worker_name or None,
        assigned_to_email=session.worker_email or None,
        delivered_by=session.delivered_by_id,
        delivered_by_name=session.delivered_by_name or None,
        delivered_by_email=session.delivered_by_email or None,
        courier_id=session.courier_id,
        courier_name=session.courier_name,
        tracking_no=session.tracking_no,
        box_weights=[plain(weight) for weight in session.box_weights],
        delivery_status=session.status,
        counter_sub_mode=session.counter_sub_mode,
        pickup_person_name=session.pickup_person_name,
        pickup_person_phone=session.pickup_person_phone,
        pickup_company_name=session.pickup_company_name,
        pickup_company_id=session.pickup_company_id,
    )


def assigned_payload(scene: Scene) -> AssignedPayload:
    session = scene.delivery
    assert session is not None, "an assigned delivery is there"
    return AssignedPayload(
        invoice_no=scene.content.invoice_no,
        delivery_status=session.status,
        delivery_type=session.delivery_type,
        invoice_status=scene.content.fulfilment_status,
        courier_name=session.courier_name,
    )


def returned_payload(returned: Returned) -> ReturnedPayload:
    row = returned.billing_return
    return ReturnedPayload(
        invoice_no=returned.scene.content.invoice_no,
        billing_status=returned.scene.content.billing_status,
        review_reason=row.reason,
        returned_from_section=row.section,
        sent_by=row.returned_by_email,
        sent_at=instant_text(row.returned_at),
    )


def corrected_payload(done: CorrectedInvoice) -> CorrectedPayload:
    content = done.content
    members: dict[str, Any] = {
        "id": content.serial,
        "invoice_no": content.invoice_no,
        "status": content.fulfilment_status,
        "billing_status": content.billing_status,
        "total_amount": content.total_value,
        "items_total": content.items_total,
        "items_count": len(content.items),
        "returned_from_section": done.billing_return.section,
        "resolution_notes": done.billing_return.resolution_notes,
    }
    return CorrectedPayload(**members, summary=CorrectedSummary(**members), invoice=invoice_payload(content))


def active_payload(task_type: str, session: Session, content: InvoiceContent) -> ActivePayload:
    start = session.started_at
    return ActivePayload(
        task_type=task_type,
        session_id=session.serial,
        start_time=instant_text(start) if start else None,
        invoice=invoice_payload(content),
    )
