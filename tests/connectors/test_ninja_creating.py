"""New customers are made known at an Invoice Ninja by themselves: each once, and none who came from there."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from connectors.invoice_ninja.clients import connection_actor
from connectors.invoice_ninja.creating import AT_ONCE, AWAY_AFTER, Created, create_clients
from connectors.jobs import create_there, look_for_new_customers
from connectors.models import Connection, ImportRow, ImportRun
from connectors.problems import RemoteFailed, Unreachable
from erp.locking import one_transaction
from erp.models import AuditEntry
from erp.rights import Role
from tests.connectors.ninja import Island, plain_connection
from tests.dying import dying_after_commit, dying_before
from tests.standins.invoice_ninja.server import StandIn


def decide(island: Island, policy: str) -> None:
    answer = island.send("PATCH", f"connections/{island.connection_id}/", {"auto_create": policy}, role=Role.ADMIN)
    assert (answer.status, answer.body["auto_create"]) == (200, policy), answer.raw


def look(island: Island) -> Created:
    row = Connection.unscoped.get(id=island.connection_id)
    return create_clients(row, actor=connection_actor(row, island.world.company), now=datetime.now(UTC))


def known(server: StandIn) -> list[str]:
    return sorted(str(row["id_number"]) for row in server.books.tables["clients"].values())


def noted(island: Island) -> list[tuple[str, str]]:
    return sorted(ImportRow.unscoped.filter(company=island.world.company).values_list("state", "code"))


def test_who_comes_after_the_policy_is_made_known_once_and_who_was_there_before_is_not(island: Island) -> None:
    island.customer("OLD")
    island.customer("GONE")
    assert look(island) == Created()
    decide(island, "on_customer")
    asha = island.customer("NEW", email="asha@rao.in")
    island.customer("IDLE", is_active=False)
    assert look(island) == Created(linked=1)
    assert known(island.server) == ["NEW"]
    (ref,) = island.refs()
    assert ref.customer_id == asha.id
    (entry,) = AuditEntry.unscoped.filter(company=island.world.company, action="link_customer")
    assert (entry.actor_kind, entry.actor_name, entry.subject_id) == ("api_key", "Ninja", asha.id)
    island.server.journal.clear()
    assert look(island) == Created()
    assert island.server.journal == [], "who is known is not asked about"
    # The same policy again does not begin anew, and switched off it is off.
    island.customer("BETWEEN")
    decide(island, "on_customer")
    assert look(island) == Created(linked=1)
    island.customer("LATER")
    decide(island, "off")
    assert look(island) == Created()


def test_the_first_site_makes_a_customer_known_and_a_second_one_nobody(island: Island) -> None:
    before, fresh, idle = (island.customer(code) for code in ("BEFORE", "FRESH", "IDLE"))

    def site(customer_id: UUID, name: str) -> None:
        body = {"customer_id": str(customer_id), "name": name}
        assert island.send("POST", "sites/", body, role=Role.ADMIN).status == 201

    site(before.id, "old place")
    decide(island, "on_first_site")
    site(before.id, "another place")
    assert look(island) == Created()
    site(fresh.id, "first place")
    assert look(island) == Created(linked=1)
    assert known(island.server) == ["FRESH"]
    assert idle.code == "IDLE"


def test_who_came_from_there_and_who_was_unlinked_by_hand_is_never_pushed_back(island: Island) -> None:
    decide(island, "on_customer")
    client = island.client(id_number="THERE")
    made = island.send("POST", f"customers/{client['id']}/sync/")
    assert made.body["result"] == "created"
    assert look(island) == Created()
    assert island.send("DELETE", f"customers/{made.body['customer']}/link/").status == 204
    island.server.journal.clear()
    assert (look(island), island.server.journal, island.refs()) == (Created(), [], [])
    ours = island.customer("OURS")
    assert look(island).linked == 1
    assert island.send("DELETE", f"customers/{ours.id}/link/").status == 204
    assert look(island) == Created()
    # A person may still do it.
    assert island.send("POST", f"customers/{ours.id}/push/").status == 200
    assert known(island.server) == ["OURS", "THERE"]


def test_an_unlinking_that_was_only_tried_leaves_no_note(island: Island) -> None:
    customer_id, _ = island.linked()
    assert island.send("DELETE", f"customers/{customer_id}/link/?dry_run=true").status in {200, 204}
    assert (noted(island), len(island.refs())) == ([], 1)


@pytest.mark.parametrize("kind", ["silent_after", "error_after", "error_before"])
def test_a_fault_on_the_way_makes_no_second_client(island: Island, kind: str) -> None:
    decide(island, "on_customer")
    for code in ("A", "B"):
        island.customer(code)
    island.server.fault(kind, method="POST", nth=1)
    assert look(island) == Created(linked=2)
    assert known(island.server) == ["A", "B"]


@pytest.mark.db_heavy
def test_whoever_is_killed_between_there_and_here_finds_the_client_again(island: Island) -> None:
    decide(island, "on_customer")
    island.customer("COUNTED")
    with dying_before(None) as seen:
        assert look(island).linked == 1
    # Between the first statement and the last, everywhere.
    for statement in range(len(seen)):
        island.customer(f"K-{statement:02}")
        with dying_before(statement):
            try:
                look(island)
            except OperationalError:
                connection.close()
        connection.close()
        look(island)
    island.customer("K-XX")
    with dying_after_commit():
        try:
            look(island)
        except OperationalError:
            connection.close()
    connection.close()
    look(island)
    expected = ["COUNTED", *(f"K-{statement:02}" for statement in range(len(seen))), "K-XX"]
    assert known(island.server) == expected
    assert len(island.refs()) == len(expected)
    assert {state for state, _ in noted(island)} == {"DONE"}


def test_several_who_may_be_meant_wait_for_a_person_and_keep_nobody_waiting(island: Island) -> None:
    decide(island, "on_customer")
    twins = [island.client(contacts=[{"email": "twin@rao.in"}]) for _ in "ab"]
    doubt = island.customer("DOUBT", email="twin@rao.in")
    island.customer("SURE")
    assert look(island) == Created(linked=1, conflicts=1)
    assert noted(island) == [("CONFLICT", "several-matches"), ("DONE", "")]
    island.server.journal.clear()
    assert (look(island), island.server.journal) == (Created(), [])
    chosen = island.send("POST", f"customers/{doubt.id}/link/", {"external_id": twins[1]["id"]})
    assert chosen.status == 200
    assert noted(island) == [("DONE", ""), ("DONE", "")]


def test_a_client_with_his_code_who_is_another_customer_here_is_a_conflict_told_once(island: Island) -> None:
    decide(island, "on_customer")
    island.linked("OTHER", id_number="K-9")
    island.customer("K-9")
    assert look(island) == Created(conflicts=1)
    assert noted(island) == [("CONFLICT", "duplicate-client")]
    island.server.journal.clear()
    assert (look(island), island.server.journal) == (Created(), [])


def test_what_is_refused_there_is_kept_with_its_words_and_not_tried_again(island: Island) -> None:
    decide(island, "on_customer")
    # A deleted client keeps his id number, and no list of active ones shows him.
    gone = island.client(id_number="TAKEN")
    island.server.books.shelve("clients", gone["id"], "delete")
    island.customer("TAKEN")
    assert look(island) == Created(failed=1)
    row = ImportRow.unscoped.get(company=island.world.company)
    assert (row.state, row.code, "id_number" in row.message) == ("FAILED", "rejected-by-target", True)
    island.server.journal.clear()
    assert (look(island), island.server.journal) == (Created(), [])


def test_one_who_always_fails_keeps_nobody_waiting_and_a_server_that_fails_is_left_alone(island: Island) -> None:
    decide(island, "on_customer")
    for number in range(AWAY_AFTER + 2):
        island.customer(f"C-{number}")
    island.server.fault("error_before", path="clients")
    with pytest.raises(RemoteFailed):
        look(island)
    assert noted(island) == [("PENDING", "unknown-outcome")] * AWAY_AFTER
    island.server.faults.clear()
    # Who has failed comes last: the first request that fails is for one who has not been tried.
    island.server.journal.clear()
    assert look(island) == Created(linked=AWAY_AFTER + 2)
    asked = [one.query["id_number"][-1] for one in island.server.journal if "id_number" in one.query]
    assert asked[:2] == ["C-3", "C-4"]
    assert known(island.server) == [f"C-{number}" for number in range(AWAY_AFTER + 2)]
    island.customer("LATE")
    island.server.fault("drop_before")
    with pytest.raises(Unreachable):
        look(island)
    assert ("PENDING", "unknown-outcome") not in noted(island)
    assert AT_ONCE > AWAY_AFTER


def test_the_worker_does_it_and_a_refused_key_breaks_the_connection(island: Island) -> None:
    decide(island, "on_customer")
    island.customer("C-1")
    memory = InMemoryConnector()
    with app.replace_connector(memory):
        look_for_new_customers(0)
        jobs = [job["args"] for job in memory.jobs.values()]
    mine = {"company_id": str(island.world.company.id), "connection_id": island.connection_id}
    assert mine in jobs
    create_there(**mine)
    assert known(island.server) == ["C-1"]
    island.customer("C-2")
    island.server.fault("key_revoked")
    create_there(**mine)
    assert Connection.unscoped.get(id=island.connection_id).state == "BROKEN"
    island.server.journal.clear()
    create_there(**mine)
    assert (island.server.journal, noted(island)) == ([], [("DONE", "")])


def test_the_policy_is_one_of_three_of_an_invoice_ninja_and_is_audited(island: Island) -> None:
    path = f"connections/{island.connection_id}/"
    answer = island.send("PATCH", path, {"auto_create": "always"}, role=Role.ADMIN)
    assert (answer.status, list(answer.body["fields"])) == (400, ["auto_create"])
    tried = island.send("PATCH", f"{path}?dry_run=true", {"auto_create": "on_customer"}, role=Role.ADMIN)
    assert (tried.status, tried.body["auto_create"]) == (200, "on_customer")
    assert island.send("GET", path, role=Role.ADMIN).body["auto_create"] == "off"
    decide(island, "on_customer")
    entry = AuditEntry.unscoped.filter(company=island.world.company, action="change_connection").latest("id")
    assert entry.changes == '{"auto_create":["off","on_customer"]}'
    uisp = plain_connection(island.world, kind="UISP")
    answer = island.send("PATCH", f"connections/{uisp.id}/", {"auto_create": "on_customer"}, role=Role.ADMIN)
    assert (answer.status, list(answer.body["fields"])) == (400, ["auto_create"])


def test_a_standing_run_is_one_to_a_connection(island: Island) -> None:
    decide(island, "on_customer")
    island.customer("C-1")
    look(island)
    run = ImportRun.unscoped.get(company=island.world.company)
    now: Any = datetime.now(UTC) + timedelta(seconds=1)
    with (
        pytest.raises(IntegrityError, match="importrun_one_running"),
        one_transaction(company_id=island.world.company.id) as locks,
        transaction.atomic(),
    ):
        ImportRun.objects.of(locks).create(
            company_id=locks.company_id, connection=run.connection, kind=run.kind, created_at=now, heartbeat_at=now
        )
