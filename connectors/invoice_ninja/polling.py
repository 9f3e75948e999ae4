"""Following what changes there: clients changed since the last look are read anew, and their customers updated.

The cursor is their clock's, not ours, and moves only after everything before it is here. It overlaps by five minutes, for
what was committed there late; a client that is read twice is unchanged.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Greatest

from connectors.foreign_rows import RowRefused
from connectors.invoice_ninja.access import client_for
from connectors.invoice_ninja.breaking import break_connection
from connectors.invoice_ninja.client import NinjaClient
from connectors.invoice_ninja.clients import client_refs
from connectors.invoice_ninja.linking import sync_customer
from connectors.invoice_ninja.remote import fetch_with, read_client
from connectors.invoice_ninja.translation import external_id_of, instant_of
from connectors.models import Connection
from connectors.problems import BadCredentials
from erp.access import Actor
from erp.locking import Locks, one_transaction
from erp.performing import use_case
from erp.problems import Conflict

log = logging.getLogger(__name__)

OVERLAP_S = 300
_ALL = "active,archived,deleted"


@dataclass(slots=True)
class Followed:
    """What a look found: clients changed there, customers updated here, and those that could not be."""

    changed: int = 0
    updated: int = 0
    refused: int = 0


def sync_changed(connection: Connection, *, actor: Actor, now: datetime) -> Followed:
    """Follow what has changed of linked clients. Raises ConnectorOff, NoSecret, and as `Transport`.

    A client that cannot be taken over is counted and passed by, and met again when he changes.
    """
    try:
        with client_for(connection, patient=True) as ninja:
            return _followed(connection, ninja, actor, now)
    except BadCredentials as problem:
        break_connection(connection=connection, message=problem.message, actor=actor, now=now)
        raise


def _followed(connection: Connection, ninja: NinjaClient, actor: Actor, now: datetime) -> Followed:
    since = max(0, connection.polled_until - OVERLAP_S)
    found, newest = Followed(), connection.polled_until
    for row in ninja.every("clients", {"status": _ALL, "updated_at": since}):
        changed_at = instant_of(row)
        if changed_at < since:
            continue  # the filter was not heard
        newest = max(newest, changed_at)
        try:
            linked = _is_outdated(connection, external_id_of(row), changed_at, actor)
            if not linked:
                continue
            found.changed += 1
            fetched = fetch_with(connection, ninja, row, read_client(row))
            sync_customer(connection=connection, fetched=fetched, actor=actor, now=now, only_linked=True)
            found.updated += 1
        except (Conflict, RowRefused) as problem:
            if isinstance(problem, BadCredentials):
                raise
            found.refused += 1
            log.warning("a client was not followed", extra={"connection": str(connection.id), "reason": str(problem)})
    _move_cursor(connection=connection, until=newest, actor=actor, now=now)
    return found


def _is_outdated(connection: Connection, external_id: str, changed_at: int, actor: Actor) -> bool:
    """Whether somebody here is that client, and our copy is from before the change."""
    with one_transaction(company_id=actor.company_id) as locks:
        refs = client_refs(locks, connection)
        ref = refs.filter(external_id=external_id).first()
    if ref is None:
        return False
    return ref.remote_updated_at is None or ref.remote_updated_at.timestamp() != changed_at


@use_case
def _move_cursor(locks: Locks, *, connection: Connection, until: int, actor: Actor, now: datetime) -> None:
    """Never back: two who look at once leave the later place."""
    rows = Connection.objects.of(locks).filter(id=connection.id)
    rows.update(polled_until=Greatest("polled_until", until), polled_at=now)
