"""The JSON Schemas of the events are what the code sends, and the code sends what they say."""

import json
import re
from typing import Any

import jsonschema
import pytest

from erp.models import OutboxEvent
from erp.starting import PROJECT_DIR
from invoices.management.commands.write_event_schemas import DIRECTORY, schema_text
from invoices.schemas import KINDS
from tests.builders import World, invoice_body, item_body


def schema_of(kind: str) -> Any:
    return json.loads((PROJECT_DIR / DIRECTORY / f"{kind}.json").read_text())


def complaints(payload: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema_of(payload["type"]))
    return [f"{problem.json_path}: {problem.message}" for problem in validator.iter_errors(payload)]


def announced(world: World) -> list[Any]:
    """What the company's events carry, oldest first."""
    events = OutboxEvent.objects.of(world.key_actor).order_by("id")
    return [json.loads(payload) for payload in events.values_list("payload", flat=True)]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_files_are_what_the_command_writes(kind: str) -> None:
    written = (PROJECT_DIR / DIRECTORY / f"{kind}.json").read_text()
    assert written == schema_text(kind), "run: .venv/bin/python manage.py write_event_schemas"


def test_every_kind_that_is_recorded_has_a_schema_and_no_other() -> None:
    sources = "".join(file.read_text() for file in (PROJECT_DIR / "invoices").glob("*.py"))
    recorded = set(re.findall(r'invoice_event\(\s*"(\w+)"', sources))
    assert recorded == set(KINDS)
    assert {file.stem for file in (PROJECT_DIR / DIRECTORY).glob("*.json")} == recorded


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_schemas_are_schemas(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(kind))


def test_what_an_import_announces_fits_its_schema(world: World) -> None:
    body = invoice_body(remarks="with everything", Total="70.50", temp_name="Shop")
    body["items"] = [item_body(barcode="8901", mrp="1.2345", quantity="2.5", expiry_date="2027-12-31", batch_no="B1")]
    world.import_invoice(body)
    world.import_invoice(body | {"priority": "LOW", "items": [item_body()]})
    created, updated = announced(world)
    assert (created["type"], updated["type"]) == ("invoice_created", "invoice_updated")
    assert set(updated["changed"]) == {"priority", "items", "items_total"}
    assert complaints(created) == []
    assert complaints(updated) == []


def test_an_invoice_too_large_for_one_event_fits_without_its_items(world: World) -> None:
    world.import_invoice(items=[item_body(item_code=f"I{number}", remarks="x" * 200) for number in range(1000)])
    (event,) = announced(world)
    assert (event["items"], event["items_omitted"]) == ([], True)
    assert complaints(event) == []


def test_an_event_that_is_not_as_promised_is_noticed(world: World) -> None:
    world.import_invoice()
    (event,) = announced(world)
    del event["customer"]["code"]
    assert complaints(event | {"total_amount": "70.00"}) == [
        "$.customer: 'code' is a required property",
        "$.total_amount: '70.00' is not of type 'number'",
    ]
