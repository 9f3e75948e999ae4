"""The operations on credit notes under ``/api/invoices/``."""

from accounting.periods import BeforeBooksStart, PeriodClosed
from erp.api.describing import changes, lists, makes, shows
from erp.numbering import SeriesExhausted
from inventory.masters import WarehouseInactive
from inventory.returns import LayersUsed
from inventory.stock import InsufficientStock
from invoices.api.credit_filters import CreditNoteFilter
from invoices.applying import ExceedsOpenCredit, ExceedsOpenInvoice
from invoices.books_payloads import PostedPayload
from invoices.books_queries import STOCK, VOUCHER
from invoices.credit_payloads import CreditNotePayload, CreditNoteRowPayload
from invoices.crediting import (
    NotCreditable,
    NoteInWrongState,
    QuantityExceedsInvoice,
)
from invoices.payment_payloads import AllocationPayload

_NOTE = {"note_id": "Id of the credit note."}
_EXPANDS = {
    VOUCHER: "the legs of the voucher, for those who may read the books.",
    STOCK: "what went back into which layers, negative, or out of them to the supplier; costs for those who may see them.",
}
_DATES = (PeriodClosed, BeforeBooksStart, SeriesExhausted)

CREDIT_INVOICE = makes(
    "credit_invoice",
    "Credit a part of a posted invoice, or all of it: booked, goods returned and the invoice settled at once. Of a"
    " supplier's bill it is a debit note, whose goods go back to him.",
    CreditNotePayload,
    refusals=(NotCreditable, QuantityExceedsInvoice, WarehouseInactive, LayersUsed, InsufficientStock, *_DATES),
    ids={"invoice_id": "Id of the invoice."},
    expands=_EXPANDS,
    checks_version=True,
)
LIST_CREDIT_NOTES = lists(
    "list_credit_notes",
    "The credit notes and debit notes, newest first.",
    CreditNoteRowPayload,
    filters=CreditNoteFilter,
    purposes={
        "party": "Id of the customer or the supplier.",
        "invoice": "Id of the invoice that is credited.",
        "invoice_type": "Of what was sold, or bought: credit notes, or debit notes.",
        "status": "State of the credit note.",
        "unapplied": "Whether some of it settles nothing yet.",
        "start_date": "Dated this day or later.",
        "end_date": "Dated this day or before.",
    },
)
GET_CREDIT_NOTE = shows(
    "get_credit_note",
    "One credit note with its lines, and the invoices that it settles.",
    CreditNotePayload,
    ids=_NOTE,
    expands=_EXPANDS,
)
POST_CREDIT_NOTE = changes(
    "post_credit_note",
    "Book a draft. Safe to repeat: the same voucher answers.",
    PostedPayload,
    refusals=(NoteInWrongState, NotCreditable, WarehouseInactive, LayersUsed, InsufficientStock, *_DATES),
    ids=_NOTE,
    expands=_EXPANDS,
)
CANCEL_CREDIT_NOTE = changes(
    "cancel_credit_note",
    "Cancel a draft; its number stays visible. Safe to repeat.",
    CreditNotePayload,
    refusals=(NoteInWrongState,),
    ids=_NOTE,
)
APPLY_CREDIT = makes(
    "apply_credit",
    "Settle another invoice of the same party and currency with what is left of a credit note. In another"
    " currency what the two rates differ is booked.",
    AllocationPayload,
    refusals=(NoteInWrongState, NotCreditable, ExceedsOpenInvoice, ExceedsOpenCredit, *_DATES),
    ids=_NOTE,
    located=False,
    checks_version=True,
)
