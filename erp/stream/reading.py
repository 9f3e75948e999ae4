"""Reading numbered events out of the table: what is new, and what lies behind the ring."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from erp.relay import RelayConnection
from erp.stream.frames import Frame, Run

log = logging.getLogger(__name__)

PAGE_EVENTS = 500
PAGE_BYTES = 2 * 1024 * 1024
_KEPT_PAGES = 32
_KEPT_BYTES = 16 * 1024 * 1024

READ_HEADS = "SELECT company_id, last_number, floor FROM erp_eventchannel WHERE company_id = ANY(%(companies)s::uuid[])"

READ_AFTER = """
SELECT asked.company_id, page.number, page.type, page.payload
FROM unnest(%(companies)s::uuid[], %(positions)s::bigint[]) AS asked (company_id, position)
CROSS JOIN LATERAL (
    SELECT *, sum(octet_length(payload)) OVER (ORDER BY number) - octet_length(payload) AS bytes_before
    FROM (
        SELECT number, type, payload FROM erp_outboxevent
        WHERE company_id = asked.company_id AND number > asked.position ORDER BY number LIMIT %(events)s
    ) AS newest
) AS page
WHERE page.bytes_before < %(bytes)s
ORDER BY asked.company_id, page.number
"""
"""At most so many events a company, and no more of them once they weigh so many bytes."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a company's events go: up to `last`, and back to the one after `floor`."""

    last: int = 0
    floor: int = 0


class EventReader:
    """The process's one reading connection. Waits for a server that is away; asks once for whatever many want at a time."""

    def __init__(self) -> None:
        self._connection = RelayConnection()
        self._pages: OrderedDict[tuple[UUID, int], Run] = OrderedDict()
        self._reading: dict[tuple[UUID, int], asyncio.Task[Run]] = {}

    async def heads(self, companies: Iterable[UUID]) -> dict[UUID, Head]:
        """The heads of these companies; one without events has `Head()`."""
        wanted = list(companies)
        rows = await self._connection.fetch(READ_HEADS, {"companies": wanted})
        known = {company: Head(last, floor) for company, last, floor in rows}
        return {company: known.get(company, Head()) for company in wanted}

    async def after(self, positions: Mapping[UUID, int]) -> dict[UUID, list[Frame]]:
        """What follows each company's position, the oldest first, at most a page of each."""
        found: dict[UUID, list[Frame]] = {company: [] for company in positions}
        parameters = {
            "companies": list(positions),
            "positions": list(positions.values()),
            "events": PAGE_EVENTS,
            "bytes": PAGE_BYTES,
        }
        for company, number, kind, payload in await self._connection.fetch(READ_AFTER, parameters):
            found[company].append(Frame(company, number, kind, payload))
        return found

    async def page(self, company_id: UUID, position: int) -> Run:
        """A page with the event after `position`, or one that does not cover it: then there is none.

        Pages begin at multiples of their length, so that listeners who are behind by different amounts share them; only
        where events are so large that a page was cut short is one read from the position itself.
        """
        start = position - position % PAGE_EVENTS
        page = self._pages.get((company_id, start))
        if page is not None and page.end > position:
            self._pages.move_to_end((company_id, start))
            return page
        page = await self._read_once(company_id, start)
        if page.end <= position and start < position:
            page = await self._read_once(company_id, position)
        return page

    def forget(self, company_id: UUID) -> None:
        """Nobody listens to this company any more."""
        for key in [key for key in self._pages if key[0] == company_id]:
            del self._pages[key]

    async def close(self) -> None:
        for task in self._reading.values():
            task.cancel()
        await self._connection.close()

    async def _read_once(self, company_id: UUID, start: int) -> Run:
        key = (company_id, start)
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(self._read(company_id, start))
            task.add_done_callback(lambda _: self._reading.pop(key, None))
        # One listener leaving must not take the page away from the others.
        return await asyncio.shield(task)

    async def _read(self, company_id: UUID, start: int) -> Run:
        frames = (await self.after({company_id: start}))[company_id]
        # The first ones may be below the floor and gone; within the rest there are no gaps.
        page = Run(frames[0].number - 1 if frames else start, frames)
        self._pages[company_id, start] = page
        while len(self._pages) > 1 and (
            len(self._pages) > _KEPT_PAGES or sum(kept.size for kept in self._pages.values()) > _KEPT_BYTES
        ):
            self._pages.popitem(last=False)
        return page
