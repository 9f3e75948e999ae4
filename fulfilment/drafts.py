"""What billing may correct in an invoice that is in review: the import's fields with the import's limits, each optional.

A member that is not sent stays as it is; ``null`` in an optional text means ``""``.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from erp.characters import CODE, EMAIL, MANY_LINES
from erp.parsing import DocumentDate, text_of
from fulfilment.models import BillingReturn
from invoices.drafts import MAX_ITEMS, GivenTotal, Quantity, UnitPrice
from invoices.models import Invoice, InvoiceItem
from invoices.status import Priority
from sales.models import Customer, Salesman


class CustomerCorrection(Struct, kw_only=True, frozen=True):
    """Without a `code` the present customer is meant; a new code needs a `name`."""

    code: Annotated[str, text_of(Customer, "code", pattern=CODE, required=True)] | UnsetType = UNSET
    name: Annotated[str, text_of(Customer, "name", required=True)] | UnsetType = UNSET
    area: Annotated[str, text_of(Customer, "area")] | UnsetType | None = UNSET
    address1: Annotated[str, text_of(Customer, "address1", pattern=MANY_LINES)] | UnsetType | None = UNSET
    address2: Annotated[str, text_of(Customer, "address2", pattern=MANY_LINES)] | UnsetType | None = UNSET
    address3: Annotated[str, text_of(Customer, "address3", pattern=MANY_LINES)] | UnsetType | None = UNSET
    pincode: Annotated[str, text_of(Customer, "pincode")] | UnsetType | None = UNSET
    phone1: Annotated[str, text_of(Customer, "phone1")] | UnsetType | None = UNSET
    phone2: Annotated[str, text_of(Customer, "phone2")] | UnsetType | None = UNSET
    email: Annotated[str, text_of(Customer, "email", pattern=EMAIL)] | UnsetType | None = UNSET


class ItemCorrection(Struct, kw_only=True, frozen=True):
    """A line found by `id`, else `barcode`, else `item_code`; one that is not found is added, and then must be whole."""

    id: UUID | None = None
    name: Annotated[str, text_of(InvoiceItem, "name", required=True)] | UnsetType = UNSET
    item_code: Annotated[str, text_of(InvoiceItem, "item_code", pattern=CODE, required=True)] | UnsetType = UNSET
    barcode: Annotated[str, text_of(InvoiceItem, "barcode", pattern=CODE)] | UnsetType | None = UNSET
    quantity: Quantity | UnsetType = UNSET
    mrp: UnitPrice | UnsetType = UNSET
    company_name: Annotated[str, text_of(InvoiceItem, "company_name")] | UnsetType | None = UNSET
    packing: Annotated[str, text_of(InvoiceItem, "packing")] | UnsetType | None = UNSET
    shelf_location: Annotated[str, text_of(InvoiceItem, "shelf_location")] | UnsetType | None = UNSET
    batch_no: Annotated[str, text_of(InvoiceItem, "batch_no", pattern=CODE)] | UnsetType | None = UNSET
    expiry_date: date | UnsetType | None = UNSET
    remarks: Annotated[str, text_of(InvoiceItem, "remarks", pattern=MANY_LINES)] | UnsetType | None = UNSET


class CorrectionDraft(Struct, kw_only=True, frozen=True):
    invoice_no: Annotated[str, text_of(Invoice, "invoice_no", pattern=CODE, required=True)]
    invoice_date: DocumentDate | UnsetType = UNSET
    salesman: Annotated[str, text_of(Salesman, "name", required=True)] | UnsetType = UNSET
    created_by: Annotated[str, text_of(Invoice, "created_by")] | UnsetType | None = UNSET
    priority: Priority | UnsetType | None = UNSET
    given_total: GivenTotal | UnsetType | None = field(default=UNSET, name="Total")
    temp_name: Annotated[str, text_of(Invoice, "temp_name")] | UnsetType | None = UNSET
    remarks: Annotated[str, text_of(Invoice, "remarks", pattern=MANY_LINES)] | UnsetType | None = UNSET
    customer: CustomerCorrection | UnsetType = UNSET
    items: Annotated[list[ItemCorrection], Meta(min_length=1, max_length=MAX_ITEMS)] | UnsetType = UNSET
    replace_items: bool = False
    resolution_notes: Annotated[str, text_of(BillingReturn, "resolution_notes", pattern=MANY_LINES)] | None = ""
