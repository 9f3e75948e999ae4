"""The operations on items, units, warehouses and stock under ``/api/inventory/``."""

from msgspec import Struct

from accounting.periods import BeforeBooksStart, PeriodClosed
from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import DAY, FLAG, ID, changes, lists, makes, shows
from erp.api.filtering import UnknownParameter
from erp.changing import AlreadyExists
from erp.numbering import SeriesExhausted
from inventory.api.filters import (
    AdjustmentFilter,
    BatchFilter,
    ItemFilter,
    RevaluationFilter,
    TransferFilter,
    UomFilter,
    WarehouseFilter,
)
from inventory.batch_queries import ExpiringPayload, GoodsBatchPayload
from inventory.cataloguing import StockHasMoved
from inventory.payloads import (
    CatalogueItemPayload,
    StockDocumentPayload,
    StockDocumentRowPayload,
    StockReversalPayload,
    StockRowPayload,
    UomPayload,
    WarehousePayload,
)
from inventory.returns import LayersUsed
from inventory.stock import InsufficientStock

_ITEM = {"item_id": "Id of the item."}
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
    "Change an item; what stock rests on is frozen once stock has moved.",
    CatalogueItemPayload,
    refusals=(StockHasMoved, AlreadyExists),
    ids=_ITEM,
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
CHANGE_UOM = changes("change_uom", "Change a unit of measure.", UomPayload, ids=_UOM, checks_version=False)

LIST_WAREHOUSES = lists(
    "list_warehouses",
    "The warehouses, newest first.",
    WarehousePayload,
    filters=WarehouseFilter,
    purposes={"search": "Code or name contains this."},
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
    "Change a warehouse; the default one changes by naming another.",
    WarehousePayload,
    ids=_WAREHOUSE,
    checks_version=False,
)


class StockAnswer(Struct, kw_only=True):
    """What was asked, as it was said, and what lies where."""

    as_of: str | None
    item: str | None
    warehouse: str | None
    below_reorder: bool
    currency_code: str
    rows: list[StockRowPayload]


SHOW_STOCK = Operation(
    name="show_stock",
    summary="What lies where: now, or at the end of a day by the dates of the books.",
    replies={200: Reply("An item and a warehouse to a row.", StockAnswer)},
    refusals=(UnknownParameter,),
    parameters=(
        Parameter("as_of", "At the end of this day; what was reserved then nobody knows.", DAY),
        Parameter("item", "Id of an item: only this one.", ID),
        Parameter("warehouse", "Id of a warehouse: only this one.", ID),
        Parameter("below_reorder", "`true`: only what is below its reorder level.", FLAG),
    ),
)

# ── Stock documents ──────────────────────────────────────────────────────────────────────────────────────────────────
_DOCUMENTS = {
    "start_date": "Of this day or later.",
    "end_date": "Of this day or before.",
    "search": "Number or reason contains this.",
    "status": "Whether it stands or is reversed.",
}
_DOCUMENT = {"document_id": "Id of the stock document."}
_DATES = (PeriodClosed, BeforeBooksStart)
LIST_ADJUSTMENTS = lists(
    "list_adjustments",
    "The adjustments of stock, newest first, without their lines.",
    StockDocumentRowPayload,
    filters=AdjustmentFilter,
    purposes=_DOCUMENTS | {"kind": "Why stock came or went.", "warehouse": "Id of the warehouse."},
)
ADJUST_STOCK = makes(
    "adjust_stock",
    "Bring in opening stock, which takes *keep_books* besides; write off what is damaged or has expired, or post a count, "
    "which take *keep_stock*. What it is worth is booked in one voucher.",
    StockDocumentPayload,
    refusals=(InsufficientStock, *_DATES, SeriesExhausted),
)
GET_ADJUSTMENT = shows("get_adjustment", "One adjustment with its lines.", StockDocumentPayload, ids=_DOCUMENT)
_REVERSAL_REFUSALS = (LayersUsed, InsufficientStock, *_DATES)
REVERSE_ADJUSTMENT = changes(
    "reverse_adjustment",
    "Take an adjustment back, while all that came with it is still there: what went lies in its layers again, at its cost, "
    "and the voucher is mirrored. Safe to repeat.",
    StockReversalPayload,
    refusals=_REVERSAL_REFUSALS,
    ids=_DOCUMENT,
)
LIST_TRANSFERS = lists(
    "list_transfers",
    "The transfers between warehouses, newest first, without their lines.",
    StockDocumentRowPayload,
    filters=TransferFilter,
    purposes=_DOCUMENTS
    | {"from_warehouse": "Id of the warehouse that gave the goods.", "to_warehouse": "Id of the one that took them."},
)
TRANSFER_STOCK = makes(
    "transfer_stock",
    "Move goods from one warehouse to another; their age, batch and cost go with them, and nothing is booked.",
    StockDocumentPayload,
    refusals=(InsufficientStock, *_DATES, SeriesExhausted),
)
GET_TRANSFER = shows("get_transfer", "One transfer with its lines.", StockDocumentPayload, ids=_DOCUMENT)
REVERSE_TRANSFER = changes(
    "reverse_transfer",
    "Take a transfer back, while all of its goods lie where they came to. Safe to repeat.",
    StockReversalPayload,
    refusals=_REVERSAL_REFUSALS,
    ids=_DOCUMENT,
)
LIST_REVALUATIONS = lists(
    "list_revaluations",
    "The revaluations of stock, newest first, without their lines.",
    StockDocumentRowPayload,
    filters=RevaluationFilter,
    purposes=_DOCUMENTS,
)
REVALUE_STOCK = makes(
    "revalue_stock",
    "Say what goods turned out to be worth, freight or a dearer bill: the share of those still held goes to Inventory, the "
    "share of those sold stays where price differences are booked.",
    StockDocumentPayload,
    refusals=(*_DATES, SeriesExhausted),
)
GET_REVALUATION = shows("get_revaluation", "One revaluation with its lines.", StockDocumentPayload, ids=_DOCUMENT)
REVERSE_REVALUATION = changes(
    "reverse_revaluation",
    "Take a revaluation back, while nothing of its goods is gone. Safe to repeat.",
    StockReversalPayload,
    refusals=_REVERSAL_REFUSALS,
    ids=_DOCUMENT,
)

# ── Batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────
_BATCH = {"batch_id": "Id of the batch."}


class ExpiringAnswer(Struct, kw_only=True):
    """What was asked, and what expires by then."""

    within_days: int
    currency_code: str
    rows: list[ExpiringPayload]


LIST_BATCHES = lists(
    "list_batches",
    "The batches, newest first, with what there is of each.",
    GoodsBatchPayload,
    filters=BatchFilter,
    purposes={
        "item": "Id of the item.",
        "batch_no": "Exactly this number.",
        "expires_before": "Expires before this day.",
        "blocked": "Whether it is blocked.",
    },
)
GET_BATCH = shows("get_batch", "One batch, with what there is of it.", GoodsBatchPayload, ids=_BATCH)
BLOCK_BATCH = changes(
    "block_batch",
    "Block a batch: nothing of it is sold or promised from now on. Safe to repeat.",
    GoodsBatchPayload,
    ids=_BATCH,
    checks_version=False,
)
UNBLOCK_BATCH = changes(
    "unblock_batch",
    "Sell of a batch again that was blocked. Safe to repeat.",
    GoodsBatchPayload,
    ids=_BATCH,
    checks_version=False,
)
SHOW_EXPIRING = Operation(
    name="show_expiring_batches",
    summary="What lies there and expires soon, or has expired, which comes first.",
    replies={200: Reply("A batch and a warehouse to a row.", ExpiringAnswer)},
    refusals=(UnknownParameter,),
    parameters=(Parameter("within_days", "Within so many days; 90 unless told.", {"type": "integer", "minimum": 0}),),
)
