"""What an invoice announces: the whole document as it stands at commit, with the kind of change in `type`."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from erp.access import Actor
from erp.clock import instant_text
from erp.outbox import Event
from invoices.content import InvoiceContent
from invoices.payloads import ENCODER, InvoicePayload, payload_fields

MAX_EVENT_BYTES = 256 * 1024
SUBJECT = "invoice"


class ActorPayload(Struct, kw_only=True, frozen=True):
    kind: str
    name: str
    email: str


class InvoiceEventPayload(InvoicePayload, kw_only=True):
    """One message serves those who want the invoice and those who look for `type`."""

    type: str
    timestamp: str
    actor: ActorPayload
    picking_status: str | None
    packing_status: str | None
    delivery_status: str | None
    delivery_type: str | None
    picking_by_email: str | None
    delivery_assigned_to: str | None
    pod_uploaded: bool
    changed: list[str] | UnsetType = UNSET
    books_status: str | UnsetType = UNSET
    voucher_number: str | UnsetType = UNSET
    amount_received: str | UnsetType = UNSET
    outstanding_amount: str | UnsetType = UNSET
    sent_by: str | UnsetType = UNSET
    review_reason: str | UnsetType = UNSET
    returned_from_section: str | UnsetType = UNSET
    items_omitted: bool | UnsetType = UNSET


def invoice_event(
    kind: str,
    content: InvoiceContent,
    *,
    actor: Actor,
    now: datetime,
    changed: list[str] | None = None,
    books: dict[str, Any] | None = None,
    review: dict[str, Any] | None = None,
) -> Event:
    """`invoice_created`, `invoice_updated` … with the full invoice; `items` left out above 256 KiB.

    `books` and `review` are the members that only some kinds have: the state of the books, and why it was sent back.
    """
    payload = InvoiceEventPayload(
        **payload_fields(content),
        **_sessions(content.handling),
        type=kind,
        timestamp=instant_text(now),
        actor=ActorPayload(kind=actor.kind, name=actor.name, email=actor.email),
        changed=UNSET if changed is None else changed,
        **(books or {}),
        **(review or {}),
    )
    text = ENCODER.encode(payload)
    if len(text) > MAX_EVENT_BYTES:
        payload.items = []
        payload.items_omitted = True
        text = ENCODER.encode(payload)
    return Event(type=kind, subject_kind=SUBJECT, subject_id=content.id, payload=text.decode())


def _sessions(handling: dict[str, Any]) -> dict[str, Any]:
    """States of the current sessions, from the read copy that each transition writes."""
    picker, packer, delivery = (handling.get(section) or {} for section in ("picker", "packer", "delivery"))
    return {
        "picking_status": picker.get("status"),
        "packing_status": packer.get("status"),
        "delivery_status": delivery.get("delivery_status"),
        "delivery_type": delivery.get("delivery_type"),
        "picking_by_email": picker.get("email"),
        "delivery_assigned_to": delivery.get("email"),
        "pod_uploaded": bool(delivery.get("pod_uploaded")),
    }
