"""Every field of an import at its limit and one step beyond; and the limit is the same everywhere it is written.

The table is compared with the models, the columns of the database and the OpenAPI document, so that a limit changed in one
place is changed in all of them, or noticed.
"""

import json
from decimal import Decimal
from typing import Any

import pytest

from invoices.models import InvoiceItem
from tests.builders import World, new_world, send
from tests.cluster import owner_connection
from tests.import_fields import TABLE, TEXTS, Row, bad_values, body_with, errors_at, good_values
from tests.observing import row_counts
from tests.slicing import thirds

PATH = "/api/sales/import/invoice/"
KEPT = [row for row in TABLE if row.column]

each_row = pytest.mark.parametrize("row", thirds(TABLE), ids=lambda row: row.field)
each_kept_row = pytest.mark.parametrize("row", thirds(KEPT), ids=lambda row: row.field)


def kept(world: World, row: Row) -> Any:
    assert row.column is not None
    model, name = row.column
    rows = model._base_manager.filter(company_id=world.company.id)
    return rows.order_by("line_no" if model is InvoiceItem else "pk").values_list(name, flat=True)[0]


@each_kept_row
def test_a_field_is_accepted_up_to_its_limit_and_kept_as_sent(row: Row) -> None:
    for sent, expected in good_values(row):
        world = new_world()
        answer = world.import_invoice(body_with(row, sent))
        assert answer.status == 201, (sent, answer.body)
        assert kept(world, row) == expected, sent


@each_row
def test_a_field_is_refused_beyond_its_limit_by_its_name(world: World, row: Row) -> None:
    key = world.api_key
    before = row_counts()
    for sent, texts in bad_values(row):
        # Python's own JSON also spells lone surrogates.
        answer = send("POST", PATH, json.dumps(body_with(row, sent)).encode(), **{"X-API-Key": key})
        assert (answer.status, answer.body["code"]) == (400, "validation"), (sent, answer.body)
        assert answer.body["errors"] == errors_at(row, texts), sent
    assert row_counts() == before


# ── The limit is written once ────────────────────────────────────────────────────────────────────────────────────────


@each_kept_row
def test_the_model_has_the_limit_of_the_table(row: Row) -> None:
    assert row.column is not None
    field: Any = row.column[0]._meta.get_field(row.column[1])
    if row.length:
        assert field.max_length == row.length
    if row.decimals:
        assert (field.max_digits, field.decimal_places) == row.decimals


@each_kept_row
def test_the_database_has_the_limit_of_the_table(row: Row) -> None:
    assert row.column is not None
    with owner_connection() as connection:
        found = connection.execute(
            "SELECT character_maximum_length, numeric_precision, numeric_scale, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s AND column_name = %s",
            (row.column[0]._meta.db_table, row.column[1]),
        ).fetchone()
    assert found is not None
    length, precision, scale, data_type = found
    if row.length:
        assert length == row.length
    if row.decimals:
        assert (precision, scale) == row.decimals
    if row.kind == "date":
        assert data_type == "date"


@pytest.fixture(scope="module")
def published() -> Any:
    """The body of an import, as the OpenAPI document shows it."""
    answer = send("GET", "/api/schema/?format=json", None)
    assert answer.status == 200
    document = json.loads(answer.raw)
    body = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return resolved(body, document)


def resolved(schema: Any, document: Any) -> Any:
    """With what its references point at in their place."""
    if isinstance(schema, list):
        return [resolved(member, document) for member in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return resolved(target, document)
    return {key: resolved(value, document) for key, value in schema.items()}


def inside(published: Any, parent: str) -> Any:
    shown = published["properties"]
    return {"": published, "customer": shown["customer"], "items": shown["items"]["items"]}[parent]


@each_row
def test_the_openapi_document_has_the_limit_of_the_table(published: Any, row: Row) -> None:
    parent = inside(published, row.parent)
    assert (row.name in parent["required"]) == row.required
    shown = parent["properties"][row.name]
    options = shown.get("anyOf", [shown])
    assert ({"type": "null"} in options) != row.required
    (shown,) = [option for option in options if option != {"type": "null"}]
    expected: dict[str, Any] = {}
    if row.kind in TEXTS:
        expected = {"type": "string", "maxLength": row.length, "minLength": 1 if row.required else None}
    elif row.kind == "choice":
        expected = {"enum": ["HIGH", "LOW", "MEDIUM"]}
    elif row.kind == "date":
        expected = {"type": "string", "format": "date"}
    elif row.kind == "list":
        expected = {"type": "array", "minItems": 1, "maxItems": row.length}
    elif row.kind == "number":
        expected = {
            "type": ["number", "string"],
            "exclusiveMaximum": Decimal(row.below),
            "minimum": row.at_least and Decimal(row.at_least),
            "exclusiveMinimum": row.above and Decimal(row.above),
            "multipleOf": row.places and 10**-row.places,
        }
    assert {name: shown.get(name) for name in expected} == expected


def test_the_table_names_every_field_there_is(published: Any) -> None:
    shown = {row.field for row in TABLE if "." not in row.field} ^ set(published["properties"])
    for parent in ("customer", "items"):
        shown |= {f"{parent}.{name}" for name in inside(published, parent)["properties"]}
    assert shown == {row.field for row in TABLE if row.parent}
