"""How sessions are listed afterwards: PH, KH, DH and BH of the sales contract. Instants in UTC, durations in minutes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from erp.clock import day_in, instant_text
from erp.money import plain
from erp.storing import UrlOf
from fulfilment.models import DeliverySession, PackingSession, PickingSession, Session
from fulfilment.tray_queries import ShownBox
from invoices.content import InvoiceContent
from invoices.payloads import ItemPayload, invoice_payload


class HistoryPayload(Struct, kw_only=True):
    """A session, or in billing's history the invoice itself, with what one wants to know of the invoice."""

    id: int
    invoice: int
    invoice_no: str
    invoice_date: str
    invoice_created_at: str
    invoice_status: str
    invoice_remarks: str
    priority: str
    customer_name: str
    customer_email: str
    customer_phone: str
    customer_address: str
    customer_area: str
    salesman_name: str
    temp_name: str
    items: list[ItemPayload]
    Total: str
    start_time: str | None
    end_time: str | None
    duration: int | None
    notes: str
    source: str | None
    created_at: str


class PickingHistoryPayload(HistoryPayload, kw_only=True):
    picker_email: str
    picker_name: str
    picking_status: str


class BoxPayload(Struct, kw_only=True):
    box_id: str
    is_sealed: bool


class PackingHistoryPayload(HistoryPayload, kw_only=True):
    """`picking_date` is the day of the picking in the company's time zone."""

    packer_email: str
    packer_name: str
    packing_status: str
    boxes: list[BoxPayload]
    label_count: int
    courier_name: str
    boxing_group_id: str | None
    picker_email: str | None
    picker_name: str | None
    picking_start_time: str | None
    picking_end_time: str | None
    picking_date: str | None
    picking_source: str | None


class DeliveryHistoryPayload(HistoryPayload, kw_only=True):
    customer_display_name: str
    delivery_type: str
    delivery_status: str
    delivery_user_email: str | None
    delivery_user_name: str | None
    counter_sub_mode: str
    pickup_person_name: str
    pickup_person_phone: str
    pickup_company_name: str
    pickup_company_id: str
    courier_id: UUID | None
    courier_name: str
    tracking_no: str
    box_weights: list[Decimal | int]
    invoice_box_weights: list[Decimal | int]
    boxing_group_id: str | None
    label_count: int | None
    courier_slip_url: str | None
    attachment_url: str | None
    delivery_latitude: Decimal | None
    delivery_longitude: Decimal | None
    delivery_location_address: str
    delivery_location_accuracy: Decimal | None


class BillingHistoryPayload(HistoryPayload, kw_only=True):
    biller_email: str | None
    biller_name: str | None
    billing_status: str
    return_info: dict[str, Any] | None


def _of_invoice(content: InvoiceContent) -> dict[str, Any]:
    shown, customer = invoice_payload(content), content.customer
    lines = (customer.address1, customer.address2, customer.address3, customer.pincode)
    return {
        "invoice": shown.id,
        "invoice_no": shown.invoice_no,
        "invoice_date": shown.invoice_date,
        "invoice_created_at": shown.created_at,
        "invoice_status": shown.status,
        "invoice_remarks": shown.remarks,
        "priority": shown.priority,
        "customer_name": customer.name,
        "customer_email": customer.email,
        "customer_phone": customer.phone1 or customer.phone2,
        "customer_address": ", ".join(line for line in lines if line),
        "customer_area": customer.area,
        "salesman_name": shown.salesman.name if shown.salesman else "",
        "temp_name": shown.temp_name,
        "items": shown.items,
        "Total": shown.Total,
    }


def _of_session(content: InvoiceContent, session: Session) -> dict[str, Any]:
    start, end = session.started_at, session.ended_at
    return _of_invoice(content) | {
        "id": session.serial,
        "start_time": instant_text(start) if start else None,
        "end_time": instant_text(end) if end else None,
        "duration": int((end - start).total_seconds()) // 60 if start and end else None,
        "notes": session.notes,
        "source": session.source or None,
        "created_at": instant_text(session.created_at),
    }


def picking_history_payload(content: InvoiceContent, session: PickingSession) -> PickingHistoryPayload:
    return PickingHistoryPayload(
        **_of_session(content, session),
        picker_email=session.worker_email,
        picker_name=session.worker_name,
        picking_status=session.status,
    )


def packing_history_payload(
    content: InvoiceContent,
    session: PackingSession,
    picking: PickingSession | None,
    boxes: Sequence[ShownBox],
    *,
    zone: str,
) -> PackingHistoryPayload:
    """`picking` is the invoice's current one; None when the invoice waits to be picked again."""
    delivery = content.handling.get("delivery") or {}
    begun, ended = (picking.started_at, picking.ended_at) if picking else (None, None)
    picked = ended or begun
    return PackingHistoryPayload(
        **_of_session(content, session),
        packer_email=session.worker_email,
        packer_name=session.worker_name,
        packing_status=session.status,
        boxes=[BoxPayload(box_id=shown.box.tray_code, is_sealed=shown.box.is_sealed) for shown in boxes],
        label_count=session.label_count,
        courier_name=delivery.get("courier_name") or session.courier_name,
        boxing_group_id=session.boxing_group_id or None,
        picker_email=picking.worker_email if picking else None,
        picker_name=picking.worker_name if picking else None,
        picking_start_time=instant_text(begun) if begun else None,
        picking_end_time=instant_text(ended) if ended else None,
        picking_date=day_in(zone, picked).isoformat() if picked else None,
        picking_source=(picking.source or None) if picking else None,
    )


def delivery_history_payload(content: InvoiceContent, session: DeliverySession, *, url_of: UrlOf) -> DeliveryHistoryPayload:
    """Who delivers is the driver; of a delivery without one, who said that it arrived. `url_of` gives a file's address."""
    weights, packer = [plain(weight) for weight in session.box_weights], content.handling.get("packer") or {}
    return DeliveryHistoryPayload(
        **_of_session(content, session),
        customer_display_name=content.temp_name or content.customer.name,
        delivery_type=session.delivery_type,
        delivery_status=session.status,
        delivery_user_email=session.worker_email or session.delivered_by_email or None,
        delivery_user_name=session.worker_name or session.delivered_by_name or None,
        counter_sub_mode=session.counter_sub_mode,
        pickup_person_name=session.pickup_person_name,
        pickup_person_phone=session.pickup_person_phone,
        pickup_company_name=session.pickup_company_name,
        pickup_company_id=session.pickup_company_id,
        courier_id=session.courier_id,
        courier_name=session.courier_name,
        tracking_no=session.tracking_no,
        box_weights=weights,
        invoice_box_weights=weights,
        boxing_group_id=packer.get("boxing_group_id"),
        label_count=packer.get("label_count"),
        courier_slip_url=url_of(session.courier_slip_id),
        attachment_url=url_of(session.attachment_id),
        delivery_latitude=session.latitude,
        delivery_longitude=session.longitude,
        delivery_location_address=session.location_address,
        delivery_location_accuracy=session.location_accuracy,
    )


def billing_history_payload(content: InvoiceContent) -> BillingHistoryPayload:
    made, biller = instant_text(content.created_at), content.created_user
    return BillingHistoryPayload(
        **_of_invoice(content),
        id=content.serial,
        start_time=made,
        end_time=made,
        duration=0,
        notes="",
        source=None,
        created_at=made,
        biller_email=biller.email if biller else None,
        biller_name=biller.name if biller else None,
        billing_status=content.billing_status,
        return_info=content.handling.get("return"),
    )
