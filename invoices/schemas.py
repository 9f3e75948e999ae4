"""JSON Schemas of the events that are recorded, made from the structs that encode them."""

from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from accounting.payloads import FiscalYearPayload
from inventory.batch_queries import GoodsBatchPayload
from inventory.payloads import StockDocumentPayload
from invoices.books_payloads import BillPayload
from invoices.credit_payloads import CreditNotePayload
from invoices.events import ActorPayload, InvoiceEventPayload
from invoices.payment_payloads import PaymentPayload
from invoices.status import BillingStatus, BooksStatus, FulfilmentStatus, InvoiceType, Priority
from purchasing.payloads import ReceiptPayload
from sales.payloads import OrderPayload


class Kind(NamedTuple):
    """A kind of event: what it tells, the struct that is encoded, and the list left out of what would be too large."""

    says: str
    payload: type[Struct] = InvoiceEventPayload
    lines: str = "items"


KINDS = {
    "invoice_created": Kind("An import stored a new invoice, or one was made of an order."),
    "invoice_updated": Kind("An invoice changed; `changed` names the fields."),
    "invoice_posted": Kind("An invoice entered the books; `voucher_number` names its voucher."),
    "invoice_paid": Kind("A payment or a credit note settled an invoice in full."),
    "invoice_cancelled": Kind("A draft was cancelled; it never entered the books."),
    "invoice_reversed": Kind("A posted invoice was taken back by a mirror voucher, its goods returned to their layers."),
    "invoice_review": Kind("An invoice was sent back to billing: by whom, from where and why."),
    "picking_started": Kind("Somebody picks the invoice, or took picking over."),
    "picking_completed": Kind("The goods are picked."),
    "picking_cancelled": Kind("Picking ended undone, or was undone."),
    "packing_started": Kind("Somebody packs what was picked, or took packing over."),
    "packing_checking": Kind("Somebody checks what was picked."),
    "packing_held": Kind("The goods wait for others of the same customer, perhaps with another packer."),
    "packing_boxing": Kind("The goods lie in sealed trays and wait for boxing: `tray_codes`."),
    "packing_completed": Kind("The goods are packed."),
    "packing_cancelled": Kind("Packing ended undone, or was undone."),
    "delivery_assigned": Kind("A driver is to deliver the goods."),
    "delivery_started": Kind("The goods are on their way, with a driver or a courier."),
    "delivery_updated": Kind("A delivery goes by another courier, or told where it is."),
    "delivery_completed": Kind("The goods are with the customer."),
    "delivery_cancelled": Kind("The goods came back, or never left; they are packed."),
    "goods_received": Kind(
        "Goods came from a supplier, or their receipt was taken back, as `status` tells.", ReceiptPayload, "lines"
    ),
    "order_confirmed": Kind("A sales order was confirmed, and stock reserved for it.", OrderPayload),
    "order_cancelled": Kind("A sales order was cancelled, and its reservations released.", OrderPayload),
    "credit_note_posted": Kind("A credit note was booked; goods it takes back are in stock.", CreditNotePayload, "lines"),
    "payment_received": Kind("A payment was booked, with the invoices that it settles.", PaymentPayload, ""),
    "payment_made": Kind("Money paid to a supplier was booked, with the invoices that it settles.", PaymentPayload, ""),
    "payment_reversed": Kind("A payment was taken back, and its invoices are open again.", PaymentPayload, ""),
    "period_closed": Kind("A fiscal year was closed; nothing is booked in it any more.", FiscalYearPayload, ""),
    "stock_adjusted": Kind(
        "Stock came or went without a purchase or a sale, changed its place or its value, or that was taken back, as"
        " `status` tells.",
        StockDocumentPayload,
        "lines",
    ),
    "batch_blocked": Kind("A batch was blocked for sale, or released again, as `is_blocked` tells.", GoodsBatchPayload, ""),
}
"""Kinds of event that are recorded today, with what each tells."""

NAMING_CHANGES = {"invoice_updated", "invoice_paid"}
"""Kinds of an invoice's events that name the fields that changed."""

SAYING_WHY = {"invoice_review"}
"""Kinds of an invoice's events that say by whom and why it was sent back."""
REVIEW_MEMBERS = ("sent_by", "review_reason", "returned_from_section")

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# What the struct's plain texts hold.
_TEXTS: dict[str, dict[str, Any]] = {
    "status": {"enum": [member.value for member in FulfilmentStatus]},
    "billing_status": {"enum": [member.value for member in BillingStatus]},
    "priority": {"enum": [member.value for member in Priority]},
    "books_status": {"enum": [member.value for member in BooksStatus]},
    "invoice_date": {"format": "date"},
    "created_at": {"format": "date-time"},
    "updated_at": {"format": "date-time"},
    "timestamp": {"format": "date-time"},
    "Total": {"pattern": r"^[0-9]+\.[0-9]{2}$"},
    "items_omitted": {"description": "Present and true when the invoice was too large: `items` is empty then."},
}


def event_schema(kind: str) -> dict[str, Any]:
    """The schema of one kind, self-contained. Members it does not name may be added later; a listener ignores them.

    An invoice's is either of two: a sale as the warehouse sees it, or a purchase as its detail shows it.
    """
    what = KINDS[kind]
    event, definitions = _event(kind, what)
    if what.payload is InvoiceEventPayload:
        bought, more = _event(kind, Kind(what.says, BillPayload, "lines"))
        bought["properties"]["invoice_type"] = {"const": InvoiceType.PURCHASE.value}
        event = {"if": {"required": ["invoice_type"]}, "then": bought, "else": event}
        definitions |= more
    return {
        "$schema": DIALECT,
        "title": kind,
        "description": what.says,
        **event,
        "$defs": {name: _untitled(schema) for name, schema in sorted(definitions.items())},
    }


def _event(kind: str, what: Kind) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an event of this kind looks like, and the definitions that it refers to."""
    (reference, *_), components = msgspec.json.schema_components([what.payload, ActorPayload], ref_template="#/$defs/{name}")
    definitions = {name: _as_encoded(schema) for name, schema in components.items()}
    event = definitions.pop(reference["$ref"].rsplit("/", 1)[-1])
    members: dict[str, Any] = event["properties"]
    required: list[str] = event["required"]
    if what.payload is InvoiceEventPayload:
        required = _invoice_members(kind, members, required)
    else:
        required = _document_members(what, members, required)
        if kind in NAMING_CHANGES:
            members["changed"] = {"type": "array", "items": {"type": "string"}}
            required = [*required, "changed"]
    members["type"] = {"const": kind}
    return {"type": "object", "properties": members, "required": required}, definitions


def _invoice_members(kind: str, members: dict[str, Any], required: list[str]) -> list[str]:
    for name, more in _TEXTS.items():
        members[name] |= more
    if kind in SAYING_WHY:
        required = [*required, *REVIEW_MEMBERS]
    else:
        for name in REVIEW_MEMBERS:
            del members[name]
    if kind in NAMING_CHANGES:
        return [*required, "changed"]
    del members["changed"]
    return required


def _document_members(what: Kind, members: dict[str, Any], required: list[str]) -> list[str]:
    """What `erp.announcing` adds to a document as its detail shows it."""
    members |= {
        "type": {},
        "timestamp": {"type": "string", "format": "date-time"},
        "actor": {"$ref": "#/$defs/ActorPayload"},
    }
    if what.lines:
        left_out = f"Present and true when the document was too large: `{what.lines}` is empty then."
        members[f"{what.lines}_omitted"] = {"type": "boolean", "description": left_out}
    for name, schema in members.items():
        if name.endswith("_at") and schema.get("type") == "string":
            schema["format"] = "date-time"
    return [*required, "type", "timestamp", "actor"]


def _as_encoded(schema: Any) -> Any:
    """Decimals go out as numbers (see `invoices.payloads.ENCODER`), where msgspec by itself would write texts."""
    if isinstance(schema, list):
        return [_as_encoded(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    if {"type": "integer"} in schema.get("anyOf", []) and {"type": "string", "format": "decimal"} in schema["anyOf"]:
        return {"type": "number"}
    return {name: _as_encoded(member) for name, member in schema.items()}


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in schema.items() if name not in {"title", "description"}}
