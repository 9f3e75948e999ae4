"""The operations of the purchasing side under ``/api/purchasing/``."""

from accounting.parties import BadGstin, PartyPayload
from accounting.payloads import ReversalPayload
from accounting.periods import BeforeBooksStart, PeriodClosed
from erp.api.describing import changes, lists, makes, removes, shows
from erp.changing import AlreadyExists
from erp.numbering import SeriesExhausted
from inventory.masters import WarehouseInactive
from inventory.order_billing import HasInvoices
from inventory.order_lines import NoPrice, WrongState
from inventory.returns import LayersUsed
from inventory.stock import InsufficientStock
from purchasing.api.filters import PurchaseFilter, ReceiptFilter, SupplierFilter
from purchasing.ordering import SupplierOnHold
from purchasing.orders import QuantityExceedsOrder
from purchasing.payloads import (
    PurchaseActPayload,
    PurchaseLinePayload,
    PurchasePayload,
    PurchaseRowPayload,
    ReceiptPayload,
    ReceiptRowPayload,
)

_SUPPLIER = {"supplier_id": "Id of the supplier."}
_ORDER = {"order_id": "Id of the purchase order."}
_LINE = _ORDER | {"line_id": "Id of its line."}
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

# ── Orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────
LIST_PURCHASES = lists(
    "list_purchase_orders",
    "The purchase orders, newest first.",
    PurchaseRowPayload,
    filters=PurchaseFilter,
    purposes={
        "status": "State of the order.",
        "supplier": "Id of the supplier.",
        "start_date": "Ordered on this day or later.",
        "end_date": "Ordered on this day or before.",
        "search": "Number, or code or name of the supplier, contains this.",
    },
)
CREATE_PURCHASE = makes(
    "create_purchase_order",
    "Order of a supplier: a DRAFT with its number.",
    PurchasePayload,
    refusals=(SupplierOnHold, NoPrice, WarehouseInactive, SeriesExhausted),
)
GET_PURCHASE = shows("get_purchase_order", "One purchase order with its lines.", PurchasePayload, ids=_ORDER)
CHANGE_PURCHASE = changes(
    "change_purchase_order",
    "Change what is said of a purchase order.",
    PurchasePayload,
    refusals=(WrongState, WarehouseInactive),
    ids=_ORDER,
)
ADD_PURCHASE_ITEM = makes(
    "add_purchase_order_item",
    "Add a line to a DRAFT purchase order.",
    PurchaseLinePayload,
    refusals=(WrongState, NoPrice),
    ids=_ORDER,
    checks_version=True,
)
CHANGE_PURCHASE_LINE = changes(
    "change_purchase_order_line",
    "Change a line of a DRAFT purchase order.",
    PurchaseLinePayload,
    refusals=(WrongState,),
    ids=_LINE,
)
REMOVE_PURCHASE_LINE = removes(
    "remove_purchase_order_line", "Take a line off a DRAFT purchase order.", refusals=(WrongState,), ids=_LINE
)
CONFIRM_PURCHASE = changes(
    "confirm_purchase_order",
    "Confirm a DRAFT purchase order; goods may be received against it from now on. Safe to repeat.",
    PurchaseActPayload,
    refusals=(WrongState, SupplierOnHold),
    ids=_ORDER,
)
CANCEL_PURCHASE = changes(
    "cancel_purchase_order",
    "Cancel a purchase order of which nothing has come or is billed. Safe to repeat.",
    PurchaseActPayload,
    refusals=(WrongState, HasInvoices),
    ids=_ORDER,
)
CLOSE_PURCHASE = changes(
    "close_purchase_order",
    "Give up what is left of a purchase order that has begun; all that came must be billed.",
    PurchaseActPayload,
    refusals=(WrongState, HasInvoices),
    ids=_ORDER,
)

# ── Receipts ─────────────────────────────────────────────────────────────────────────────────────────────────────────
LIST_RECEIPTS = lists(
    "list_receipts",
    "The goods receipts, newest first.",
    ReceiptRowPayload,
    filters=ReceiptFilter,
    purposes={
        "supplier": "Id of the supplier.",
        "purchase_order": "Id of the purchase order.",
        "start_date": "Received on this day or later.",
        "end_date": "Received on this day or before.",
    },
)
RECEIVE_GOODS = makes(
    "receive_goods",
    "Receive goods of a purchase order or a supplier: posted at once, each line a layer of stock at its cost.",
    ReceiptPayload,
    refusals=(WrongState, QuantityExceedsOrder, WarehouseInactive, *_DATES, SeriesExhausted),
)
GET_RECEIPT = shows("get_receipt", "One goods receipt with its lines.", ReceiptPayload, ids=_RECEIPT)
REVERSE_RECEIPT = changes(
    "reverse_receipt",
    "Take a receipt back while all that came with it is still there. Safe to repeat.",
    ReversalPayload,
    refusals=(HasInvoices, LayersUsed, InsufficientStock, *_DATES),
    ids=_RECEIPT,
)
