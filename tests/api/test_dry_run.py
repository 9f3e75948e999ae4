"""``?dry_run=true``: the same answer as for real, judged by the same rules, and nothing stored."""

from typing import Any

import pytest

from erp.rights import Role
from invoices import statements
from invoices.api.examples import LIFECARE, PHARMACY
from tests.builders import World, invoice_body, item_body
from tests.observing import row_counts, rows_of

PATH = "/api/sales/import/invoice/"
DRY = f"{PATH}?dry_run=true"


def test_a_new_invoice_is_answered_as_for_real_but_for_its_id(world: World) -> None:
    key = world.api_key
    assert key
    before = row_counts()
    dry = world.post(DRY, PHARMACY)
    assert row_counts() == before
    real = world.post(PATH, PHARMACY)
    assert (dry.status, real.status) == (201, 201)
    assert dry.body["dry_run"] is True
    assert dry.data["id"] is None
    assert without_what_time_changes(dry.body) == without_what_time_changes(real.body)


def test_a_change_is_answered_as_for_real_with_the_id_that_is_there(world: World) -> None:
    first = world.import_invoice(LIFECARE)
    before = rows_of(world)
    changed = LIFECARE | {"items": [item_body()], "Total": 5, "customer": {"code": "NEW", "name": "New"}}
    dry = world.post(DRY, changed)
    assert rows_of(world) == before
    real = world.post(PATH, changed)
    assert (dry.status, dry.data, dry.body["warnings"]) == (200, real.data, real.body["warnings"])
    assert dry.data["id"] == first.data["id"]


def test_what_changes_nothing_says_so(world: World) -> None:
    first = world.import_invoice(LIFECARE)
    dry = world.post(DRY, LIFECARE)
    assert dry.body == {
        "success": True,
        "message": f"Invoice {LIFECARE['invoice_no']} updated successfully",
        "data": first.data | {"result": "unchanged"},
        "dry_run": True,
    }


def without_what_time_changes(body: dict[str, Any]) -> dict[str, Any]:
    data = {name: value for name, value in body["data"].items() if name not in {"id", "created_at"}}
    return {name: value for name, value in body.items() if name != "dry_run"} | {"data": data}


def test_refusals_are_the_same(world: World) -> None:
    world.import_invoice(LIFECARE)
    refused: list[tuple[str, Any, int]] = [
        ("", LIFECARE | {"items": []}, 400),
        ("", b"{", 400),
        ("&on_conflict=reject", LIFECARE, 409),
    ]
    for query, body, status in refused:
        dry, real = world.post(DRY + query, body), world.post(PATH + "?" + query, body)
        assert (dry.status, real.status) == (status, status)
        assert dry.body | {"request_id": ""} == real.body | {"request_id": ""}


def test_who_may_not_import_may_not_try(world: World) -> None:
    assert world.post(DRY, LIFECARE, role=Role.VIEWER).status == 403


def test_rules_that_are_judged_at_commit_are_judged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that forgets the lines: only the deferred trigger sees that the header does not add up."""
    forgetful = statements.INSERT_DOCUMENTS.replace("WHERE (SELECT count(*) FROM header) >= 0", "WHERE false")
    assert forgetful != statements.INSERT_DOCUMENTS
    monkeypatch.setattr("invoices.documents.INSERT_DOCUMENTS", forgetful)
    for path in (PATH, DRY):
        answer = world.post(path, invoice_body())
        assert (answer.status, answer.body["code"]) == (500, "internal")
        assert answer.body["message"] == "An unexpected error occurred while processing the invoice."
        assert b"adds_up" not in answer.raw


@pytest.mark.parametrize("value", ["true", "false", ""])
def test_it_is_said_in_one_way(world: World, value: str) -> None:
    answer = world.post(f"{PATH}?dry_run={value}", invoice_body())
    assert ("dry_run" in answer.body) == (value == "true")


@pytest.mark.parametrize("value", ["1", "True", "yes", "on", "0"])
def test_what_is_neither_true_nor_false_is_refused_rather_than_guessed(world: World, value: str) -> None:
    answer = world.post(f"{PATH}?dry_run={value}", invoice_body())
    assert (answer.status, answer.body["errors"]) == (400, {"dry_run": ["Must be true or false."]})


def test_said_twice_it_is_refused_rather_than_guessed(world: World) -> None:
    answer = world.post(f"{PATH}?dry_run=true&dry_run=false", invoice_body())
    assert (answer.status, answer.body["errors"]) == (400, {"dry_run": ["Must be true or false."]})
