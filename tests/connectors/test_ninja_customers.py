"""Customers and their clients at an Invoice Ninja: linked once, read at most once an hour, told honestly when it is away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from erp.models import AuditEntry
from erp.rights import Role
from tests.builders import World, new_world, send
from tests.connectors.ninja import Island
from tests.standins.invoice_ninja.server import TOKEN, StandIn

DUE = {"line_items": [{"cost": 100, "quantity": 1}], "due_date": "2020-01-31"}


def test_linking_takes_over_what_is_decided_there_and_either_side_is_taken_once(island: Island) -> None:
    contact = {"first_name": "Asha", "email": "asha@rao.in", "phone": "98"}
    customer_id, client = island.linked(city="Pune", postal_code="411001", vat_number="27AAPFU0939F1ZV", contacts=[contact])
    row = island.now_there("C-1")
    assert (row.name, row.email, row.phone1, row.area, row.pincode) == (
        "Asha Traders",
        "asha@rao.in",
        "98",
        "Pune",
        "411001",
    )
    assert (row.gstin, row.state_code, row.gst_treatment) == ("27AAPFU0939F1ZV", "27", "REGISTERED")
    other, spare = island.customer("C-2"), island.client()
    for place, external_id in ((other.id, client["id"]), (customer_id, spare["id"])):
        answer = island.send("POST", f"customers/{place}/link/", {"external_id": external_id})
        assert (answer.status, answer.body["code"]) == (409, "already-linked")
    assert (
        island.send("POST", f"customers/{other.id}/link/", {"external_id": "VolejRejNm"}).body["code"] == "remote-not-found"
    )
    assert island.send("POST", f"customers/{other.id}/link/", {"external_id": ""}).status == 400
    assert island.send("DELETE", f"customers/{customer_id}/link/").status == 204
    assert island.send("DELETE", f"customers/{customer_id}/link/").body["code"] == "not-linked"
    assert island.refs() == []
    acts = list(
        AuditEntry.unscoped.filter(company=island.world.company, subject_id=customer_id).values_list("action", flat=True)
    )
    assert acts == ["link_customer", "unlink_customer"]


def test_a_client_there_becomes_a_customer_here_once(island: Island) -> None:
    client = island.client(id_number="NINJA7")
    first, again = (island.send("POST", f"/api/v1/clients/{client['id']}/sync-invoice-ninja") for _ in "ab")
    assert [(one.status, one.body["result"], one.body["code"]) for one in (first, again)] == [
        (200, "created", "NINJA7"), (200, "unchanged", "NINJA7"),
    ]  # fmt: skip
    island.server.books.change_client(client["id"], {"phone": "98"})
    assert island.send("POST", f"customers/{first.body['customer']}/sync/").body["result"] == "updated"
    assert (island.now_there("NINJA7").phone1, island.now_there("NINJA7").version) == ("98", 2)
    shown = island.send("GET", f"/api/v1/clients/{first.body['customer']}").body
    assert (shown["invoice_ninja_id"], shown["invoice_ninja_data"]["id_number"]) == (client["id"], "NINJA7")
    assert island.send("GET", "/api/v1/clients/VolejRejNm").status == 404


def test_who_is_here_already_is_found_by_code_or_by_the_email_of_one(island: Island) -> None:
    by_code, by_email = island.customer("K-1"), island.customer("K-2", email="Asha@Rao.in")
    twins = [island.customer(f"T-{n}", email="twin@rao.in") for n in (1, 2)]

    def synced(**members: Any) -> tuple[int, Any, Any]:
        answer = island.send("POST", f"customers/{island.client(**members)['id']}/sync/")
        return answer.status, answer.body.get("result") or answer.body["code"], answer.body.get("customer")

    assert synced(id_number="K-1") == (200, "linked", str(by_code.id))
    assert synced(contacts=[{"email": "asha@rao.in"}]) == (200, "linked", str(by_email.id))
    assert synced(contacts=[{"email": "twin@rao.in"}])[:2] == (409, "several-matches")
    assert len(twins) == 2
    # The customer K-1 is one client there already, and no second one.
    island.server.books.tables["clients"].clear()
    assert synced(id_number="K-1")[:2] == (409, "already-linked")


def test_the_copy_serves_for_an_hour_and_then_is_fetched_once(island: Island) -> None:
    customer_id, client = island.linked()
    invoice = island.server.books.make_invoice({"client_id": client["id"]} | DUE, ["mark_sent"])
    island.server.journal.clear()
    path = f"customers/{customer_id}/"
    assert island.send("GET", f"{path}billing/", role=Role.VIEWER).body["badge"] == "paid"
    assert island.server.journal == []
    fresh = island.send("GET", f"{path}billing/?refresh=true", role=Role.VIEWER).body
    assert (fresh["badge"], fresh["balance"], fresh["outstanding"], fresh["stale"]) == ("overdue", "100.00", "100.00", False)
    assert fresh["client_url"] == f"{island.server.url}/#/clients/{client['id']}"
    listed = island.send("GET", f"{path}external-invoices/").body
    assert [(one["external_id"], one["state"], one["balance"]) for one in listed["invoices"]] == [
        (invoice["id"], "sent", "100.00")
    ]
    island.server.books.make_payment(
        {"client_id": client["id"], "amount": 100, "invoices": [{"invoice_id": invoice["id"], "amount": 100}]}
    )
    island.server.books.change_client(client["id"], {"city": "Pune"})
    island.age(fetched_at=timezone.now() - timedelta(seconds=3601))
    island.server.journal.clear()
    shown = island.send("GET", path, role=Role.VIEWER).body
    assert (shown["billing"]["badge"], shown["client"]["city"]) == ("paid", "Pune")
    assert island.now_there("C-1").area == "Pune", "viewing takes over what changed there"
    assert island.send("GET", path).body["billing"]["stale"] is False
    assert [one.path for one in island.server.journal] == [f"/api/v1/clients/{client['id']}", "/api/v1/invoices"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [("drop_before", "remote-unreachable"), ("error_before", "remote-failed"), ("html", "remote-nonsense"),
     ("busy", "remote-busy"), ("key_revoked", "bad-credentials")],
)  # fmt: skip
def test_when_it_is_away_the_old_copy_is_told_with_its_age(island: Island, kind: str, code: str) -> None:
    customer_id, _ = island.linked()
    island.age(fetched_at=timezone.now() - timedelta(hours=2))
    island.server.fault(kind, **({"html": {"status": 200}, "busy": {"retry_after": 1}}.get(kind, {})))
    told = island.send("GET", f"customers/{customer_id}/billing/").body
    assert (told["badge"], told["stale"], told["problem"]) == ("paid", True, code)
    island.age(fetched_at=timezone.now() - timedelta(hours=25), claimed_at=None)
    assert island.send("GET", f"customers/{customer_id}/billing/").body["badge"] == "unknown"
    sync = island.send("POST", f"customers/{customer_id}/sync/")
    assert (sync.status, sync.body["code"]) == (409 if code == "bad-credentials" else 503, code)
    assert ("Retry-After" in sync.headers) is (sync.status == 503)


def test_many_who_look_at_once_have_it_fetched_once(island: Island) -> None:
    customer_id, client = island.linked()
    island.age(fetched_at=timezone.now() - timedelta(hours=2))
    island.server.journal.clear()
    island.server.fault("slow", path=client["id"], seconds=0.5)
    token = {"Authorization": f"Bearer {island.world.token(Role.VIEWER)}"}

    def look(_: int) -> bool:
        try:
            return bool(send("GET", f"/api/connectors/customers/{customer_id}/billing/", None, **token).body["stale"])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        stale = list(pool.map(look, range(6)))
    assert len(island.server.asked("GET", client["id"])) == 1
    assert sorted(stale) == [False, True, True, True, True, True]


def test_who_is_deleted_there_is_marked_and_stays_here(island: Island) -> None:
    customer_id, client = island.linked()
    island.server.books.shelve("clients", client["id"], "delete")
    told = island.send("GET", f"customers/{customer_id}/billing/?refresh=true").body
    assert (told["gone"], told["badge"]) == (True, "paid")
    del island.server.books.tables["clients"][client["id"]]
    told = island.send("GET", f"customers/{customer_id}/billing/?refresh=true").body
    assert (told["gone"], told["problem"]) == (True, "remote-not-found")
    assert island.now_there("C-1").is_active
    assert island.send("POST", f"customers/{client['id']}/sync/").body["code"] == "remote-not-found"


def test_a_dry_run_and_a_repeat_do_what_they_say(island: Island) -> None:
    client = island.client(id_number="NINJA8")
    tried = island.send("POST", f"customers/{client['id']}/sync/?dry_run=true")
    assert (tried.body["result"], tried.body["dry_run"], island.refs()) == ("created", True, [])
    key: Any = {"Idempotency-Key": "k"}
    made = [island.send("POST", f"customers/{client['id']}/sync/", **key) for _ in "ab"]
    assert [one.body["result"] for one in made] == ["created", "created"]
    assert made[1].headers["Idempotent-Replayed"] == "true"
    island.server.fault("drop_before")
    again = island.send("POST", f"customers/{client['id']}/sync/", **key)
    assert (again.status, again.body) == (200, made[0].body), "a repeat asks nobody"


def test_nothing_that_opens_a_door_is_kept_or_shown(island: Island) -> None:
    customer_id, client = island.linked(contacts=[{"email": "a@b.in"}])
    island.server.books.make_invoice({"client_id": client["id"]} | DUE, ["mark_sent"])
    island.send("GET", f"customers/{customer_id}/billing/?refresh=true")
    key = client["contacts"][0]["contact_key"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM connectors_externalref WHERE company_id = %s", [island.world.company.id])
        (text,) = cursor.fetchone()
    for shown in (text, island.send("GET", f"/api/v1/clients/{customer_id}").raw.decode()):
        assert client["id"] in shown
        assert key not in shown
        assert "/client/" not in shown


def test_a_text_that_ours_cannot_hold_is_told_and_nothing_is_stored(island: Island) -> None:
    client = island.client(name="a\x00b")
    answer = island.send("POST", f"customers/{client['id']}/sync/")
    assert (answer.status, answer.body["code"]) == (409, "remote-unfit")
    assert island.refs() == []


def test_the_default_company_is_connected_by_its_environment(
    ninja_server: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ninja_server.reset()
    world: World = new_world()
    here = Island(world, ninja_server)
    monkeypatch.setenv("INVOICE_NINJA_API_TOKEN", TOKEN)
    for name, value in {
        "INVOICE_NINJA_ENABLED": True, "INVOICE_NINJA_URL": ninja_server.url, "DEFAULT_COMPANY": world.company.code,
    }.items():  # fmt: skip
        setattr(settings, name, value)
    client = here.client(id_number="ENV1")
    assert here.send("POST", f"customers/{client['id']}/sync/").body["result"] == "created"
    (shown,) = here.send("GET", "connections/", role=Role.ADMIN).body
    assert (shown["name"], shown["key"]) == ("invoice-ninja", "environment")
    assert Island(new_world(), ninja_server).send("POST", f"customers/{client['id']}/sync/").body["code"] == "connector-off"
    settings.INVOICE_NINJA_ENABLED = False
    assert here.send("POST", f"customers/{client['id']}/sync/").body["code"] == "connector-off"


def test_a_customer_who_is_only_here_is_made_known_once(island: Island) -> None:
    asha = island.customer("K-1", email="asha@rao.in", phone1="98", area="Pune", gstin="27AAPFU0939F1ZV")
    path = f"customers/{asha.id}/push/"
    tried = island.send("POST", f"{path}?dry_run=true").body
    assert (tried["result"], tried["external_id"], island.server.books.tables["clients"]) == ("linked", "new", {})
    made = island.send("POST", path)
    (client,) = island.server.books.tables["clients"].values()
    assert (made.status, made.body["external_id"], client["id_number"], client["city"]) == (200, client["id"], "K-1", "Pune")
    assert client["contacts"][0]["email"] == "asha@rao.in"
    assert island.send("POST", path).body["code"] == "already-linked"
    # Linked no more, he is found again by his code; another by his e-mail; of several a person chooses.
    assert island.send("DELETE", f"customers/{asha.id}/link/").status == 204
    assert island.send("POST", path).body["external_id"] == client["id"]
    spare = island.client(contacts=[{"email": "only@rao.in"}])
    one = island.customer("K-2", email="only@rao.in")
    assert island.send("POST", f"customers/{one.id}/push/").body["external_id"] == spare["id"]
    for _ in "ab":
        island.client(contacts=[{"email": "twin@rao.in"}])
    many = island.send("POST", f"customers/{island.customer('K-3', email='twin@rao.in').id}/push/")
    assert (many.status, many.body["code"]) == (409, "several-matches")
    assert len(island.server.books.tables["clients"]) == 4


@pytest.mark.parametrize("kind", ["silent_after", "error_after", "error_before"])
def test_a_client_is_made_once_whatever_becomes_of_the_answer(island: Island, kind: str) -> None:
    customer = island.customer("K-1")
    island.server.fault(kind, method="POST", nth=1)
    answer = island.send("POST", f"customers/{customer.id}/push/")
    assert (answer.status, len(island.server.books.tables["clients"])) == (200, 1)
    island.server.fault("error_before", method="POST")
    doubt = island.send("POST", f"customers/{island.customer('K-2').id}/push/")
    assert (doubt.status, doubt.body["code"]) == (503, "unknown-outcome")
