"""Counting what somebody may do only so often: one statement that reserves or refuses, so that no crowd slips past.

A count belongs to a name (who does what) and a window of time. It is reserved before the work, never read and then written.
Names are kept as hashes: they hold addresses of people.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from erp.problems import Problem, Throttled

MINUTE = timedelta(minutes=1)
LOGIN_WINDOW = timedelta(minutes=15)

RESERVE = """
INSERT INTO erp_throttle AS t (key, ends_at, used) VALUES (%(key)s, %(ends_at)s, 1)
ON CONFLICT (key, ends_at) DO UPDATE SET used = t.used + 1 WHERE t.used < %(limit)s
RETURNING used
"""
"""No row: the limit is reached. Whoever comes at the same time waits for this row, and sees what is left."""

GIVE_BACK = "UPDATE erp_throttle SET used = used - 1 WHERE key = %(key)s AND ends_at = %(ends_at)s AND used > 0"


class TooManyLogins(Throttled):
    """Too many wrong passwords for this e-mail address from this network address, or from it altogether.

    Nobody else is kept out: from elsewhere the same person logs in. Wait `Retry-After` seconds.
    """

    message = "Too many failed logins. Try again later."


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of a limit is left after a reservation, and for how many seconds."""

    limit: int
    left: int
    window_s: int
    ends_in_s: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields of the IETF's draft on rate limits."""
        return {
            "RateLimit-Policy": f'"requests";q={self.limit};w={self.window_s}',
            "RateLimit": f'"requests";r={self.left};t={self.ends_in_s}',
        }


def reserve(name: str, *, limit: int, window: timedelta, now: datetime) -> Allowance | None:
    """One of `limit` in the running window; None when none is left. Its own transaction: what follows may fail or not."""
    count = _Count(name, window, now)
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, {"key": count.key, "ends_at": count.ends_at, "limit": limit})
        row = cursor.fetchone()
    return None if row is None else Allowance(limit, limit - row[0], int(window.total_seconds()), count.ends_in_s)


def require_allowance(name: str, *, limit: int, window: timedelta, now: datetime) -> Allowance:
    """`reserve`, or raise Throttled with the seconds until the window ends."""
    allowance = reserve(name, limit=limit, window=window, now=now)
    if allowance is None:
        raise Throttled(retry_after_s=_Count(name, window, now).ends_in_s)
    return allowance


@contextmanager
def counted_login(*, email: str, address: str, now: datetime) -> Iterator[None]:
    """Around the check of a password: reserved before, given back when it was right.

    Counted for the person at this address, so that nobody can lock somebody out from elsewhere, and for the address.
    Raises TooManyLogins (429).
    """
    counts = [
        (_Count(f"login {address}", LOGIN_WINDOW, now), settings.FAILED_LOGINS_PER_ADDRESS),
        (_Count(f"login {address} {email.strip().lower()}", LOGIN_WINDOW, now), settings.FAILED_LOGINS_PER_PERSON),
    ]
    with connection.cursor() as cursor:
        for count, limit in counts:
            cursor.execute(RESERVE, {"key": count.key, "ends_at": count.ends_at, "limit": limit})
            if cursor.fetchone() is None:
                raise TooManyLogins(retry_after_s=count.ends_in_s)
    yield
    with connection.cursor() as cursor:
        for count, _ in counts:
            cursor.execute(GIVE_BACK, {"key": count.key, "ends_at": count.ends_at})


def count_unknown_key(problem: Problem, *, address: str, now: datetime) -> None:
    """A key that nobody has was shown from here: raise Throttled instead of the refusal when that comes too often."""
    limit = settings.UNKNOWN_KEYS_PER_MINUTE
    if reserve(f"unknown key {address}", limit=limit, window=MINUTE, now=now) is None:
        raise Throttled(retry_after_s=_Count("", MINUTE, now).ends_in_s) from problem


class _Count:
    """The row of a name in the window that `now` lies in; windows are aligned, so that all processes mean the same."""

    def __init__(self, name: str, window: timedelta, now: datetime) -> None:
        length = int(window.total_seconds())
        end = (int(now.timestamp()) // length + 1) * length
        self.key = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
        self.ends_at = datetime.fromtimestamp(end, tz=now.tzinfo)
        self.ends_in_s = max(1, end - int(now.timestamp()))
