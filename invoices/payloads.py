"""How an invoice is shown: the payload of lists, details and events. Amounts become numbers and texts only here. Pure."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from erp.clock import instant_text
from erp.money import plain
from invoices.content import CustomerContent, InvoiceContent, ItemContent
from invoices.status import FulfilmentStatus

ENCODER = msgspec.json.Encoder(decimal_format="number")
"""Decimals become JSON numbers with the digits they have; what the contract wants as text is text already."""


class CustomerPayload(Struct, kw_only=True, frozen=True):
    code: str
    name: str
    area: str
    address1: str
    address2: str
    address3: str
    pincode: str
    phone1: str
    phone2: str
    email: str


class SalesmanPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    name: str
    phone: str


class CreatorPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    email: str
    name: str


class ItemPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    line_no: int
    name: str
    item_code: str
    barcode: str
    quantity: Decimal | int
    mrp: Decimal | int
    company_name: str
    packing: str
    shelf_location: str
    remarks: str
    batch_no: str
    expiry_date: str | None


class InvoicePayload(Struct, kw_only=True):
    """**I** of the sales contract. `id` is the serial; `Total` a text with two places, `total_amount` a number."""

    id: int | None
    uuid: UUID
    invoice_no: str
    invoice_date: str
    customer: CustomerPayload
    status: str
    billing_status: str
    priority: str
    salesman: SalesmanPayload | None
    created_by: str
    created_user: CreatorPayload | None
    items: list[ItemPayload]
    Total: str
    total_amount: Decimal
    items_total: Decimal
    temp_name: str
    remarks: str
    created_at: str
    updated_at: str
    is_express_delivery: bool
    tray_codes: list[str]
    return_info: dict[str, Any] | None
    picker_info: dict[str, Any] | None
    packer_info: dict[str, Any] | None
    delivery_info: dict[str, Any] | None
    current_handler: dict[str, Any] | None


def payload_fields(content: InvoiceContent) -> dict[str, Any]:
    """The members of `InvoicePayload`, also for structs that add to it."""
    handling = content.handling
    salesman, user = content.salesman, content.created_user
    return {
        "id": content.serial,
        "uuid": content.id,
        "invoice_no": content.invoice_no,
        "invoice_date": content.invoice_date.isoformat(),
        "customer": _customer(content.customer),
        "status": content.fulfilment_status,
        "billing_status": content.billing_status,
        "priority": content.priority,
        "salesman": salesman and SalesmanPayload(id=salesman.id, name=salesman.name, phone=salesman.phone),
        "created_by": content.created_by,
        "created_user": user and CreatorPayload(id=user.id, email=user.email, name=user.name),
        "items": [_item(item) for item in content.items],
        "Total": f"{content.total_value:.2f}",
        "total_amount": content.total_value,
        "items_total": content.items_total,
        "temp_name": content.temp_name,
        "remarks": content.remarks,
        "created_at": instant_text(content.created_at),
        "updated_at": instant_text(content.updated_at),
        "is_express_delivery": bool(handling.get("is_express_delivery")),
        "tray_codes": handling.get("tray_codes", []),
        "return_info": handling.get("return"),
        "picker_info": handling.get("picker"),
        "packer_info": handling.get("packer"),
        "delivery_info": handling.get("delivery"),
        "current_handler": current_handler(content.fulfilment_status, handling),
    }


def invoice_payload(content: InvoiceContent) -> InvoicePayload:
    return InvoicePayload(**payload_fields(content))


_SECTION_OF = {
    FulfilmentStatus.PICKING: "picker",
    FulfilmentStatus.PICKED: "picker",
    FulfilmentStatus.PACKING: "packer",
    FulfilmentStatus.BOXING: "packer",
    FulfilmentStatus.PACKED: "delivery",
    FulfilmentStatus.DISPATCHED: "delivery",
    FulfilmentStatus.DELIVERED: "delivery",
}


def current_handler(status: str, handling: dict[str, Any]) -> dict[str, Any] | None:
    """Who has the invoice in hand now, from the read copy that each transition writes; in review, who sent it there."""
    back = handling.get("return")
    if status == FulfilmentStatus.REVIEW and back:
        name, email, since = (back.get(f"returned_{part}") for part in ("by_name", "by_email", "at"))
        return {"email": email, "name": name, "status": status, "start_time": since}
    section = _SECTION_OF.get(FulfilmentStatus(status))
    return handling.get(section) if section else None


def _customer(customer: CustomerContent) -> CustomerPayload:
    return CustomerPayload(
        code=customer.code,
        name=customer.name,
        area=customer.area,
        address1=customer.address1,
        address2=customer.address2,
        address3=customer.address3,
        pincode=customer.pincode,
        phone1=customer.phone1,
        phone2=customer.phone2,
        email=customer.email,
    )


def _item(item: ItemContent) -> ItemPayload:
    return ItemPayload(
        id=item.id,
        line_no=item.line_no,
        name=item.name,
        item_code=item.item_code,
        barcode=item.barcode,
        quantity=plain(item.quantity),
        mrp=plain(item.mrp),
        company_name=item.company_name,
        packing=item.packing,
        shelf_location=item.shelf_location,
        remarks=item.remarks,
        batch_no=item.batch_no,
        expiry_date=item.expiry_date.isoformat() if item.expiry_date else None,
    )
