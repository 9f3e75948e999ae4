"""Reading a company's events from the table, for those who cannot hold a stream."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

MAX_EVENTS = 1000
_MAX_BYTES = 8 * 1024 * 1024

READ_EVENTS = """
SELECT channel.floor, channel.last_number, page.number, page.type, page.payload
FROM erp_eventchannel AS channel
LEFT JOIN LATERAL (
    SELECT *, sum(octet_length(payload)) OVER (ORDER BY number) - octet_length(payload) AS bytes_before
    FROM (
        SELECT number, type, payload FROM erp_outboxevent
        WHERE company_id = channel.company_id AND number > coalesce(%(after)s, channel.floor)
        ORDER BY number LIMIT %(events)s
    ) AS following
) AS page ON page.bytes_before < %(bytes)s
WHERE channel.company_id = %(company)s
ORDER BY page.number
"""
"""One statement, so that floor, head and events are of one instant."""


@dataclass(frozen=True, slots=True)
class ReadEvent:
    number: int
    kind: str
    payload: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events after a place. `oldest` is the lowest place that can still be read from, `head` the last number there is.

    `expired`: what followed the place has been dropped, or the place is ahead of the head; then there are no events.
    """

    events: list[ReadEvent]
    after: int
    oldest: int
    head: int
    expired: bool

    @property
    def last(self) -> int:
        """Where to go on: after the last event given; after a reset, at the head."""
        if self.expired:
            return self.head
        return self.events[-1].number if self.events else self.after

    @property
    def has_more(self) -> bool:
        return not self.expired and self.last < self.head


def read_events(*, company_id: UUID, after: int | None, limit: int) -> EventPage:
    """At most `limit` events after the place (None: the oldest there is), fewer where they are large."""
    parameters = {"company": company_id, "after": after, "events": limit, "bytes": _MAX_BYTES}
    with connection.cursor() as cursor:
        cursor.execute(READ_EVENTS, parameters)
        rows = cursor.fetchall()
    floor, head = rows[0][:2] if rows else (0, 0)
    place = floor if after is None else after
    expired = not floor <= place <= head
    events = [ReadEvent(*row[2:]) for row in rows if row[2] is not None and not expired]
    return EventPage(events=events, after=place, oldest=floor, head=head, expired=expired)
