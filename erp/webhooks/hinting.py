"""What is to be delivered, and telling the job queue: at once when events are numbered, and every few seconds in any case.

Only hints. What has to be delivered stands in the endpoints' places and the deliveries; a hint that is lost costs seconds.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from erp.database import DatabaseRole, conninfo
from erp.relay import CONNECTION_LOST, Pauses, connect_relay
from erp.sequencing import NUMBERED_CHANNEL

log = logging.getLogger(__name__)

Hint = Callable[[UUID, UUID], Awaitable[None]]

LISTENING = """
SELECT company_id, id FROM erp_webhookendpoint
WHERE company_id = ANY(%(companies)s::uuid[]) AND paused_at IS NULL AND removed_at IS NULL
"""

WITH_WORK = """
SELECT e.company_id, e.id FROM erp_webhookendpoint AS e JOIN erp_eventchannel AS channel ON channel.company_id = e.company_id
WHERE e.paused_at IS NULL AND e.removed_at IS NULL AND (e.wait_until IS NULL OR e.wait_until <= now())
    AND (e.position < channel.last_number OR EXISTS (
        SELECT 1 FROM erp_webhookdelivery AS d
        WHERE d.company_id = e.company_id AND d.endpoint_id = e.id AND d.state = 'PENDING' AND d.next_attempt_at <= now()))
"""


def endpoints_with_work() -> list[tuple[UUID, UUID]]:
    """(company, endpoint) of all that have something to be sent now, as the relay, which sees every company's."""
    with psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True) as connection:
        return connection.execute(WITH_WORK).fetchall()


async def hint_of_news(hint: Hint) -> None:
    """Until cancelled: whenever a company's events are numbered, give a hint of each of its endpoints."""
    pauses = Pauses()
    while True:
        try:
            async with await connect_relay() as listening, await connect_relay() as reading:
                await listening.execute(f"LISTEN {NUMBERED_CHANNEL}")
                pauses.start_over()
                # What was announced while nobody listened, or was being done by a worker that died.
                for company, endpoint in await (await reading.execute(WITH_WORK)).fetchall():
                    await hint(company, endpoint)
                async for notify in listening.notifies():
                    for company, endpoint in await _endpoints_of(reading, notify.payload):
                        await hint(company, endpoint)
        except CONNECTION_LOST as problem:
            log.warning("webhooks wait for the database", extra={"reason": str(problem)})
        except Exception:
            log.exception("hints of webhooks stumbled and start again")
        await pauses.wait()


async def _endpoints_of(connection: "psycopg.AsyncConnection[Any]", announcement: str) -> Sequence[tuple[UUID, UUID]]:
    companies = [UUID(word.partition(":")[0]) for word in announcement.split()]
    return await (await connection.execute(LISTENING, {"companies": companies})).fetchall()
