"""The examples in the OpenAPI document are real, complete, and of today.

Record them anew, and look at the difference: ``REWRITE_EXAMPLES=1 python -m pytest tests/house/test_examples.py``.
"""

import json
import os
from typing import Any

import msgspec
import pytest

from erp.api.examples import RECORDED, Example, recorded
from erp.api.policy import policy
from erp.urls import STREAMS
from tests.builders import World, new_world
from tests.house.calls_of_everything import CALLS
from tests.house.documented import document, resolved, violations
from tests.house.recording import Steady, record, shape

pytestmark = [pytest.mark.long, pytest.mark.db_heavy]

WITHOUT = {
    # Left to superusers, which no member of a test is.
    "POST /api/companies/",
    # Is all of this itself.
    "GET /api/schema/",
    # Nothing that is made ready numbers events in a test.
    "GET /health/ready",
    # Switched off unless a company wants it.
    "GET /api/sales/packing/invoice-public/{invoice_no}/",
    # Another system has to answer first.
    "POST /api/connectors/customers/{customer_id}/link/",
    "POST /api/connectors/customers/{customer_id}/push/",
    "POST /api/connectors/customers/{customer_id}/sync/",
    "POST /api/v1/clients/{customer_id}/sync-invoice-ninja",
}
"""What answers a test in no way that would be an example."""
ENTRIES = {f"{entry.method} {entry.path}": entry for entry in policy() if entry.path not in STREAMS}


def operations() -> list[tuple[str, dict[str, Any]]]:
    paths = document()["paths"].items()
    return [(f"{method.upper()} {path}", said) for path, methods in paths for method, said in methods.items()]


def json_of(content: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = content.get("content", {}).get("application/json")
    return found


@pytest.fixture(scope="module")
def shop(migrated_database: None) -> World:
    world = new_world()
    for entry in ENTRIES.values():
        if entry.method == "GET":
            CALLS[entry.method, entry.path].ids(world)
    return world


def test_every_example_is_what_the_api_takes_and_answers_today(shop: World) -> None:
    of_today = {name: record(entry, CALLS[entry.method, entry.path], shop) for name, entry in sorted(ENTRIES.items())}
    if os.environ.get("REWRITE_EXAMPLES"):
        RECORDED.write_bytes(msgspec.json.format(msgspec.json.encode(of_today), indent=1) + b"\n")
        recorded.cache_clear()
    said = recorded()
    assert said.keys() == of_today.keys()
    for name, example in of_today.items():
        assert shape(msgspec.to_builtins(said[name])) == shape(msgspec.to_builtins(example)), name


def test_every_operation_shows_an_example_of_its_body_and_of_its_answer() -> None:
    without = []
    for name, operation in operations():
        if (body := json_of(operation.get("requestBody", {}))) is not None and not body.get("examples"):
            without.append(f"{name}: body")
        answers = {status: json_of(resolved(said)) for status, said in operation["responses"].items()}
        good = [said for status, said in answers.items() if status.startswith("2") and said is not None]
        if good and name not in WITHOUT and not any(said.get("examples") for said in good):
            without.append(f"{name}: answer")
    assert without == []


def test_every_example_is_allowed_by_its_own_schema() -> None:
    found = []
    for name, operation in operations():
        shown = [json_of(operation.get("requestBody", {}))]
        shown += [json_of(resolved(said)) for said in operation["responses"].values()]
        for content in filter(None, shown):
            for example in content.get("examples", {}).values():
                found += [f"{name}: {text}" for text in violations(example["value"], content["schema"])]
    assert found == []


def test_what_is_random_is_written_the_same_each_time() -> None:
    answer = {"id": "0193c6a1-0000-7000-8000-0000000000aa", "at": "2031-05-05T12:00:00.123456Z", "access": "e" * 40}
    answer |= {"key_prefix": "sIxSvVrb", "email": "owner.821697606024@example.com"}
    assert Steady().of(answer) == {
        "id": "01a21575-4362-7146-80c4-000000000001",
        "at": "2026-01-23T10:15:00Z",
        "access": "…",
        "key_prefix": "Xk7mQ2rT",
        "email": "owner.3f9a1c@example.com",
    }


def test_a_shape_tells_a_key_that_is_gone_and_a_number_that_became_a_text() -> None:
    before = Example(200, None, {"rows": [{"a": 1, "b": "x"}]})
    for after in ({"rows": [{"a": 1}]}, {"rows": [{"a": "1", "b": "x"}]}, {"rows": [{"a": 1, "b": "x", "c": None}]}):
        assert shape(before.answer) != shape(json.loads(json.dumps(after)))
