"""Tickets: what opens one stream, once, within 30 seconds, for a page that can send neither header nor cookie.

Kept as a hash. What a ticket says is what a stream cookie says: somebody's login or key, and one company.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from erp.access import Actor
from erp.identifiers import new_id
from erp.locking import Locks
from erp.tokens import STREAM_TICKET_LIFETIME, Claims, KeyClaims

_BYTES = 32
_LONGEST = 64

FORGET_TICKETS = "DELETE FROM erp_streamticket WHERE company_id = %(company)s AND expires_at < %(now)s"

ADD_TICKET = """
INSERT INTO erp_streamticket (id, company_id, digest, login_id, key_id, expires_at)
VALUES (%(id)s, %(company)s, %(digest)s, %(login)s, %(key)s, %(expires_at)s)
"""

TAKE_TICKET = """
WITH taken AS (
    DELETE FROM erp_streamticket WHERE digest = %(digest)s AND expires_at > %(now)s
    RETURNING company_id, login_id, key_id
)
SELECT taken.company_id, taken.key_id, login.id, login.user_id, login.expires_at
FROM taken LEFT JOIN erp_login AS login ON login.id = taken.login_id
"""
"""One statement, so that of any number of streams that show it at a time one gets it, on whatever worker they arrive."""


def add_ticket(locks: Locks, actor: Actor, *, now: datetime) -> str:
    """A new ticket for the actor in the company of the transaction; forgets those of the company that nobody has used."""
    text = secrets.token_urlsafe(_BYTES)
    row: dict[str, Any] = {
        "id": new_id(),
        "company": locks.company_id,
        "digest": _digest(text),
        "login": actor.login_id,
        "key": actor.id if actor.login_id is None else None,
        "expires_at": now + STREAM_TICKET_LIFETIME,
    }
    with connection.cursor() as cursor:
        cursor.execute(FORGET_TICKETS, {"company": locks.company_id, "now": now})
        cursor.execute(ADD_TICKET, row)
    return text


def take_ticket(text: str, *, now: datetime) -> Claims | KeyClaims | None:
    """What the ticket says, to the first who shows it before it ends; None to everybody else.

    The claims end with the login, those of a key when a cookie made from them would.
    """
    if len(text) > _LONGEST:
        return None
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TICKET, {"digest": _digest(text), "now": now})
        row: tuple[UUID, UUID | None, UUID | None, UUID | None, datetime | None] | None = cursor.fetchone()
    if row is None:
        return None
    company_id, key_id, login_id, user_id, login_ends_at = row
    if key_id is not None:
        return KeyClaims(key_id, company_id, now + STREAM_TICKET_LIFETIME)
    assert user_id is not None
    assert login_id is not None
    assert login_ends_at is not None
    return Claims(user_id, login_id, login_ends_at, company_id)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
