"""Idempotency keys: the same request, sent again, gets the same answer and does nothing.

A key is inserted with its answer at the end of the transaction that does the work; so there is no state in which a key
exists without its answer, and a crash strands nothing. A refusal stores nothing: the repeat is judged anew.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection

from erp.access import Actor
from erp.locking import Locks, Raced, constraint_of
from erp.problems import Conflict, Problem

MAX_KEY_LENGTH = 255


class KeyReused(Problem):
    """The idempotency key was used with another body or query. Make a new key."""

    status, code = 422, "idempotency-mismatch"
    message = "This Idempotency-Key was used with another request."


class StillRunning(Conflict):
    """A request with this idempotency key is being worked on. Wait `Retry-After` seconds, then send it again."""

    code = "idempotency-in-flight"
    message = "A request with this Idempotency-Key is being worked on."

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status and the exact text of the body."""

    status: int
    body: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class RepeatKey:
    """A client's key for one route, with the hash of what it sent; `part` counts the transactions of one request."""

    route: str
    key: str
    body_hash: bytes
    part: int = 0

    @classmethod
    def of(cls, *, route: str, key: str, body: bytes, query: str) -> "RepeatKey":
        return cls(route, key, hashlib.sha256(query.encode() + b"\x00" + body).digest())

    def of_part(self, part: int, body: bytes) -> "RepeatKey":
        """The key of one part of bulk work, bound to what this part was sent."""
        return replace(self, part=part, body_hash=hashlib.sha256(self.body_hash + body).digest())


_LOOK_UP = """
SELECT pg_try_advisory_xact_lock(hashtextextended(%(text)s, 0)), stored.body_hash, stored.status, stored.answer
FROM (SELECT 1) AS one
LEFT JOIN erp_idempotencykey stored ON stored.company_id = %(company)s AND stored.credential_id = %(credential)s
    AND stored.route = %(route)s AND stored.key = %(key)s AND stored.part = %(part)s
"""

_REMEMBER = """
INSERT INTO erp_idempotencykey (company_id, credential_id, route, key, part, body_hash, status, answer, created_at)
VALUES (%(company)s, %(credential)s, %(route)s, %(key)s, %(part)s, %(body_hash)s, %(status)s, %(answer)s, %(now)s)
"""


def recall(locks: Locks, repeat: RepeatKey, *, actor: Actor) -> Answer | None:
    """The answer that this key has got already; None for a key that is new.

    Raises KeyReused (422); StillRunning (409) while a twin holds the key in a transaction of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_UP, _parameters(locks, repeat, actor))
        alone, body_hash, status, body = cursor.fetchone()
    if body_hash is not None:
        if bytes(body_hash) != repeat.body_hash:
            raise KeyReused
        return Answer(status, body, replayed=True)
    if not alone:
        raise StillRunning
    return None


def answer_once(
    locks: Locks, repeat: RepeatKey | None, *, actor: Actor, now: datetime, dry_run: bool, work: Callable[[], Answer]
) -> Answer:
    """Replay the stored answer, or do the work and remember what it answered, inside the running transaction.

    The advisory lock only makes a twin that arrives meanwhile answer politely; the unique key is what holds. Raises
    KeyReused (422), StillRunning (409); `Raced` when a twin committed in between, so that the next attempt replays it.
    """
    if repeat is None or dry_run:
        return work()
    earlier = recall(locks, repeat, actor=actor)
    if earlier is not None:
        return earlier
    answer = work()
    remember(locks, repeat, answer, actor=actor, now=now)
    return answer


def remember(locks: Locks, repeat: RepeatKey, answer: Answer, *, actor: Actor, now: datetime) -> None:
    """Keep the answer of a key that `recall` found new, in the transaction of its work; `Raced` when a twin was first."""
    kept = {"body_hash": repeat.body_hash, "status": answer.status, "answer": answer.body, "now": now}
    try:
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER, _parameters(locks, repeat, actor) | kept)
    except IntegrityError as problem:
        if constraint_of(problem) == "idempotencykey_once":
            raise Raced from problem
        raise


def _parameters(locks: Locks, repeat: RepeatKey, actor: Actor) -> dict[str, Any]:
    return {
        "company": locks.company_id,
        "credential": actor.credential_id,
        "route": repeat.route,
        "key": repeat.key,
        "part": repeat.part,
        "text": f"{locks.company_id} {actor.credential_id} {repeat.route} {repeat.key} {repeat.part}",
    }
