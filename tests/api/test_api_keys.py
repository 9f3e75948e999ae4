"""API keys of a company over HTTP: shown once, rotated with an overlap, revoked at once, stored nowhere."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from erp.models import ApiKey, AuditEntry, IdempotencyKey
from erp.rights import Role
from tests.builders import World, forget_keys, invoice_body, send
from tests.cluster import owner_connection
from tests.trade import Trade

PATH = "/api/companies/api_keys/"


@pytest.fixture
def trade(world: World) -> Trade:
    world.user(Role.OWNER)
    return Trade(world)


def opens(key: str) -> bool:
    """Whether somebody with the key gets in, half a second from now."""
    forget_keys()
    status = send("POST", "/api/sales/import/invoice/", invoice_body(), **{"X-API-Key": key}).status
    assert status in {201, 401}
    return status == 201


def later(**time: Any) -> str:
    return (timezone.now() + timedelta(**time)).isoformat()


def test_a_key_is_shown_once_and_opens(trade: Trade) -> None:
    body = {
        "name": "Billing",
        "scopes": ["invoices:import", "events:read", "invoices:import"],
        "on_conflict": "reject",
        "allowed_ips": ["127.0.0.1", "2001:db8::7"],
        "expires_at": "2099-01-31T10:00:00+05:30",
    }
    answer = trade.post(PATH, body)
    assert answer.status == 201, answer.raw
    made = answer.body
    key = made.pop("key")
    assert made == {
        "id": made["id"],
        "name": "Billing",
        "prefix": key.partition(".")[0],
        "scopes": ["invoices:import", "events:read"],
        "on_conflict": "reject",
        "allowed_ips": ["127.0.0.1", "2001:db8::7"],
        "created_at": made["created_at"],
        "expires_at": "2099-01-31T04:30:00.000000Z",
        "revoked_at": None,
        "last_used_at": None,
        "version": 1,
    }
    assert answer.headers["Location"] == f"{PATH}{made['id']}/"
    assert trade.get(PATH).body == [made]
    assert opens(key)
    assert trade.get(f"{PATH}{made['id']}/").body["last_used_at"] is not None
    row = ApiKey.objects.of(trade.world.actor(Role.OWNER)).get()
    assert (row.on_conflict, len(row.allowed_ips)) == ("reject", 2)


def test_a_repeat_makes_one_key_and_does_not_show_it_again(trade: Trade) -> None:
    body = {"name": "Billing", "scopes": ["invoices:import"]}
    first, again = (trade.post(PATH, body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status, again.status, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.body["key"]
    assert again.body == first.body | {"key": None}
    tried = trade.post(f"{PATH}?dry_run=true", body)
    assert (tried.status, tried.body["key"], tried.body["id"], tried.body["dry_run"]) == (201, None, None, True)
    assert len(trade.get(PATH).body) == 1
    path = f"{PATH}{first.body['id']}/rotate/"
    rotated, repeated = (trade.post(path, {}, headers={"Idempotency-Key": "r"}) for _ in range(2))
    assert repeated.body == rotated.body | {"key": None}
    assert len(trade.get(PATH).body) == 2


def test_the_key_itself_is_found_in_no_table(trade: Trade) -> None:
    key = trade.made(PATH, {"name": "Billing", "scopes": ["invoices:import"]})["key"]
    made = trade.post(f"{PATH}", {"name": "Other", "scopes": ["events:read"]}, headers={"Idempotency-Key": "k"}).body["key"]
    secrets = [one.partition(".")[2] for one in (key, made)]
    assert IdempotencyKey.objects.of(trade.world.actor(Role.OWNER)).exists()
    with owner_connection() as connection:
        tables = connection.execute(
            "SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        assert len(tables) > 30
        for (table,) in tables:
            query = f"SELECT count(*) FROM {table} t WHERE strpos(t::text, %s) > 0 OR strpos(t::text, %s) > 0"
            (count,) = connection.execute(query.encode(), secrets).fetchone() or (0,)
            assert count == 0, table


def test_a_rotated_key_overlaps_with_the_new_one_and_ends(trade: Trade) -> None:
    old = trade.api_key(scopes=["invoices:import"], on_conflict="reject", allowed_ips=["127.0.0.1"])
    new = trade.made(f"{PATH}{old['id']}/rotate/", {"overlap_hours": 2})
    assert {name: new[name] for name in ("name", "scopes", "on_conflict", "allowed_ips", "expires_at")} == {
        name: old[name] for name in ("name", "scopes", "on_conflict", "allowed_ips", "expires_at")
    }
    assert new["id"] != old["id"]
    assert opens(old["key"])
    assert opens(new["key"])
    ends = trade.get(f"{PATH}{old['id']}/").body["expires_at"]
    assert later(hours=1, minutes=59) < ends < later(hours=2, minutes=1)
    third = trade.made(f"{PATH}{new['id']}/rotate/", {"overlap_hours": 0})
    assert not opens(new["key"])
    assert opens(third["key"])
    refused = trade.post(f"{PATH}{new['id']}/rotate/", {})
    assert (refused.status, refused.body["code"]) == (409, "wrong-state")
    audits = AuditEntry.objects.of(trade.world.actor(Role.OWNER)).filter(subject_kind="api_key").order_by("id")
    assert [entry.action for entry in audits] == ["issue_api_key", "rotate_api_key", "rotate_api_key"]


def test_a_rotation_keeps_a_key_no_longer_than_it_would_have_lived(trade: Trade) -> None:
    soon = trade.api_key(expires_at=later(minutes=30))
    new = trade.made(f"{PATH}{soon['id']}/rotate/", {"overlap_hours": 2})
    assert trade.get(f"{PATH}{soon['id']}/").body["expires_at"] == soon["expires_at"]
    assert soon["expires_at"] <= new["expires_at"] < later(minutes=31)
    given = trade.made(f"{PATH}{new['id']}/rotate/", {"expires_at": "2099-01-31T10:00:00Z"})
    assert given["expires_at"] == "2099-01-31T10:00:00.000000Z"


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(trade: Trade) -> None:
    key = trade.api_key()
    assert opens(key["key"])
    done = trade.done(f"{PATH}{key['id']}/revoke/")
    assert done["revoked_at"] is not None
    assert "key" not in done
    assert not opens(key["key"])
    assert trade.done(f"{PATH}{key['id']}/revoke/") == done
    other = trade.api_key(name="Board")
    assert [row["id"] for row in trade.get(f"{PATH}?revoked=true").body] == [key["id"]]
    assert [row["id"] for row in trade.get(f"{PATH}?revoked=false").body] == [other["id"]]
    assert [row["id"] for row in trade.get(f"{PATH}?search=boa").body] == [other["id"]]
    refused = trade.post(f"{PATH}{key['id']}/rotate/", {})
    assert (refused.status, refused.body["code"]) == (409, "wrong-state")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"on_conflict": "merge"}, "on_conflict"),
        ({"allowed_ips": ["10.0.0.0/8"]}, "allowed_ips"),
        ({"allowed_ips": ["fe80::1%eth0"]}, "allowed_ips"),
        ({"allowed_ips": ["localhost"]}, "allowed_ips"),
        ({"allowed_ips": "127.0.0.1"}, "allowed_ips"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"hashed_key": "x"}, "hashed_key"),
    ],
)
def test_what_is_no_key_is_refused(trade: Trade, changes: Any, field: str) -> None:
    refused = trade.post(PATH, {"name": "Billing", "scopes": ["invoices:import"]} | changes)
    assert (refused.status, list(refused.body["fields"])) == (400, [field]), refused.raw
    assert trade.get(PATH).body == []


@pytest.mark.parametrize("hours", [-1, 721, "x", 1.5])
def test_an_overlap_is_so_many_hours(trade: Trade, hours: Any) -> None:
    refused = trade.post(f"{PATH}{trade.api_key()['id']}/rotate/", {"overlap_hours": hours})
    assert (refused.status, list(refused.body["fields"])) == (400, ["overlap_hours"])


def test_keys_are_for_admins_only_and_of_one_company(trade: Trade, other_world: World) -> None:
    theirs = Trade(other_world).api_key()
    assert trade.get(PATH).body == []
    for act in ("", "rotate/", "revoke/"):
        method = "POST" if act else "GET"
        assert trade.world.send(method, f"{PATH}{theirs['id']}/{act}", None, role=Role.OWNER).status == 404
    assert trade.get(PATH, role=Role.VIEWER).status == 403
    assert opens(theirs["key"])
