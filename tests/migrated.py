"""Something that was migrated, where a test needs a row of every table."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from connectors.connecting import NewConnection, create_connection
from connectors.keeping import NewSite, create_site
from connectors.running import connection_named, open_run
from connectors.states import Entity, RunKind
from connectors.uisp.carrying import Order, Outcome, Watch, carry_over
from connectors.uisp.staging import Choice
from connectors.uisp.translation import Rules
from erp.locking import one_transaction
from erp.rights import Role
from sales.models import Customer
from tests.builders import World


class Told:
    """A source that is told its rows."""

    fingerprint = "told"

    def __init__(self, **rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def rows(self, entity: Entity) -> Iterator[dict[str, Any]]:
        yield from self._rows.get(f"{entity.value}s", [])

    def methods(self) -> dict[str, str]:
        return {}

    def taxes(self) -> dict[str, str]:
        return {}


def carried(
    world: World, *, zone: str = "Asia/Kolkata", choice: Choice | None = None, **rows: list[dict[str, Any]]
) -> Outcome:
    """These rows, migrated into the company by its owner."""
    actor = world.actor(Role.OWNER)
    connection = connection_named("told", base_url="", actor=actor, now=timezone.now())
    rules = Rules(zone=zone, currency=actor.company.base_currency.code)
    order = Order(connection, Told(**rows), choice or Choice(), rules)
    return carry_over(order, actor=actor, watch=Watch(timezone.now))


def one_client(world: World) -> None:
    """A client, and with him a row of every table of the connectors."""
    outcome = carried(world, clients=[{"id": 7, "firstName": "Luz", "lastName": "Peña", "userIdent": "LUZ"}])
    assert outcome.code == 0, outcome
    one_site(world)


def one_site(world: World) -> None:
    """A place of that client."""
    actor = world.actor(Role.OWNER)
    with one_transaction(company_id=actor.company_id) as locks:
        customer = Customer.objects.of(locks).get(code="LUZ")
    create_site(new=NewSite(customer.id, "Plant 2"), actor=actor, now=timezone.now())


def one_bill(world: World) -> None:
    """A client with an invoice that he has paid; and a run of another connection, left at its beginning."""
    moment = "2025-12-03T10:00:00+0530"
    money = {"amount": 118, "invoiceId": 70}
    outcome = carried(
        world,
        clients=[{"id": 7, "firstName": "Luz", "lastName": "Peña", "userIdent": "LUZ"}],
        invoices=[
            {
                "id": 70, "clientId": 7, "number": "OLD-70", "status": 3, "createdDate": moment, "maturityDays": 14,
                "total": 118, "amountPaid": 118, "taxes": [{"name": "VAT", "totalValue": 18}],
                "items": [{"type": "service", "label": "Plan", "price": 100, "quantity": 1}],
                "paymentCovers": [money | {"paymentId": 700}],
            }
        ],
        payments=[
            {"id": 700, "clientId": 7, "amount": 118, "creditAmount": 0, "createdDate": moment, "paymentCovers": [money]}
        ],
    )  # fmt: skip
    assert outcome.code == 0, outcome
    actor, now = world.actor(Role.OWNER), timezone.now()
    other = connection_named("other", base_url="", actor=actor, now=now)
    open_run(other, fingerprint="", options={}, actor=actor, now=now, kind=RunKind.UISP_MIGRATION)
    one_site(world)
    new = NewConnection("Ninja", "https://billing.example.com", token="t")
    create_connection(new=new, actor=actor, now=now)
