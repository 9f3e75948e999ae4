"""The operations on stock documents under ``/api/inventory/``."""

from accounting.periods import BeforeBooksStart, PeriodClosed
from erp.api.describing import changes, lists, makes, shows
from erp.numbering import SeriesExhausted
from inventory.api.filters import AdjustmentFilter, RevaluationFilter, TransferFilter
from inventory.masters import WarehouseInactive
from inventory.payloads import StockDocumentPayload, StockDocumentRowPayload, StockReversalPayload
from inventory.returns import LayersUsed
from inventory.shortages import BatchShort
from inventory.stock import InsufficientStock

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
    refusals=(InsufficientStock, BatchShort, WarehouseInactive, *_DATES, SeriesExhausted),
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
    refusals=(InsufficientStock, BatchShort, WarehouseInactive, *_DATES, SeriesExhausted),
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
