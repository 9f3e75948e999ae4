"""Something that was migrated, where a test needs a row of every table."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from connectors.running import connection_named
from connectors.states import Entity
from connectors.uisp.carrying import Order, Outcome, Watch, carry_over
from connectors.uisp.staging import Choice
from connectors.uisp.translation import Rules
from erp.rights import Role
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
