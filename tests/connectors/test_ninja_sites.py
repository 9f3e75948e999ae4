"""Sites of customers: each shows how its customer stands, in a list too, and asks nobody for it."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.models import Connection
from erp.locking import one_transaction
from erp.rights import Role
from tests.connectors.ninja import Island


def test_a_site_shows_its_customer_and_how_he_stands(island: Island) -> None:
    customer_id, client = island.linked()
    bill = {"client_id": client["id"], "due_date": "2020-01-31", "line_items": [{"cost": 100, "quantity": 1}]}
    island.server.books.make_invoice(bill, ["mark_sent"])
    stranger = island.customer("C-2")
    body = {"customer_id": customer_id, "name": "Plant 2", "url": "https://plant.example.com"}
    made = island.send("POST", "sites/", body, role=Role.SALES_MANAGER)
    assert (made.status, made.body["badge"], made.body["customer_code"]) == (201, "paid", "C-1")
    assert island.send("POST", "sites/", body, role=Role.SALES_MANAGER).body["fields"] == {
        "name": ["There is one with this name already."]
    }
    assert island.send("POST", "sites/", body, role=Role.ACCOUNTANT).status == 403
    assert island.send("POST", "sites/", body | {"customer_id": made.body["id"]}, role=Role.OWNER).status == 404
    other = island.send("POST", "sites/", {"customer_id": str(stranger.id), "name": "Depot"}, role=Role.OWNER)
    assert (other.body["badge"], other.body["client_url"]) == ("not_linked", None)
    island.send("GET", f"customers/{customer_id}/billing/?refresh=true")
    island.server.journal.clear()
    listed = island.send("GET", f"sites/?customer={customer_id}", role=Role.VIEWER).body
    assert [(one["name"], one["badge"]) for one in listed] == [("Plant 2", "overdue")]
    assert listed[0]["client_url"] == f"{island.server.url}/#/clients/{client['id']}"
    path = f"sites/{made.body['id']}/"
    moved = island.send("PATCH", path, {"customer_id": str(stranger.id)}, role=Role.OWNER, **{"If-Match": '"1"'})
    assert (moved.status, moved.body["badge"], moved.body["version"]) == (200, "not_linked", 2)
    assert island.send("GET", path, role=Role.VIEWER).body["customer_code"] == "C-2"
    assert island.server.journal == []


def test_a_copy_that_nobody_confirmed_for_a_day_is_unknown_and_a_list_reads_once_for_all(island: Island) -> None:
    for number in range(4):
        customer_id, _ = island.linked(f"C-{number}")
        body = {"customer_id": customer_id, "name": "Plant"}
        assert island.send("POST", "sites/", body, role=Role.OWNER).status == 201
    now = timezone.now()
    island.age(fetched_at=now - timedelta(hours=25))

    def badges() -> set[str]:
        return {one["badge"] for one in island.send("GET", "sites/", role=Role.VIEWER).body}

    assert badges() == {"unknown"}
    with one_transaction(company_id=island.world.company.id) as locks:
        Connection.objects.of(locks).update(polled_at=now - timedelta(hours=1))
    with CaptureQueriesContext(connection) as queries:
        assert badges() == {"paid"}
    assert sum("connectors_externalref" in one["sql"] for one in queries.captured_queries) == 1
