"""All clients of an Invoice Ninja come in: once, whatever happens on the way; and what changes there is followed."""

from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from connectors.jobs import TO_POLL, look_for_changed_clients, poll_invoice_ninja
from connectors.models import Connection, ExternalRef, ImportRun
from connectors.secrets import secret_of
from erp.models import AuditEntry
from erp.rights import Role
from sales.models import Customer
from tests.connectors.ninja import Island
from tests.dying import dying_before
from tests.standins.invoice_ninja.server import TOKEN

pytestmark = pytest.mark.db_heavy


class Said(NamedTuple):
    code: int
    out: str
    err: str


def command(island: Island, *arguments: Any) -> Said:
    island.world.user(Role.OWNER)
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("invoice_ninja", "--company", island.world.company.code, *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as left:
        code = int(left.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def customers(island: Island) -> list[tuple[str, str, str]]:
    rows = Customer.unscoped.filter(company=island.world.company)
    return sorted(rows.values_list("code", "name", "email"))


def fill(island: Island, count: int = 7) -> list[dict[str, Any]]:
    """Some clients with an id number, the others without; each with an e-mail of his own."""
    return [
        island.client(name=f"Client {n}", contacts=[{"email": f"c{n}@x.in"}], **({"id_number": f"N{n}"} if n % 2 else {}))
        for n in range(count)
    ]


def test_every_page_comes_in_and_a_second_time_brings_nothing(island: Island, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.invoice_ninja.client.PAGE", 3)
    monkeypatch.setattr("connectors.invoice_ninja.importing.BATCH", 2)
    made = fill(island)
    gone = island.client(name="Gone")
    island.server.books.shelve("clients", gone["id"], "delete")
    here = island.customer("N1", name="Another name"), island.customer("K9", email="C2@x.in")
    tried = command(island, "import", "--dry-run")
    assert (tried.code, customers(island)) == (0, [("K9", "K9", "C2@x.in"), ("N1", "Another name", "")])
    assert not ImportRun.unscoped.filter(company=island.world.company).exists()
    done = command(island, "import")
    assert (done.code, done.out) == (0, tried.out)
    assert '"created": 5' in done.out
    assert '"linked": 2' in done.out
    codes = {f"N{n}" for n in (1, 3, 5)} | {"K9"} | {f"IN-{made[n]['id']}" for n in (0, 4, 6)}
    assert {row[0] for row in customers(island)} == codes
    assert {one.name for one in here} == {"Another name", "K9"}
    before = customers(island), island.refs(), AuditEntry.unscoped.filter(company=island.world.company).count()
    again = command(island, "import")
    assert (again.code, '"UNCHANGED": 7' in again.out) == (0, True)
    # The run itself is two entries: opened and finished.
    after = customers(island), island.refs(), AuditEntry.unscoped.filter(company=island.world.company).count() - 2
    assert after == before


def test_what_cannot_come_in_stops_nobody_and_is_kept_with_its_reason(island: Island, tmp_path: Path) -> None:
    island.client(name="Good", contacts=[{"email": "good@x.in"}])
    bad = island.client(name="a\x00b")
    for _ in "ab":
        island.client(contacts=[{"email": "twin@x.in"}])
    island.customer("T", email="twin@x.in")
    file = tmp_path / "refused.jsonl"
    done = command(island, "import", "--failures", file)
    assert done.code == 1
    assert '"CONFLICT": 2' in done.out
    assert '"FAILED": 1' in done.out
    lines = file.read_text().splitlines()
    assert sorted(line.count("several-matches") for line in lines) == [0, 1, 1]
    assert [bad["id"] in line for line in lines if "bad-text" in line] == [True]
    assert all("contact_key" not in line for line in lines)
    assert island.now_there(f"IN-{next(iter(island.server.books.tables['clients']))}").name == "Good"


@pytest.mark.parametrize("statement", [25, 45])
def test_an_import_that_dies_goes_on_and_ends_as_if_it_had_not(
    island: Island, statement: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.invoice_ninja.importing.BATCH", 2)
    made = fill(island)
    with dying_before(statement) as seen:
        died = command(island, "import")
    assert (died.code, len(seen) > statement) == (3, True)
    connection.close()
    assert command(island, "import").code == 2, "a run is left"
    assert command(island, "import", "--resume").code == 0
    assert len(customers(island)) == len({ref.customer_id for ref in island.refs()}) == len(made)


def test_an_import_reads_over_faults_and_a_refused_key_stops_it(island: Island) -> None:
    fill(island)
    island.server.fault("drop_inside", path="clients", nth=1)
    assert command(island, "import").code == 0
    island.server.fault("key_revoked")
    assert command(island, "import").code == 2
    assert "connector" not in command(island, "test").out


def test_what_changed_there_is_followed_from_where_it_was_left(island: Island) -> None:
    customer_id, client = island.linked()
    other_id, other = island.linked("C-2")
    stranger = island.client()
    (row,) = Connection.unscoped.filter(company=island.world.company)
    assert command(island, "sync").out == "0 changed, 0 updated, 0 refused.\n"
    row.refresh_from_db()
    assert row.polled_until == stranger["updated_at"]
    island.server.books._moment += 60
    island.server.books.change_client(client["id"], {"phone": "98", "name": "Asha & Daughters"})
    island.server.books.shelve("clients", other["id"], "delete")
    island.server.books.change_client(stranger["id"], {"phone": "97"})
    assert command(island, "sync").out == "2 changed, 2 updated, 0 refused.\n"
    assert (island.now_there("C-1").phone1, island.now_there("C-1").name) == ("98", "Asha & Daughters")
    gone = {str(ref.customer_id): ref.gone_at is not None for ref in island.refs()}
    assert gone == {customer_id: False, other_id: True}
    entry = AuditEntry.unscoped.filter(company=island.world.company, action="sync_customer").get()
    assert (entry.actor_kind, entry.actor_name) == ("api_key", "Ninja")
    island.server.journal.clear()
    assert command(island, "sync").out.startswith("0 changed")
    assert [one.path for one in island.server.journal] == ["/api/v1/clients"]
    # A cursor moves after its work is here: what fails on the way is met again.
    island.server.books._moment += 60
    island.server.books.change_client(client["id"], {"phone": "96"})
    island.server.fault("error_before", path="invoices")
    assert command(island, "sync").code == 3
    island.server.faults.clear()
    assert command(island, "sync").out.startswith("1 changed")
    assert island.now_there("C-1").phone1 == "96"


def test_the_relay_finds_what_is_to_be_polled_and_reads_no_key(island: Island) -> None:
    _, client = island.linked()
    island.server.books._moment += 60
    island.server.books.change_client(client["id"], {"phone": "98"})
    memory = InMemoryConnector()
    with app.replace_connector(memory):
        look_for_changed_clients(0)
        jobs = [job["args"] for job in memory.jobs.values()]
    mine = {"company_id": str(island.world.company.id), "connection_id": island.connection_id}
    assert mine in jobs
    poll_invoice_ninja(**mine)
    assert island.now_there("C-1").phone1 == "98"
    island.server.fault("key_revoked")
    poll_invoice_ninja(**mine)
    assert Connection.unscoped.get(id=island.connection_id).state == "BROKEN"
    assert "secret" not in TO_POLL


def test_the_command_connects_links_and_reads_one(island: Island, monkeypatch: pytest.MonkeyPatch) -> None:
    client = island.client(id_number="N1")
    monkeypatch.setenv("INVOICE_NINJA_TOKEN", TOKEN)
    connected = command(island, "connect", f"{island.server.url}/api/v1")
    assert (connected.code, "Stand-in Ltd" in connected.out) == (0, True)
    (row,) = Connection.unscoped.filter(company=island.world.company)
    assert (row.is_judged, secret_of(row)) == (False, TOKEN)
    assert command(island, "sync", "--client", client["id"]).out == "N1: created\n"
    island.customer("C-5")
    assert command(island, "link", "C-5", client["id"]).code == 2
    assert command(island, "link", "C-5", island.client()["id"]).code == 0
    assert ExternalRef.unscoped.filter(company=island.world.company).count() == 2
    monkeypatch.setenv("INVOICE_NINJA_TOKEN", "bad")
    assert command(island, "connect", island.server.url).code == 2
