"""Bodies of the purchasing side; limits come from the models."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from accounting.gst import GstTreatment
from erp.bodies import MAX_LINES, Amount, Quantity, UnitRate
from erp.characters import CODE, EMAIL, MANY_LINES, ONE_LINE
from erp.parsing import DocumentDate, text_of
from inventory.models import Batch
from purchasing.models import GoodsReceipt, Supplier

MAX_CREDIT_DAYS = 3650

_State = Annotated[str, Meta(max_length=2, pattern=ONE_LINE)]
_Name = Annotated[str, text_of(Supplier, "name", required=True)]
_Gstin = Annotated[str, text_of(Supplier, "gstin", pattern=CODE)]
_Email = Annotated[str, text_of(Supplier, "email", pattern=EMAIL)]
_Phone = Annotated[str, text_of(Supplier, "phone")]
_Address = Annotated[str, text_of(Supplier, "billing_address", pattern=MANY_LINES)]
_CreditDays = Annotated[int, Meta(ge=0, le=MAX_CREDIT_DAYS)]


class SupplierBody(Struct, kw_only=True, frozen=True):
    name: _Name
    code: Annotated[str, text_of(Supplier, "code", pattern=CODE)] | None = None
    gstin: _Gstin | None = None
    gst_treatment: GstTreatment | None = None
    state_code: _State | None = None
    email: _Email | None = None
    phone: _Phone | None = None
    billing_address: _Address | None = None
    shipping_address: _Address | None = None
    credit_limit: Amount | None = None
    credit_hold: bool | None = None
    credit_days: _CreditDays | None = None
    is_active: bool | None = None


class SupplierPatch(Struct, kw_only=True, frozen=True):
    name: _Name | UnsetType = UNSET
    code: Annotated[str, text_of(Supplier, "code", pattern=CODE, required=True)] | UnsetType = UNSET
    gstin: _Gstin | UnsetType | None = UNSET
    gst_treatment: GstTreatment | UnsetType = UNSET
    state_code: _State | UnsetType | None = UNSET
    email: _Email | UnsetType | None = UNSET
    phone: _Phone | UnsetType | None = UNSET
    billing_address: _Address | UnsetType | None = UNSET
    shipping_address: _Address | UnsetType | None = UNSET
    credit_limit: Amount | UnsetType = UNSET
    credit_hold: bool | UnsetType = UNSET
    credit_days: _CreditDays | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class ReceiptLineBody(Struct, kw_only=True, frozen=True):
    item_id: UUID
    quantity: Quantity
    unit_cost: UnitRate
    batch_no: Annotated[str, text_of(Batch, "batch_no", pattern=CODE)] | None = None
    manufactured_on: DocumentDate | None = None
    expiry_date: DocumentDate | None = None


class ReceiptBody(Struct, kw_only=True, frozen=True):
    supplier_id: UUID
    receipt_date: DocumentDate
    posting_date: DocumentDate | None = None
    warehouse_id: UUID | None = None
    supplier_reference: Annotated[str, text_of(GoodsReceipt, "supplier_reference")] | None = None
    lines: Annotated[list[ReceiptLineBody], Meta(min_length=1, max_length=MAX_LINES)]
