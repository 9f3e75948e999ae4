"""Bodies of orders and of the parties of the sales side; limits come from the models."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from accounting.gst import GstTreatment
from erp.bodies import MAX_LINES, Amount, DiscountPct, Quantity, UnitRate, given
from erp.characters import CODE, EMAIL, MANY_LINES, ONE_LINE
from erp.parsing import DocumentDate, text_of
from erp.problems import ValidationFailed
from inventory.order_lines import NewLine
from sales.models import Customer, Salesman, SalesOrder, SalesOrderLine

MAX_CREDIT_DAYS = 3650

_Address = Annotated[str, text_of(SalesOrder, "shipping_address", pattern=MANY_LINES)]
_Terms = Annotated[str, text_of(SalesOrder, "payment_terms")]
_Notes = Annotated[str, text_of(SalesOrder, "notes", pattern=MANY_LINES)]
_Description = Annotated[str, text_of(SalesOrderLine, "description")]
_LineNotes = Annotated[str, text_of(SalesOrderLine, "notes", pattern=MANY_LINES)]
_CurrencyOrId = Annotated[str, Meta(min_length=1, max_length=36, pattern=ONE_LINE)]
_State = Annotated[str, Meta(max_length=2, pattern=ONE_LINE)]
_Gstin = Annotated[str, text_of(Customer, "gstin", pattern=CODE)]
_CreditDays = Annotated[int, Meta(ge=0, le=MAX_CREDIT_DAYS)]


class LineBody(Struct, kw_only=True, frozen=True):
    """A new line. `discount_percent` and `override_rate` are what published clients say."""

    item_id: UUID
    quantity: Quantity
    unit_rate: UnitRate | None = None
    override_rate: UnitRate | None = None
    discount_pct: DiscountPct | None = None
    discount_percent: DiscountPct | None = None
    uom_code: Annotated[str, Meta(max_length=10, pattern=CODE)] | None = None
    description: _Description | None = None
    notes: _LineNotes | None = None

    def line(self) -> NewLine:
        """Raises ValidationFailed when a thing is said twice, and differently."""
        members = given(self)
        for alias, name in (("override_rate", "unit_rate"), ("discount_percent", "discount_pct")):
            said = members.pop(alias, None)
            if said is not None and members.setdefault(name, said) != said:
                raise ValidationFailed(errors={alias: [f"Differs from {name}, which means the same."]})
        return NewLine(**members)


class OrderBody(Struct, kw_only=True, frozen=True):
    customer_id: UUID
    currency_id: _CurrencyOrId | None = None
    order_date: DocumentDate | None = None
    due_date: DocumentDate | None = None
    price_list_id: UUID | None = None
    salesman_id: UUID | None = None
    warehouse_id: UUID | None = None
    shipping_address: _Address | None = None
    billing_address: _Address | None = None
    payment_terms: _Terms | None = None
    notes: _Notes | None = None
    discount_amount: Amount | None = None
    items: Annotated[list[LineBody], Meta(max_length=MAX_LINES)] = []


class OrderPatch(Struct, kw_only=True, frozen=True):
    order_date: DocumentDate | UnsetType = UNSET
    due_date: DocumentDate | UnsetType | None = UNSET
    price_list_id: UUID | UnsetType | None = UNSET
    salesman_id: UUID | UnsetType | None = UNSET
    warehouse_id: UUID | UnsetType | None = UNSET
    shipping_address: _Address | UnsetType | None = UNSET
    billing_address: _Address | UnsetType | None = UNSET
    payment_terms: _Terms | UnsetType | None = UNSET
    notes: _Notes | UnsetType | None = UNSET
    discount_amount: Amount | UnsetType = UNSET


class LinePatch(Struct, kw_only=True, frozen=True):
    quantity: Quantity | UnsetType = UNSET
    unit_rate: UnitRate | UnsetType = UNSET
    discount_pct: DiscountPct | UnsetType = UNSET
    description: _Description | UnsetType | None = UNSET
    notes: _LineNotes | UnsetType | None = UNSET


class ReasonBody(Struct, kw_only=True, frozen=True):
    reason: Annotated[str, Meta(max_length=500, pattern=MANY_LINES)] | None = None


class CustomerBody(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(Customer, "name", required=True)]
    code: Annotated[str, text_of(Customer, "code", pattern=CODE)] | None = None
    gstin: _Gstin | None = None
    gst_treatment: GstTreatment | None = None
    state_code: _State | None = None
    email: Annotated[str, text_of(Customer, "email", pattern=EMAIL)] | None = None
    phone: Annotated[str, text_of(Customer, "phone1")] | None = None
    billing_address: Annotated[str, text_of(Customer, "billing_address", pattern=MANY_LINES)] | None = None
    shipping_address: Annotated[str, text_of(Customer, "shipping_address", pattern=MANY_LINES)] | None = None
    credit_limit: Amount | None = None
    credit_hold: bool | None = None
    credit_days: _CreditDays | None = None
    price_list_id: UUID | None = None
    salesman_id: UUID | None = None
    is_active: bool | None = None


class CustomerPatch(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(Customer, "name", required=True)] | UnsetType = UNSET
    code: Annotated[str, text_of(Customer, "code", pattern=CODE, required=True)] | UnsetType = UNSET
    gstin: _Gstin | UnsetType | None = UNSET
    gst_treatment: GstTreatment | UnsetType = UNSET
    state_code: _State | UnsetType | None = UNSET
    email: Annotated[str, text_of(Customer, "email", pattern=EMAIL)] | UnsetType | None = UNSET
    phone: Annotated[str, text_of(Customer, "phone1")] | UnsetType | None = UNSET
    billing_address: Annotated[str, text_of(Customer, "billing_address", pattern=MANY_LINES)] | UnsetType | None = UNSET
    shipping_address: Annotated[str, text_of(Customer, "shipping_address", pattern=MANY_LINES)] | UnsetType | None = UNSET
    credit_limit: Amount | UnsetType = UNSET
    credit_hold: bool | UnsetType = UNSET
    credit_days: _CreditDays | UnsetType = UNSET
    price_list_id: UUID | UnsetType | None = UNSET
    salesman_id: UUID | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class SalesmanBody(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(Salesman, "name", required=True)]
    code: Annotated[str, text_of(Salesman, "code", pattern=CODE)] | None = None
    phone: Annotated[str, text_of(Salesman, "phone")] | None = None
    user_id: UUID | None = None
    is_active: bool | None = None


class SalesmanPatch(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(Salesman, "name", required=True)] | UnsetType = UNSET
    code: Annotated[str, text_of(Salesman, "code", pattern=CODE)] | UnsetType | None = UNSET
    phone: Annotated[str, text_of(Salesman, "phone")] | UnsetType | None = UNSET
    user_id: UUID | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET
