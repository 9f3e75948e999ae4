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
    schemas = result["components"]["schemas"]
    result["webhooks"] = {kind: {"post": _sent(kind, schemas)} for kind in sorted(KINDS)}
    return result


def _sent(kind: str, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = event_schema(kind)
    for name, definition in schema.pop("$defs").items():
        shared = _of_components(definition)
        assert schemas.setdefault(_name(name), shared) == shared, f"events know two different {name}"
    data = {name: member for name, member in _of_components(schema).items() if name != "$schema"}
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


def _name(definition: str) -> str:
    """Of a component: what is in events is described less closely than what is answered, so it has a name of its own."""
    return f"Event.{definition}"


def _of_components(schema: Any) -> Any:
    """The schema with its references to components, where what many kinds hold stands once."""
    if isinstance(schema, list):
        return [_of_components(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _of_components(member) for name, member in schema.items()}
    if "$ref" in found:
        found["$ref"] = f"#/components/schemas/{_name(found['$ref'].rsplit('/', 1)[-1])}"
    return found


def _envelope(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {"type": {"const": kind}, "timestamp": {"type": "string", "format": "date-time"}, "data": data},
    }
