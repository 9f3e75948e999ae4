"""What became of the customers who were to be made known there: rows of a run that never ends. In somebody's transaction.

A row's external id is the customer's id here: it is the side that the row comes from.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from connectors.models import Connection, ImportRow, ImportRun
from connectors.states import Entity, RowState, RunKind, RunState
from erp.identifiers import new_id
from erp.locking import Locks

_LONGEST_MESSAGE = 500
_KEY = ["company", "run", "entity", "external_id"]


def standing_rows(locks: Locks, connection: Connection) -> QuerySet[ImportRow]:
    runs = ImportRun.objects.of(locks).filter(connection=connection, kind=RunKind.NINJA_CREATE.value)
    return ImportRow.objects.of(locks).filter(run__in=runs, entity=Entity.CLIENT.value)


def note_row(
    locks: Locks,
    connection: Connection,
    customer_id: UUID,
    *,
    state: RowState,
    now: datetime,
    code: str = "",
    message: str = "",
    attempts: int = 1,
    target_id: UUID | None = None,
    target_there: str = "",
    payload: Mapping[str, Any] | None = None,
) -> None:
    """What became of the customer, in place of what was noted of him before."""
    columns = {
        "state": state.value,
        "code": code,
        "message": message[:_LONGEST_MESSAGE],
        "attempts": attempts,
        "target_id": target_id,
        "target_external_id": target_there,
        "payload": None if payload is None else dict(payload),
    }
    row = ImportRow(
        id=new_id(),
        company_id=locks.company_id,
        run=_standing_run(locks, connection, now),
        entity=Entity.CLIENT.value,
        external_id=str(customer_id),
        position=0,
        **columns,
    )
    rows = ImportRow.objects.of(locks)
    rows.bulk_create([row], update_conflicts=True, unique_fields=_KEY, update_fields=list(columns))


def settle_linked(locks: Locks, connection: Connection, linked: Mapping[UUID, str]) -> None:
    """Whoever is linked, by whomever, waits no more. `linked`: customer → his client there."""
    waiting = standing_rows(locks, connection).filter(external_id__in=[str(one) for one in linked])
    for row in waiting.exclude(state=RowState.DONE.value):
        row.target_id = UUID(row.external_id)
        row.target_external_id = linked[row.target_id]
        row.state, row.code, row.message, row.payload = RowState.DONE.value, "", "", None
        row.save(update_fields=["state", "code", "message", "payload", "target_id", "target_external_id"])


def _standing_run(locks: Locks, connection: Connection, now: datetime) -> ImportRun:
    """The connection's run, made by whoever needs it first: the database holds that there is one."""
    rows = ImportRun.objects.of(locks)
    wanted = rows.filter(connection=connection, kind=RunKind.NINJA_CREATE.value, state=RunState.RUNNING.value)
    if (found := wanted.first()) is None:
        run = ImportRun(
            id=new_id(),
            company_id=locks.company_id,
            connection=connection,
            kind=RunKind.NINJA_CREATE.value,
            fingerprint="",
            created_at=now,
            heartbeat_at=now,
        )
        rows.bulk_create([run], ignore_conflicts=True)
        found = wanted.get()
    return found
