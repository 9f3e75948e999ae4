"""The section ``webhooks`` of the OpenAPI document, as a hook of drf-spectacular: what a receiver gets, kind by kind."""

from typing import Any

from invoices.schemas import KINDS, event_schema

_TEXT: dict[str, Any] = {"type": "string"}
_HEADERS = {
    "webhook-id": "The event's id, the same at each attempt: what has been seen before is a repetition.",
    "webhook-timestamp": "When it was sent, in seconds since 1970. Refuse what is older than five minutes.",
    "webhook-signature": "`v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, joined by dots;"
    " one for each secret that is in use, blank-separated.",
}
_ANSWERS = {
    "2XX": {"description": "Taken. Answer before working on it: there are ten seconds."},
    "410": {"description": "No more of this: the webhook is paused."},
    "default": {"description": "Not taken. It is sent again for three days at least; `Retry-After` is minded."},
}


def document_webhooks(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """Adds what is sent to the endpoints under ``/api/companies/webhooks/``, by the rules of Standard Webhooks 1.0."""
    result["webhooks"] = {kind: {"post": _sent(kind)} for kind in sorted(KINDS)}
    return result


def _sent(kind: str) -> dict[str, Any]:
    # With an identity of its own the schema's references lead into itself, wherever it stands.
    data = event_schema(kind) | {"$id": f"urn:distributor-erp:event:{kind}"}
    return {
        "operationId": f"on_{kind}",
        "summary": KINDS[kind].says,
        "tags": ["webhooks"],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": purpose, "schema": _TEXT}
            for name, purpose in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _envelope(kind, data)}}},
        "responses": _ANSWERS,
    }


def _envelope(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {"type": {"const": kind}, "timestamp": {"type": "string", "format": "date-time"}, "data": data},
    }
