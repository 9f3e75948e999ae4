"""What a sender may write into an invoice: shape and limits, read by the single import, bulk import and OpenAPI alike.

Members not sent are UNSET, because an import leaves them as they are; ``null`` in an optional text means ``""``.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from erp.characters import CODE, EMAIL, MANY_LINES
from erp.money import AMOUNT_LIMIT, QUANTITY_LIMIT, RATE_LIMIT, round_rate
from erp.parsing import BoundedDecimal, DocumentDate, text_of
from invoices.models import Invoice, InvoiceItem
from invoices.status import Priority
from sales.models import Customer, Salesman

MAX_ITEMS = 2000


class GivenTotal(BoundedDecimal):
    at_least, below, places = Decimal(0), AMOUNT_LIMIT, 2


class Quantity(BoundedDecimal):
    above, below, places = Decimal(0), QUANTITY_LIMIT, 3


class UnitPrice(BoundedDecimal):
    """Rounded to four places by the document, with a warning, hence without a limit of places here."""

    at_least, below = Decimal(0), RATE_LIMIT

    @classmethod
    def read(cls, value: object) -> BoundedDecimal:
        price = super().read(value)
        if round_rate(price) >= cls.below:
            raise ValueError(f"Ensure this value, rounded to four places, is less than {cls.below:f}.")
        return price


class CustomerDraft(Struct, kw_only=True, frozen=True):
    code: Annotated[str, text_of(Customer, "code", pattern=CODE, required=True)]
    name: Annotated[str, text_of(Customer, "name", required=True)]
    area: Annotated[str, text_of(Customer, "area")] | UnsetType | None = UNSET
    address1: Annotated[str, text_of(Customer, "address1", pattern=MANY_LINES)] | UnsetType | None = UNSET
    address2: Annotated[str, text_of(Customer, "address2", pattern=MANY_LINES)] | UnsetType | None = UNSET
    address3: Annotated[str, text_of(Customer, "address3", pattern=MANY_LINES)] | UnsetType | None = UNSET
    pincode: Annotated[str, text_of(Customer, "pincode")] | UnsetType | None = UNSET
    phone1: Annotated[str, text_of(Customer, "phone1")] | UnsetType | None = UNSET
    phone2: Annotated[str, text_of(Customer, "phone2")] | UnsetType | None = UNSET
    email: Annotated[str, text_of(Customer, "email", pattern=EMAIL)] | UnsetType | None = UNSET


class ItemDraft(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(InvoiceItem, "name", required=True)]
    item_code: Annotated[str, text_of(InvoiceItem, "item_code", pattern=CODE, required=True)]
    barcode: Annotated[str, text_of(InvoiceItem, "barcode", pattern=CODE)] | None = ""
    quantity: Quantity
    mrp: UnitPrice
    company_name: Annotated[str, text_of(InvoiceItem, "company_name")] | None = ""
    packing: Annotated[str, text_of(InvoiceItem, "packing")] | None = ""
    shelf_location: Annotated[str, text_of(InvoiceItem, "shelf_location")] | None = ""
    batch_no: Annotated[str, text_of(InvoiceItem, "batch_no", pattern=CODE)] | None = ""
    expiry_date: date | None = None
    remarks: Annotated[str, text_of(InvoiceItem, "remarks", pattern=MANY_LINES)] | None = ""


class InvoiceDraft(Struct, kw_only=True, frozen=True):
    invoice_no: Annotated[str, text_of(Invoice, "invoice_no", pattern=CODE, required=True)]
    invoice_date: DocumentDate
    salesman: Annotated[str, text_of(Salesman, "name", required=True)]
    created_by: Annotated[str, text_of(Invoice, "created_by")] | UnsetType | None = UNSET
    priority: Priority | UnsetType | None = UNSET
    given_total: GivenTotal | UnsetType | None = field(default=UNSET, name="Total")
    temp_name: Annotated[str, text_of(Invoice, "temp_name")] | UnsetType | None = UNSET
    remarks: Annotated[str, text_of(Invoice, "remarks", pattern=MANY_LINES)] | UnsetType | None = UNSET
    customer: CustomerDraft
    items: Annotated[list[ItemDraft], Meta(min_length=1, max_length=MAX_ITEMS)]
