"""Connections of the relay role, outside Django: for the sequencer and the hub, which know no request and no company.

Direct connections, never through a transaction-mode pooler: LISTEN and the leader's lock belong to a session. They come
back by themselves after the server was away.
"""

import asyncio
import logging
import random
from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection, InterfaceError, OperationalError

from erp.database import DatabaseRole, conninfo

log = logging.getLogger(__name__)

# A host that vanished without a word is noticed within ten seconds, on both sides; through a Unix socket it cannot happen.
_CLIENT_LIMITS: Mapping[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 9000,
}
_SERVER_LIMITS = "SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"

CONNECTION_LOST = (OperationalError, InterfaceError)
"""What psycopg raises when the server is away, restarting, or has ended the session."""


async def connect_relay() -> AsyncConnection[tuple[Any, ...]]:
    """A new connection of the relay role in autocommit mode. Raises one of `CONNECTION_LOST`."""
    connection = await AsyncConnection.connect(conninfo(DatabaseRole.RELAY), autocommit=True, **_CLIENT_LIMITS)
    await connection.execute(_SERVER_LIMITS)
    return connection


class Pauses:
    """Waits between attempts: 0.1 s at first, doubling up to 2 s, with jitter so that processes do not march in step."""

    def __init__(self) -> None:
        self._next_s = 0.1

    def start_over(self) -> None:
        self._next_s = 0.1

    async def wait(self) -> None:
        await asyncio.sleep(self._next_s * random.uniform(0.5, 1.0))  # noqa: S311  jitter, not a secret
        self._next_s = min(self._next_s * 2, 2.0)


class RelayConnection:
    """One connection for reading, shared by everybody in the process and opened again when it broke."""

    def __init__(self) -> None:
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._connecting = asyncio.Lock()

    async def fetch(self, query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a reading statement; waits, however long it takes, for a server that is away.

        Only for statements that may run twice. Each is a transaction of its own. Raises what the statement itself is
        refused for.
        """
        pauses = Pauses()
        while True:
            try:
                connection = await self._connected()
                return await (await connection.execute(query, parameters)).fetchall()
            except CONNECTION_LOST as problem:
                log.warning("event reader waits for the database", extra={"reason": str(problem)})
            await pauses.wait()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> AsyncConnection[tuple[Any, ...]]:
        async with self._connecting:
            if self._connection is None or self._connection.broken or self._connection.closed:
                self._connection = await connect_relay()
            return self._connection
