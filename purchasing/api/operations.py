"""The operations of the purchasing side under ``/api/purchasing/``."""

from accounting.parties import BadGstin, PartyPayload
from accounting.payloads import ReversalPayload
from accounting.periods import BeforeBooksStart, PeriodClosed
from erp.api.describing import changes, lists, makes, shows
from erp.changing import AlreadyExists
from erp.numbering import SeriesExhausted
from inventory.returns import LayersUsed
from inventory.stock import InsufficientStock
from purchasing.api.filters import ReceiptFilter, SupplierFilter
from purchasing.payloads import ReceiptPayload, ReceiptRowPayload

_SUPPLIER = {"supplier_id": "Id of the supplier."}
_RECEIPT = {"receipt_id": "Id of the receipt."}
_DATES = (PeriodClosed, BeforeBooksStart)

# ── Suppliers ────────────────────────────────────────────────────────────────────────────────────────────────────────
LIST_SUPPLIERS = lists(
    "list_suppliers",
    "The suppliers, newest first, with what is owed to each.",
    PartyPayload,
    filters=SupplierFilter,
    purposes={
        "search": "Name, code, phone or e-mail contains this.",
        "code": "Exactly this code.",
        "gstin": "Exactly this GSTIN.",
        "is_active": "Whether he may be bought from.",
    },
)
CREATE_SUPPLIER = makes(
    "create_supplier",
    "Enrol a supplier; without a code he gets the next one.",
    PartyPayload,
    refusals=(BadGstin, AlreadyExists, SeriesExhausted),
)
GET_SUPPLIER = shows("get_supplier", "One supplier, with what is owed to him.", PartyPayload, ids=_SUPPLIER)
CHANGE_SUPPLIER = changes(
    "change_supplier",
    "Change a supplier; documents keep what they say.",
    PartyPayload,
    refusals=(BadGstin, AlreadyExists),
    ids=_SUPPLIER,
)

# ── Receipts ─────────────────────────────────────────────────────────────────────────────────────────────────────────
LIST_RECEIPTS = lists(
    "list_receipts",
    "The goods receipts, newest first.",
    ReceiptRowPayload,
    filters=ReceiptFilter,
    purposes={
        "supplier": "Id of the supplier.",
        "start_date": "Received on this day or later.",
        "end_date": "Received on this day or before.",
    },
)
RECEIVE_GOODS = makes(
    "receive_goods",
    "Receive goods of a supplier: posted at once, each line a layer of stock at its cost.",
    ReceiptPayload,
    refusals=(*_DATES, SeriesExhausted),
)
GET_RECEIPT = shows("get_receipt", "One goods receipt with its lines.", ReceiptPayload, ids=_RECEIPT)
REVERSE_RECEIPT = changes(
    "reverse_receipt",
    "Take a receipt back while all that came with it is still there. Safe to repeat.",
    ReversalPayload,
    refusals=(LayersUsed, InsufficientStock, *_DATES),
    ids=_RECEIPT,
)
