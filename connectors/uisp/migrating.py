"""Moving a staged history into our books, batch by batch of whole clients. A use case of its own: its checkpoint is the
state of the rows, which has to commit together with what they brought.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import DataError, IntegrityError, connection

from accounting.periods import BeforeBooksStart, PeriodClosed, hold_periods
from connectors.models import ImportRun
from connectors.row_statements import ADVANCE, SHARED_IDENTS
from connectors.runs import Settled, lock_run, read_waiting, settle_rows, waiting_clients
from connectors.states import NOT_BROUGHT, Reason, RowState
from connectors.uisp.batch_rows import Scene, Terms
from connectors.uisp.batches import Batch
from erp.access import Actor
from erp.locking import Locks, one_transaction, run_use_case
from erp.problems import Problem, Unavailable
from erp.sizes import learn_sizes

log = logging.getLogger(__name__)

BATCH_ROWS = 2000
FIRST_ROWS = 100
"""The first batch is a small one: by what it leaves the planner learns what the tables are going to hold."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `rate` is rows a second of this process; `eta_at` None before the first batch."""

    done: int
    total: int
    rate: int
    eta_at: datetime | None
    failed: Counter[str]


@dataclass(slots=True)
class Course:
    """How a migration is watched and stopped: `hear` each batch and each settled row, `should_stop` between batches.

    `look` is called inside each transaction, after what it wrote and before it commits, or before it is rolled back.
    """

    clock: Callable[[], datetime]
    hear: Callable[[Progress], None] = lambda progress: None
    settled: Callable[[Sequence[Settled]], None] = lambda rows: None
    should_stop: Callable[[], bool] = lambda: False
    look: Callable[[Locks, Sequence[str]], None] = lambda locks, clients: None
    failed: Counter[str] = field(default_factory=Counter)


def shared_idents(run: ImportRun) -> frozenset[str]:
    """What several clients of the run call themselves by."""
    with one_transaction(company_id=run.company_id), connection.cursor() as cursor:
        cursor.execute(SHARED_IDENTS, {"company": run.company_id, "run": run.id})
        return frozenset(ident for (ident,) in cursor.fetchall())


def migrate(*, run: ImportRun, terms: Terms, actor: Actor, course: Course, dry_run: bool = False) -> bool:
    """Bring every waiting row of the run; answers False when it was stopped before the end.

    A batch is one transaction: customers, invoices with their vouchers, payments with theirs and with what they settle,
    references, states of the rows. Who is killed loses the batch that was open, and finds the rest done. Where the database
    refuses a batch it is halved until the client stands alone whose rows are the reason. A dry run rolls each batch back.
    Locks the run, COMPANY (share), PARTY, INVOICE, PAYMENT, STOCK, ACCOUNT, SERIES. Raises Unavailable when the database
    stays busy.
    """
    waiting = waiting_clients(run)
    pace = Pace(run.total, run.total - sum(rows for _, rows in waiting), course)
    batches = _in_batches(waiting)
    for clients in batches:
        if course.should_stop():
            return False
        done = _bring(clients, run, terms, actor, course, pace, dry_run=dry_run)
        course.settled(done)
        course.failed.update(one.code for one in done if one.state in NOT_BROUGHT)
        course.hear(pace.told())
        if len(batches) > 1 and not dry_run:
            learn_sizes(run.company_id)
    return True


def _in_batches(waiting: Sequence[tuple[str, int]]) -> list[list[str]]:
    batches: list[list[str]] = []
    size = 0
    for client, rows in waiting:
        most = BATCH_ROWS if len(batches) > 1 else FIRST_ROWS
        if not batches or size + rows > most:
            batches.append([])
            size = 0
        batches[-1].append(client)
        size += rows
    return batches


def _bring(
    clients: Sequence[str],
    run: ImportRun,
    terms: Terms,
    actor: Actor,
    course: Course,
    pace: "Pace",
    *,
    dry_run: bool,
) -> list[Settled]:
    attempt = partial(_attempt, clients, run, terms, actor, course, pace, dry_run=dry_run)
    try:
        return run_use_case(attempt)
    except Unavailable:
        raise
    except (Problem, IntegrityError, DataError) as refused:
        # Nothing else: who lost the connection does not know what the database thinks of a row.
        if len(clients) == 1:
            return _refuse(clients[0], refused, run, course, pace, dry_run=dry_run)
        log.info("a batch is halved", extra={"clients": len(clients), "reason": str(refused)[:200]})
        half = len(clients) // 2
        parts = (clients[:half], clients[half:])
        return [one for part in parts for one in _bring(part, run, terms, actor, course, pace, dry_run=dry_run)]


def _attempt(
    clients: Sequence[str],
    run: ImportRun,
    terms: Terms,
    actor: Actor,
    course: Course,
    pace: "Pace",
    _careful: bool,
    *,
    dry_run: bool,
) -> list[Settled]:
    now = course.clock()
    with one_transaction(company_id=run.company_id, dry_run=dry_run) as locks:
        lock_run(locks, run.id)
        rows = read_waiting(locks, run.id, clients)
        if not rows:
            return []
        hold_periods(locks)
        settled = Batch(Scene(locks, terms, run.id, actor, now), rows).write()
        assert len(settled) == len(rows), "each row becomes something"
        settle_rows(locks, run.id, settled)
        course.look(locks, clients)
        _advance(locks, run, pace.eta_after(len(rows), now), now)
    pace.note(len(rows))
    return settled


def _refuse(
    client: str, refused: Exception, run: ImportRun, course: Course, pace: "Pace", *, dry_run: bool
) -> list[Settled]:
    """All rows of a client whom the books, or the database, refuse as a whole."""
    closed = isinstance(refused, PeriodClosed | BeforeBooksStart)
    code = Reason.PERIOD_CLOSED if closed else Reason.BAD_ROW
    with one_transaction(company_id=run.company_id, dry_run=dry_run) as locks:
        lock_run(locks, run.id)
        rows = read_waiting(locks, run.id, [client])
        settled = [Settled(row, RowState.FAILED, code=code, message=str(refused)) for row in rows]
        settle_rows(locks, run.id, settled)
        course.look(locks, [client])
        _advance(locks, run, None, course.clock())
    pace.note(len(rows))
    return settled


def _advance(locks: Locks, run: ImportRun, eta: datetime | None, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ADVANCE, {"company": locks.company_id, "run": run.id, "now": now, "eta": eta})


class Pace:
    """How fast rows are done, and when they will be."""

    def __init__(self, total: int, done: int, course: Course) -> None:
        self._total, self._done, self._before, self._course = total, done, done, course
        self._began = time.monotonic()

    def note(self, rows: int) -> None:
        self._done += rows

    def eta_after(self, rows: int, now: datetime) -> datetime | None:
        done = self._done + rows - self._before
        seconds = time.monotonic() - self._began
        left = self._total - self._done - rows
        return now + timedelta(seconds=seconds * left / done) if done else None

    def told(self) -> Progress:
        seconds = max(time.monotonic() - self._began, 0.001)
        rate = int((self._done - self._before) / seconds)
        eta = self.eta_after(0, self._course.clock())
        return Progress(self._done, self._total, rate, eta, Counter(self._course.failed))
