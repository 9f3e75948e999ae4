"""Trays in use: what follows of them when their packing session goes on. Inside the use case that holds the invoice."""

from datetime import datetime

from erp.locking import Locks
from fulfilment.models import Box, PackingSession
from fulfilment.status import PackingStatus


def settle_boxes(locks: Locks, session: PackingSession, successor: PackingSession | None, *, now: datetime) -> None:
    """Free the trays of a session that has ended, or pass them on to its successor; in review they are open again."""
    mine = Box.objects.of(locks).filter(session_id=session.id, freed_at=None)
    if session.status in {PackingStatus.PACKED, PackingStatus.CANCELLED}:
        if successor is None:
            mine.update(freed_at=now)
        else:
            mine.update(session=successor)
    elif session.status == PackingStatus.REVIEW:
        mine.update(is_sealed=False, sealed_at=None)
