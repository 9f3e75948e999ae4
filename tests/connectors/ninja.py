"""A company that is connected to a stand-in of Invoice Ninja."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from connectors.models import Connection, ExternalRef
from connectors.states import ConnectionKind
from erp.identifiers import new_id
from erp.locking import one_transaction
from erp.rights import Role
from sales.models import Customer
from tests.builders import Answer, World
from tests.standins.invoice_ninja.server import TOKEN, StandIn

PATH = "/api/connectors/"


@dataclass
class Island:
    """The company, the stand-in, and the connection between them."""

    world: World
    server: StandIn
    connection_id: str = ""

    def connect(self) -> "Island":
        body = {"name": "Ninja", "base_url": self.server.url, "token": TOKEN}
        made = self.send("POST", "connections/", body, role=Role.ADMIN)
        assert made.status == 201, made.raw
        self.connection_id = made.body["id"]
        return self

    def send(self, method: str, path: str, body: Any = None, *, role: Role = Role.ACCOUNTANT, **headers: str) -> Answer:
        return self.world.send(method, path if path.startswith("/") else PATH + path, body, role=role, **headers)

    def customer(self, code: str = "C-1", **columns: Any) -> Customer:
        now = timezone.now()
        with one_transaction(company_id=self.world.company.id) as locks:
            given = {"id": new_id(), "name": code, "created_at": now, "updated_at": now} | columns
            return Customer.objects.of(locks).create(company_id=locks.company_id, code=code, **given)

    def client(self, **members: Any) -> dict[str, Any]:
        return self.server.books.make_client({"name": "Asha Traders", "settings": {"currency_id": "8"}} | members)

    def linked(self, code: str = "C-1", **members: Any) -> tuple[str, dict[str, Any]]:
        customer, client = self.customer(code), self.client(**members)
        answer = self.send("POST", f"customers/{customer.id}/link/", {"external_id": client["id"]})
        assert answer.status == 200, answer.raw
        return str(customer.id), client

    def refs(self) -> list[ExternalRef]:
        return list(ExternalRef.unscoped.filter(company=self.world.company).order_by("external_id"))

    def age(self, **columns: Any) -> None:
        """Make all copies as old as that."""
        with one_transaction(company_id=self.world.company.id) as locks:
            ExternalRef.objects.of(locks).update(**columns)

    def now_there(self, code: str) -> Customer:
        return Customer.unscoped.get(company=self.world.company, code=code)


def plain_connection(world: World, **columns: Any) -> Connection:
    """A connection to nowhere, without a key, put there by hand."""
    now = timezone.now()
    with one_transaction(company_id=world.company.id) as locks:
        given: dict[str, Any] = {
            "name": f"c{new_id()}",
            "base_url": "",
            "kind": ConnectionKind.INVOICE_NINJA.value,
        } | columns
        return Connection.objects.of(locks).create(
            id=new_id(), company_id=locks.company_id, created_at=now, updated_at=now, **given
        )
