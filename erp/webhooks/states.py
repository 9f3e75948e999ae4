"""What becomes of a delivery, why an endpoint rests, and when a failed delivery is tried again. Pure."""

import random
from datetime import datetime, timedelta
from enum import StrEnum


class DeliveryState(StrEnum):
    """PENDING until the receiver has taken it (DELIVERED), or nobody will try any more (FAILED)."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class PauseReason(StrEnum):
    """Somebody asked for it; the receiver answered 410; nothing got through for three days; its secret cannot be read."""

    REQUESTED = "requested"
    GONE = "gone"
    FAILING = "failing"
    UNREADABLE = "unreadable"


TRIED_FOR = timedelta(days=3)
"""A delivery is tried at least so long."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 10, 6 * 3600
LONGEST_REQUESTED_S = 6 * 3600
"""What a receiver may ask for by ``Retry-After``."""
_LONGEST_REST_S = 60


def next_attempt(*, attempts: int, first_at: datetime, now: datetime, asked_s: int = 0) -> datetime | None:
    """When to try again after the n-th failure; None: three days have been enough.

    10 s, 20 s, 40 s … up to six hours, a fifth more or less so that a receiver that comes back is not overrun.
    """
    if now - first_at >= TRIED_FOR:
        return None
    pause_s = min(_FIRST_PAUSE_S * 2 ** min(attempts - 1, 20), _LONGEST_PAUSE_S)
    jittered = pause_s * random.uniform(0.8, 1.2)  # noqa: S311  jitter, not a secret
    return now + timedelta(seconds=max(jittered, min(asked_s, LONGEST_REQUESTED_S)))


def rest_until(*, failures: int, now: datetime) -> datetime:
    """When an endpoint that took nothing in its last rounds is asked again: soon, for it is asked for one event only."""
    return now + timedelta(seconds=min(2 ** min(failures, 10), _LONGEST_REST_S))
