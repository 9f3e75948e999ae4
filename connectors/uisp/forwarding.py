"""Moving a staged history into another UISP, client by client, a client by one worker. A use case of its own: between its
steps it talks to the other system, and each step is committed before and after.
"""

import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections

from connectors.models import ImportRun
from connectors.row_statements import ADVANCE
from connectors.runs import Settled, waiting_clients
from connectors.states import NOT_BROUGHT
from connectors.uisp.carriers import Carrier, Route
from connectors.uisp.migrating import Course, Pace
from erp.admitting import admit
from erp.locking import one_transaction

WORKERS = 4
_TELL_S = 5


def forward(*, run: ImportRun, route: Route, course: Course, workers: int = WORKERS, dry_run: bool = False) -> bool:
    """Send every row that is not done; answers False when it was stopped before the end.

    Invoices of a client, then his payments, each once: it is SENT before its POST and DONE after, and what is found SENT is
    looked up first. Who is killed loses nothing. Raises Throttled where another process carries this run, and what a worker
    met that means that no row can be sent now: BadCredentials, BreakerOpen, Unreachable, RemoteBusy, RemoteFailed.
    """
    with admit(run.company_id, f"forward {run.id}", at_most=1):
        waiting = waiting_clients(run)
        crew = _Crew(run, route, course, sum(rows for _, rows in waiting), dry_run=dry_run)
        for client, _ in waiting:
            crew.clients.put(client)
        with ThreadPoolExecutor(max_workers=max(workers, 1), thread_name_prefix="forward") as pool:
            for done in [pool.submit(crew.work) for _ in range(max(workers, 1))]:
                done.result()
        crew.advance(is_last=True)
    if crew.failure is not None:
        raise crew.failure
    return not crew.is_stopped


class _Crew:
    """Workers who take clients from one queue, and what they tell."""

    def __init__(self, run: ImportRun, route: Route, course: Course, waiting: int, *, dry_run: bool) -> None:
        self._run, self._route, self._course, self._dry_run = run, route, course, dry_run
        self.clients: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._pace, self._told_at = Pace(run.total, run.total - waiting, course), time.monotonic()
        self.failure: Exception | None = None
        self.is_stopped = False

    def work(self) -> None:
        """Clients until there are none; the first failure that is no row's ends the work of all."""
        try:
            while not self._stops():
                try:
                    client = self.clients.get_nowait()
                except queue.Empty:
                    return
                self._carry(client)
        except Exception as problem:
            with self._guard:
                self.failure = self.failure or problem
        finally:
            # The main thread waits for us meanwhile; a connection of ours ends with us.
            connections.close_all()

    def _carry(self, client: str) -> None:
        carrier = Carrier(self._run, self._route, client, dry_run=self._dry_run, should_stop=self._stops)
        self._hear(carrier.carry())
        self.advance()

    def _stops(self) -> bool:
        if self.failure is None and not self._course.should_stop():
            return False
        self.is_stopped = True
        return True

    def _hear(self, settled: Sequence[Settled]) -> None:
        with self._guard:
            self._course.settled(settled)
            self._course.failed.update(one.code for one in settled if one.state in NOT_BROUGHT)
            self._pace.note(len(settled))

    def advance(self, *, is_last: bool = False) -> None:
        """Tell how far it is, every few seconds, to who watches and to the run."""
        with self._guard:
            if not is_last and time.monotonic() - self._told_at < _TELL_S:
                return
            self._told_at = time.monotonic()
            told = self._pace.told()
            self._course.hear(told)
        if not self._dry_run:
            now = self._course.clock()
            with one_transaction(company_id=self._run.company_id), connection.cursor() as cursor:
                cursor.execute(
                    ADVANCE, {"company": self._run.company_id, "run": self._run.id, "now": now, "eta": told.eta_at}
                )
