"""``Idempotency-Key``: the same request, sent again, gets the same answer and does nothing."""

from typing import Any

import pytest

from erp.models import IdempotencyKey
from erp.rights import Role, Scope
from invoices.api.examples import LIFECARE, PHARMACY
from tests.builders import Answer, World, invoice_body, item_body, send
from tests.observing import count_of, events_of, row_counts, rows_of

PATH = "/api/sales/import/invoice/"


def post(world: World, body: Any, key: str, *, path: str = PATH, **headers: str) -> Answer:
    given = headers or {"X-API-Key": world.api_key}
    return send("POST", path, body, **given, **{"Idempotency-Key": key})


def replayed(answer: Answer) -> bool:
    return bool(answer.headers.get("Idempotent-Replayed") == "true")


def test_the_same_request_again_gets_the_same_bytes_and_does_nothing(world: World) -> None:
    first = post(world, PHARMACY, "k-1")
    assert (first.status, replayed(first)) == (201, False)
    before = rows_of(world)
    again = post(world, PHARMACY, "k-1")
    assert (again.status, replayed(again), again.raw) == (201, True, first.raw)
    assert again.data["result"] == "created", "the answer of then, warnings and all"
    assert rows_of(world) == before


def test_the_answer_is_replayed_even_when_the_invoice_has_moved_on(world: World) -> None:
    first = post(world, LIFECARE, "k-1")
    world.import_invoice(LIFECARE | {"remarks": "later"})
    again = post(world, LIFECARE, "k-1")
    assert (again.raw, replayed(again)) == (first.raw, True)
    assert world.invoice(LIFECARE["invoice_no"]).remarks == "later"


def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    post(world, LIFECARE, "k-1")
    before = rows_of(world)
    for body in (LIFECARE | {"remarks": "x"}, PHARMACY, LIFECARE | {"colour": "x"}):
        answer = post(world, body, "k-1")
        assert (answer.status, answer.body["code"]) == (422, "idempotency-mismatch")
    assert rows_of(world) == before


def test_the_same_key_with_another_query_is_refused(world: World) -> None:
    post(world, LIFECARE, "k-1")
    assert post(world, LIFECARE, "k-1", path=f"{PATH}?on_conflict=reject").status == 422


def test_the_other_spelling_of_the_header_is_the_same_key(world: World) -> None:
    first = post(world, LIFECARE, "k-1")
    again = send("POST", PATH, LIFECARE, **{"X-API-Key": world.api_key, "X-Idempotency-Key": "k-1"})
    assert (again.raw, replayed(again)) == (first.raw, True)


def test_an_empty_key_is_no_key(world: World) -> None:
    post(world, LIFECARE, "")
    assert count_of(world, "erp_idempotencykey") == 0


@pytest.mark.parametrize("key", ["a", "x" * 255, "0b4e7a0e-6f4d-4b8e-9b0a-6f1c6f0e4f11", "a b", "a/b?c=%20", "cl\xe9"])
def test_any_visible_text_up_to_255_characters_is_a_key(world: World, key: str) -> None:
    first = post(world, LIFECARE, key)
    assert (first.status, post(world, LIFECARE, key).raw) == (201, first.raw)


def test_keys_are_told_apart_exactly(world: World) -> None:
    for number, key in enumerate(("a", "A", "\xe1", "aa")):
        assert post(world, invoice_body(invoice_no=f"N-{number}"), key).status == 201
    assert count_of(world, "erp_idempotencykey") == 4


def test_a_refusal_stores_nothing_and_the_repeat_is_judged_anew(world: World) -> None:
    key = world.api_key
    before = row_counts()
    for body, status in ((LIFECARE | {"items": []}, 400), (b"{", 400)):
        assert post(world, body, "k-1", **{"X-API-Key": key}).status == status
    assert row_counts() == before
    world.import_invoice(LIFECARE)
    assert post(world, LIFECARE, "k-1", path=f"{PATH}?on_conflict=reject").status == 409
    assert post(world, LIFECARE, "k-1").status == 200, "the key was never used"


def test_an_unchanged_import_is_remembered_as_well(world: World) -> None:
    world.import_invoice(LIFECARE)
    first = post(world, LIFECARE, "k-1")
    assert (first.data["result"], replayed(first)) == ("unchanged", False)
    assert post(world, LIFECARE, "k-1").raw == first.raw


def test_a_key_belongs_to_its_company(world: World, other_world: World) -> None:
    post(world, LIFECARE, "k-1")
    theirs = post(other_world, PHARMACY, "k-1")
    assert (theirs.status, replayed(theirs)) == (201, False)


def test_a_key_belongs_to_its_credential(world: World) -> None:
    post(world, LIFECARE, "k-1")
    other_key = world.key(Scope.INVOICES_IMPORT)
    for headers in ({"X-API-Key": other_key}, {"Authorization": f"Bearer {world.token(Role.BILLER)}"}):
        answer = post(world, LIFECARE | {"remarks": headers.get("X-API-Key", "")[:8]}, "k-1", **headers)
        assert (answer.status, replayed(answer)) == (200, False)
    assert count_of(world, "erp_idempotencykey") == 3


def test_a_person_keeps_his_keys_over_logins(world: World) -> None:
    first = post(world, LIFECARE, "k-1", Authorization=f"Bearer {world.token(Role.BILLER)}")
    again = post(world, LIFECARE, "k-1", Authorization=f"Bearer {world.token(Role.BILLER)}")
    assert (again.raw, replayed(again)) == (first.raw, True)


def test_the_answer_is_kept_with_the_work(world: World) -> None:
    answer = post(world, LIFECARE, "k-1")
    kept = IdempotencyKey.unscoped.get(company=world.company)
    assert (kept.key, kept.status, kept.answer) == ("k-1", 201, answer.raw.decode())
    assert kept.route == "POST api/sales/import/invoice/"
    assert kept.created_at == world.invoice(LIFECARE["invoice_no"]).created_at


def test_a_dry_run_neither_takes_a_key_nor_uses_one(world: World) -> None:
    dry = post(world, LIFECARE, "k-1", path=f"{PATH}?dry_run=true")
    assert (dry.status, dry.body["dry_run"], replayed(dry)) == (201, True, False)
    assert count_of(world, "erp_idempotencykey") == 0
    assert post(world, LIFECARE, "k-1").status == 201
    dry = post(world, LIFECARE | {"remarks": "x"}, "k-1", path=f"{PATH}?dry_run=true")
    assert (dry.status, dry.data["result"], replayed(dry)) == (200, "updated", False), "a used key is no hindrance either"


def test_without_a_key_nothing_is_remembered(world: World) -> None:
    world.import_invoice(LIFECARE)
    assert count_of(world, "erp_idempotencykey") == 0


def test_replays_announce_nothing(world: World) -> None:
    for _ in range(3):
        post(world, LIFECARE | {"items": [item_body()]}, "k-1")
    assert len(events_of(world)) == 1


@pytest.mark.parametrize("path", ["/api/auth/login/", "/api/auth/token/refresh/"])
def test_logins_take_no_key(path: str) -> None:
    before = row_counts()
    body = {"email": "nobody@example.com", "password": "x", "refresh": "x"}
    for _ in range(2):
        answer = send("POST", path, body, **{"Idempotency-Key": "k-1"})
        assert (answer.status, replayed(answer)) == (401, False)
    assert row_counts() == before
