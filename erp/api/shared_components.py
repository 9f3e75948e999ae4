"""What many operations of the OpenAPI document say in the same words stands there once, and they refer to it."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

NOT_CHANGED = "It has not changed."
"""What a row with a version answers, with no content, to who has that version."""
_LONGEST_NAME = 120
Said = dict[str, Any]


def take_out_what_is_repeated(paths: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Replaces repeated parameters and refusals of all operations by references, in place; answers the components.

    Repeated inline they were two thirds of the document, and every generated client had a type of its own for each.
    """
    operations = [operation for methods in paths.values() for operation in methods.values()]
    parameters = _shared((one for operation in operations for one in operation["parameters"]), _name_of_parameter)
    responses = _shared((one for operation in operations for one in operation["responses"].values()), _name_of_refusal)
    for operation in operations:
        operation["parameters"] = [_referred("parameters", parameters, one) for one in operation["parameters"]]
        operation["responses"] = {
            status: _referred("responses", responses, one) for status, one in operation["responses"].items()
        }
    return {
        "parameters": dict(sorted(parameters.values())),
        "responses": dict(sorted(responses.values())),
    }


def _shared(said: Iterator[Said], name_of: Callable[[Said], str | None]) -> dict[bytes, tuple[str, Said]]:
    """Encoded → name and itself, of what was said twice or more. Of two with one name, the one that is said more often."""
    counted: Counter[bytes] = Counter()
    decoded: dict[bytes, Said] = {}
    for one in said:
        encoded = _encoded(one)
        counted[encoded] += 1
        decoded[encoded] = one
    named: dict[str, bytes] = {}
    for encoded, times in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        name = name_of(decoded[encoded])
        if times > 1 and name is not None and len(name) <= _LONGEST_NAME:
            named.setdefault(name, encoded)
    return {encoded: (name, decoded[encoded]) for name, encoded in named.items()}


def _referred(kind: str, shared: dict[bytes, tuple[str, Said]], said: Said) -> Said:
    named = shared.get(_encoded(said))
    return said if named is None else {"$ref": f"#/components/{kind}/{named[0]}"}


def _encoded(said: Said) -> bytes:
    return msgspec.json.encode(said, order="deterministic")


def _name_of_parameter(parameter: Said) -> str | None:
    return f"{parameter['in']}.{parameter['name']}"


def _name_of_refusal(response: Said) -> str | None:
    """Its surface and codes, as `Refusal.stale`; a row that has not changed; None of any other answer."""
    if response["description"] == NOT_CHANGED:
        return "NotChanged"
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    codes = schema.get("properties", {}).get("code", {}).get("enum")
    if codes is None:
        return None
    surface = schema["$ref"].rsplit("/", 1)[-1]
    return ".".join([surface, *codes])
