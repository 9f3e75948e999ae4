"""Django's PostgreSQL backend with fewer round trips.

A kept connection is checked once per request. Django asks the server ``SELECT 1``; a connection that the server has closed
can be told from our end of the socket: it has the end of the stream to read.

A transaction that begins with settings of its own sends both in one message.
"""

from collections.abc import Mapping

from django.db.backends.postgresql import base
from psycopg import OperationalError, errors
from psycopg.pq import ConnStatus, Escaping, ExecStatus, TransactionStatus


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

    def set_for_transaction(self, settings: Mapping[str, str]) -> None:
        """Set these settings until the transaction ends; where none has begun on the server yet, begin it with them.

        Inside an atomic block only. Raises what any statement raises when the server is away.
        """
        assert self.in_atomic_block, "outside a transaction the settings would be gone at once"
        self.ensure_connection()
        with self.wrap_database_errors:
            pgconn = self.connection.pgconn
            quote = Escaping(pgconn).escape_literal
            calls = b", ".join(
                b"set_config(%s, %s, true)" % (quote(name.encode()), quote(value.encode()))
                for name, value in settings.items()
            )
            idle = pgconn.transaction_status == TransactionStatus.IDLE
            result = pgconn.exec_((b"BEGIN; SELECT " if idle else b"SELECT ") + calls)
            if pgconn.status != ConnStatus.OK:
                raise OperationalError(pgconn.get_error_message())
            if result.status != ExecStatus.TUPLES_OK:
                raise errors.error_from_result(result)
