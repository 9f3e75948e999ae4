"""What the database says of itself, for tests that hold it against the models and the rules.

Every function takes a cursor, so that a test can ask the same question inside a transaction in which it broke the rule.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg

from tests.cluster import owner_connection

Cursor = psycopg.Cursor[Any]


class ForeignKey(NamedTuple):
    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@contextmanager
def provoked() -> Iterator[Cursor]:
    """A superuser's transaction that ends in a rollback: rules may be broken in it."""
    connection = owner_connection()
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.rollback()
        connection.close()


def rows(cursor: Cursor, query: str, parameters: Any = None) -> list[Any]:
    """The rows; bare values when the query has one column."""
    cursor.execute(query, parameters)
    found = cursor.fetchall()
    return [row[0] for row in found] if found and len(found[0]) == 1 else found


def foreign_keys(cursor: Cursor) -> list[ForeignKey]:
    """Every foreign key of the schema with its columns, in their order."""
    found = rows(
        cursor,
        """
        SELECT c.conname, c.conrelid::regclass::text,
            (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
            c.confrelid::regclass::text,
            (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
                JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number)
        FROM pg_constraint c
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
        """,
    )
    return [ForeignKey(name, table, tuple(own), target, tuple(aim)) for name, table, own, target, aim in found]


def unique_keys(cursor: Cursor) -> list[tuple[str, str, tuple[str, ...], bool]]:
    """(index, table, columns, whether it covers every row) of every unique key; an expression counts as ``''``."""
    found = rows(
        cursor,
        """
        SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text,
            (SELECT array_agg(coalesce(a.attname::text, '') ORDER BY k.place)
                FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0),
            i.indpred IS NULL
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace
        """,
    )
    return [(name, table, tuple(columns), whole) for name, table, columns, whole in found]
