"""An invoice's complete content as plain data: what is stored, compared, shown and announced. No database here."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct


class CustomerContent(Struct, kw_only=True, frozen=True):
    id: UUID
    version: int
    code: str
    name: str
    area: str = ""
    address1: str = ""
    address2: str = ""
    address3: str = ""
    pincode: str = ""
    phone1: str = ""
    phone2: str = ""
    email: str = ""


class SalesmanContent(Struct, kw_only=True, frozen=True):
    id: UUID
    name: str
    phone: str = ""


class UserContent(Struct, kw_only=True, frozen=True):
    id: UUID
    email: str
    name: str


class ItemContent(Struct, kw_only=True, frozen=True):
    """`quantity` three places, `mrp` four, `line_total` two, in the document's currency."""

    id: UUID
    line_no: int
    name: str
    item_code: str
    barcode: str
    quantity: Decimal
    mrp: Decimal
    line_total: Decimal
    company_name: str
    packing: str
    shelf_location: str
    batch_no: str
    expiry_date: date | None
    remarks: str


class InvoiceContent(Struct, kw_only=True, frozen=True):
    id: UUID
    serial: int
    origin: str
    invoice_no: str
    invoice_date: date
    customer: CustomerContent
    salesman: SalesmanContent | None
    created_by: str
    created_user: UserContent | None
    priority: str
    given_total: Decimal | None
    items_total: Decimal
    total_value: Decimal
    temp_name: str
    remarks: str
    fulfilment_status: str
    billing_status: str
    status: str
    handling: dict[str, Any]
    revision: int = 1
    version: int
    created_at: datetime
    updated_at: datetime
    items: list[ItemContent]
