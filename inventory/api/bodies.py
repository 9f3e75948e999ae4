"""Bodies of items, units, warehouses and stock documents; limits come from the models."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from erp.bodies import MAX_LINES, DiscountPct, GstPct, Level, Quantity, RowsBody, SignedAmount, UnitRate
from erp.characters import CODE, MANY_LINES, ONE_LINE
from erp.parsing import DocumentDate, text_of
from inventory.kinds import AdjustmentKind, IssueRule, ItemKind, PriceKind, TaxCategory
from inventory.models import Batch, Item, PriceList, StockDocument, Uom, Warehouse
from inventory.packs import Pack

MAX_PACKS = 20
_Sku = Annotated[str, text_of(Item, "sku", pattern=CODE, required=True)]
_ItemName = Annotated[str, text_of(Item, "name", required=True)]
_About = Annotated[str, text_of(Item, "description", pattern=MANY_LINES)]
_Hsn = Annotated[str, Meta(max_length=8, pattern=r"^(?:[0-9]{4,8})?\Z")]
_UomOrId = Annotated[str, Meta(min_length=1, max_length=36, pattern=ONE_LINE)]
_PlaceAddress = Annotated[str, text_of(Warehouse, "address", pattern=MANY_LINES)]
_State = Annotated[str, Meta(max_length=2, pattern=ONE_LINE)]


class PackBody(Struct, kw_only=True, frozen=True):
    """A unit that holds `factor` of the item's own, exactly."""

    uom_code: Annotated[str, text_of(Uom, "code", pattern=CODE, required=True)]
    factor: Quantity

    def pack(self) -> Pack:
        return Pack(self.uom_code, self.factor)


class ItemBody(Struct, kw_only=True, frozen=True):
    sku: _Sku
    name: _ItemName
    description: _About | None = None
    uom_id: _UomOrId | None = None
    kind: ItemKind | None = None
    tracked: bool | None = None
    batch_required: bool | None = None
    issue_rule: IssueRule | None = None
    hsn_code: _Hsn | None = None
    gst_rate: GstPct | None = None
    tax_category: TaxCategory | None = None
    packs: Annotated[list[PackBody], Meta(max_length=MAX_PACKS)] = []
    sale_rate: UnitRate | None = None
    purchase_rate: UnitRate | None = None
    mrp: UnitRate | None = None
    reorder_level: Level | None = None
    is_active: bool | None = None


class ItemPatch(Struct, kw_only=True, frozen=True):
    sku: _Sku | UnsetType = UNSET
    name: _ItemName | UnsetType = UNSET
    description: _About | UnsetType | None = UNSET
    uom_id: _UomOrId | UnsetType = UNSET
    tracked: bool | UnsetType = UNSET
    batch_required: bool | UnsetType = UNSET
    issue_rule: IssueRule | UnsetType = UNSET
    hsn_code: _Hsn | UnsetType | None = UNSET
    gst_rate: GstPct | UnsetType | None = UNSET
    gst_rate_from: DocumentDate | UnsetType | None = UNSET
    tax_category: TaxCategory | UnsetType = UNSET
    packs: Annotated[list[PackBody], Meta(max_length=MAX_PACKS)] | UnsetType = UNSET
    sale_rate: UnitRate | UnsetType | None = UNSET
    purchase_rate: UnitRate | UnsetType | None = UNSET
    mrp: UnitRate | UnsetType = UNSET
    reorder_level: Level | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class HsnRateBody(Struct, kw_only=True, frozen=True):
    hsn_code: Annotated[str, Meta(pattern=r"^[0-9]{4,8}\Z")]
    gst_rate: GstPct
    valid_from: DocumentDate


class HsnRatePatch(Struct, kw_only=True, frozen=True):
    gst_rate: GstPct | UnsetType = UNSET


class PriceListBody(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(PriceList, "name", required=True)]
    kind: PriceKind
    currency_id: Annotated[str, Meta(min_length=1, max_length=36, pattern=ONE_LINE)] | None = None
    valid_from: DocumentDate | None = None
    valid_to: DocumentDate | None = None
    is_default: bool = False


class PriceListPatch(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(PriceList, "name", required=True)] | UnsetType = UNSET
    valid_from: DocumentDate | UnsetType | None = UNSET
    valid_to: DocumentDate | UnsetType | None = UNSET
    is_default: bool | UnsetType = UNSET


class PriceBody(Struct, kw_only=True, frozen=True):
    """`min_quantity` and discount are 0 unless they are said, the days open."""

    item_id: UUID
    unit_rate: UnitRate
    min_quantity: Level | None = None
    discount_pct: DiscountPct | None = None
    valid_from: DocumentDate | None = None
    valid_to: DocumentDate | None = None


class PricesBody(RowsBody, kw_only=True, frozen=True):
    prices: Annotated[list[PriceBody], Meta(min_length=1, max_length=MAX_LINES)]


class UomBody(Struct, kw_only=True, frozen=True):
    code: Annotated[str, text_of(Uom, "code", pattern=CODE, required=True)]
    name: Annotated[str, text_of(Uom, "name", required=True)]
    uqc: Annotated[str, text_of(Uom, "uqc", pattern=CODE)] = ""
    decimals: Annotated[int, Meta(ge=0, le=3)] = 0


class UomPatch(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(Uom, "name", required=True)] | UnsetType = UNSET
    uqc: Annotated[str, text_of(Uom, "uqc", pattern=CODE)] | UnsetType | None = UNSET
    decimals: Annotated[int, Meta(ge=0, le=3)] | UnsetType = UNSET


class WarehouseBody(Struct, kw_only=True, frozen=True):
    code: Annotated[str, text_of(Warehouse, "code", pattern=CODE, required=True)]
    name: Annotated[str, text_of(Warehouse, "name", required=True)]
    address: _PlaceAddress | None = None
    state_code: _State | None = None
    is_quarantine: bool = False
    is_default: bool = False
    is_active: bool = True


class WarehousePatch(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(Warehouse, "name", required=True)] | UnsetType = UNSET
    address: _PlaceAddress | UnsetType | None = UNSET
    state_code: _State | UnsetType | None = UNSET
    is_quarantine: bool | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


_BatchNo = Annotated[str, text_of(Batch, "batch_no", pattern=CODE)]
_Reason = Annotated[str, text_of(StockDocument, "reason", pattern=MANY_LINES)]


class AdjustmentLineBody(Struct, kw_only=True, frozen=True):
    """A COUNT says what was `counted`, all other kinds the `quantity` that comes (OPENING) or goes (DAMAGE, EXPIRY)."""

    item_id: UUID
    quantity: Quantity | None = None
    counted: Level | None = None
    unit_cost: UnitRate | None = None
    batch_no: _BatchNo | None = None
    expiry_date: DocumentDate | None = None


class AdjustmentBody(Struct, kw_only=True, frozen=True):
    kind: AdjustmentKind
    date: DocumentDate
    warehouse_id: UUID | None = None
    reason: _Reason | None = None
    lines: Annotated[list[AdjustmentLineBody], Meta(min_length=1, max_length=MAX_LINES)]


class TransferLineBody(Struct, kw_only=True, frozen=True):
    """What goes, in the base unit; of this batch, else by the item's rule."""

    item_id: UUID
    quantity: Quantity
    batch_no: _BatchNo | None = None


class TransferBody(Struct, kw_only=True, frozen=True):
    from_warehouse_id: UUID
    to_warehouse_id: UUID
    date: DocumentDate
    reason: _Reason | None = None
    lines: Annotated[list[TransferLineBody], Meta(min_length=1, max_length=MAX_LINES)]


class RevaluedLineBody(Struct, kw_only=True, frozen=True):
    """A `layer` or a `receipt_line`, and by how much all that came with it is worth more; negative for less."""

    difference: SignedAmount
    layer: UUID | None = None
    receipt_line: UUID | None = None


class RevaluationBody(Struct, kw_only=True, frozen=True):
    date: DocumentDate
    reason: Annotated[str, text_of(StockDocument, "reason", pattern=MANY_LINES, required=True)]
    lines: Annotated[list[RevaluedLineBody], Meta(min_length=1, max_length=MAX_LINES)]


class BlockBody(Struct, kw_only=True, frozen=True):
    reason: Annotated[str, text_of(Batch, "block_reason", pattern=MANY_LINES, required=True)]
