"""Recording what happened, in the transaction that makes it happen; telling the sequencer once it has committed.

An event exists if and only if its change committed: the row is the announcement. `erp.sequencing` numbers committed rows
and `erp.stream` delivers them.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import Error, connection, transaction

from erp.locking import Locks
from erp.rows import as_json

log = logging.getLogger(__name__)

WAKE_CHANNEL = "erp_outbox"
_WAKE_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Event:
    """`payload` is the complete JSON text that listeners will get, encoded while the change was made."""

    type: str
    subject_kind: str
    subject_id: UUID
    payload: str


INSERT_EVENTS = """
INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)
SELECT %(company)s, e.type, e.subject_kind, e.subject_id, e.payload, %(now)s
FROM jsonb_to_recordset(%(events)s::jsonb) AS e (type text, subject_kind text, subject_id uuid, payload text)
"""
"""Fit to stand alone or as a part of a larger statement; `events` is what `event_rows` gives."""


def event_rows(events: Sequence[Event]) -> str:
    """The events as one JSON parameter: arrays of text would be escaped character by character in Python."""
    return as_json(events)


def record_events(locks: Locks, events: Sequence[Event], *, now: datetime) -> None:
    """Write the events into the running transaction, after their subjects are locked, and wake the sequencer on commit."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT_EVENTS, {"company": locks.company_id, "now": now, "events": event_rows(events)})
    wake_on_commit()


def wake_on_commit() -> None:
    """Hint the sequencer, after COMMIT, that there is something to number.

    Outside the transaction, because NOTIFY inside takes a global lock while it commits. Only a hint: the sequencer polls
    as well, so losing it costs milliseconds.
    """
    transaction.on_commit(_wake)


_last_wake_at = 0.0


def _wake() -> None:
    """One hint per 20 ms and process is enough: the sequencer takes everything that is there, and polls."""
    global _last_wake_at
    now = time.monotonic()
    if now - _last_wake_at < _WAKE_PAUSE_S:
        return
    _last_wake_at = now
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {WAKE_CHANNEL}")
    except Error:
        log.warning("could not wake the sequencer; it will poll", exc_info=True)
