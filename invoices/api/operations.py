"""The operations on invoices under ``/api/sales/``."""

from decimal import Decimal
from typing import Any, Literal

from django import forms
from msgspec import UNSET, Struct, UnsetType

from accounting.periods import PeriodClosed
from erp.api.contracts import REPEATED, Operation, Parameter, Reply
from erp.api.describing import IF_NONE_MATCH, schema_of_field
from erp.api.paging import MAX_ROWS
from erp.api.shared_components import NOT_CHANGED
from erp.api.spooling import NDJSON
from erp.problems import NotFound, Throttled
from inventory.shortages import BATCH_REFUSALS
from inventory.stock import InsufficientStock
from invoices.api.examples import LIFECARE, PHARMACY
from invoices.api.filters import ORDERINGS, parameter_fields
from invoices.credits import HasCreditNotes
from invoices.importing import CancelledInBooks, ImportInProgress, InvoiceExists, NumberTaken
from invoices.order_invoices import GstRateMissing
from invoices.payloads import InvoicePayload
from invoices.posting import InvoiceInReview


class ImportedInvoice(Struct, kw_only=True):
    """`id` is null when a dry run kept nothing."""

    id: int | None
    invoice_no: str
    total_amount: Decimal
    priority: str
    status: str
    billing_status: str
    created_at: str
    result: Literal["created", "updated", "unchanged"]


class Warned(Struct, kw_only=True):
    """Something that was accepted and that the sender should know. Further members depend on the code."""

    code: str
    message: str
    field: str | UnsetType = UNSET


class ImportAnswer(Struct, kw_only=True):
    success: Literal[True]
    message: str
    data: ImportedInvoice
    warnings: list[Warned] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class InvoicePage(Struct, kw_only=True):
    """`count` only on numbered pages; `items_omitted` on light ones, whose invoices come without items."""

    next: str | None
    previous: str | None
    results: list[InvoicePayload]
    count: int | UnsetType = UNSET
    items_omitted: bool | UnsetType = UNSET


IMPORT_INVOICE = Operation(
    name="import_invoice",
    summary="Store an invoice of an outside billing system, or revise the one with this number.",
    replies={
        201: Reply("The invoice is new.", ImportAnswer, headers=REPEATED),
        200: Reply("The invoice was there: updated, or nothing would change.", ImportAnswer, headers=REPEATED),
    },
    refusals=(
        InvoiceExists,
        NumberTaken,
        CancelledInBooks,
        ImportInProgress,
        GstRateMissing,
        InvoiceInReview,
        HasCreditNotes,
        PeriodClosed,
        InsufficientStock,
        *BATCH_REFUSALS,
    ),
    parameters=(
        Parameter(
            "on_conflict",
            "What to do when the number exists; without it the API key's default, else the company's.",
            {"type": "string", "enum": ["update", "reject"]},
        ),
        Parameter("If-None-Match", "`*` is the same as `on_conflict=reject`.", {"type": "string"}, "header"),
    ),
    examples={"with a given total": PHARMACY, "without": LIFECARE},
    repeatable=True,
)


class BulkLine(Struct, kw_only=True):
    """The answer to a line. The last line instead has `done`, `lines`, and how many there are of each result.

    So `errors` names the fields of a line, and counts the refused ones in the last.
    """

    line: int | UnsetType = UNSET
    invoice_no: str | UnsetType | None = UNSET
    status: int | UnsetType = UNSET
    result: Literal["created", "updated", "unchanged", "error", "rolled-back"] | UnsetType = UNSET
    id: int | UnsetType | None = UNSET
    total_amount: Decimal | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    warnings: list[Warned] | UnsetType = UNSET
    code: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    errors: dict[str, Any] | int | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET
    done: Literal[True] | UnsetType = UNSET
    lines: int | UnsetType = UNSET
    created: int | UnsetType = UNSET
    updated: int | UnsetType = UNSET
    unchanged: int | UnsetType = UNSET
    rolled_back: int | UnsetType = UNSET


_REFUSED_LINES = Reply("With `atomic=true`, an answer for each line; none is kept.", BulkLine, media_type=NDJSON)
IMPORT_INVOICES = Operation(
    name="import_invoices",
    summary="Import many invoices, one to a line, and be told of each line as it is stored.",
    replies={
        200: Reply(
            "An answer for each line, in order, and a last line with `done`; without that, send the same again.",
            BulkLine,
            media_type=NDJSON,
        ),
    },
    refusals=(Throttled,),
    parameters=(
        *IMPORT_INVOICE.parameters,
        Parameter(
            "atomic",
            "`true`: all lines or none, at most 10,000. When one is refused nothing is kept; lines come with its status.",
            {"type": "boolean", "default": False},
        ),
        Parameter("Content-Encoding", "`gzip`, when the lines are packed.", {"type": "string"}, "header"),
    ),
    repeatable=True,
    body_media_type=NDJSON,
    refused_lines=dict.fromkeys((400, 409), _REFUSED_LINES),
)

FILTER_PURPOSES = {
    "status": "Where the goods are.",
    "billing_status": "Whether billing has to look at it.",
    "priority": "How urgent it is.",
    "user": "Id of the person who picks, packs or delivers it.",
    "worker": "E-mail of the person who picks, packs or delivers it.",
    "created_by": "The sender's text contains this.",
    "invoice_no": "Exactly this number.",
    "invoice_no__exact": "Exactly this number.",
    "customer_code": "Exactly this customer.",
    "delivery_status": "State of the delivery.",
    "exclude_delivery_status": "Not this state of the delivery.",
    "created_after": "Made at or after this instant, or from the beginning of this day in the company's time zone.",
    "created_before": "Made at or before this instant, or until the end of this day in the company's time zone.",
    "search": "Number, customer or temporary name contains this.",
}
PAGING = (
    Parameter(
        "ordering", "What to sort by; `-` reverses.", {"enum": [f"{sign}{name}" for name in ORDERINGS for sign in ("", "-")]}
    ),
    Parameter("page", "Number of the page.", {"type": "integer", "minimum": 1, "default": 1}),
    Parameter(
        "page_size",
        f"Rows of a page, at most {MAX_ROWS}; `0`, `all` and `infinite` mean 1,000. Above 1,000 the items are left out.",
        {"type": ["integer", "string"], "default": 20},
    ),
    Parameter(
        "cursor", "Blank begins, then as `next` says: pages without a count, as fast at any depth.", {"type": "string"}
    ),
    Parameter("omit", "`items`: leave the items out.", {"type": "string", "enum": ["items"]}),
)


def filter_parameters() -> tuple[Parameter, ...]:
    """The filters of the list, with the limits that they enforce."""
    return tuple(
        Parameter(name, FILTER_PURPOSES[name], schema_of_field(field), many=isinstance(field, forms.MultipleChoiceField))
        for name, field in parameter_fields().items()
    )


LIST_INVOICES = Operation(
    name="list_sales_invoices",
    summary="A page of invoices, newest first.",
    replies={200: Reply("The page.", InvoicePage)},
    parameters=(*filter_parameters(), *PAGING),
)
_TAGGED = {"ETag": "Of the invoice as it is shown, for `If-None-Match`."}

INVOICE_ID = Parameter("invoice_id", "Its `id` or its `uuid`.", {"type": "string"}, "path")
GET_INVOICE = Operation(
    name="get_sales_invoice",
    summary="One invoice.",
    replies={
        200: Reply("The invoice.", InvoicePayload, headers=_TAGGED),
        304: Reply(NOT_CHANGED, headers=_TAGGED),
    },
    refusals=(NotFound,),
    parameters=(INVOICE_ID, IF_NONE_MATCH),
)
