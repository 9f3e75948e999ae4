"""How trays, what lies in them, and who checks it are shown."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from erp.clock import instant_text
from erp.money import plain
from fulfilment.boxing import Boxed, Packed
from fulfilment.models import BoxItem, PackingSession, Tray
from fulfilment.scenes import Scene
from fulfilment.tray_queries import FoundTray, ShownBox
from invoices.content import InvoiceContent
from invoices.payloads import InvoicePayload, payload_fields


class TrayPayload(Struct, kw_only=True):
    """`tray_id` is null when a dry run kept nothing."""

    tray_id: UUID | None
    tray_code: str
    status: str
    remarks: str
    created_at: str
    updated_at: str


class FoundTrayPayload(Struct, kw_only=True):
    tray_id: UUID
    tray_code: str
    in_use: bool
    in_use_invoice: str | None


class ContentPayload(Struct, kw_only=True):
    """So much of a line of the invoice lies in the tray."""

    id: UUID
    invoice_item_id: UUID
    item_name: str
    item_code: str
    quantity: Decimal | int


class TrayBoxPayload(Struct, kw_only=True):
    """`box_id` is the tray's code."""

    id: UUID
    box_id: str
    tray_id: UUID | None
    is_sealed: bool
    created_at: str
    sealed_at: str | None
    notes: str
    items: list[ContentPayload]


class CheckedInvoicePayload(InvoicePayload, kw_only=True):
    """An invoice with who checks it; `checking_status` is the state of the packing session."""

    checking_by: UUID | None
    checking_by_name: str | None
    checking_status: str


class CheckedBillPayload(InvoicePayload, kw_only=True):
    """An invoice with its trays: those of its packing, also after they were freed."""

    checking_by: UUID | None
    checking_by_name: str | None
    boxes: list[TrayBoxPayload]


class CheckingPayload(Struct, kw_only=True):
    invoice_no: str
    checking_by: UUID | None
    checking_by_name: str


class DraftPayload(Struct, kw_only=True):
    invoice_no: str
    trays_count: int


class PackedPayload(DraftPayload, kw_only=True):
    status: str


class ReceiverPayload(Struct, kw_only=True):
    name: str
    address1: str
    address2: str
    address3: str
    area: str
    pincode: str
    phone1: str
    phone2: str


class BoxedTrayPayload(Struct, kw_only=True):
    tray_code: str
    items: list[ContentPayload]


class BoxingDataPayload(Struct, kw_only=True):
    """What who boxes needs: to whom it goes, and what lies in which tray."""

    invoice_no: str
    status: str
    customer: ReceiverPayload
    trays: list[BoxedTrayPayload]
    trays_count: int


class BoxedPayload(Struct, kw_only=True):
    invoice_no: str
    status: str
    label_count: int
    trays: list[BoxedTrayPayload]
    customer: ReceiverPayload


def tray_payload(tray: Tray) -> TrayPayload:
    return TrayPayload(
        tray_id=tray.id,
        tray_code=tray.tray_code,
        status=tray.status,
        remarks=tray.remarks,
        created_at=instant_text(tray.created_at),
        updated_at=instant_text(tray.updated_at),
    )


def found_tray_payload(found: FoundTray, *, for_invoice: str) -> FoundTrayPayload:
    """A tray of the invoice one packs is free for it."""
    in_use = found.in_use_invoice not in {"", for_invoice}
    return FoundTrayPayload(
        tray_id=found.tray.id,
        tray_code=found.tray.tray_code,
        in_use=in_use,
        in_use_invoice=found.in_use_invoice if in_use else None,
    )


def _content(item: BoxItem) -> ContentPayload:
    line = item.invoice_item
    return ContentPayload(
        id=item.id,
        invoice_item_id=line.id,
        item_name=line.name,
        item_code=line.item_code,
        quantity=plain(item.quantity),
    )


def _box(shown: ShownBox) -> TrayBoxPayload:
    box = shown.box
    return TrayBoxPayload(
        id=box.id,
        box_id=box.tray_code,
        tray_id=box.tray_id,
        is_sealed=box.is_sealed,
        created_at=instant_text(box.created_at),
        sealed_at=instant_text(box.sealed_at) if box.sealed_at else None,
        notes="",
        items=[_content(item) for item in shown.items],
    )


def _boxed_tray(shown: ShownBox) -> BoxedTrayPayload:
    return BoxedTrayPayload(tray_code=shown.box.tray_code, items=[_content(item) for item in shown.items])


def _receiver(content: InvoiceContent) -> ReceiverPayload:
    customer = content.customer
    return ReceiverPayload(
        name=customer.name,
        address1=customer.address1,
        address2=customer.address2,
        address3=customer.address3,
        area=customer.area,
        pincode=customer.pincode,
        phone1=customer.phone1,
        phone2=customer.phone2,
    )


def _checker(session: PackingSession | None) -> dict[str, Any]:
    if session is None or session.checking_by_id is None:
        return {"checking_by": None, "checking_by_name": None}
    return {"checking_by": session.checking_by_id, "checking_by_name": session.checking_by_name}


def checked_invoice_payload(content: InvoiceContent, session: PackingSession) -> CheckedInvoicePayload:
    return CheckedInvoicePayload(**payload_fields(content), **_checker(session), checking_status=session.status)


def bill_payload(content: InvoiceContent, session: PackingSession | None, boxes: Sequence[ShownBox]) -> CheckedBillPayload:
    return CheckedBillPayload(**payload_fields(content), **_checker(session), boxes=[_box(box) for box in boxes])


def checking_payload(scene: Scene) -> CheckingPayload:
    session = scene.packing
    assert session is not None, "it is checked from this moment"
    return CheckingPayload(
        invoice_no=scene.content.invoice_no,
        checking_by=session.checking_by_id,
        checking_by_name=session.checking_by_name,
    )


def draft_payload(packed: Packed) -> DraftPayload:
    return DraftPayload(invoice_no=packed.scene.content.invoice_no, trays_count=packed.trays_count)


def packed_payload(packed: Packed) -> PackedPayload:
    content = packed.scene.content
    return PackedPayload(invoice_no=content.invoice_no, trays_count=packed.trays_count, status=content.fulfilment_status)


def boxing_data_payload(content: InvoiceContent, boxes: Sequence[ShownBox]) -> BoxingDataPayload:
    return BoxingDataPayload(
        invoice_no=content.invoice_no,
        status=content.fulfilment_status,
        customer=_receiver(content),
        trays=[_boxed_tray(box) for box in boxes],
        trays_count=len(boxes),
    )


def boxed_payload(boxed: Boxed) -> BoxedPayload:
    content, session = boxed.scene.content, boxed.scene.packing
    assert session is not None, "it was packed in this moment"
    return BoxedPayload(
        invoice_no=content.invoice_no,
        status=content.fulfilment_status,
        label_count=session.label_count,
        trays=[_boxed_tray(box) for box in boxed.trays],
        customer=_receiver(content),
    )
