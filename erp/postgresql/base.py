"""Django's PostgreSQL backend with a health check that costs no round trip.

A kept connection is checked once per request. Django asks the server ``SELECT 1``; that is a fifth of what an import sends.
A connection that the server has closed can be told from our end of the socket: it has the end of the stream to read.
"""

from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """`ENGINE = "erp.postgresql"`."""

    def is_usable(self) -> bool:
        """Whether the connection is still there: reads what the server has sent unasked, a farewell included."""
        if self.connection is None:
            return False
        try:
            # The first reads the server's last words, the second the end behind them.
            self.connection.pgconn.consume_input()
            self.connection.pgconn.consume_input()
        except OperationalError:
            return False
        return bool(self.connection.pgconn.status == ConnStatus.OK)
