"""Calls of those who connect foreign systems, and of who looks how customers stand there. Nothing is asked there."""

import itertools
from uuid import UUID

from django.utils import timezone

from connectors.invoice_ninja.standing import note_row, standing_rows
from connectors.keeping import NewSite, create_site
from connectors.models import Connection, ImportRow
from connectors.states import Reason, RowState
from erp.locking import one_transaction
from erp.rights import Role
from tests.builders import World
from tests.connectors.ninja import plain_connection
from tests.house.calling import Call, Ids
from tests.trade import Trade

_numbers = itertools.count(1)
_OFF = 409
"""The company is connected to nothing."""


def _connection(world: World) -> Ids:
    row = Connection.unscoped.filter(company=world.company).first() or plain_connection(world)
    return {"connection_id": str(row.id)}


def _customer(world: World) -> Ids:
    return {"customer_id": Trade(world).customer()["id"]}


def _site(world: World) -> Ids:
    actor, customer = world.actor(Role.OWNER), _customer(world)["customer_id"]
    new = NewSite(UUID(customer), f"Plant {next(_numbers)}")
    return {"site_id": str(create_site(new=new, actor=actor, now=timezone.now()).id)}


def _conflict(world: World) -> Ids:
    """A new one each time: it is dismissed once."""
    row, customer = Connection.unscoped.filter(company=world.company).first() or plain_connection(world), _customer(world)
    with one_transaction(company_id=world.company.id) as locks:
        note_row(
            locks,
            row,
            UUID(customer["customer_id"]),
            state=RowState.CONFLICT,
            code=Reason.SEVERAL_MATCHES.value,
            message="2 clients there may be C-1.",
            payload={"clients": [{"external_id": "VolejRejNm", "name": "Asha Traders"}]},
            now=timezone.now(),
        )
        found = standing_rows(locks, row).get(external_id=customer["customer_id"])
    return {"conflict_id": str(found.id)}


def _some_conflict(world: World) -> Ids:
    """So that there is one in the list."""
    if not ImportRow.unscoped.filter(company=world.company, state=RowState.CONFLICT.value).exists():
        _conflict(world)
    return {}


_NEW = {"name": "Ninja", "base_url": "https://billing.example.com", "token": "t"}

CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/api/connectors/connections/"): Call(),
    ("POST", "/api/connectors/connections/"): Call(201, body=lambda asker: _NEW),
    ("GET", "/api/connectors/connections/{connection_id}/"): Call(ids=_connection),
    ("PATCH", "/api/connectors/connections/{connection_id}/"): Call(ids=_connection, body=lambda asker: {"name": "N"}),
    ("POST", "/api/connectors/connections/{connection_id}/test/"): Call(ids=_connection),
    ("GET", "/api/connectors/connections/{connection_id}/clients/"): Call(ids=_connection),
    ("GET", "/api/connectors/customers/{customer_id}/"): Call(ids=_customer),
    ("GET", "/api/connectors/customers/{customer_id}/billing/"): Call(ids=_customer),
    ("GET", "/api/connectors/customers/{customer_id}/external-invoices/"): Call(ids=_customer),
    ("POST", "/api/connectors/customers/{customer_id}/link/"): Call(
        _OFF, ids=_customer, body=lambda asker: {"external_id": "VolejRejNm"}
    ),
    ("DELETE", "/api/connectors/customers/{customer_id}/link/"): Call(_OFF, ids=_customer),
    ("POST", "/api/connectors/customers/{customer_id}/sync/"): Call(_OFF, ids=_customer),
    ("POST", "/api/connectors/customers/{customer_id}/push/"): Call(_OFF, ids=_customer),
    ("GET", "/api/connectors/conflicts/"): Call(ids=_some_conflict),
    ("POST", "/api/connectors/conflicts/{conflict_id}/resolve/"): Call(
        ids=_conflict, body=lambda asker: {"action": "dismiss"}
    ),
    ("GET", "/api/connectors/sites/"): Call(),
    ("POST", "/api/connectors/sites/"): Call(
        201, body=lambda asker: {"customer_id": _customer(asker.world)["customer_id"], "name": "Plant 2"}
    ),
    ("GET", "/api/connectors/sites/{site_id}/"): Call(ids=_site),
    ("PATCH", "/api/connectors/sites/{site_id}/"): Call(ids=_site, body=lambda asker: {"note": "n"}),
    ("GET", "/api/v1/clients/{customer_id}"): Call(ids=_customer),
    ("POST", "/api/v1/clients/{customer_id}/sync-invoice-ninja"): Call(_OFF, ids=_customer),
}
