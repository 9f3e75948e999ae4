"""A company's events in one process: the newest in memory, and the streams that follow them."""

import asyncio
from uuid import UUID

from erp.stream.frames import Ring, Run
from erp.stream.reading import EventReader, Head
from erp.stream.streams import Stream

_SLICE = 64


class Channel:
    """A company with open streams in this process."""

    def __init__(self, company_id: UUID, head: Head, reader: EventReader) -> None:
        self.company_id = company_id
        self.head = head
        self.ring = Ring(head.last)
        self.streams: set[Stream] = set()
        self._reader = reader
        self._news = False
        self._waking: asyncio.Task[None] | None = None

    async def page(self, position: int) -> Run:
        """Events behind the ring."""
        return await self._reader.page(self.company_id, position)

    def wake_streams(self) -> None:
        """Tell every stream that the ring has grown, a slice at a time, so that the database is heard in between."""
        self._news = True
        if self._waking is None:
            self._waking = asyncio.create_task(self._wake_streams())

    async def _wake_streams(self) -> None:
        try:
            while self._news:
                self._news = False
                for place, stream in enumerate(list(self.streams), start=1):
                    if stream.position < self.ring.end:
                        stream.kick()
                    if place % _SLICE == 0:
                        await asyncio.sleep(0)
        finally:
            self._waking = None

    def hear(self, last: int) -> bool:
        """There are events up to `last`, somebody says; answers whether that is news."""
        if last <= self.head.last:
            return False
        self.head = Head(last, self.head.floor)
        return True

    def follow_table(self, head: Head) -> None:
        """The table says so, which counts for more. Where it knows less than was sent, the database has been set back to
        a backup, or to a replica that was behind: listeners have to learn that what they saw is not so."""
        self.head = head
        if head.last < self.ring.end:
            self.ring.restart(head.last)
            for stream in self.streams:
                if stream.position > head.last:
                    stream.reset()
