"""Bodies of the purchasing side; limits come from the models."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from accounting.gst import GstTreatment
from erp.bodies import MAX_LINES, Amount, DiscountPct, Quantity, UnitRate, given
from erp.characters import CODE, EMAIL, MANY_LINES, ONE_LINE
from erp.parsing import DocumentDate, text_of
from inventory.models import Batch
from inventory.order_lines import NewLine
from purchasing.models import GoodsReceipt, PurchaseOrder, PurchaseOrderLine, Supplier

MAX_CREDIT_DAYS = 3650

_State = Annotated[str, Meta(max_length=2, pattern=ONE_LINE)]
_Name = Annotated[str, text_of(Supplier, "name", required=True)]
_Gstin = Annotated[str, text_of(Supplier, "gstin", pattern=CODE)]
_Email = Annotated[str, text_of(Supplier, "email", pattern=EMAIL)]
_Phone = Annotated[str, text_of(Supplier, "phone")]
_Address = Annotated[str, text_of(Supplier, "billing_address", pattern=MANY_LINES)]
_OrderAddress = Annotated[str, text_of(PurchaseOrder, "shipping_address", pattern=MANY_LINES)]
_Terms = Annotated[str, text_of(PurchaseOrder, "payment_terms")]
_Notes = Annotated[str, text_of(PurchaseOrder, "notes", pattern=MANY_LINES)]
_Description = Annotated[str, text_of(PurchaseOrderLine, "description")]
_LineNotes = Annotated[str, text_of(PurchaseOrderLine, "notes", pattern=MANY_LINES)]
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
    price_list_id: UUID | None = None
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
    price_list_id: UUID | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class PurchaseLineBody(Struct, kw_only=True, frozen=True):
    item_id: UUID
    quantity: Quantity
    unit_rate: UnitRate | None = None
    discount_pct: DiscountPct | None = None
    uom_code: Annotated[str, Meta(max_length=10, pattern=CODE)] | None = None
    description: _Description | None = None
    notes: _LineNotes | None = None

    def line(self) -> NewLine:
        return NewLine(**given(self))


class PurchaseBody(Struct, kw_only=True, frozen=True):
    supplier_id: UUID
    currency_id: Annotated[str, Meta(min_length=1, max_length=36, pattern=ONE_LINE)] | None = None
    order_date: DocumentDate | None = None
    expected_date: DocumentDate | None = None
    price_list_id: UUID | None = None
    warehouse_id: UUID | None = None
    shipping_address: _OrderAddress | None = None
    billing_address: _OrderAddress | None = None
    payment_terms: _Terms | None = None
    notes: _Notes | None = None
    discount_amount: Amount | None = None
    items: Annotated[list[PurchaseLineBody], Meta(max_length=MAX_LINES)] = []


class PurchasePatch(Struct, kw_only=True, frozen=True):
    order_date: DocumentDate | UnsetType = UNSET
    expected_date: DocumentDate | UnsetType | None = UNSET
    price_list_id: UUID | UnsetType | None = UNSET
    warehouse_id: UUID | UnsetType | None = UNSET
    shipping_address: _OrderAddress | UnsetType | None = UNSET
    billing_address: _OrderAddress | UnsetType | None = UNSET
    payment_terms: _Terms | UnsetType | None = UNSET
    notes: _Notes | UnsetType | None = UNSET
    discount_amount: Amount | UnsetType = UNSET


class PurchaseLinePatch(Struct, kw_only=True, frozen=True):
    quantity: Quantity | UnsetType = UNSET
    unit_rate: UnitRate | UnsetType = UNSET
    discount_pct: DiscountPct | UnsetType = UNSET
    description: _Description | UnsetType | None = UNSET
    notes: _LineNotes | UnsetType | None = UNSET


class EndPurchaseBody(Struct, kw_only=True, frozen=True):
    reason: Annotated[str, Meta(max_length=500, pattern=MANY_LINES)] | None = None


class ReceiptLineBody(Struct, kw_only=True, frozen=True):
    """`order_item` where the receipt names a purchase order, else `item_id` and `unit_cost`."""

    quantity: Quantity
    item_id: UUID | None = None
    order_item: UUID | None = None
    unit_cost: UnitRate | None = None
    batch_no: Annotated[str, text_of(Batch, "batch_no", pattern=CODE)] | None = None
    manufactured_on: DocumentDate | None = None
    expiry_date: DocumentDate | None = None


class ReceiptBody(Struct, kw_only=True, frozen=True):
    receipt_date: DocumentDate
    supplier_id: UUID | None = None
    purchase_order_id: UUID | None = None
    posting_date: DocumentDate | None = None
    warehouse_id: UUID | None = None
    supplier_reference: Annotated[str, text_of(GoodsReceipt, "supplier_reference")] | None = None
    lines: Annotated[list[ReceiptLineBody], Meta(min_length=1, max_length=MAX_LINES)]
