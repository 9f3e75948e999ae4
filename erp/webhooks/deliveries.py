"""What the tables know of deliveries, inside somebody's transaction: which are due, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from erp.events import Kinds, read_types
from erp.locking import LockOrder, Locks
from erp.rows import as_json

FAN_OUT_BATCH = 500

FAN_OUT = """
WITH endpoint AS MATERIALIZED (
    SELECT e.id, greatest(e.position, channel.floor) AS position
    FROM erp_webhookendpoint AS e JOIN erp_eventchannel AS channel ON channel.company_id = e.company_id
    WHERE e.company_id = %(company)s AND e.id = %(endpoint)s AND e.paused_at IS NULL AND e.removed_at IS NULL
    FOR NO KEY UPDATE OF e
), page AS MATERIALIZED (
    SELECT event.number, event.type, event.subject_id
    FROM endpoint CROSS JOIN LATERAL (
        SELECT number, type, subject_id FROM erp_outboxevent
        WHERE company_id = %(company)s AND number > endpoint.position ORDER BY number LIMIT %(batch)s
    ) AS event
), moved AS (
    UPDATE erp_webhookendpoint AS e SET position = looked.last
    FROM (SELECT max(number) AS last FROM page) AS looked
    WHERE e.company_id = %(company)s AND e.id = %(endpoint)s AND looked.last IS NOT NULL
), fanned AS (
    INSERT INTO erp_webhookdelivery
        (id, company_id, endpoint_id, number, type, subject_id, state, attempts, created_at, next_attempt_at, last_error)
    SELECT gen_random_uuid(), %(company)s, %(endpoint)s, number, type, subject_id, 'PENDING', 0, %(now)s, %(now)s, ''
    FROM page WHERE %(kinds)s::text[] IS NULL OR type = ANY(%(kinds)s::text[])
    ON CONFLICT (company_id, endpoint_id, number) DO NOTHING
)
SELECT count(*) FROM page
"""
"""The endpoint's place and its deliveries move together, so that each event is looked at once, whatever dies in between."""

READ_DUE = """
SELECT due.id, due.number, due.type, due.attempts, due.first_attempt_at, due.next_attempt_at, event.payload, event.created_at
FROM erp_webhookdelivery AS due
LEFT JOIN erp_outboxevent AS event ON event.company_id = due.company_id AND event.number = due.number
WHERE due.company_id = %(company)s AND due.endpoint_id = %(endpoint)s AND due.state = 'PENDING'
    AND due.next_attempt_at <= %(now)s
    AND NOT EXISTS (
        SELECT 1 FROM erp_webhookdelivery AS earlier
        WHERE earlier.company_id = due.company_id AND earlier.endpoint_id = due.endpoint_id
            AND earlier.subject_id = due.subject_id AND earlier.state = 'PENDING' AND earlier.number < due.number
    )
ORDER BY due.attempts, due.number
LIMIT %(most)s
"""
"""Of each document its earliest pending event; those that failed least often first, so that one bad one holds nobody up."""

RECORD = """
UPDATE erp_webhookdelivery AS d SET
    state = r.state, attempts = r.attempts, first_attempt_at = r.first_attempt_at, last_attempt_at = r.last_attempt_at,
    next_attempt_at = r.next_attempt_at, delivered_at = coalesce(r.delivered_at, d.delivered_at),
    last_status = r.last_status, last_error = r.last_error, last_duration_ms = r.last_duration_ms
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (
    id uuid, seen timestamptz, state text, attempts integer, first_attempt_at timestamptz, last_attempt_at timestamptz,
    next_attempt_at timestamptz, delivered_at timestamptz, last_status smallint, last_error text, last_duration_ms integer)
WHERE d.company_id = %(company)s AND d.id = r.id AND d.state = 'PENDING' AND d.next_attempt_at = r.seen
"""
"""`seen` is what was due: one that somebody had replayed meanwhile stays due."""

REPLAY_SINCE = """
WITH endpoint AS MATERIALIZED (
    SELECT id, position FROM erp_webhookendpoint
    WHERE company_id = %(company)s AND id = %(endpoint)s
), again AS (
    INSERT INTO erp_webhookdelivery AS d
        (id, company_id, endpoint_id, number, type, subject_id, state, attempts, created_at, next_attempt_at, last_error)
    SELECT gen_random_uuid(), %(company)s, endpoint.id, event.number, event.type, event.subject_id, 'PENDING', 0, %(now)s,
        %(now)s, ''
    FROM endpoint JOIN erp_outboxevent AS event
        ON event.company_id = %(company)s AND event.number > %(after)s AND event.number <= endpoint.position
    WHERE %(kinds)s::text[] IS NULL OR event.type = ANY(%(kinds)s::text[])
    ON CONFLICT (company_id, endpoint_id, number) DO UPDATE SET
        state = 'PENDING', attempts = 0, first_attempt_at = NULL, next_attempt_at = %(now)s
    RETURNING 1
)
SELECT count(*) FROM again
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery to attempt; no payload: its event has expired."""

    id: UUID
    number: int
    type: str
    attempts: int
    first_attempt_at: datetime | None
    next_attempt_at: datetime
    payload: str | None
    happened_at: datetime | None


def fan_out(locks: Locks, *, endpoint_id: UUID, types: Sequence[str], now: datetime) -> int:
    """Make deliveries of the next events that the endpoint has not looked at; answers how many it looked at.

    Of a paused endpoint nothing moves. Events below the channel's floor are gone, and passed over. Locks MEMBERSHIP.
    """
    locks.claim(LockOrder.MEMBERSHIP)
    parameters = _parameters(locks, endpoint_id) | {"kinds": kinds_of(types), "batch": FAN_OUT_BATCH, "now": now}
    return _count(FAN_OUT, parameters)


def read_due(locks: Locks, *, endpoint_id: UUID, most: int, now: datetime) -> list[Due]:
    """What is to be attempted now."""
    with connection.cursor() as cursor:
        cursor.execute(READ_DUE, _parameters(locks, endpoint_id) | {"now": now, "most": most})
        return [Due(*row) for row in cursor.fetchall()]


def record_attempts(locks: Locks, rows: Sequence[dict[str, Any]]) -> None:
    """Write down what became of them."""
    with connection.cursor() as cursor:
        cursor.execute(RECORD, {"company": locks.company_id, "rows": as_json(rows)})


def replay_since(locks: Locks, *, endpoint_id: UUID, types: Sequence[str], after: int, now: datetime) -> int:
    """Make everything after this number due again that the endpoint has looked at; answers how many events."""
    parameters = _parameters(locks, endpoint_id) | {"kinds": kinds_of(types), "after": after, "now": now}
    return _count(REPLAY_SINCE, parameters)


def kinds_of(types: Sequence[str]) -> list[str] | None:
    """The kinds that an endpoint gets; None is all of them."""
    kinds: Kinds = read_types(list(types))
    return None if kinds is None else sorted(kinds)


def _parameters(locks: Locks, endpoint_id: UUID) -> dict[str, Any]:
    return {"company": locks.company_id, "endpoint": endpoint_id}


def _count(statement: str, parameters: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        (count,) = cursor.fetchone()
    return int(count)
