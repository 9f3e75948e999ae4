"""Opening, pausing and finishing runs; and the connection that a run belongs to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.models import Connection, ExternalRef, ImportRow, ImportRun
from connectors.states import ConnectionKind, Phase, RunKind, RunState
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.identifiers import new_id
from erp.locking import one_transaction
from erp.problems import Conflict

SUBJECT = "import_run"


class RunUnfinished(Conflict):
    """A run of this connection was not finished. Resume it, or let it finish."""

    code = "run-unfinished"
    message = "A run of this connection is not finished; go on with --resume."


class NothingToResume(Conflict):
    """There is no run of this connection that was left unfinished."""

    code = "nothing-to-resume"
    message = "There is no unfinished run of this connection."


class PrefixDecided(Conflict):
    """Invoices of this connection are here already, under another prefix of their numbers. Keep that one."""

    code = "prefix-decided"
    message = "The prefix of numbers is decided before the first run."


def connection_named(
    name: str, *, base_url: str, actor: Actor, now: datetime, options: Mapping[str, Any] | None = None
) -> Connection:
    """The connection with this name, made when there is none; `options` are added to its own. Raises PrefixDecided."""
    with one_transaction(company_id=actor.company_id) as locks:
        found = Connection.objects.of(actor).filter(name=name).first()
        if found is not None:
            return _with_options(found, options or {}, actor, now)
        made = Connection.objects.of(actor).create(
            company_id=actor.company_id,
            name=name,
            kind=ConnectionKind.UISP.value,
            base_url=base_url,
            options=dict(options or {}),
            created_at=now,
            updated_at=now,
        )
        record_audit(locks, [Audit("make_connection", "connection", made.id)], actor=actor, now=now)
        return made


def _with_options(connection: Connection, options: Mapping[str, Any], actor: Actor, now: datetime) -> Connection:
    after = connection.options | options
    if after == connection.options:
        return connection
    is_used = ExternalRef.objects.of(actor).filter(connection=connection, invoice__isnull=False).exists()
    if is_used and after.get("number_prefix", "") != connection.options.get("number_prefix", ""):
        raise PrefixDecided
    connection.options, connection.updated_at = after, now
    connection.save(update_fields=["options", "updated_at"])
    return connection


def last_run(connection: Connection, actor: Actor, kind: RunKind) -> ImportRun:
    """The newest run of this kind that came to its end. Raises NothingToResume."""
    runs = ImportRun.objects.of(actor).filter(connection=connection, kind=kind.value, state=RunState.DONE.value)
    found = runs.order_by("-created_at", "-id").first()
    if found is None:
        raise NothingToResume("No run of this connection has come to its end.")
    return found


def open_run(
    connection: Connection,
    *,
    fingerprint: str,
    options: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    kind: RunKind,
) -> ImportRun:
    """A new run. One that only tried, and was killed, is cleared away first. Raises RunUnfinished."""
    with one_transaction(company_id=actor.company_id) as locks:
        for left in unfinished(connection, actor, kind):
            if not left.options.get("dry_run"):
                raise RunUnfinished(
                    f"The run {left.id} of {left.created_at:%Y-%m-%d %H:%M} is not finished; --resume goes on."
                )
            _drop(left)
        rows = ImportRun.objects.of(actor).filter(connection=connection, kind=kind.value, state=RunState.UNDOING.value)
        if (undoing := rows.values_list("id", flat=True).first()) is not None:
            raise RunUnfinished(f"The run {undoing} is being taken back; --undo {undoing} goes on.")
        run = ImportRun.objects.of(actor).create(
            id=new_id(),
            company_id=actor.company_id,
            connection=connection,
            kind=kind.value,
            fingerprint=fingerprint,
            options=dict(options),
            created_at=now,
            heartbeat_at=now,
        )
        record_audit(locks, [Audit("open_run", SUBJECT, run.id)], actor=actor, now=now)
        return run


def unfinished(connection: Connection, actor: Actor, kind: RunKind) -> list[ImportRun]:
    """Runs of the connection that were left, the newest first."""
    states = [RunState.RUNNING.value, RunState.PAUSED.value]
    rows = ImportRun.objects.of(actor).filter(connection=connection, kind=kind.value, state__in=states)
    return list(rows.order_by("-created_at", "-id"))


def resume_run(connection: Connection, *, actor: Actor, now: datetime, kind: RunKind) -> ImportRun:
    """The run that was left, at work again. Raises NothingToResume."""
    with one_transaction(company_id=actor.company_id):
        left = [run for run in unfinished(connection, actor, kind) if not run.options.get("dry_run")]
        if not left:
            raise NothingToResume
        run = left[0]
        run.state, run.heartbeat_at = RunState.RUNNING.value, now
        run.save(update_fields=["state", "heartbeat_at"])
        return run


def begin_applying(run: ImportRun, *, total: int, now: datetime) -> None:
    """All rows are staged: the source may disappear."""
    with one_transaction(company_id=run.company_id):
        run.phase, run.total, run.heartbeat_at = Phase.APPLY.value, total, now
        run.save(update_fields=["phase", "total", "heartbeat_at"])


def pause_run(run: ImportRun, *, now: datetime) -> None:
    with one_transaction(company_id=run.company_id):
        run.state, run.heartbeat_at = RunState.PAUSED.value, now
        run.save(update_fields=["state", "heartbeat_at"])


def finish_run(run: ImportRun, report: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """DONE, with its report."""
    with one_transaction(company_id=run.company_id) as locks:
        run.state, run.phase = RunState.DONE.value, Phase.RECONCILE.value
        run.report, run.finished_at, run.heartbeat_at, run.eta_at = dict(report), now, now, None
        run.save(update_fields=["state", "phase", "report", "finished_at", "heartbeat_at", "eta_at"])
        record_audit(locks, [Audit("finish_run", SUBJECT, run.id)], actor=actor, now=now)


def drop_run(run: ImportRun) -> None:
    """A run that only tried leaves nothing behind."""
    with one_transaction(company_id=run.company_id):
        _drop(run)


def _drop(run: ImportRun) -> None:
    ImportRow.objects.of(run).filter(run=run).delete()
    ImportRun.objects.of(run).filter(id=run.id).delete()
