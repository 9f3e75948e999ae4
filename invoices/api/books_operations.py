"""The operations on invoices under ``/api/invoices/``."""

from accounting.journaling import ControlAccount
from accounting.payloads import ReversalPayload
from accounting.periods import BeforeBooksStart, PeriodClosed
from accounting.rates import NoExchangeRate
from erp.api.describing import changes, lists, makes, shows
from erp.numbering import SeriesExhausted
from inventory.shortages import BATCH_REFUSALS
from inventory.stock import InsufficientStock
from invoices.amending import UseCreditNote, WrongState
from invoices.api.books_filters import BillFilter, OutstandingFilter
from invoices.batch_payloads import BatchPayload
from invoices.books_payloads import BillPayload, BillRowPayload, PostedPayload
from invoices.books_queries import STOCK, VOUCHER
from invoices.credits import HasCreditNotes
from invoices.date_order import NumberDateOrder
from invoices.order_invoices import GstRateMissing, NumberTaken, OrderEmpty, OrderNotInvoiceable, UnknownRegistration
from invoices.order_quantities import HasReceipts
from invoices.posting import InvoiceCancelled, InvoiceInReview, NotHandledYet
from invoices.purchase_vouchers import AccountInactive
from invoices.remainders import (
    NothingReceived,
    NothingToInvoice,
    PartialNotAllowed,
    QuantityExceedsOrder,
    QuantityExceedsReceipt,
)
from invoices.reversing import HasSettlements, InFulfilment, NotPosted

_INVOICE = {"invoice_id": "Id of the invoice."}
_LEGS = {VOUCHER: "the legs of the voucher, for those who may read the books."}
_EXPANDS = _LEGS | {STOCK: "the layers of stock that were taken."}
_DATES = (PeriodClosed, BeforeBooksStart, SeriesExhausted)
_BILL_FILTERS = {
    "invoice_type": "Sold or bought.",
    "party": "Id of the customer or supplier.",
    "start_date": "Dated this day or later.",
    "end_date": "Dated this day or before.",
    "overdue": "Whether money is open and the due date past.",
}

LIST_BILLS = lists(
    "list_invoices",
    "The invoices as the books see them, newest first.",
    BillRowPayload,
    filters=BillFilter,
    purposes=_BILL_FILTERS
    | {
        "status": "State in the books; OVERDUE follows from the day, POSTING is never found.",
        "fulfilment_status": "Where the goods are.",
        "billing_status": "Whether billing has to look at it.",
        "search": "Our number or the supplier's, or code or name of the party, contains this.",
        "order": "Id of the sales or purchase order that it was made of.",
    },
)
LIST_OUTSTANDING = lists(
    "list_outstanding_invoices",
    "The posted invoices with money open, newest first: now, or as of a day.",
    BillRowPayload,
    filters=OutstandingFilter,
    purposes=_BILL_FILTERS | {"as_of": "At the end of this day."},
)
GET_BILL = shows("get_invoice", "One invoice with its lines and payments.", BillPayload, ids=_INVOICE, expands=_EXPANDS)
POST_BILLS = changes(
    "post_invoices",
    "Post many invoices, each on its own date: those named, or the drafts that a filter finds. One that is refused stops no "
    "other, and its result says why. Safe to repeat: what is posted answers its voucher.",
    BatchPayload,
    checks_version=False,
)
CHANGE_BILL = changes(
    "change_invoice",
    "Change due date, addresses or notes.",
    BillPayload,
    refusals=(WrongState,),
    ids=_INVOICE,
    expands=_EXPANDS,
)
DRAFT_BILL = makes(
    "draft_invoice",
    "Draw up a DRAFT invoice by hand, without an order: a sale, or a supplier's bill, also of goods that came unordered.",
    BillPayload,
    refusals=(
        UnknownRegistration,
        GstRateMissing,
        ControlAccount,
        QuantityExceedsReceipt,
        NumberTaken,
        SeriesExhausted,
        NumberDateOrder,
    ),
)
GENERATE_BILL = makes(
    "generate_invoice",
    "Make a DRAFT invoice of what is left of a sales order, or of a part of it.",
    BillPayload,
    refusals=(
        OrderNotInvoiceable,
        OrderEmpty,
        NothingToInvoice,
        PartialNotAllowed,
        UnknownRegistration,
        GstRateMissing,
        QuantityExceedsOrder,
        InsufficientStock,
        NumberTaken,
        SeriesExhausted,
        NumberDateOrder,
    ),
    ids={"order_id": "Id of the sales order."},
    checks_version=True,
)
ENTER_BILL = makes(
    "bill_purchase_order",
    "Enter a supplier's bill: a DRAFT invoice of what is left of a purchase order, or of what came of it.",
    BillPayload,
    refusals=(
        OrderNotInvoiceable,
        OrderEmpty,
        NothingToInvoice,
        PartialNotAllowed,
        UnknownRegistration,
        GstRateMissing,
        QuantityExceedsOrder,
        NothingReceived,
        QuantityExceedsReceipt,
        NumberTaken,
        SeriesExhausted,
    ),
    ids={"order_id": "Id of the purchase order."},
    checks_version=True,
)
POST_BILL = changes(
    "post_invoice",
    "Book an invoice: its voucher, its stock, its order. Safe to repeat: the same voucher answers.",
    PostedPayload,
    refusals=(
        InvoiceCancelled,
        GstRateMissing,
        InvoiceInReview,
        NotHandledYet,
        AccountInactive,
        QuantityExceedsReceipt,
        InsufficientStock,
        *BATCH_REFUSALS,
        NoExchangeRate,
        *_DATES,
    ),
    ids=_INVOICE,
    expands=_EXPANDS,
)
CANCEL_BILL = changes(
    "cancel_invoice",
    "Cancel a DRAFT invoice; its number stays visible. Safe to repeat.",
    BillPayload,
    refusals=(UseCreditNote, InFulfilment),
    ids=_INVOICE,
)
REVERSE_BILL = changes(
    "reverse_invoice",
    "Take a posted invoice back: a mirror voucher, goods sold in their layers again, the order's quantities open. "
    "Safe to repeat: the same reversal answers.",
    ReversalPayload,
    refusals=(NotPosted, HasCreditNotes, HasSettlements, HasReceipts, InvoiceInReview, InFulfilment, *_DATES),
    ids=_INVOICE,
)
