"""Posting many invoices over HTTP: ``/api/invoices/post_vouchers/``."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connections
from psycopg import errors

from accounting.models import Voucher
from erp.models import IdempotencyKey, OutboxEvent
from erp.rights import Role
from invoices import batch_posting
from invoices.models import Invoice
from tests.api.routes import NOBODY
from tests.builders import Answer, World, invoice_body
from tests.trade import Trade
from tests.warehouse import Warehouse

PATH = "/api/invoices/post_vouchers/"


@pytest.fixture
def trade(world: World) -> Trade:
    made = Trade(world)
    made.registration()
    return made


@pytest.fixture
def item(trade: Trade) -> str:
    """An item of which there are 20."""
    return str(trade.item()["id"])


def draft(trade: Trade, item: str, quantity: int = 1, **options: Any) -> str:
    order = trade.confirmed([{"item_id": item, "quantity": quantity}])
    return str(trade.invoice(order, **options)["id"])


def post(trade: Trade, *ids: str, query: str = "", **changes: Any) -> Answer:
    body = changes or {"invoice_ids": ids}
    return trade.post(PATH + query, body, role=Role.ACCOUNTANT)


def outcomes(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.raw
    return [row["result"] for row in answer.body["results"]]


def states(trade: Trade) -> dict[str, str]:
    return {str(one.id): one.status for one in Invoice.unscoped.filter(company=trade.world.company)}


def test_each_invoice_has_its_own_result_in_the_order_asked_for(trade: Trade, item: str, other_world: World) -> None:
    trade.world.decide(soft_lock_date=None, hard_lock_date="2025-12-20")
    posted = trade.posted(trade.confirmed([{"item_id": item, "quantity": 1}]))
    good, cancelled, later, short = draft(trade, item, 2), draft(trade, item), draft(trade, item), draft(trade, item, 18)
    trade.done(f"/api/invoices/{cancelled}/cancel/")
    closed = draft(trade, item, invoice_date="2025-12-19")
    review = draft(trade, item)
    warehouse, number = Warehouse(trade.world), Invoice.unscoped.get(id=review).invoice_no
    warehouse.done("picking/start/", number)
    warehouse.sent_back(number)
    other = Trade(other_world)
    foreign = other.invoice()["id"]
    asked = [NOBODY, later, short, str(posted["id"]), closed, good, cancelled, foreign, review, good]
    answer = post(trade, *asked)
    assert [row["id"] for row in answer.body["results"]] == asked[:-1], "named twice, told once"
    results = {row["id"]: row for row in answer.body["results"]}
    told = {name: (results[one]["error"] or {}).get("code") for name, one in {
        "nobody": NOBODY, "short": short, "closed": closed, "cancelled": cancelled, "foreign": foreign, "review": review,
        "good": good, "later": later, "posted": posted["id"],
    }.items()}  # fmt: skip
    assert told == {
        "nobody": "not-found",
        "short": "insufficient-stock",
        "closed": "period-closed",
        "cancelled": "invoice-cancelled",
        "foreign": "not-found",
        "review": "invoice-in-review",
        "good": None,
        "later": None,
        "posted": None,
    }
    assert results[foreign]["error"] == results[NOBODY]["error"]
    assert results[short]["error"]["status"] == 409
    assert results[short]["error"]["data"]["items"][0]["wanted"] == "18.000"
    assert (results[str(posted["id"])]["result"], results[str(posted["id"])]["voucher_id"]) == (
        "already_posted",
        posted["voucher"],
    )
    for one in (good, later):
        shown = trade.get(f"/api/invoices/{one}/").body
        assert (results[one]["voucher_id"], results[one]["voucher_number"]) == (shown["voucher"], shown["voucher_number"])
    assert {name: answer.body[name] for name in ("posted", "already_posted", "refused")} == {
        "posted": 2,
        "already_posted": 1,
        "refused": 6,
    }
    assert states(other)[foreign] == "DRAFT"
    trade.holds_the_law()


def test_a_repeat_answers_the_same_vouchers_and_doubles_nothing(trade: Trade, item: str) -> None:
    ids = [draft(trade, item), draft(trade, item, 19)]
    first, again = post(trade, *ids), post(trade, *ids)
    assert (outcomes(first), outcomes(again)) == (["posted", "posted"], ["already_posted", "already_posted"])
    vouchers = [[row["voucher_id"] for row in answer.body["results"]] for answer in (first, again)]
    assert vouchers[0] == vouchers[1]
    assert Voucher.unscoped.filter(company=trade.world.company, kind="SALES").count() == 2
    assert OutboxEvent.unscoped.filter(company=trade.world.company, type="invoice_posted").count() == 2


def test_a_key_answers_what_was_answered_whatever_a_filter_would_find_now(trade: Trade, item: str) -> None:
    draft(trade, item)
    key = {"Idempotency-Key": "night"}
    first = trade.post(PATH, {"filter": {}}, headers=key)
    draft(trade, item)
    again = trade.post(PATH, {"filter": {}}, headers=key)
    assert (again.raw, again.headers["Idempotent-Replayed"]) == (first.raw, "true")
    assert list(states(trade).values()).count("DRAFT") == 1
    other = trade.post(PATH, {"filter": {"overdue": False}}, headers=key)
    assert (other.status, other.body["code"]) == (422, "idempotency-mismatch")
    assert list(states(trade).values()).count("DRAFT") == 1, "found out before anything is posted"


def test_a_busy_database_is_told_and_not_remembered(trade: Trade, item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The invoices of one day are busy, those of the next are posted."""
    busy, free = draft(trade, item), draft(trade, item, invoice_date="2025-12-27")
    real = batch_posting._post_together

    def lock_first(locks: Any, group: Any, *rest: Any) -> Any:
        if busy in map(str, group.ids):
            raise OperationalError from errors.LockNotAvailable()
        return real(locks, group, *rest)

    monkeypatch.setattr(batch_posting, "_post_together", lock_first)
    key = {"Idempotency-Key": "night"}
    answer = trade.post(PATH, {"invoice_ids": [busy, free]}, headers=key)
    assert outcomes(answer) == ["refused", "posted"]
    assert answer.body["results"][0]["error"]["code"] == "unavailable"
    assert not IdempotencyKey.unscoped.filter(company=trade.world.company).exists()
    monkeypatch.undo()
    again = trade.post(PATH, {"invoice_ids": [busy, free]}, headers=key)
    assert outcomes(again) == ["posted", "already_posted"]


def test_a_filter_finds_drafts_as_the_list_does(trade: Trade, item: str) -> None:
    early, late = draft(trade, item, invoice_date="2025-12-27"), draft(trade, item, invoice_date="2025-12-29")
    trade.world.import_invoice(invoice_body(invoice_date="2025-12-28", customer={"code": "X", "name": "Imported"}))
    found = post(trade, filter={"start_date": "2025-12-28", "fulfilment_status": ["INVOICED", "PICKING"]})
    assert outcomes(found) == ["posted", "posted"]
    assert found.body["results"][1]["id"] == late, "oldest first"
    assert states(trade)[early] == "DRAFT"
    assert outcomes(post(trade, filter={"status": "POSTED"})) == [], "what is posted is not posted again"
    assert outcomes(post(trade, filter={})) == ["posted"]


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({}, "validation", ["invoice_ids"]),
        ({"invoice_ids": [NOBODY], "filter": {}}, "validation", ["invoice_ids"]),
        ({"invoice_ids": []}, "validation", ["invoice_ids"]),
        ({"invoice_ids": ["x"]}, "validation", ["invoice_ids"]),
        ({"invoice_ids": [NOBODY] * 501}, "validation", ["invoice_ids"]),
        ({"filter": {"start_date": "yesterday"}}, "validation", ["filter"]),
        ({"filter": {"start_day": "2025-12-26"}}, "unknown-parameter", ["filter"]),
        ({"filter": {"page_size": "1"}}, "unknown-parameter", ["filter"]),
        ({"ids": [NOBODY]}, "unknown-field", ["ids"]),
    ],
)
def test_a_bad_choice_is_refused_as_a_whole(trade: Trade, body: Any, code: str, fields: list[str]) -> None:
    answer = trade.post(PATH, body)
    assert (answer.status, answer.body["code"], list(answer.body["fields"])) == (400, code, fields), answer.raw


def test_a_filter_that_finds_too_many_posts_none(trade: Trade, item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    draft(trade, item), draft(trade, item)
    monkeypatch.setattr("invoices.api.books.MOST_AT_ONCE", 1)
    answer = post(trade, filter={})
    assert (answer.status, list(answer.body["fields"])) == (400, ["filter"])
    assert set(states(trade).values()) == {"DRAFT"}


def test_a_dry_run_tells_and_keeps_nothing(trade: Trade, item: str) -> None:
    ids = [draft(trade, item, 19), draft(trade, item, 5)]
    answer = post(trade, *ids, query="?dry_run=true")
    assert sorted(outcomes(answer)) == ["posted", "refused"]
    assert answer.body["dry_run"] is True
    assert {row["voucher_id"] for row in answer.body["results"]} == {None}
    assert set(states(trade).values()) == {"DRAFT"}
    numbers = [row["voucher_number"] for row in post(trade, *ids).body["results"]]
    assert sorted(numbers, key=str) == ["JV-2025-00002", None], "no number was burnt"


def test_only_who_keeps_the_books_posts_many(trade: Trade, item: str) -> None:
    body = {"invoice_ids": [draft(trade, item)]}
    for role in (Role.VIEWER, Role.SALES_MANAGER, Role.BILLER):
        assert trade.post(PATH, body, role=role).status == 403
    assert set(states(trade).values()) == {"DRAFT"}


def test_batches_that_cross_post_each_invoice_once(trade: Trade, item: str) -> None:
    """Each asks for all of them in another order; every group locks in one order all the same."""
    days = ["2025-12-26", "2025-12-27"]
    ids = [draft(trade, item, invoice_date=days[number % 2]) for number in range(12)]
    token = trade.world.token(Role.ACCOUNTANT)

    def one(shift: int) -> Answer:
        mine = ids[shift:] + ids[:shift]
        try:
            body = {"invoice_ids": mine if shift % 2 else mine[::-1]}
            return trade.world.send("POST", PATH, body, role=Role.ACCOUNTANT, Authorization=f"Bearer {token}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, range(4)))
    assert sum(answer.body["posted"] for answer in answers) == 12
    assert sum(answer.body["already_posted"] for answer in answers) == 36
    told = [{row["id"]: row["voucher_id"] for row in answer.body["results"]} for answer in answers]
    assert all(one == told[0] for one in told)
    assert Voucher.unscoped.filter(company=trade.world.company, kind="SALES").count() == 12
    trade.holds_the_law()
