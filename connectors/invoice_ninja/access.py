"""Getting at the Invoice Ninja of a company: its connection, and a client that is allowed to talk to it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import UUID

import httpx
from django.conf import settings

from connectors.doors import JudgedDoor
from connectors.invoice_ninja.client import RATE, NinjaClient
from connectors.models import Connection
from connectors.problems import ConnectorOff
from connectors.rates import TokenBucket
from connectors.secrets import secret_of
from connectors.states import ConnectionKind, ConnectionState
from connectors.transport import READS, TIME_LIMITS
from erp.models.scoped import HasCompany

NINJA_TOKEN = "INVOICE_NINJA_API_TOKEN"  # noqa: S105  the name of a variable
AT_ONCE = httpx.Timeout(connect=3, read=5, write=5, pool=3)
"""While somebody waits for the page."""

_buckets: dict[UUID, TokenBucket] = {}


def connection_of(scope: HasCompany) -> Connection | None:
    """The company's Invoice Ninja; None without one. One that is off is there all the same."""
    return Connection.objects.of(scope).filter(kind=ConnectionKind.INVOICE_NINJA.value).first()


def is_off(connection: Connection) -> bool:
    """Switched off here, or in the environment that it comes from."""
    of_environment = connection.secret_env == NINJA_TOKEN
    return connection.state == ConnectionState.OFF or (of_environment and not settings.INVOICE_NINJA_ENABLED)


@contextmanager
def client_for(connection: Connection | None, *, patient: bool) -> Iterator[NinjaClient]:
    """A client for the connection. A patient one tries again and waits, another answers within seconds.

    Raises ConnectorOff before any request leaves; NoSecret.
    """
    if connection is None or connection.kind != ConnectionKind.INVOICE_NINJA or is_off(connection):
        raise ConnectorOff
    door = JudgedDoor(allowed=settings.CONNECTOR_ALLOWED_NETWORKS) if connection.is_judged else None
    client = NinjaClient(
        connection.base_url,
        secret_of(connection),
        bucket=_buckets.setdefault(connection.id, TokenBucket(RATE)),
        time_limits=TIME_LIMITS if patient else AT_ONCE,
        attempts=READS if patient else 1,
        door=door,
    )
    with closing(client):
        yield client
