"""The sequencer: gives committed events their place, 1…n per company without gap, and says so.

One per database leads (a session advisory lock), every other stands by and takes over within a second. The lock is for
politeness: the numbering statement is right with any number of leaders, so a doubtful lock can cost time, never an event.
See the decision record "Gap-free numbering by one sequencer".
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor, Error

from erp.leading import SEQUENCER_LOCK, Connection, lead_for_ever, somebody_leads
from erp.outbox import WAKE_CHANNEL

log = logging.getLogger(__name__)

NUMBERED_CHANNEL = "erp_numbered"
BATCH = 1000

_LEADER_POLL_S = (0.05, 0.25)
_EXPIRE_EVERY = timedelta(hours=1)
_EXPIRE_BATCH = 1000
# NOTIFY carries less than 8,000 bytes; a head takes at most 56.
_HEADS_PER_NOTIFY = 100

NUMBER_EVENTS = """
WITH pending AS MATERIALIZED (
    -- Locked in id order. Whoever comes second waits here and then sees that the rows have their numbers.
    SELECT id, company_id FROM erp_outboxevent WHERE number IS NULL ORDER BY id LIMIT %(batch)s FOR NO KEY UPDATE
), counted AS (
    SELECT company_id, count(*) AS events FROM pending GROUP BY company_id
), head AS (
    INSERT INTO erp_eventchannel AS channel (company_id, last_number, floor)
    SELECT company_id, events, 0 FROM counted ORDER BY company_id
    ON CONFLICT (company_id) DO UPDATE SET last_number = channel.last_number + EXCLUDED.last_number
    RETURNING company_id, last_number
), placed AS (
    SELECT pending.id,
        head.last_number - counted.events + row_number() OVER (PARTITION BY company_id ORDER BY pending.id) AS number
    FROM pending JOIN counted USING (company_id) JOIN head USING (company_id)
), numbered AS (
    UPDATE erp_outboxevent AS event SET number = placed.number FROM placed WHERE event.id = placed.id
)
SELECT company_id, last_number, events FROM head JOIN counted USING (company_id)
"""
"""Head rows and events change together or not at all. A company's first event makes its head row."""

RAISE_FLOORS = """
UPDATE erp_eventchannel AS channel SET floor = expired.number
FROM (
    SELECT company_id, coalesce(
        (SELECT event.number - 1 FROM erp_outboxevent AS event
         WHERE event.company_id = head.company_id AND event.number > head.floor
           AND event.number <= head.floor + %(batch)s AND event.created_at >= %(before)s
         ORDER BY event.number LIMIT 1),
        least(head.last_number, head.floor + %(batch)s)) AS number
    FROM erp_eventchannel AS head
) AS expired
WHERE expired.company_id = channel.company_id AND expired.number > channel.floor
"""
"""The floor is the last number of the unbroken run of expired events: nothing younger is ever below it."""

DELETE_BELOW_FLOORS = """
DELETE FROM erp_outboxevent WHERE id IN (
    SELECT event.id FROM erp_eventchannel AS channel
    CROSS JOIN LATERAL (
        SELECT id FROM erp_outboxevent
        WHERE company_id = channel.company_id AND number <= channel.floor ORDER BY number LIMIT %(batch)s
    ) AS event
    LIMIT %(batch)s
)
"""

OLDEST_UNNUMBERED = "SELECT created_at FROM erp_outboxevent WHERE number IS NULL ORDER BY id LIMIT 1"


def sequencer_leads(cursor: Cursor[Any]) -> bool:
    """Whether some process holds the sequencer's lock on this database."""
    return somebody_leads(cursor, SEQUENCER_LOCK)


def oldest_unnumbered_age_s(cursor: Cursor[Any], *, now: datetime) -> float:
    """How long the oldest committed event has been waiting for its number; 0 when none waits.

    The cursor must see every company's events.
    """
    cursor.execute(OLDEST_UNNUMBERED)
    row = cursor.fetchone()
    return max(0.0, (now - row[0]).total_seconds()) if row else 0.0


async def number_events(connection: Connection, *, batch: int = BATCH) -> tuple[dict[UUID, int], bool]:
    """Number the oldest waiting events, in one transaction: the companies' new last numbers, and whether more may wait.

    Locks the events and the companies' head rows. Safe to run twice at a time.
    """
    rows = await (await connection.execute(NUMBER_EVENTS, {"batch": batch})).fetchall()
    return {company: last for company, last, _ in rows}, sum(row[2] for row in rows) >= batch


async def announce(connection: Connection, heads: Iterable[tuple[UUID, int]]) -> None:
    """Tell every hub the companies' last numbers: ``<company>:<number>``, blank-separated. A hint; hubs poll as well."""
    words = [f"{company}:{number}" for company, number in heads]
    payloads = [" ".join(words[i : i + _HEADS_PER_NOTIFY]) for i in range(0, len(words), _HEADS_PER_NOTIFY)]
    await connection.execute(
        "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [NUMBERED_CHANNEL, payloads]
    )


async def drop_expired_events(connection: Connection, *, before: datetime, batch: int = _EXPIRE_BATCH) -> int:
    """One bounded step of forgetting events older than `before`; answers how many rows it touched, 0 when nothing is left.

    Raises the floors first, in a transaction of its own, so that nobody is promised an event that is about to go; then
    deletes events at or below them.
    """
    parameters = {"before": before, "batch": batch}
    raised = (await connection.execute(RAISE_FLOORS, parameters)).rowcount
    deleted = (await connection.execute(DELETE_BELOW_FLOORS, parameters)).rowcount
    return raised + deleted


class Sequencer:
    """Leads or stands by, for as long as `run` runs; a database that goes away and comes back is business as usual."""

    def __init__(self, *, keep: timedelta) -> None:
        self._keep = keep
        self._expire_at = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Until cancelled. Whatever goes wrong is logged and tried again."""
        await lead_for_ever("sequencer", SEQUENCER_LOCK, self._lead)

    async def _lead(self, connection: Connection) -> None:
        await connection.execute(f"LISTEN {WAKE_CHANNEL}")
        shortest_s, longest_s = _LEADER_POLL_S
        pause_s = shortest_s
        while True:
            heads, more = await number_events(connection)
            if heads:
                await announce(connection, heads.items())
            if more or await self._expire(connection, now=datetime.now(UTC)):
                continue
            pause_s = shortest_s if heads else min(pause_s * 2, longest_s)
            async for _ in connection.notifies(timeout=pause_s, stop_after=1):
                pass

    async def _expire(self, connection: Connection, *, now: datetime) -> bool:
        """Once an hour forget a batch, and the next one right after the next numbering, until nothing is left."""
        if now < self._expire_at:
            return False
        try:
            if await drop_expired_events(connection, before=now - self._keep):
                return True
        except Error:
            if connection.broken:
                raise
            log.exception("expired events stay for another hour")  # and the living ones are numbered meanwhile
        self._expire_at = now + _EXPIRE_EVERY
        return False
