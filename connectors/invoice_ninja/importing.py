"""Importing the clients of an Invoice Ninja: staged as they were read, then taken in, batch by batch.

The checkpoint is the states of the rows, committed with what they brought; a run that was killed goes on. A dry run does
the same and rolls each batch back. Talking comes first; no transaction is open meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError

from connectors.failures import FailureFile
from connectors.foreign_rows import RowRefused
from connectors.invoice_ninja.access import client_for
from connectors.invoice_ninja.clients import Matching, Result, Taken, take_in
from connectors.invoice_ninja.refreshing import FRESH_FOR
from connectors.invoice_ninja.remote import Fetched, kept
from connectors.invoice_ninja.standing import settle_linked
from connectors.invoice_ninja.translation import RemoteClient, shut, translate_client
from connectors.models import Connection, ImportRun
from connectors.problems import AlreadyLinked, SeveralMatches
from connectors.running import begin_applying, drop_run, finish_run, open_run, pause_run, resume_run
from connectors.runs import NewRow, Settled, WaitingRow, count_rows, read_waiting, settle_rows, stage_rows, waiting_clients
from connectors.states import NOT_BROUGHT, Entity, Phase, Reason, RowState, RunKind
from erp.access import Actor
from erp.audit import record_audit
from erp.changing import AlreadyExists
from erp.locking import Locks, one_transaction, run_use_case

BATCH = 200
GOOD, DIFFERS, STOPPED = 0, 1, 3
"""Exit codes."""
_REASONS = {
    AlreadyLinked: Reason.DUPLICATE_CLIENT,
    SeveralMatches: Reason.SEVERAL_MATCHES,
}


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches: the clock, how many of how many are done, and the wish to stop."""

    clock: Callable[[], datetime]
    hear: Callable[[int, int], None] = lambda done, total: None
    should_stop: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Imported:
    """`code` is the exit code; `report` counts rows by what became of them, and customers by result."""

    code: int
    report: dict[str, Any] = field(default_factory=dict)
    run: ImportRun | None = None


@dataclass(slots=True)
class _Tally:
    states: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)


def import_clients(
    connection: Connection,
    *,
    actor: Actor,
    watch: Watch,
    dry_run: bool = False,
    resume: bool = False,
    failures: Path | None = None,
) -> Imported:
    """Every active client there becomes a customer here, or is found to be one.

    Raises RunUnfinished, NothingToResume, ConnectorOff, NoSecret, and as `Transport`: then the run waits to be resumed.
    """
    run = _opened(connection, actor, watch, dry_run=dry_run, resume=resume)
    if run.phase == Phase.STAGE.value:
        with client_for(connection, patient=True) as ninja:
            rows = (NewRow(Entity.CLIENT.value, str(row["id"]), str(row["id"]), shut(row)) for row in ninja.every("clients"))
            total = stage_rows(run, rows)
        begin_applying(run, total=sum(row[3] for row in count_rows(run)) or total, now=watch.clock())
    tally, file = _Tally(), FailureFile(failures, run) if failures is not None else None
    is_whole = _applied(run, connection, tally, file, actor=actor, watch=watch, dry_run=dry_run)
    refused = file.finish() if file is not None and not dry_run else 0
    if not is_whole:
        pause_run(run, now=watch.clock())
        return Imported(STOPPED, run=run)
    states = tally.states
    if not dry_run:
        # Those too that an earlier process brought.
        states = Counter[str]()
        for _, state, _, count in count_rows(run):
            states[state] += count
    report = {"rows": dict(states), "customers": dict(tally.results), "failure_file": refused}
    bad = sum(states[state] for state in NOT_BROUGHT)
    if dry_run:
        drop_run(run)
    else:
        finish_run(run, report, actor=actor, now=watch.clock())
    return Imported(DIFFERS if bad else GOOD, report, run)


def _opened(connection: Connection, actor: Actor, watch: Watch, *, dry_run: bool, resume: bool) -> ImportRun:
    if resume:
        return resume_run(connection, actor=actor, now=watch.clock(), kind=RunKind.NINJA_IMPORT)
    options = {"dry_run": dry_run}
    return open_run(connection, fingerprint="", options=options, actor=actor, now=watch.clock(), kind=RunKind.NINJA_IMPORT)


def _applied(
    run: ImportRun,
    connection: Connection,
    tally: _Tally,
    file: FailureFile | None,
    *,
    actor: Actor,
    watch: Watch,
    dry_run: bool,
) -> bool:
    """Whether all of it was done; not when somebody wished to stop."""
    waiting = [client for client, _ in waiting_clients(run)]
    namesakes = _namesakes(run, waiting)
    for place in range(0, len(waiting), BATCH):
        if watch.should_stop():
            return False
        batch = _Batch(run, connection, namesakes, actor, watch.clock(), dry_run)
        settled = batch.brought(waiting[place : place + BATCH])
        for one, result in settled:
            tally.states[one.state.value] += 1
            tally.results.update([result.value] if result is not None else [])
        if file is not None:
            file.note(one for one, _ in settled)
        watch.hear(min(place + BATCH, len(waiting)), len(waiting))
    return True


def _namesakes(run: ImportRun, waiting: Sequence[str]) -> Mapping[str, int]:
    """E-mail → how many clients of the run have it."""
    counted: Counter[str] = Counter()
    for place in range(0, len(waiting), 1000):
        with one_transaction(company_id=run.company_id) as locks:
            for row in read_waiting(locks, run.id, waiting[place : place + 1000]):
                client = _translated(row)
                if isinstance(client, RemoteClient) and client.email:
                    counted[client.email.lower()] += 1
    return counted


_Brought = list[tuple[Settled, Result | None]]


@dataclass(frozen=True, slots=True)
class _Batch:
    run: ImportRun
    connection: Connection
    namesakes: Mapping[str, int]
    actor: Actor
    now: datetime
    dry_run: bool

    def brought(self, keys: Sequence[str]) -> _Brought:
        """Take them in, together; if the database refuses one, each by itself, so that the others come in."""
        try:
            return run_use_case(lambda _careful: self._attempt(keys))
        except (IntegrityError, DataError, AlreadyExists) as problem:
            if len(keys) > 1:
                return [one for key in keys for one in self.brought([key])]
            return self._refuse(keys, str(problem.__cause__ or problem))

    def _attempt(self, keys: Sequence[str]) -> _Brought:
        with one_transaction(company_id=self.run.company_id, dry_run=self.dry_run) as locks:
            rows = read_waiting(locks, self.run.id, keys)
            brought: _Brought = []
            clients: list[tuple[WaitingRow, RemoteClient]] = []
            for row in rows:
                client = _translated(row)
                if isinstance(client, RemoteClient):
                    clients.append((row, client))
                else:
                    brought.append((Settled(row, RowState.FAILED, code=client.reason.value, message=client.message), None))
            matching = Matching(locks, self.connection, [client for _, client in clients], self.namesakes)
            taken = [self._take(locks, matching, row, client) for row, client in clients]
            linked = {one.customer.id: one.ref.external_id for _, one in taken if one is not None and one.audits}
            if linked:
                settle_linked(locks, self.connection, linked)
            audits = [audit for _, one in taken if one is not None for audit in one.audits]
            if audits:
                record_audit(locks, audits, actor=self.actor, now=self.now)
            brought += [(settled, None if one is None else one.result) for settled, one in taken]
            settle_rows(locks, self.run.id, [settled for settled, _ in brought])
            return brought

    def _take(self, locks: Locks, matching: Matching, row: WaitingRow, client: RemoteClient) -> tuple[Settled, Taken | None]:
        ref = matching.refs.get(client.external_id)
        try:
            customer = matching.customer_of(client)
            if ref is not None and customer is not None and ref.content_hash == client.hash():
                # Nothing is written of who has not changed.
                return Settled(row, RowState.UNCHANGED, customer.id), Taken(customer, ref, Result.UNCHANGED)
            # Invoices come when somebody looks, or at the next poll: the copy is born an hour old.
            fetched = Fetched(client, kept(client, row.payload, [], ""))
            taken = take_in(locks, self.connection, fetched, customer, ref, self.now, fetched_at=self.now - FRESH_FOR)
        except (AlreadyLinked, SeveralMatches) as problem:
            return Settled(row, RowState.CONFLICT, code=_REASONS[type(problem)].value, message=problem.message), None
        return Settled(row, RowState.DONE, taken.customer.id), taken

    def _refuse(self, keys: Sequence[str], message: str) -> _Brought:
        with one_transaction(company_id=self.run.company_id, dry_run=self.dry_run) as locks:
            rows = read_waiting(locks, self.run.id, keys)
            settled = [Settled(row, RowState.FAILED, code=Reason.BAD_ROW.value, message=message) for row in rows]
            settle_rows(locks, self.run.id, settled)
            return [(one, None) for one in settled]


def _translated(row: WaitingRow) -> RemoteClient | RowRefused:
    try:
        return translate_client(row.payload)
    except RowRefused as refused:
        return refused
