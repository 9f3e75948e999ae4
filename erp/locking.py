"""The only way to write: one transaction, one order of locks, one policy for trying again.

`docs/concepts/locking.md` explains the order. It is written here, once; `locks.take` refuses anything else, in tests and
in production alike.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, OperationalError, connection, connections, models, transaction
from psycopg import errors

from erp.postgresql.base import DatabaseWrapper
from erp.problems import Unavailable

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Row = TypeVar("Row", bound=models.Model)


class LockOrder(IntEnum):
    """Ranks ascend within a transaction; each is taken once, with all its rows sorted."""

    COMPANY = 1
    MEMBERSHIP = 2
    PERSON = 3
    PARTY = 4
    INVOICE = 5
    FULFILMENT = 6
    CREDIT_NOTE = 7
    SALES_ORDER = 8
    PURCHASE_ORDER = 9
    RECEIPT = 10
    PAYMENT = 11
    STOCK = 12
    ACCOUNT = 13
    SERIES = 14


class LockOrderBroken(Exception):
    """A bug: locks were about to be taken in an order in which two transactions could wait for each other."""


class Raced(Exception):
    """What was read has changed before it could be locked or written: the use case starts again, locking first."""


class Locks:
    """Proof that a transaction is open, and the record of what it has locked.

    A function with `locks` in its signature runs inside somebody else's use case.
    """

    def __init__(self, company_id: UUID | None) -> None:
        self._company_id = company_id
        self._highest = 0

    @property
    def company_id(self) -> UUID:
        """The company whose rows this transaction writes."""
        assert self._company_id is not None, "this transaction was opened before a company was known"
        return self._company_id

    def claim(self, rank: LockOrder) -> None:
        """Say that the next statement locks rows of this rank by itself (an upsert, a hand-written statement)."""
        if rank <= self._highest:
            raise LockOrderBroken(f"{rank.name} after {LockOrder(self._highest).name}")
        self._highest = rank

    def take(self, rank: LockOrder, rows: "models.QuerySet[Row]") -> list[Row]:
        """Lock the rows ``FOR NO KEY UPDATE`` in primary-key order and return them as they now are."""
        self.claim(rank)
        return list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))


@contextmanager
def one_transaction(*, company_id: UUID | None, dry_run: bool = False) -> Iterator[Locks]:
    """Open the use case's transaction; everything in it happens, or nothing does.

    Sets the company for row-level security, for this transaction only; None for the few acts of a person before a company
    is known (login, refresh, founding). `durable` refuses to be nested, so no caller can widen the transaction. With
    `dry_run` the same code runs, deferred triggers judge it, and everything is rolled back. Raises what the body raises.
    """
    with transaction.atomic(durable=True):
        if company_id is not None:
            _open(company_id)
        yield Locks(company_id)
        if dry_run:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)


def _open(company_id: UUID) -> None:
    """`set_company`, and plan the hand-written statements of this transaction once per connection, not per execution."""
    _database().set_for_transaction({"app.company_id": str(company_id), "plan_cache_mode": "force_generic_plan"})


def set_company(company_id: UUID) -> None:
    """Make the company known to row-level security until the transaction ends (never longer: connections are shared)."""
    _database().set_for_transaction({"app.company_id": str(company_id)})


def _database() -> DatabaseWrapper:
    return cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])


ATTEMPTS = 3
_RETRYABLE = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)


def run_use_case(work: Callable[[bool], Result]) -> Result:
    """Run `work(careful)`, again from the beginning when it met another writer; at most 3 times, then `Unavailable`.

    The first attempt gets ``careful=False`` and may read before it locks; the others lock first, so that each of them can
    only be beaten by a writer who has finished. Deadlocks, serialisation failures and lock time-outs count, lost
    connections do not: whether those committed is unknown, so the client has to ask again with its key.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.0, 0.02 * 2**attempt))  # noqa: S311  jitter, not a secret
        try:
            return work(attempt > 0)
        except (Raced, OperationalError) as problem:
            if not _worth_repeating(problem):
                raise
            log.info(
                "use case starts again",
                extra={"attempt": attempt + 1, "reason": type(problem.__cause__ or problem).__name__},
            )
    raise Unavailable


def _worth_repeating(problem: Exception) -> bool:
    return isinstance(problem, Raced) or isinstance(problem.__cause__, _RETRYABLE)


def constraint_of(problem: IntegrityError) -> str | None:
    """Name of the constraint that refused the statement."""
    cause: Any = problem.__cause__
    return cause.diag.constraint_name if isinstance(cause, errors.IntegrityError) else None
