"""The sealer: gives committed audit entries their number, 1…n per company without gap, and the hash that chains them.

Entries are written without either, so no write waits for another one's place in the audit. One process seals, every other
stands by; the statement is right with any number of sealers, and what a killed one had not committed is done by the next.
See the decision record "The audit is sealed behind the writes".
"""

import asyncio
from datetime import datetime
from typing import Any

from psycopg import Cursor

from erp.leading import SEALER_LOCK, Connection, lead_for_ever, somebody_leads

BATCH = 5_000
_POLL_S = (0.2, 2.0)

SEAL_ENTRIES = """
WITH waiting AS MATERIALIZED (
    -- Locked in id order. Whoever comes second waits here, and then finds what is left.
    SELECT id FROM erp_unsealedentry ORDER BY id LIMIT %(batch)s FOR UPDATE
), taken AS MATERIALIZED (
    DELETE FROM erp_unsealedentry AS entry USING waiting WHERE entry.id = waiting.id RETURNING entry.company_id, entry.id
), head AS MATERIALIZED (
    -- Locked, and read as it is once it is locked. A company's first entry makes its head.
    INSERT INTO erp_audithead AS head (company_id, last_number, hash)
    SELECT DISTINCT company_id, 0, decode(repeat('00', 32), 'hex') FROM taken ORDER BY company_id
    ON CONFLICT (company_id) DO UPDATE SET last_number = head.last_number
    RETURNING company_id, last_number, hash
), placed AS MATERIALIZED (
    SELECT entry, head.hash, head.last_number + row_number() OVER (PARTITION BY head.company_id ORDER BY entry.id) AS number
    FROM taken JOIN erp_auditentry AS entry ON entry.company_id = taken.company_id AND entry.id = taken.id
    JOIN head ON head.company_id = taken.company_id
    WHERE NOT EXISTS (SELECT FROM erp_auditseal s WHERE s.company_id = entry.company_id AND s.entry_id = entry.id)
), sealed AS (
    INSERT INTO erp_auditseal (company_id, number, entry_id, hash)
    SELECT (entry).company_id, number, (entry).id,
        erp_audit_chain(hash, erp_audit_bytes(number, entry)) OVER (PARTITION BY (entry).company_id ORDER BY number)
    FROM placed
)
SELECT count(*) FROM taken
"""
"""All or nothing: the seals, the end of waiting, and (by `continues_the_chain`) the heads."""

# By key, whatever the planner believes of tables that have just grown.
PLANNED_BY_KEY = "SET enable_hashjoin = off; SET enable_mergejoin = off"

UNSEALED = """
SELECT (SELECT count(*) FROM erp_unsealedentry), (
    SELECT entry.at FROM erp_unsealedentry AS waiting JOIN erp_auditentry AS entry ON entry.id = waiting.id
    ORDER BY waiting.id LIMIT 1)
"""


def sealer_leads(cursor: Cursor[Any]) -> bool:
    """Whether some process holds the sealer's lock on this database."""
    return somebody_leads(cursor, SEALER_LOCK)


def unsealed(cursor: Cursor[Any], *, now: datetime) -> tuple[int, float]:
    """How many entries wait for their seal, and how old the first of them is, in seconds.

    The cursor must see every company's entries.
    """
    cursor.execute(UNSEALED)
    count, oldest_at = cursor.fetchone() or (0, None)
    return count, max(0.0, (now - oldest_at).total_seconds()) if oldest_at else 0.0


async def seal_entries(connection: Connection, *, batch: int = BATCH) -> int:
    """Seal the entries that have waited longest, in one transaction; answers how many. Less than `batch`: none is left.

    Locks the companies' heads. Safe to run twice at a time.
    """
    row = await (await connection.execute(SEAL_ENTRIES, {"batch": batch})).fetchone()
    return int(row[0]) if row else 0


class Sealer:
    """Seals, or stands by, for as long as `run` runs."""

    async def run(self) -> None:
        """Until cancelled. Whatever goes wrong is logged and tried again."""
        await lead_for_ever("sealer", SEALER_LOCK, self._lead)

    async def _lead(self, connection: Connection) -> None:
        await connection.execute(PLANNED_BY_KEY)
        shortest_s, longest_s = _POLL_S
        pause_s = shortest_s
        while True:
            sealed = await seal_entries(connection)
            if sealed < BATCH:
                pause_s = shortest_s if sealed else min(pause_s * 2, longest_s)
                await asyncio.sleep(pause_s)
