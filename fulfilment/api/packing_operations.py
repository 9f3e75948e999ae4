"""The operations of checking, trays and boxing under ``/api/sales/packing/``."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import path_ids
from erp.api.paging import DEFAULT_SIZE, MAX_ROWS
from fulfilment.api.operations import OF_A_WORKER, enveloped, writes
from fulfilment.contents import QuantitiesDiffer, TrayInUse
from fulfilment.couriers import CourierNotFound
from fulfilment.payloads import PackingPayload
from fulfilment.scenes import InvoiceNotFound
from fulfilment.sessions import SessionOpen, StartsNothing
from fulfilment.tray_payloads import (
    BoxedPayload,
    BoxingDataPayload,
    CheckedBillPayload,
    CheckedInvoicePayload,
    CheckingPayload,
    DraftPayload,
    FoundTrayPayload,
    PackedPayload,
)
from invoices.payloads import InvoicePayload

MOST_TRAYS_FOUND = 500
TRAYS_FOUND = 50
_NUMBER = path_ids({"invoice_no": "Number of the invoice; it runs to the end of the path."})


class WorkPage(Struct, kw_only=True):
    """A queue, the oldest first. `count` only on numbered pages; `items_omitted` on light ones."""

    next: str | None
    previous: str | None
    results: list[InvoicePayload]
    count: int | UnsetType = UNSET
    items_omitted: bool | UnsetType = UNSET


PAGING = (
    Parameter("ordering", "What to sort by; `-` reverses.", {"enum": ["created_at", "-created_at"]}),
    Parameter("page", "Number of the page.", {"type": "integer", "minimum": 1, "default": 1}),
    Parameter(
        "page_size",
        f"Rows of a page, at most {MAX_ROWS}; `0`, `all` and `infinite` mean 1,000. Above 1,000 the items are left out.",
        {"type": ["integer", "string"], "default": DEFAULT_SIZE},
    ),
    Parameter("cursor", "Blank begins, then as `next` says: pages without a count.", {"type": "string"}),
    Parameter("omit", "`items`: leave the items out.", {"type": "string", "enum": ["items"]}),
)


def _reads(name: str, summary: str, says: str, kind: Any, *parameters: Parameter, by_number: bool = False) -> Operation:
    refusals = (InvoiceNotFound,) if by_number else ()
    parameters = (*_NUMBER, *parameters) if by_number else parameters
    return Operation(name=name, summary=summary, replies={200: Reply(says, kind)}, refusals=refusals, parameters=parameters)


START_CHECKING = writes(
    "start_checking",
    "Check what was picked before it is packed.",
    "Somebody checks it.",
    enveloped("CheckingAnswer", CheckingPayload),
    (*OF_A_WORKER, StartsNothing, SessionOpen),
)
HOLD_FOR_CONSOLIDATION = writes(
    "hold_for_consolidation",
    "Let goods wait for others of the same customer, perhaps with another packer.",
    "They wait.",
    enveloped("HeldAnswer", PackingPayload),
    (*OF_A_WORKER, StartsNothing),
)
MY_CHECKING = _reads(
    "my_checking",
    "What I check, and what is held for me.",
    "The invoices, the oldest first.",
    enveloped("MyCheckingAnswer", list[CheckedInvoicePayload]),
)
SHOW_BILL = _reads(
    "show_bill",
    "An invoice by its number, as who checks it sees it.",
    "The invoice.",
    enveloped("BillAnswer", CheckedBillPayload),
    by_number=True,
)
SHOW_TRAY_BILL = _reads(
    "show_tray_bill",
    "An invoice by its number, as who packs it into trays sees it.",
    "The invoice.",
    enveloped("TrayBillAnswer", CheckedBillPayload),
    by_number=True,
)
SEARCH_TRAYS = _reads(
    "search_trays",
    "Active trays by a part of their code.",
    "The trays, by code.",
    enveloped("FoundTraysAnswer", list[FoundTrayPayload]),
    Parameter("q", "The code contains this; required.", {"type": "string", "maxLength": 100}),
    Parameter("invoice_no", "Its own trays are not in use for it.", {"type": "string", "maxLength": 100}),
    Parameter("limit", "At most so many.", {"type": "integer", "minimum": 1, "maximum": 500, "default": TRAYS_FOUND}),
)
SAVE_TRAY_DRAFT = writes(
    "save_tray_draft",
    "Note what lies in which tray so far; the whole draft each time.",
    "It is noted.",
    enveloped("DraftAnswer", DraftPayload),
    (*OF_A_WORKER, TrayInUse),
)
COMPLETE_TRAY_PACKING = writes(
    "complete_tray_packing",
    "Say that everything lies in trays, which are sealed.",
    "The trays wait for boxing.",
    enveloped("PackedAnswer", PackedPayload),
    (*OF_A_WORKER, TrayInUse, QuantitiesDiffer),
)
BOXING_INVOICES = _reads(
    "boxing_invoices",
    "Invoices whose trays wait for boxing, the oldest first.",
    "The page.",
    WorkPage,
    Parameter("search", "Number or customer contains this.", {"type": "string", "maxLength": 100}),
    *PAGING,
)
BOXING_DATA = _reads(
    "boxing_data",
    "What who boxes needs of an invoice.",
    "Receiver and trays.",
    enveloped("BoxingDataAnswer", BoxingDataPayload),
    by_number=True,
)
COMPLETE_BOXING = writes(
    "complete_boxing",
    "Say that the goods are in parcels, and their trays free.",
    "They are packed.",
    enveloped("BoxedAnswer", BoxedPayload),
    (*OF_A_WORKER, CourierNotFound),
)
