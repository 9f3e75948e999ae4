"""The OpenAPI 3.1 document: request bodies from the structs that read them, security from the policy of each view."""

from typing import Any

import msgspec
from drf_spectacular.openapi import AutoSchema

from erp.parsing import BoundedDecimal
from erp.rights import Right


def body_schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """JSON Schema of a body struct, self-contained, with the very limits the parser enforces."""
    (schema,), components = msgspec.json.schema_components(
        [kind], schema_hook=_custom_type, ref_template="#/components/{name}"
    )
    inlined: dict[str, Any] = _inlined(schema, components)
    return inlined


def _custom_type(kind: type) -> dict[str, Any]:
    """Our own types: numbers that may also come as text, and dates."""
    if issubclass(kind, BoundedDecimal):
        schema: dict[str, Any] = {"type": ["number", "string"], "exclusiveMaximum": float(kind.below)}
        if kind.above is not None:
            schema["exclusiveMinimum"] = float(kind.above)
        if kind.at_least is not None:
            schema["minimum"] = float(kind.at_least)
        if kind.places is not None:
            schema["multipleOf"] = 10**-kind.places
        return schema
    return {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    """References resolved; our character classes left out, since they cannot be read by people or other engines."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(components[schema["$ref"].rsplit("/", 1)[-1]], components)
        return {
            key: _inlined(value, components)
            for key, value in schema.items()
            if key != "title" and not (key == "pattern" and "\\Z" in value)
        }
    if isinstance(schema, list):
        return [_inlined(member, components) for member in schema]
    return schema


class ContractSchema(AutoSchema):
    """Adds what the view's policy says: who may call, with which credentials."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        rights = getattr(self.view, "rights", {})
        if rights.get(self.method) is Right.ANYONE:
            return []
        schemes: list[dict[str, list[str]]] = [{"bearer": []}]
        if getattr(self.view, "scopes", {}).get(self.method):
            schemes.append({"apiKey": []})
        return schemes
