"""A connection that really dies, where a test says: a superuser ends the backend, and the statement runs into it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

from tests.cluster import owner_connection

PATIENCE_S = 5


def terminate(backend: int) -> None:
    """End it, and wait until its process is gone. The server's own waiting looks only ten times a second."""
    with owner_connection() as owner:
        owner.execute("SELECT pg_terminate_backend(%s)", (backend,))
    give_up_at = time.monotonic() + PATIENCE_S
    while _runs(backend):
        assert time.monotonic() < give_up_at, f"backend {backend} does not end"
        time.sleep(0.001)


def _runs(process: int) -> bool:
    """The cluster of the tests runs on this machine, by the same user or by one whom root made."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def own_backend() -> int:
    connection.ensure_connection()
    backend: int = connection.connection.info.backend_pid
    return backend


@contextmanager
def dying_before(statement: int | None) -> Iterator[list[str]]:
    """This thread's backend ends just before its n-th statement from now on; None: never. Yields the statements."""
    seen: list[str] = []
    database: Any = connections[DEFAULT_DB_ALIAS]
    begin = database.set_for_transaction

    def note(sql: str) -> None:
        if len(seen) == statement:
            terminate(own_backend())
        seen.append(sql)

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        note(sql)
        return execute(sql, params, many, context)

    def begin_noted(settings: dict[str, str]) -> None:
        note("BEGIN; SELECT set_config")
        begin(settings)

    # What begins a transaction passes Django's wrappers by.
    database.set_for_transaction = begin_noted
    try:
        with connection.execute_wrapper(wrapper):
            yield seen
    finally:
        del database.set_for_transaction


@contextmanager
def dying_at_commit() -> Iterator[None]:
    """The backend ends when all is written and COMMIT is about to be sent."""

    def gone_and_committing(commit: Callable[[], None]) -> None:
        terminate(own_backend())
        commit()

    with _committing(gone_and_committing):
        yield


@contextmanager
def dying_after_commit() -> Iterator[None]:
    """The backend ends when it has committed, and its answer is lost."""

    def committed_and_gone(commit: Callable[[], None]) -> None:
        commit()
        terminate(own_backend())
        raise OperationalError("the connection is lost")

    with _committing(committed_and_gone):
        yield


@contextmanager
def _committing(instead: Callable[[Callable[[], None]], None]) -> Iterator[None]:
    """Do this at the next COMMIT of this thread, and only there."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    commit = database._commit

    def once() -> None:
        del database._commit
        instead(commit)

    database._commit = once
    try:
        yield
    finally:
        database.__dict__.pop("_commit", None)
