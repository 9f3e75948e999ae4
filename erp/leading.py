"""One of many processes leads, the others stand by: by a session's advisory lock, which ends with whoever held it.

The lock is for politeness. What is done under it has to be right with any number of leaders, so a doubtful lock can cost
time, never a row.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from psycopg import AsyncConnection, Cursor

from erp.relay import CONNECTION_LOST, Pauses, connect_relay

log = logging.getLogger(__name__)

Lock = tuple[int, int]
"""(class, object) of an advisory lock; the class belongs to this product, each leader has an object."""
SEQUENCER_LOCK: Lock = (6061, 1)
SEALER_LOCK: Lock = (6061, 2)

_STANDBY_POLL_S = 0.25

LEADER_EXISTS = """
SELECT EXISTS (
    SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""

Connection = AsyncConnection[tuple[Any, ...]]


def somebody_leads(cursor: Cursor[Any], lock: Lock) -> bool:
    """Whether some process holds the lock on this database."""
    cursor.execute(LEADER_EXISTS, lock)
    row = cursor.fetchone()
    return row is not None and bool(row[0])


async def lead_for_ever(name: str, lock: Lock, lead: Callable[[Connection], Awaitable[None]]) -> None:
    """Stand by for the lock, then `lead` on the connection that holds it; over again whatever goes wrong, until cancelled.

    A database that goes away and comes back is business as usual.
    """
    pauses = Pauses()
    while True:
        try:
            async with await connect_relay() as connection:
                await _wait_for(lock, connection)
                log.info("%s leads", name)
                pauses.start_over()
                await lead(connection)
        except CONNECTION_LOST as problem:
            log.warning("%s waits for the database", name, extra={"reason": str(problem)})
        except Exception:
            log.exception("%s stumbled and starts again", name)
        await pauses.wait()


async def _wait_for(lock: Lock, connection: Connection) -> None:
    # Asking again and again, because a statement that waits would keep VACUUM from cleaning up behind us.
    while not await _try(lock, connection):
        await asyncio.sleep(_STANDBY_POLL_S)


async def _try(lock: Lock, connection: Connection) -> bool:
    row = await (await connection.execute("SELECT pg_try_advisory_lock(%s, %s)", lock)).fetchone()
    return row is not None and bool(row[0])
