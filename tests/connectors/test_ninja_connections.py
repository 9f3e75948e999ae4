"""Connecting a company to an Invoice Ninja over HTTP: keys go in and never come out, and nothing leads inside."""

from typing import Any

import pytest
from django.db import IntegrityError

from connectors.models import Connection
from connectors.secrets import secret_of
from erp.locking import one_transaction
from erp.rights import Role
from tests.builders import World
from tests.connectors.ninja import Island, plain_connection
from tests.standins.invoice_ninja.server import TOKEN


def connections(world: World) -> list[Connection]:
    return list(Connection.unscoped.filter(company=world.company))


def test_a_key_goes_in_encrypted_and_never_comes_out(island: Island) -> None:
    (row,) = connections(island.world)
    assert secret_of(row) == TOKEN
    assert TOKEN.encode() not in bytes(row.secret or b"")
    path = f"connections/{island.connection_id}/"
    shown = [island.send("GET", one, role=Role.ADMIN) for one in ("connections/", path)]
    shown.append(island.send("POST", f"{path}test/", role=Role.ADMIN))
    assert shown[-1].body["ok"] is True
    assert (shown[-1].body["company_name"], shown[-1].body["connection"]["state"]) == ("Stand-in Ltd", "OK")
    assert all(TOKEN.encode() not in answer.raw for answer in shown)
    assert island.send("GET", path, role=Role.ACCOUNTANT).status == 403


def test_there_is_one_invoice_ninja_to_a_company_and_the_database_holds_it(island: Island, world: World) -> None:
    body = {"name": "Another", "base_url": island.server.url, "token": "x"}
    again = island.send("POST", "connections/", body, role=Role.ADMIN)
    assert (again.status, again.body["fields"]) == (409, {"kind": ["There is one with this kind already."]})
    with pytest.raises(IntegrityError, match="connection_one_invoice_ninja"):
        plain_connection(world)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"base_url": "https://169.254.169.254/"}, "base_url"), ({"base_url": "https://10.0.0.1"}, "base_url"),
        ({"base_url": "ftp://x.example"}, "base_url"), ({"base_url": "https://user@x.example"}, "base_url"),
        ({"name": ""}, "name"), ({"token": ""}, "token"), ({"token": "a\nb"}, "token"), ({"kind": "UISP"}, "kind"),
        ({"secret_env": "SECRET_KEY"}, "secret_env"),
    ],
)  # fmt: skip
def test_what_is_unfit_is_refused_by_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    body = {"name": "Ninja", "base_url": "https://billing.example.com", "token": "t"} | changes
    answer = world.send("POST", "/api/connectors/connections/", body, role=Role.ADMIN)
    assert (answer.status, list(answer.body["fields"])) == (400, [field])
    assert connections(world) == []


def test_another_address_needs_its_token_lest_the_stored_one_goes_there(island: Island) -> None:
    path = f"connections/{island.connection_id}/"
    moved = {"base_url": "https://elsewhere.example.com"}
    answer = island.send("PATCH", path, moved, role=Role.ADMIN)
    assert (answer.status, answer.body["fields"]) == (400, {"token": ["Another address needs its token."]})
    answer = island.send("PATCH", path, moved | {"token": "new"}, role=Role.ADMIN)
    assert (answer.status, answer.body["version"]) == (200, 2)
    assert secret_of(connections(island.world)[0]) == "new"
    assert island.send("PATCH", path, {"name": "N"}, role=Role.ADMIN, **{"If-Match": '"1"'}).status == 412


@pytest.mark.parametrize(
    ("base_url", "problem"),
    [
        ("http://127.0.0.1:1", "refused"), ("http://no-such-host.invalid", "unknown-host"), ("{url}/deeper", "wrong-path"),
        ("http://10.1.2.3", "address-forbidden"),
    ],
)  # fmt: skip
def test_a_test_tells_what_is_wrong(island: Island, base_url: str, problem: str) -> None:
    with one_transaction(company_id=island.world.company.id) as locks:
        Connection.objects.of(locks).update(base_url=base_url.format(url=island.server.url))
    answer = island.send("POST", f"connections/{island.connection_id}/test/", role=Role.ADMIN)
    assert (answer.status, answer.body["ok"], answer.body["problem"]) == (200, False, problem)
    assert answer.body["connection"]["last_error"] == answer.body["detail"]


def test_a_refused_key_breaks_the_connection_and_a_good_one_mends_it(island: Island) -> None:
    path = f"connections/{island.connection_id}/"
    assert island.send("PATCH", path, {"token": "bad"}, role=Role.ADMIN).status == 200
    told = island.send("POST", f"{path}test/", role=Role.ADMIN).body
    assert (told["problem"], told["connection"]["state"]) == ("bad-credentials", "BROKEN")
    mended = island.send("PATCH", path, {"token": TOKEN}, role=Role.ADMIN).body
    assert (mended["state"], mended["last_error"]) == ("OK", "")
    island.server.fault("html", path="ping", nth=1, status=200)
    assert island.send("POST", f"{path}test/", role=Role.ADMIN).body["problem"] == "no-json"


def test_what_is_off_sends_no_request(island: Island) -> None:
    customer_id, _ = island.linked()
    path = f"connections/{island.connection_id}/"
    assert island.send("PATCH", path, {"is_active": False}, role=Role.ADMIN).body["state"] == "OFF"
    island.server.journal.clear()
    asked = [
        island.send("POST", f"customers/{customer_id}/sync/"),
        island.send("GET", f"{path}clients/?email=a@b.in", role=Role.ADMIN),
    ]
    assert [(one.status, one.body["code"]) for one in asked] == [(409, "connector-off")] * 2
    assert island.send("POST", f"{path}test/", role=Role.ADMIN).body["problem"] == "connector-off"
    assert island.send("GET", f"customers/{customer_id}/billing/").body["badge"] == "not_linked"
    assert island.server.journal == []


def test_clients_are_found_by_their_email_all_of_them(island: Island) -> None:
    customer_id, client = island.linked(contacts=[{"email": "a@b.in"}])
    twin = island.client(contacts=[{"email": "a@b.in"}])
    path = f"connections/{island.connection_id}/clients/"
    found = island.send("GET", f"{path}?email=a@b.in", role=Role.OWNER).body
    assert {(one["external_id"], one["customer"]) for one in found} == {(client["id"], customer_id), (twin["id"], None)}
    assert island.send("GET", f"{path}?email=nobody", role=Role.OWNER).status == 400
    assert island.send("GET", f"{path}?mail=a@b.in", role=Role.OWNER).status == 400
