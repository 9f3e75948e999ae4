"""Answers held against the OpenAPI document."""

from functools import cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from erp.api.documentation import openapi_document
from tests.builders import Answer


@cache
def document() -> dict[str, Any]:
    """The document as a client gets it."""
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(openapi_document()))
    return decoded


def resolved(said: dict[str, Any]) -> dict[str, Any]:
    """Itself, or what it refers to."""
    if "$ref" not in said:
        return said
    _, components, kind, name = said["$ref"].split("/")
    found: dict[str, Any] = document()[components][kind][name]
    return found


def undocumented(method: str, path: str, answer: Answer) -> list[str]:
    """What the document does not say of this answer of the operation; `path` as the document spells it."""
    responses = document()["paths"][path][method.lower()]["responses"]
    if str(answer.status) not in responses:
        return [f"status {answer.status}: {answer.raw[:200]!r}"]
    documented = resolved(responses[str(answer.status)])
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    content = documented.get("content", {})
    if not content:
        return [f"a body: {answer.raw[:200]!r}"] if answer.raw else []
    if media_type not in content:
        return [f"the content type {media_type}"]
    tells_when = {"Retry-After"} & documented["headers"].keys() if answer.status in {429, 503} else set()
    missing = sorted(tells_when - answer.headers.keys())
    if answer.body is None:
        return missing
    if media_type == "application/x-ndjson":
        return missing + [found for line in answer.body for found in violations(line, content[media_type]["schema"])]
    return missing + violations(answer.body, content[media_type]["schema"])


def violations(body: Any, schema: dict[str, Any]) -> list[str]:
    """Where the body differs from the schema."""
    whole = schema | {"components": document()["components"]}
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(whole).iter_errors(body)]
