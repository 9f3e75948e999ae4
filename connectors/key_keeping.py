"""Keeping the key of a foreign system, encrypted here or in a variable that is named. It goes in, and never out."""

from datetime import datetime

from connectors.models import Connection
from connectors.running import connection_named
from connectors.secrets import sealed
from connectors.states import ConnectionState
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.locking import one_transaction


def keep_key(*, name: str, actor: Actor, now: datetime, base_url: str = "", key: str = "", variable: str = "") -> Connection:
    """The key of the connection with this name, which is made when there is none: `key` itself, or the name of a variable.

    Another address is taken with its key only. A connection whose key was refused is well again. Raises Unavailable.
    """
    assert bool(key) != bool(variable), "either the key, or where it is"
    connection = connection_named(name, base_url=base_url, actor=actor, now=now)
    with one_transaction(company_id=actor.company_id) as locks:
        row: Connection = Connection.objects.of(actor).select_for_update(no_key=True).get(id=connection.id)
        row.base_url = base_url or row.base_url
        row.secret, row.secret_env = (sealed(key) if key else None), variable
        if row.state == ConnectionState.BROKEN.value:
            row.state, row.last_error = ConnectionState.OK.value, ""
        row.updated_at = now
        row.save()
        record_audit(locks, [Audit("keep_key", "connection", row.id)], actor=actor, now=now)
    return row
