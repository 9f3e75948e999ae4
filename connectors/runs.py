"""Runs and their rows: the checkpoint is the state of the rows, committed together with what they brought."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from connectors.models import ImportRun
from connectors.row_statements import (
    COUNT_ROWS,
    MARK_SENT,
    READ_ARRIVED,
    READ_ROWS,
    SETTLE_ROWS,
    STAGE_ROWS,
    WAITING_CLIENTS,
)
from connectors.states import RowState
from erp.identifiers import new_id
from erp.locking import Locks, one_transaction
from erp.rows import as_json

STAGED_AT_ONCE = 500
_NUMBERS = msgspec.json.Encoder(decimal_format="number")
_MESSAGE = 500
_UNSTORABLE, _REFUSED_MARK = re.compile("[\x00\ud800-\udfff]"), "\ufeff"


class NewRow(NamedTuple):
    """A foreign row as it was read. `client` is the foreign client it belongs to, '' for none."""

    entity: str
    external_id: str
    client: str
    payload: Mapping[str, Any]


class WaitingRow(NamedTuple):
    """A staged row that is still to be done; amounts in its payload are as exact as they were read."""

    id: UUID
    entity: str
    external_id: str
    client: str
    payload: dict[str, Any]
    state: RowState = RowState.PENDING


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a row. `code` is its reason, where it has one; `target_there` its id in the system it was sent to."""

    row: WaitingRow
    state: RowState
    target_id: UUID | None = None
    code: str = ""
    message: str = ""
    target_there: str = ""
    http_status: int | None = None


def stage_rows(run: ImportRun, rows: Iterable[NewRow], *, first: int = 0) -> int:
    """Keep the rows, 500 to a transaction; one that is there already stays. Answers the position after the last."""
    position = first
    left = iter(rows)
    while some := list(islice(left, STAGED_AT_ONCE)):
        with one_transaction(company_id=run.company_id), connection.cursor() as cursor:
            texts = [
                {"id": new_id(), "entity": row.entity, "external_id": row.external_id, "client_external_id": row.client}
                | {"position": position + place, "payload": _storable(row.payload)}
                for place, row in enumerate(some)
            ]
            rows_text = _NUMBERS.encode(texts).decode()
            cursor.execute(STAGE_ROWS, {"company": run.company_id, "run": run.id, "rows": rows_text})
        position += len(some)
    return position


def _storable(value: Any) -> Any:
    """The value as PostgreSQL can hold it: a NUL, and half of a surrogate pair, become a mark that no text may hold."""
    if isinstance(value, str):
        return _UNSTORABLE.sub(_REFUSED_MARK, value)
    if isinstance(value, Mapping):
        return {_storable(key): _storable(member) for key, member in value.items()}
    return [_storable(member) for member in value] if isinstance(value, list) else value


def lock_run(locks: Locks, run_id: UUID) -> None:
    """Lock the run, before every rank: nobody who holds one of those asks for it. Two who resume it take turns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM connectors_importrun WHERE company_id = %s AND id = %s FOR NO KEY UPDATE",
            [locks.company_id, run_id],
        )


def be_patient(cursor: Any) -> None:
    """For statements over a whole history, until the transaction ends: ten seconds, which is all that a request gets, are
    too few for them on a machine that is busy."""
    cursor.execute("SET LOCAL statement_timeout = '15min'")


def rows_of(statement: str, parameters: Mapping[str, Any]) -> list[Any]:
    """What a statement over a whole run answers, inside the transaction that is open."""
    with connection.cursor() as cursor:
        be_patient(cursor)
        cursor.execute(statement, parameters)
        found: list[Any] = cursor.fetchall()
    return found


def waiting_clients(run: ImportRun) -> list[tuple[str, int]]:
    """The foreign clients with rows to do, in order, with how many."""
    with one_transaction(company_id=run.company_id):
        return rows_of(WAITING_CLIENTS, {"company": run.company_id, "run": run.id})


def read_waiting(locks: Locks, run_id: UUID, clients: Sequence[str]) -> list[WaitingRow]:
    """All rows to do of these clients, in the order in which they were read."""
    with connection.cursor() as cursor:
        cursor.execute(READ_ROWS, {"company": locks.company_id, "run": run_id, "clients": list(clients)})
        rows = cursor.fetchall()
    return [WaitingRow(row[0], row[1], row[2], row[3], exact_json(row[4]), RowState(row[5])) for row in rows]


def read_arrived(locks: Locks, run_id: UUID, client: str) -> dict[tuple[str, str], str]:
    """(entity, external id) → id in the other system, of all rows of a client that are there."""
    with connection.cursor() as cursor:
        cursor.execute(READ_ARRIVED, {"company": locks.company_id, "run": run_id, "clients": [client]})
        return {(entity, there): target for entity, there, target in cursor.fetchall()}


def mark_sent(locks: Locks, run_id: UUID, row: WaitingRow) -> None:
    """Committed before the row is sent: who finds it looks it up first."""
    with connection.cursor() as cursor:
        cursor.execute(MARK_SENT, {"company": locks.company_id, "run": run_id, "row": row.id})
        assert cursor.rowcount == 1, "one process carries a run, and one worker a client"


def settle_rows(locks: Locks, run_id: UUID, settled: Sequence[Settled]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": one.row.id,
            "state": one.state.value,
            "code": one.code,
            "message": one.message[:_MESSAGE],
            "target_id": one.target_id,
            "target_external_id": one.target_there,
            "http_status": one.http_status,
        }
        for one in settled
    ]
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_ROWS, {"company": locks.company_id, "run": run_id, "rows": as_json(rows)})


def count_rows(run: ImportRun) -> list[tuple[str, str, str, int]]:
    """(entity, state, code, count) of all rows of the run."""
    with one_transaction(company_id=run.company_id):
        return rows_of(COUNT_ROWS, {"company": run.company_id, "run": run.id})


def exact_json(text: str) -> Any:
    """JSON with numbers as they are written: `Decimal` for what has a point."""
    return _decoder.decode(text)


def exact_text(value: Any) -> str:
    """JSON with decimals as plain numbers, digit by digit."""
    return _NUMBERS.encode(value).decode()


_decoder = json.JSONDecoder(parse_float=Decimal)
