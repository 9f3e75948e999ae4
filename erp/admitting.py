"""Letting in only so many at a time: a place is an advisory lock on a connection of its own, and ends with it.

So nobody has to clean up after a process that died. This is politeness towards the others of a company; nothing rests on it.
"""

from uuid import UUID

import psycopg

from erp.database import DatabaseRole, conninfo
from erp.problems import Throttled, Unavailable

_TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%(name)s, 0))"


class Place:
    """One of the places, until it is closed."""

    def __init__(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._connection = connection

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the place back; twice does no harm."""
        self._connection.close()


def admit(company_id: UUID, work: str, *, at_most: int) -> Place:
    """A place for this work of the company. Raises Throttled when all of them are taken, Unavailable without a database."""
    try:
        connection = psycopg.connect(conninfo(DatabaseRole.APP), autocommit=True)
    except psycopg.OperationalError as problem:
        raise Unavailable from problem
    try:
        for number in range(at_most):
            row = connection.execute(_TAKE, {"name": f"{work} {company_id} {number}"}).fetchone()
            if row is not None and row[0]:
                return Place(connection)
    except BaseException:
        connection.close()
        raise
    connection.close()
    raise Throttled(f"The company has {at_most} of these running already; wait for one to end.", retry_after_s=5)
