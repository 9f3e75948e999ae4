"""What a receiver gets: every event, signed, each document's in their order, whatever it did to us in between."""

import itertools
import random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook

from erp.api.documentation import openapi_document
from erp.models import AuditEntry
from erp.webhooks.delivering import deliver
from erp.webhooks.states import TRIED_FOR
from tests.cluster import owner_connection
from tests.trade import Trade
from tests.webhooks.receiver import Received, Receiver
from tests.webhooks.subscribing import PATH, Subscriber

BAD = ["500", "404", "busy", "reset", "hangup", "garbage", "slow", "drip", "flood", "redirect"]


def test_every_event_arrives_in_order_through_every_kind_of_failure(
    trade: Trade, receiver: Receiver, chance: random.Random
) -> None:
    subscriber = Subscriber(trade, receiver)
    for revision, invoice in itertools.product(range(3), range(5)):
        subscriber.happens(f"A-{invoice}", revision)
    script = BAD * 2
    chance.shuffle(script)
    receiver.answers = iter([answer for bad in script for answer in (bad, *["200"] * chance.randrange(2))])
    subscriber.until_quiet(hours=7)  # longer than the longest pause, which is as long as three days have place for

    assert sorted(set(subscriber.taken())) == list(range(1, 16))
    assert {one.answer for one in receiver.requests} == {*BAD, "200"}
    assert all(one.is_signed_with(subscriber.secret) for one in receiver.requests)
    bodies: dict[str, set[bytes]] = {}
    for one in receiver.requests:
        bodies.setdefault(one.headers["webhook-id"], set()).add(one.raw)
    assert all(len(same) == 1 for same in bodies.values()), "an event is the same at each attempt"
    for requests in by_invoice(receiver.requests).values():
        in_order_and_only_after_the_one_before(requests)


def by_invoice(requests: list[Received]) -> dict[str, list[Received]]:
    found: dict[str, list[Received]] = {}
    for one in requests:
        found.setdefault(one.body["data"]["invoice_no"], []).append(one)
    assert len(found) == 5
    return found


def in_order_and_only_after_the_one_before(requests: list[Received]) -> None:
    numbers = list(dict.fromkeys(one.number for one in requests))
    assert numbers == sorted(numbers)
    assert len(numbers) == 3
    for before, after in itertools.pairwise(requests):
        assert after.number == before.number or before.answer == "200", "nothing overtakes what was not taken"


def test_what_is_sent_is_what_the_stream_says(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    subscriber.happens("A-1")
    subscriber.rounds()
    (got,) = receiver.requests
    (event,) = trade.get("/api/sales/events/").body["events"]
    assert got.headers["webhook-id"] == event["id"]
    assert (got.body["type"], got.body["data"]) == (event["type"], event["data"])
    assert list(got.body) == ["type", "timestamp", "data"]
    assert got.body["timestamp"] == event["data"]["timestamp"]
    assert (got.path, got.headers["content-type"]) == ("/hooks?of=erp", "application/json")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert Webhook(subscriber.secret).verify(got.raw, got.headers) == got.body
    assert "secret" not in subscriber.shown()
    assert subscriber.secret not in subscriber.row.secret


def test_an_endpoint_gets_the_kinds_it_asked_for_from_the_moment_it_was_made(trade: Trade, receiver: Receiver) -> None:
    Subscriber(trade, receiver).happens("A-0")
    subscriber = Subscriber(trade, receiver, types=["invoice_updated", "payment_received"])
    subscriber.happens("A-0", 1)
    subscriber.happens("A-1")
    subscriber.rounds()
    assert [(one.number, one.body["type"]) for one in receiver.requests] == [(2, "invoice_updated")]
    assert subscriber.row.position == 3


def test_a_receiver_that_is_gone_is_paused_and_loses_nothing(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    subscriber.happens("A-1")
    receiver.answers = iter(["410"])
    subscriber.rounds()
    shown = subscriber.shown()
    assert (shown["is_active"], shown["pause_reason"]) == (False, "gone")
    assert AuditEntry.unscoped.filter(company=trade.world.company, action="pause_webhook", actor_kind="system").count() == 1
    subscriber.happens("A-2")
    subscriber.passes(days=1)
    subscriber.rounds()
    assert len(receiver.requests) == 1
    assert trade.patch(subscriber.path, {"is_active": True}).body["pause_reason"] == ""
    subscriber.rounds()
    assert sorted(subscriber.taken()) == [1, 2], "of two invoices, in no order"


def test_an_endpoint_that_takes_nothing_for_three_days_is_paused_never_emptied(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    receiver.then = "503"
    for revision in range(3):
        subscriber.happens("A-1", revision)
    began = subscriber.now
    while subscriber.shown()["is_active"]:
        subscriber.round()
        subscriber.passes(hours=2)
        assert subscriber.now - began < TRIED_FOR * 2
    assert subscriber.now - began >= TRIED_FOR
    assert subscriber.shown()["pause_reason"] == "failing"
    assert subscriber.pending == [1, 2, 3]
    assert {one.number for one in receiver.requests} == {1}
    assert 10 < len(receiver.requests) < 40
    receiver.then = "200"
    trade.patch(subscriber.path, {"is_active": True})
    subscriber.rounds()
    assert subscriber.taken() == [1, 2, 3]


def bad_one(body: Any) -> bool:
    return bool(body["type"] == "invoice_created" and body["data"]["invoice_no"] == "BAD")


def test_one_event_that_is_never_taken_holds_up_its_document_and_nothing_else(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    receiver.by_body = lambda body: (
        "400" if body["type"] == "invoice_created" and body["data"]["invoice_no"] == "BAD" else None
    )
    subscriber.happens("BAD")
    subscriber.happens("BAD", 1)
    for number in range(12):
        subscriber.happens(f"A-{number}")
        subscriber.passes(hours=7)
        subscriber.rounds()
    bad, held_up, *others = subscriber.deliveries
    assert (bad.state, bad.last_status, bad.last_error) == ("FAILED", 400, "The receiver answered 400.")
    assert [one.state for one in (held_up, *others)] == ["DELIVERED"] * 13
    assert subscriber.shown()["is_active"]
    order = subscriber.taken()
    assert order.index(2) > order.index(8), "it waited for three days"


def test_while_a_secret_is_rotated_both_sign(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    new = trade.made(f"{subscriber.path}rotate/", {"overlap_hours": 2})["secret"]
    subscriber.happens("A-1")
    subscriber.rounds()
    subscriber.passes(hours=3)
    subscriber.happens("A-2")
    subscriber.rounds()
    at_once = trade.made(f"{subscriber.path}rotate/", {"overlap_hours": 0})["secret"]
    subscriber.happens("A-3")
    subscriber.rounds()
    signed = [[one.is_signed_with(key) for key in (subscriber.secret, new, at_once)] for one in receiver.requests]
    assert signed == [[True, True, False], [False, True, False], [False, False, True]]


def test_what_was_delivered_is_replayed_one_by_one_or_since_an_event(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver, types=["invoice_created"])
    subscriber.happens("A-1")
    subscriber.happens("A-1", 1)
    subscriber.happens("A-2")
    subscriber.rounds()
    assert sorted(subscriber.taken()) == [1, 3]
    last, first = trade.get(f"{subscriber.path}deliveries/").body
    assert trade.done(f"{subscriber.path}deliveries/{first['id']}/replay/")["state"] == "PENDING"
    subscriber.passes(seconds=1)
    subscriber.rounds()
    assert subscriber.taken()[2:] == [1]
    trade.patch(subscriber.path, {"types": []})
    again = trade.done(f"{subscriber.path}replay/", {"after": first["event"]})
    assert again["queued"] == 2
    subscriber.passes(seconds=1)
    subscriber.rounds()
    assert sorted(subscriber.taken()[3:]) == [2, 3]
    assert trade.get(f"{subscriber.path}deliveries/").body[0]["id"] == last["id"]


def test_a_replay_asked_for_while_the_event_is_being_sent_is_not_lost(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    subscriber.happens("A-1")

    def ask(body: Any) -> None:
        if len(receiver.requests) == 0:
            trade.done(f"{subscriber.path}replay/", {"after": f"invoices-{trade.world.company.id}:0"})
            connection.close()

    receiver.by_body = ask
    subscriber.round()
    receiver.by_body = lambda body: None
    subscriber.passes(seconds=60)
    subscriber.rounds()
    assert subscriber.taken() == [1, 1]


def test_two_workers_do_not_deliver_to_one_endpoint_at_a_time(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    subscriber.happens("A-1")
    ids = {"company_id": trade.world.company.id, "endpoint_id": UUID(subscriber.id)}
    refused: list[str] = []

    def meanwhile(body: Any) -> None:
        try:
            deliver(**ids, clock=subscriber.clock, rounds=1)
        except Exception as problem:
            refused.append(type(problem).__name__)

    receiver.by_body = meanwhile
    subscriber.passes(seconds=1)
    assert not deliver(**ids, clock=subscriber.clock, rounds=5)
    assert (refused, subscriber.taken()) == (["Throttled"], [1])


def test_an_event_that_is_no_longer_kept_is_given_up_and_the_next_goes_on(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    receiver.answers = iter(["500"])
    subscriber.happens("A-1")
    subscriber.happens("A-1", 1)
    subscriber.rounds()
    with owner_connection() as owner:
        owner.execute("DELETE FROM erp_outboxevent WHERE company_id = %s AND number = 1", [trade.world.company.id])
        owner.execute("UPDATE erp_eventchannel SET floor = 1 WHERE company_id = %s", [trade.world.company.id])
    subscriber.passes(hours=1)
    subscriber.rounds()
    first, second = subscriber.deliveries
    assert (first.state, first.last_error) == ("FAILED", "The event is no longer kept.")
    assert second.state == "DELIVERED"


def test_a_secret_that_cannot_be_read_any_more_pauses_the_endpoint(trade: Trade, receiver: Receiver, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["an old key of many characters, 0123456789"]
    subscriber = Subscriber(trade, receiver)
    subscriber.happens("A-1")
    settings.ENCRYPTION_KEYS = ["another key of many characters 0123456789", *settings.ENCRYPTION_KEYS]
    subscriber.rounds()
    assert subscriber.taken() == [1]
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    subscriber.happens("A-2")
    subscriber.rounds()
    assert subscriber.shown()["pause_reason"] == "unreadable"
    subscriber.secret = trade.made(f"{subscriber.path}rotate/", {"overlap_hours": 0})["secret"]
    trade.patch(subscriber.path, {"is_active": True})
    subscriber.rounds()
    assert subscriber.taken() == [1, 2]
    assert receiver.requests[-1].is_signed_with(subscriber.secret)


def test_a_removed_webhook_gets_nothing_and_is_not_shown(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    subscriber.happens("A-1")
    assert trade.delete(subscriber.path).status == 204
    subscriber.rounds()
    assert receiver.requests == []
    assert trade.get(PATH).body == []
    assert trade.get(subscriber.path).status == 404
    assert trade.get(f"{subscriber.path}deliveries/").status == 404


@pytest.mark.parametrize("bad", ["slow", "drip", "flood"])
def test_a_receiver_cannot_hold_us(trade: Trade, receiver: Receiver, bad: str) -> None:
    receiver.slow_s, receiver.answers = 3.0, iter([bad])
    subscriber = Subscriber(trade, receiver)
    subscriber.happens("A-1")
    subscriber.round()
    (delivery,) = subscriber.deliveries
    assert delivery.last_error == ("The receiver answered 500." if bad == "flood" else "No answer within 0.5 s.")
    assert delivery.last_duration_ms is not None
    assert delivery.last_duration_ms < 2500


def test_what_is_sent_is_what_the_document_shows(trade: Trade, receiver: Receiver) -> None:
    subscriber = Subscriber(trade, receiver)
    subscriber.happens("A-1")
    subscriber.happens("A-1", 1)
    subscriber.rounds()
    document = openapi_document()
    assert len(receiver.requests) == 2
    for one in receiver.requests:
        shown = document["webhooks"][one.body["type"]]["post"]
        schema = shown["requestBody"]["content"]["application/json"]["schema"] | {"components": document["components"]}
        Draft202012Validator(schema).validate(one.body)
        assert not Draft202012Validator(schema).is_valid(one.body | {"data": {}})
        assert {parameter["name"] for parameter in shown["parameters"]} <= set(one.headers)
