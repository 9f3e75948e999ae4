"""What nobody but a person can decide of customers and clients: listed while it is open, decided once."""

from typing import Any
from uuid import uuid4

import pytest

from connectors.models import ImportRow
from erp.models import AuditEntry
from erp.rights import Role
from tests.builders import Answer, new_world
from tests.connectors.ninja import Island
from tests.connectors.test_ninja_creating import decide, known, look
from tests.connectors.test_ninja_import import command

CONFLICTS = "conflicts/"
TWIN: dict[str, Any] = {"contacts": [{"email": "twin@rao.in"}]}


def listed(island: Island) -> list[dict[str, Any]]:
    answer = island.send("GET", CONFLICTS)
    assert answer.status == 200, answer.raw
    found: list[dict[str, Any]] = answer.body
    return found


def resolve(island: Island, conflict: str, query: str = "", headers: Any = None, **body: Any) -> Answer:
    return island.send("POST", f"{CONFLICTS}{conflict}/resolve/{query}", body, **(headers or {}))


def doubtful(island: Island) -> tuple[Any, list[dict[str, Any]]]:
    """A customer who may be two clients."""
    decide(island, "on_customer")
    twins = [island.client(name=f"Twin {n}", **TWIN) for n in "ab"]
    customer = island.customer("DOUBT", email="twin@rao.in")
    assert look(island).conflicts == 1
    return customer, twins


def test_a_customer_who_may_be_two_clients_is_listed_with_them_and_linked_with_one(island: Island) -> None:
    customer, twins = doubtful(island)
    (shown,) = listed(island)
    assert (shown["side"], shown["customer"], shown["external_id"], shown["name"], shown["code"]) == (
        "here", str(customer.id), None, "DOUBT", "several-matches",
    )  # fmt: skip
    assert shown["candidates"] == [{"external_id": one["id"], "name": one["name"]} for one in twins]
    tried = resolve(island, shown["id"], "?dry_run=true", action="link", external_id=twins[1]["id"])
    assert (tried.body["result"], tried.body["dry_run"], island.refs(), len(listed(island))) == ("linked", True, [], 1)
    key: Any = {"Idempotency-Key": "k"}
    done, again = (resolve(island, shown["id"], headers=key, action="link", external_id=twins[1]["id"]) for _ in "ab")
    assert done.status == 200, done.raw
    assert (done.body["result"], done.body["customer"], done.body["external_id"]) == (
        "linked", str(customer.id), twins[1]["id"],
    )  # fmt: skip
    assert (again.body, again.headers["Idempotent-Replayed"]) == (done.body, "true")
    assert ([one.external_id for one in island.refs()], listed(island)) == ([twins[1]["id"]], [])
    late = resolve(island, shown["id"], action="dismiss")
    assert (late.status, late.body["code"]) == (409, "already-resolved")
    acts = AuditEntry.unscoped.filter(company=island.world.company, action="resolve_conflict")
    assert [str(one.subject_id) for one in acts] == [shown["id"]]


def test_what_is_dismissed_is_not_tried_again_and_asks_nobody(island: Island) -> None:
    doubtful(island)
    (shown,) = listed(island)
    island.server.journal.clear()
    assert resolve(island, shown["id"], "?dry_run=true", action="dismiss").body["dry_run"] is True
    assert len(listed(island)) == 1
    assert resolve(island, shown["id"], action="dismiss").body["result"] == "dismissed"
    assert (listed(island), look(island).conflicts, island.server.journal) == ([], 0, [])


def test_a_client_whom_an_import_could_not_place_is_linked_with_a_customer(island: Island) -> None:
    first, second = (island.customer(f"T-{n}", email="twin@rao.in") for n in (1, 2))
    client = island.client(name="Twin", **TWIN)
    for _ in "ab":
        assert command(island, "import").code == 1
    (shown,) = listed(island)
    assert (shown["side"], shown["external_id"], shown["customer"], shown["name"]) == ("there", client["id"], None, "Twin")
    done = resolve(island, shown["id"], action="link", customer_id=str(second.id))
    assert (done.status, [one.customer_id for one in island.refs()]) == (200, [second.id])
    assert (listed(island), first.code) == ([], "T-1")
    # What an older run could not place is settled with it.
    older = ImportRow.unscoped.filter(company=island.world.company, state="CONFLICT").get()
    assert resolve(island, str(older.id), action="dismiss").body["code"] == "already-resolved"


def test_a_client_of_an_import_who_is_linked_in_another_way_leaves_the_list(island: Island) -> None:
    first, second = (island.customer(f"T-{n}", email="twin@rao.in") for n in (1, 2))
    client = island.client(name="Twin", **TWIN)
    assert command(island, "import").code == 1
    (shown,) = listed(island)
    assert island.send("POST", f"customers/{first.id}/link/", {"external_id": client["id"]}).status == 200
    assert listed(island) == []
    late = resolve(island, shown["id"], action="link", customer_id=str(second.id))
    assert (late.status, late.body["code"]) == (409, "already-resolved")


@pytest.mark.parametrize("way", ["link", "sync", "import"])
def test_whoever_is_linked_in_another_way_leaves_the_list(island: Island, way: str) -> None:
    decide(island, "on_customer")
    gone = island.client(id_number="TAKEN")
    island.server.books.shelve("clients", gone["id"], "delete")
    customer = island.customer("TAKEN")
    assert look(island).failed == 1
    (shown,) = listed(island)
    assert (shown["code"], "id_number" in shown["message"]) == ("rejected-by-target", True)
    island.server.books.shelve("clients", gone["id"], "restore")
    if way == "link":
        assert island.send("POST", f"customers/{customer.id}/link/", {"external_id": gone["id"]}).status == 200
    elif way == "sync":
        assert island.send("POST", f"customers/{gone['id']}/sync/").body["result"] == "linked"
    else:
        assert command(island, "import").code == 0
    assert (listed(island), known(island.server), len(island.refs())) == ([], ["TAKEN"], 1)


def test_what_is_unfit_is_refused_by_its_field_and_nothing_is_decided(island: Island) -> None:
    _, twins = doubtful(island)
    (shown,) = listed(island)
    taken, _ = island.linked("OTHER")
    for body, field in (
        ({"action": "link"}, "external_id"), ({"action": "link", "customer_id": taken}, "external_id"),
        ({"action": "link", "external_id": "a/b"}, "external_id"),
        ({"action": "link", "external_id": twins[0]["id"], "customer_id": taken}, "customer_id"),
        ({"action": "dismiss", "external_id": twins[0]["id"]}, "external_id"),
        ({"action": "rename"}, "action"), ({}, "action"),
    ):  # fmt: skip
        answer = resolve(island, shown["id"], **body)
        assert (answer.status, list(answer.body["fields"])) == (400, [field]), body
    other = next(one.external_id for one in island.refs())
    for external_id, code in ((other, "already-linked"), ("VolejRejNm", "remote-not-found")):
        assert resolve(island, shown["id"], action="link", external_id=external_id).body["code"] == code
    assert resolve(island, str(uuid4()), action="dismiss").status == 404
    assert resolve(island, "nonsense", action="dismiss").status == 404
    assert [one["id"] for one in listed(island)] == [shown["id"]]


def test_conflicts_are_for_who_keeps_accounts_and_of_one_company(island: Island) -> None:
    doubtful(island)
    (shown,) = listed(island)
    assert island.send("GET", CONFLICTS, role=Role.SALES_MANAGER).status == 403
    assert island.send("GET", f"{CONFLICTS}?code=several-matches").body == [shown]
    assert island.send("GET", f"{CONFLICTS}?code=bad-row").body == []
    elsewhere = Island(new_world(), island.server)
    assert elsewhere.send("GET", CONFLICTS).body == []
    assert resolve(elsewhere, shown["id"], action="dismiss").status == 404
    assert len(listed(island)) == 1
