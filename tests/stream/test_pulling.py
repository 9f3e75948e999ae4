"""The pull endpoint: the same events, page by page."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from erp.api.events import EventListView
from erp.rights import Role, Scope
from tests.builders import World
from tests.cluster import owner_connection
from tests.stream.listener import id_of, record
from tests.stream.relaying import number_everything

pytestmark = pytest.mark.db_heavy

PATH = "/api/sales/events/"


def pull(world: World, query: str = "", **headers: str) -> tuple[int, Any]:
    sent = headers or {"X-API-Key": world.api_key}
    response: HttpResponse = EventListView.as_view()(RequestFactory().get(PATH + query, headers=sent))
    return response.status_code, json.loads(response.content)


def ids(body: Any) -> list[str]:
    return [event["id"] for event in body["events"]]


def test_pages_lead_on_until_there_is_no_more(world: World, other_world: World) -> None:
    record(other_world, 3)
    record(world, 7, kind="payment_received")
    number_everything()
    query, seen = "?limit=3", []
    while True:
        status, body = pull(world, query)
        assert status == 200
        seen += ids(body)
        query = f"?limit=3&after={body['last']}"
        if not body["has_more"]:
            break
        assert len(body["events"]) == 3
    assert seen == [id_of(world, number) for number in range(1, 8)]
    assert pull(world, query)[1] == {"events": [], "last": id_of(world, 7), "has_more": False}
    assert pull(world, "?after=5")[1] == pull(world, f"?after={id_of(world, 5)}")[1]
    event = pull(world, "?after=6")[1]["events"][0]
    assert (event["type"], event["data"]["of"]) == ("payment_received", str(world.company.id))


def test_a_company_without_events_has_an_empty_page(world: World) -> None:
    assert pull(world) == (200, {"events": [], "last": id_of(world, 0), "has_more": False})


def test_an_event_without_a_number_is_not_shown_yet(world: World) -> None:
    record(world)
    number_everything()
    record(world)
    assert ids(pull(world)[1]) == [id_of(world, 1)]


def test_numbers_look_exactly_as_they_were_recorded(world: World) -> None:
    record(world)
    number_everything()
    with owner_connection() as owner:
        owner.execute("ALTER TABLE erp_outboxevent DISABLE TRIGGER USER")
        owner.execute("UPDATE erp_outboxevent SET payload = %s WHERE company_id = %s", ['{"a":1.50}', world.company.id])
        owner.execute("ALTER TABLE erp_outboxevent ENABLE TRIGGER USER")
    response = EventListView.as_view()(RequestFactory().get(PATH, headers={"X-API-Key": world.api_key}))
    assert b'"data":{"a":1.50}' in response.content


def test_large_events_come_in_shorter_pages(world: World) -> None:
    record(world, 60, padding=250_000)
    number_everything()
    _, body = pull(world, "?limit=1000")
    assert body["has_more"]
    assert 0 < len(body["events"]) < 60
    assert body["last"] == ids(body)[-1]


def test_below_the_floor_and_ahead_of_the_head_are_reset(world: World) -> None:
    record(world, 9)
    number_everything()
    with owner_connection() as owner:
        owner.execute("UPDATE erp_eventchannel SET floor = 4 WHERE company_id = %s", [world.company.id])
        owner.execute("DELETE FROM erp_outboxevent WHERE company_id = %s AND number <= 4", [world.company.id])
    expected = {"events": [], "last": id_of(world, 9), "has_more": False, "reset": True, "oldest": id_of(world, 4)}
    assert pull(world, "?after=3") == (200, expected)
    assert pull(world, "?after=10") == (200, expected)
    assert ids(pull(world, f"?after={expected['oldest']}")[1]) == [id_of(world, n) for n in range(5, 10)]
    assert ids(pull(world)[1]) == [id_of(world, n) for n in range(5, 10)]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=1e3", "after=-1", "after=x", "after=9999999999999999999",
     "after=invoices-x:1"],
)  # fmt: skip
def test_other_parameters_are_refused_by_name(world: World, query: str) -> None:
    status, body = pull(world, f"?{query}")
    assert status == 400
    assert list(body["errors"]) == [query.partition("=")[0]]


def test_an_id_of_another_company_is_refused(world: World, other_world: World) -> None:
    assert pull(world, f"?after={id_of(other_world, 0)}")[0] == 400


def test_members_and_keys_with_the_scope_may_pull(world: World) -> None:
    assert pull(world, Authorization=f"Bearer {world.token(Role.VIEWER)}")[0] == 200
    assert pull(world, **{"X-API-Key": world.key(Scope.EVENTS_READ)})[0] == 200
    assert pull(world, **{"X-API-Key": world.key(Scope.INVOICES_IMPORT)})[0] == 403
    assert pull(world, **{"X-API-Key": "wrong.key"})[0] == 401


def test_what_is_gone_stays_gone_for_those_who_pull(world: World) -> None:
    """The oldest kept is where a pull without a place begins, also when everything has expired."""
    record(world, 2)
    number_everything()
    with owner_connection() as owner:
        owner.execute("UPDATE erp_eventchannel SET floor = 2 WHERE company_id = %s", [world.company.id])
        owner.execute("DELETE FROM erp_outboxevent WHERE company_id = %s", [world.company.id])
    assert pull(world) == (200, {"events": [], "last": id_of(world, 2), "has_more": False})
