"""Breaking a connection whose key is refused there."""

from datetime import datetime

from connectors.models import Connection
from connectors.states import ConnectionState
from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case


@use_case
def break_connection(locks: Locks, *, connection: Connection, message: str, actor: Actor, now: datetime) -> None:
    """Nobody asks there by himself until a person has looked: given a good token, or tested well, it is whole again."""
    rows = Connection.objects.of(locks).filter(id=connection.id, state=ConnectionState.OK.value)
    rows.update(state=ConnectionState.BROKEN.value, last_error=message[:500])
