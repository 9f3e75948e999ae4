"""Whether this installation can work: database, migrations, sequencer, sealer, durability."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from erp.database import DatabaseRole, conninfo
from erp.sealing import sealer_leads, unsealed
from erp.sequencing import oldest_unnumbered_age_s, sequencer_leads

log = logging.getLogger(__name__)

MAX_UNNUMBERED_AGE_S = 5.0
MAX_UNSEALED_AGE_S = 3_600.0
"""Nobody waits for a seal, and a history of many years is sealed in minutes; an hour means that it does not get done."""
_DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str


class UnsafeDurability(Exception):
    """The database may lose what it has acknowledged; a server that keeps books does not start on it."""


def refuse_unsafe_durability() -> None:
    """Raise UnsafeDurability when fsync, full_page_writes or synchronous_commit is off and nobody allowed it."""
    if settings.ALLOW_UNSAFE_DURABILITY:
        return
    off = _durability_off()
    if off:
        raise UnsafeDurability(
            f"PostgreSQL runs with {' and '.join(off)} off: it may lose invoices it has acknowledged. Turn it on, "
            "or set ERP_ALLOW_UNSAFE_DURABILITY=true for a test."
        )


def check_durability_at_start() -> None:
    """`refuse_unsafe_durability` for a process that is about to serve; leaves no connection open behind it.

    A database that is away does not keep a server from starting: everything waits for it.
    """
    try:
        refuse_unsafe_durability()
    except Error:
        log.warning("the database does not answer yet", exc_info=True)
    finally:
        connection.close()


def _durability_off() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(_DURABILITY)])
        return sorted(name for (name,) in cursor.fetchall())


def readiness(*, now: datetime) -> list[Check]:
    """Every check with its finding; the first that fails because the database is away ends the list."""
    try:
        return [_database(), _migrations(), *_behind_the_writes(now)]
    except (Error, psycopg.Error) as problem:
        return [Check("database", False, type(problem).__name__)]


def _database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    off = [] if settings.ALLOW_UNSAFE_DURABILITY else _durability_off()
    return Check("database", not off, f"durability off: {', '.join(off)}" if off else f"PostgreSQL {version}")


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Check("migrations", not missing, f"{len(missing)} not applied" if missing else "all applied")


def audit_that_waits(*, now: datetime) -> tuple[int, float] | None:
    """As `erp.sealing.unsealed`; None when the database does not answer."""
    try:
        with _all_companies() as cursor:
            return unsealed(cursor, now=now)
    except psycopg.Error:
        log.warning("nobody can say how far the audit is sealed", exc_info=True)
        return None


def _behind_the_writes(now: datetime) -> list[Check]:
    with _all_companies() as cursor:
        return [_sequencer(cursor, now), _sealer(cursor, now)]


@contextmanager
def _all_companies() -> "Iterator[psycopg.Cursor[Any]]":
    # The serving role sees no row outside its company once row-level security is on.
    with (
        psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True, connect_timeout=5) as relay,
        relay.cursor() as cursor,
    ):
        yield cursor


def _sequencer(cursor: "psycopg.Cursor[Any]", now: datetime) -> Check:
    if not sequencer_leads(cursor):
        return Check("sequencer", False, "nobody numbers events: a process of erp.asgi has to run")
    age_s = oldest_unnumbered_age_s(cursor, now=now)
    return Check("sequencer", age_s < MAX_UNNUMBERED_AGE_S, f"oldest unnumbered event {age_s:.1f} s")


def _sealer(cursor: "psycopg.Cursor[Any]", now: datetime) -> Check:
    if not sealer_leads(cursor):
        return Check("audit", False, "nobody seals the audit: a process of erp.asgi has to run")
    count, age_s = unsealed(cursor, now=now)
    return Check("audit", age_s < MAX_UNSEALED_AGE_S, f"{count} entries without seal, the oldest {age_s:.1f} s")
