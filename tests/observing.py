"""What the database holds, seen by its owner: for tests that say what a request stored, or that it stored nothing."""

from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import sql

from tests.builders import World
from tests.cluster import owner_connection

# Rows that no request about invoices writes, and that other processes of a test may.
_NOT_COUNTED = {"django_migrations", "erp_throttle"}


def row_counts() -> dict[str, int]:
    """Rows of every table, whoever they belong to."""
    with owner_connection() as connection:
        counts = [
            sql.SQL("SELECT {}::text, count(*) FROM {}").format(sql.Literal(table), sql.Identifier(table))
            for table in _tables(connection)
        ]
        return dict(_rows(connection, sql.SQL(" UNION ALL ").join(counts)))


def rows_of(world: World) -> dict[str, str]:
    """A fingerprint of the company's rows, table by table: two are equal when not a byte has changed."""
    with owner_connection() as connection:
        prints = [
            sql.SQL(
                "SELECT {}::text, coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} AS t"
                " WHERE company_id = {}"
            ).format(sql.Literal(table), sql.Identifier(table), sql.Literal(world.company.id))
            for table in _tables(connection, with_column="company_id")
        ]
        return dict(_rows(connection, sql.SQL(" UNION ALL ").join(prints)))


def events_of(world: World) -> list[dict[str, Any]]:
    """The payloads of the company's events, in the order in which they were recorded."""
    with owner_connection() as connection:
        rows = _rows(
            connection,
            "SELECT payload, type, subject_id FROM erp_outboxevent WHERE company_id = %s ORDER BY id",
            world.company.id,
        )
    payloads = [msgspec.json.decode(payload) for payload, _, _ in rows]
    for payload, (_, kind, subject) in zip(payloads, rows, strict=True):
        assert (payload["type"], payload["uuid"]) == (kind, str(subject)), "the columns say what the payload says"
    return payloads


def audit_of(world: World) -> list[dict[str, Any]]:
    """The company's audit entries, oldest first; `changes` decoded."""
    columns = ("actor_kind", "actor_id", "actor_name", "request_id", "action", "subject_kind", "subject_id", "changes")
    with owner_connection() as connection:
        rows = _rows(
            connection,
            sql.SQL("SELECT {} FROM erp_auditentry WHERE company_id = %s ORDER BY id").format(
                sql.SQL(", ").join(map(sql.Identifier, columns))
            ),
            world.company.id,
        )
    entries = [dict(zip(columns, row, strict=True)) for row in rows]
    return [entry | {"changes": msgspec.json.decode(entry["changes"] or "{}")} for entry in entries]


def count_of(world: World, table: str) -> int:
    """Rows the company has in one table."""
    with owner_connection() as connection:
        statement = sql.SQL("SELECT count(*) FROM {} WHERE company_id = %s").format(sql.Identifier(table))
        return int(_rows(connection, statement, world.company.id)[0][0])


def deadlocks() -> int:
    """How often the server had to break a deadlock in this database."""
    with owner_connection() as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        return int(_rows(connection, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])


def _tables(connection: "psycopg.Connection[Any]", *, with_column: str | None = None) -> list[str]:
    rows = _rows(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND (%s::text IS NULL OR EXISTS (SELECT 1 FROM pg_attribute a"
        "   WHERE a.attrelid = c.oid AND a.attname = %s AND NOT a.attisdropped)) ORDER BY 1",
        with_column,
        with_column,
    )
    return [table for (table,) in rows if table not in _NOT_COUNTED]


def _rows(connection: "psycopg.Connection[Any]", statement: Any, *parameters: UUID | str | None) -> list[Any]:
    return connection.execute(statement, parameters or None).fetchall()
