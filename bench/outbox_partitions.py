"""The outbox as one table against the outbox in daily partitions: what writing, numbering, reading and forgetting cost.

    python -m bench.outbox_partitions [--days 15] [--a-day 4000] [--rounds 40]

Both tables are filled alike and asked in turn, statement by statement, so that whatever else the machine does falls on both.
The partitioned one is asked as well as it can be: numbering names the day, so that only that day's partition is searched. A
page is asked for by number, which is not what a day is known by, so every partition that is kept is searched.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from bench.measuring import bench_database
from bench.stream_events import found, migrate

Connection = psycopg.Connection[tuple[Any, ...]]

ONE = """
CREATE TABLE one (LIKE erp_outboxevent INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING CONSTRAINTS);
ALTER TABLE one ADD PRIMARY KEY (id), ADD UNIQUE (company_id, number);
"""
PARTS = """
CREATE TABLE parts (LIKE erp_outboxevent INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING CONSTRAINTS)
    PARTITION BY RANGE (created_at);
CREATE TABLE parts_default PARTITION OF parts DEFAULT;
ALTER TABLE parts ADD PRIMARY KEY (id, created_at), ADD UNIQUE (company_id, number, created_at);
"""
BOTH = """
CREATE INDEX ON {0} (id) WHERE number IS NULL;
CREATE INDEX ON {0} (company_id, subject_id);
ALTER TABLE {0} ADD FOREIGN KEY (company_id) REFERENCES erp_company (id);
CREATE TRIGGER numbered_once BEFORE UPDATE ON {0} FOR EACH ROW EXECUTE FUNCTION {1};
"""
INSERT = """
INSERT INTO {0} (company_id, type, subject_kind, subject_id, payload, created_at)
SELECT %(company)s, 'invoice_created', 'invoice', gen_random_uuid(), %(payload)s, %(at)s FROM generate_series(1, %(rows)s)
"""
NUMBER = """
WITH pending AS MATERIALIZED (
    SELECT id, company_id, created_at FROM {0} WHERE number IS NULL ORDER BY id LIMIT 1000 FOR NO KEY UPDATE
), placed AS (
    SELECT id, created_at, company_id, %(last)s + row_number() OVER (ORDER BY id) AS number FROM pending
)
UPDATE {0} AS event SET number = placed.number FROM placed WHERE event.id = placed.id AND {1}
"""
DAY = {"one": "true", "parts": "event.created_at = placed.created_at"}
PAGE = """
SELECT number, type, payload FROM {0} WHERE company_id = %(company)s AND number > %(after)s ORDER BY number LIMIT %(rows)s
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--days", type=int, default=15)
    arguments.add_argument("--a-day", type=int, default=4000)
    arguments.add_argument("--rounds", type=int, default=40)
    options = arguments.parse_args()
    with bench_database() as server:
        migrate()
        company, _ = found("BENCH")
        with psycopg.connect(server.url, autocommit=True) as connection:
            _fill(connection, company, days=options.days, a_day=options.a_day)
            for query, parameters in (
                (NUMBER.format("parts", DAY["parts"]), {"last": 0}),
                (PAGE.format("parts"), {"company": company, "after": options.days * options.a_day - 500, "rows": 500}),
            ):
                print(
                    "\n".join(
                        row[0] for row in connection.execute("EXPLAIN (ANALYZE, SUMMARY) " + query, parameters).fetchall()
                    )
                )
            _compare(connection, company, options.rounds, options.days * options.a_day)
            _forget(connection, company, options.a_day)


def _fill(connection: Connection, company: UUID, *, days: int, a_day: int) -> None:
    trigger = connection.execute(
        "SELECT tgfoid::regproc::text || '()' FROM pg_trigger WHERE tgrelid = 'erp_outboxevent'::regclass"
        " AND tgname LIKE 'pgtrigger_numbered_once%%'"
    ).fetchone()
    assert trigger is not None
    connection.execute(ONE)
    connection.execute(PARTS)
    start = _midnight() - timedelta(days=days - 1)
    for day in range(days + 1):
        since, until = start + timedelta(days=day), start + timedelta(days=day + 1)
        connection.execute(
            f"CREATE TABLE parts_{day} PARTITION OF parts FOR VALUES FROM ('{since.isoformat()}') TO ('{until.isoformat()}')"
        )
    for table in ("one", "parts"):
        connection.execute(BOTH.format(table, trigger[0]))
        for day in range(days):
            connection.execute(
                f"INSERT INTO {table} (company_id, number, type, subject_kind, subject_id, payload, created_at)"
                " SELECT %s, %s::bigint + n, 'invoice_created', 'invoice', gen_random_uuid(), repeat(md5(n::text), 60), %s"
                " FROM generate_series(1, %s) AS n",
                [company, day * a_day, start + timedelta(days=day), a_day],
            )
        connection.execute(f"VACUUM ANALYZE {table}")


def _compare(connection: Connection, company: UUID, rounds: int, last: int) -> None:
    payload = "".join(random.choices("0123456789abcdef", k=2000))
    took: dict[tuple[str, str], list[float]] = {}
    for place in range(rounds):
        for table in random.sample(["one", "parts"], 2):
            now = {"company": company, "payload": payload, "at": datetime.now(UTC)}
            steps: list[tuple[str, str, dict[str, Any]]] = [
                ("look, nothing waits", NUMBER.format(table, DAY[table]), {"last": 0}),
                ("write 1", INSERT.format(table), now | {"rows": 1}),
                ("write 500", INSERT.format(table), now | {"rows": 499}),
                ("number 500", NUMBER.format(table, DAY[table]), {"last": last + place * 500}),
                ("page of 1 at the head", PAGE, {"company": company, "after": last + place * 500 + 499, "rows": 500}),
                ("page of 500 at the head", PAGE, {"company": company, "after": last + place * 500, "rows": 500}),
                ("page of 500, a week behind", PAGE, {"company": company, "after": last // 2, "rows": 500}),
            ]
            for name, query, parameters in steps:
                took.setdefault((name, table), []).append(_time(connection, query.format(table), parameters))
    print(f"\n{'milliseconds, median':32}{'one table':>12}{'partitions':>12}{'ratio':>8}")
    for name in dict.fromkeys(name for name, _ in took):
        one, parts = (statistics.median(took[name, table]) * 1000 for table in ("one", "parts"))
        print(f"{name:32}{one:12.3f}{parts:12.3f}{parts / one:8.2f}")


def _forget(connection: Connection, company: UUID, a_day: int) -> None:
    """The oldest day: a thousand rows at a time as the sequencer does it, and by letting go of its partition."""

    def in_batches() -> None:
        while connection.execute(
            "DELETE FROM one WHERE id IN"
            " (SELECT id FROM one WHERE company_id = %s AND number <= %s ORDER BY number LIMIT 1000)",
            [company, a_day],
        ).rowcount:
            pass

    def partition() -> None:
        connection.execute("ALTER TABLE parts DETACH PARTITION parts_0")
        connection.execute("DROP TABLE parts_0")

    ways: list[tuple[str, Callable[[], object]]] = [
        ("delete in batches", in_batches),
        ("vacuum afterwards", lambda: connection.execute("VACUUM one")),
        ("drop the partition", partition),
    ]
    for name, way in ways:
        before = _wal(connection)
        began = time.perf_counter()
        way()
        print(
            f"{name:32}{(time.perf_counter() - began) * 1000:10.1f} ms {(_wal(connection) - before) / 1024:10.0f} KiB of log"
        )


def _wal(connection: Connection) -> int:
    row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')").fetchone()
    assert row is not None
    return int(row[0])


def _time(connection: Connection, query: str, parameters: dict[str, Any]) -> float:
    began = time.perf_counter()
    cursor = connection.execute(query, parameters, prepare=True)
    if cursor.description:
        cursor.fetchall()
    return time.perf_counter() - began


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


if __name__ == "__main__":
    main()
