"""Verifying that every law holds: all audit views, read in one snapshot by a role that may write nothing.

An audit view answers with violations only, so silence is good news only where there was something to judge: each verdict
says how many rows the view's tables hold, and an empty one is told apart from a clean one.
"""

import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from erp.database import DatabaseRole, conninfo

SHOWN_FINDINGS = 20
"""Of each law; all are counted."""

_LAWS = """
SELECT v.relname, coalesce(obj_description(v.oid, 'pg_class'), ''), (
    SELECT coalesce(array_agg(DISTINCT t.relname::text), '{}') FROM pg_rewrite r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p') AND t.relnamespace = v.relnamespace
    WHERE r.ev_class = v.oid)
FROM pg_class v
WHERE v.relkind = 'v' AND v.relnamespace = 'public'::regnamespace AND v.relname ~ '^audit_[is][0-9]+_'
ORDER BY v.relname
"""
_HIDDEN = """
SELECT oid::regclass::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND row_security_active(oid)
"""
_COMPANY_TABLES = """
SELECT c.relname::text, EXISTS (SELECT 1 FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped)
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND has_table_privilege(c.oid, 'SELECT')
"""
# Sorting and hashing in memory: nobody else waits for this reader, and it runs alone. It reads whole tables, so nested loops
# are never what it wants; but where tables have grown since they were analysed the planner takes them, and minutes.
_SETTINGS = (
    "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL enable_nestloop = off"
)
_VIEW_NAME = re.compile(r"audit_([is])([0-9]+)_")


class CannotVerify(Exception):
    """The answer would be worth nothing: no such company, no audit views, or rows hidden from the reader."""


@dataclass(frozen=True, slots=True)
class Law:
    """An audit view: its number in the table of invariants, what it says, and the tables it reads."""

    id: str
    view: str
    text: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that breaks a law. `company` is its code, empty for what belongs to no company."""

    company: str
    key: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a law found. `rows` are those in the tables it reads; with none there was nothing to judge."""

    law: Law
    count: int
    findings: Sequence[Finding]
    rows: int
    seconds: float

    @property
    def is_empty(self) -> bool:
        return bool(self.law.tables) and self.rows == 0


@dataclass(frozen=True, slots=True)
class Verification:
    """All verdicts of one snapshot, and how many rows each table holds."""

    verdicts: Sequence[Verdict]
    table_rows: dict[str, int]
    seconds: float

    @property
    def broken(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.count]

    @property
    def empty(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.is_empty]


def verify(*, company_code: str = "", jobs: int = 2) -> Verification:
    """Read every audit view, of one company or of all, in one snapshot shared by `jobs` connections.

    Read-only, as role auditor, outside Django's connection. Raises CannotVerify.
    """
    start = time.monotonic()
    with snapshot() as (connection, name):
        refuse_blindness(connection)
        laws = _laws(connection)
        company = company_named(connection, company_code) if company_code else None
        codes = dict(connection.execute("SELECT id, code FROM erp_company").fetchall())
        table_rows = _count_rows(connection, company)

        with ExitStack() as stack, ThreadPoolExecutor(max_workers=jobs) as pool:
            # One connection each for the whole of it: a new one would read the catalogue anew for every law.
            idle: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
            for _ in range(jobs):
                idle.put(stack.enter_context(snapshot(shared=name))[0])

            def judge(law: Law) -> Verdict:
                worker = idle.get()
                try:
                    return _judge(worker, law, company, codes, sum(table_rows.get(table, 0) for table in law.tables))
                finally:
                    idle.put(worker)

            verdicts = list(pool.map(judge, laws))
    return Verification(verdicts, table_rows, time.monotonic() - start)


@contextmanager
def snapshot(shared: str = "") -> Iterator[tuple["psycopg.Connection[Any]", str]]:
    """A read-only transaction of the auditor, in its own snapshot or in a shared one; and the snapshot's name."""
    with psycopg.connect(conninfo(DatabaseRole.AUDITOR)) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if shared:
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(shared)))
        connection.execute(_SETTINGS)
        name = shared or str(_value(connection, "SELECT pg_export_snapshot()"))
        yield connection, name
        connection.rollback()


def _value(connection: "psycopg.Connection[Any]", query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def refuse_blindness(connection: "psycopg.Connection[Any]") -> None:
    """Raise CannotVerify when row-level security hides rows from the auditor."""
    hidden = [table for (table,) in connection.execute(_HIDDEN).fetchall()]
    if hidden:
        raise CannotVerify(
            f"Row-level security hides rows from {DatabaseRole.AUDITOR.value}, in {hidden[0]} for one: "
            f"ALTER ROLE {DatabaseRole.AUDITOR.value} BYPASSRLS."
        )


def _laws(connection: "psycopg.Connection[Any]") -> list[Law]:
    laws = [
        Law(f"{kind.upper()}{int(number):02d}" if kind == "i" else f"S{int(number)}", view, text, tuple(tables))
        for view, text, tables in connection.execute(_LAWS).fetchall()
        for kind, number in _VIEW_NAME.findall(view)
    ]
    if not laws:
        raise CannotVerify("This database has no audit views. Run manage.py migrate.")
    return laws


def company_named(connection: "psycopg.Connection[Any]", code: str) -> UUID:
    """The company with this code. Raises CannotVerify when there is none."""
    row = connection.execute("SELECT id FROM erp_company WHERE code = %s", [code]).fetchone()
    if row is None:
        raise CannotVerify(f"There is no company {code!r}.")
    found: UUID = row[0]
    return found


def _count_rows(connection: "psycopg.Connection[Any]", company: UUID | None) -> dict[str, int]:
    counts = []
    for table, of_company in connection.execute(_COMPANY_TABLES).fetchall():
        condition = _of(company) if of_company else sql.SQL("")
        counts.append(
            sql.SQL("SELECT {}::text, count(*) FROM {}{}").format(sql.Literal(table), sql.Identifier(table), condition)
        )
    return dict(connection.execute(sql.SQL(" UNION ALL ").join(counts)).fetchall())


def _of(company: UUID | None) -> sql.Composable:
    return sql.SQL("") if company is None else sql.SQL(" WHERE company_id = {}").format(sql.Literal(company))


def _judge(
    connection: "psycopg.Connection[Any]", law: Law, company: UUID | None, codes: dict[UUID, str], rows: int
) -> Verdict:
    start = time.monotonic()
    query = sql.SQL("SELECT count(*) OVER (), company_id, key, detail FROM {}{} LIMIT {}").format(
        sql.Identifier(law.view), _of(company) if law.id.startswith("I") else sql.SQL(""), sql.Literal(SHOWN_FINDINGS)
    )
    found = connection.execute(query).fetchall()
    findings = [Finding(codes.get(owner, ""), str(key), str(detail)) for _, owner, key, detail in found]
    return Verdict(law, found[0][0] if found else 0, findings, rows, time.monotonic() - start)
