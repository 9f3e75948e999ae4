"""JSON Schemas of the events that invoices announce, made from the struct that encodes them."""

from typing import Any

import msgspec

from invoices.events import InvoiceEventPayload
from invoices.status import BillingStatus, FulfilmentStatus, Priority

KINDS = {
    "invoice_created": "An import stored a new invoice.",
    "invoice_updated": "An import changed an invoice; `changed` names the fields.",
}
"""Kinds of event that are recorded today, with what each tells."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# What the struct's plain texts hold.
_TEXTS: dict[str, dict[str, Any]] = {
    "status": {"enum": [member.value for member in FulfilmentStatus]},
    "billing_status": {"enum": [member.value for member in BillingStatus]},
    "priority": {"enum": [member.value for member in Priority]},
    "invoice_date": {"format": "date"},
    "created_at": {"format": "date-time"},
    "updated_at": {"format": "date-time"},
    "timestamp": {"format": "date-time"},
    "Total": {"pattern": r"^[0-9]+\.[0-9]{2}$"},
    "items_omitted": {"description": "Present and true when the invoice was too large: `items` is empty then."},
}


def event_schema(kind: str) -> dict[str, Any]:
    """The schema of one kind, self-contained. Members it does not name may be added later; a listener ignores them."""
    (reference,), components = msgspec.json.schema_components([InvoiceEventPayload], ref_template="#/$defs/{name}")
    definitions = {name: _as_encoded(schema) for name, schema in components.items()}
    event = definitions.pop(reference["$ref"].rsplit("/", 1)[-1])
    members: dict[str, Any] = event["properties"]
    required: list[str] = event["required"]
    for name, what in _TEXTS.items():
        members[name] |= what
    members["type"] = {"const": kind}
    if kind == "invoice_updated":
        required = [*required, "changed"]
    else:
        del members["changed"]
    return {
        "$schema": DIALECT,
        "title": kind,
        "description": KINDS[kind],
        "type": "object",
        "properties": members,
        "required": required,
        "$defs": {name: _untitled(schema) for name, schema in sorted(definitions.items())},
    }


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
