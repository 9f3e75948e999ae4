"""Examples in the OpenAPI document: real requests and answers, which the test suite records (tests/house/recording.py)."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

RECORDED = Path(__file__).with_name("examples.json")


class Example(msgspec.Struct):
    """One exchange with an operation; None is what had no body, or one that is not JSON."""

    status: int
    request: Any = None
    answer: Any = None


@cache
def recorded() -> dict[str, Example]:
    """By method and path, as in ``POST /api/payments/``."""
    return msgspec.json.decode(RECORDED.read_bytes(), type=dict[str, Example])


def show_examples(paths: dict[str, Any]) -> None:
    """Add what was recorded to the operations; a body that has examples of its own keeps them."""
    for path, operations in paths.items():
        for method, operation in operations.items():
            if (example := recorded().get(f"{method.upper()} {path}")) is not None:
                _show(operation, example)


def _show(operation: dict[str, Any], example: Example) -> None:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if example.request is not None and body is not None and "examples" not in body:
        body["examples"] = {"recorded": {"value": example.request}}
    answer = operation["responses"].get(str(example.status), {}).get("content", {}).get("application/json")
    if example.answer is not None and answer is not None:
        answer["examples"] = {"recorded": {"value": example.answer}}
