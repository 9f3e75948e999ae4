"""The operations on items, units, warehouses and stock under ``/api/inventory/``."""

from msgspec import Struct

from erp.api.contracts import Parameter
from erp.api.describing import DAY, FLAG, ID, changes, lists, makes, reports, shows
from erp.changing import AlreadyExists
from inventory.api.filters import (
    HsnRateFilter,
    ItemFilter,
    UomFilter,
    WarehouseFilter,
)
from inventory.cataloguing import StockHasMoved
from inventory.payloads import (
    CatalogueItemPayload,
    HsnRatePayload,
    StockRowPayload,
    UomPayload,
    WarehousePayload,
)
from inventory.valuation import ValuedStockPayload

_ITEM = {"item_id": "Id of the item."}
_HSN_RATE = {"rate_id": "Id of the rate."}
_UOM = {"uom_id": "Id of the unit."}
_WAREHOUSE = {"warehouse_id": "Id of the warehouse."}

LIST_ITEMS = lists(
    "list_items",
    "The items, newest first, with what is there of each.",
    CatalogueItemPayload,
    filters=ItemFilter,
    purposes={
        "search": "SKU, name or HSN code contains this.",
        "sku": "Exactly this SKU.",
        "hsn_code": "Exactly this HSN code.",
        "tracked": "Whether its stock is kept.",
        "is_active": "Whether it may be sold.",
        "below_reorder": "Whether less than its reorder level is on hand.",
    },
)
CREATE_ITEM = makes("create_item", "Add an item.", CatalogueItemPayload, refusals=(AlreadyExists,))
GET_ITEM = shows("get_item", "One item, with what is there of it.", CatalogueItemPayload, ids=_ITEM)
CHANGE_ITEM = changes(
    "change_item",
    "Change an item; what stock rests on is frozen once stock has moved. Another `gst_rate` holds from `gst_rate_from` on,"
    " from today unless it is said.",
    CatalogueItemPayload,
    refusals=(StockHasMoved, AlreadyExists),
    ids=_ITEM,
)

LIST_HSN_RATES = lists(
    "list_hsn_rates",
    "GST rates of HSN codes, the latest to begin first.",
    HsnRatePayload,
    filters=HsnRateFilter,
    purposes={
        "hsn_code": "Exactly this HSN code.",
        "begins_with": "HSN codes that begin with this.",
        "valid_from": "Rates that begin on this day.",
    },
)
CREATE_HSN_RATE = makes(
    "create_hsn_rate",
    "Give what begins with an HSN code a GST rate from a day on, unless a longer code or the item itself says otherwise.",
    HsnRatePayload,
    refusals=(AlreadyExists,),
)
GET_HSN_RATE = shows("get_hsn_rate", "One rate of an HSN code.", HsnRatePayload, ids=_HSN_RATE)
CHANGE_HSN_RATE = changes(
    "change_hsn_rate", "Correct a rate of an HSN code; documents keep what they say.", HsnRatePayload, ids=_HSN_RATE
)

LIST_UOMS = lists(
    "list_uoms",
    "The units of measure, newest first.",
    UomPayload,
    filters=UomFilter,
    purposes={"search": "Code or name contains this."},
)
CREATE_UOM = makes("create_uom", "Add a unit of measure.", UomPayload, refusals=(AlreadyExists,))
GET_UOM = shows("get_uom", "One unit of measure.", UomPayload, ids=_UOM)
CHANGE_UOM = changes("change_uom", "Change a unit of measure.", UomPayload, ids=_UOM)

LIST_WAREHOUSES = lists(
    "list_warehouses",
    "The warehouses, newest first.",
    WarehousePayload,
    filters=WarehouseFilter,
    purposes={
        "search": "Code or name contains this.",
        "is_active": "Whether new documents may name it.",
        "is_quarantine": "Whether nothing is sold from it.",
    },
)
CREATE_WAREHOUSE = makes(
    "create_warehouse",
    "Add a warehouse; as the default one it takes the place of the one before.",
    WarehousePayload,
    refusals=(AlreadyExists,),
)
GET_WAREHOUSE = shows("get_warehouse", "One warehouse.", WarehousePayload, ids=_WAREHOUSE)
CHANGE_WAREHOUSE = changes(
    "change_warehouse",
    "Change a warehouse; the default one changes by naming another, an inactive one is named by no new document.",
    WarehousePayload,
    ids=_WAREHOUSE,
)


class StockAnswer(Struct, kw_only=True):
    """What was asked, as it was said, and what lies where."""

    as_of: str | None
    item: str | None
    warehouse: str | None
    below_reorder: bool
    currency_code: str
    rows: list[StockRowPayload]


SHOW_STOCK = reports(
    "show_stock",
    "What lies where: now, or at the end of a day by the dates of the books.",
    StockAnswer,
    Parameter("as_of", "At the end of this day; what was reserved then nobody knows.", DAY),
    Parameter("item", "Id of an item: only this one.", ID),
    Parameter("warehouse", "Id of a warehouse: only this one.", ID),
    Parameter("below_reorder", "`true`: only what is below its reorder level.", FLAG),
)

LAYERS = "layers"


class ValuationAnswer(Struct, kw_only=True):
    """The day, and what the stock was worth at its end; `total` is what the Inventory account says of that day."""

    as_of: str
    currency_code: str
    total: str
    rows: list[ValuedStockPayload]


SHOW_VALUATION = reports(
    "show_valuation",
    "What the stock is worth at the end of a day, by the dates of the books.",
    ValuationAnswer,
    Parameter("as_of", "At the end of this day; today unless told.", DAY),
    Parameter("expand", "`layers`: the layers that make up each value, the oldest first.", {"type": "string"}),
)
