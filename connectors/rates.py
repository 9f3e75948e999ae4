"""How fast a foreign system is asked: a token bucket that its workers share, and that learns from being turned away."""

import threading
import time
from collections.abc import Callable

CALM_S = 60
"""After being told to slow down: how long the half rate holds, and how long each tenth takes to come back."""

_A_HAIR = 1e-6
"""What sums of small waits may lack of a whole token; without it one would sleep for less than a clock can tell."""


class TokenBucket:
    """`rate` requests a second, in bursts of as many; `clock` and `sleep` in seconds."""

    def __init__(
        self, rate: int, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._full = rate
        self._clock, self._sleep = clock, sleep
        self._guard = threading.Lock()
        self._tokens: float = rate
        self._at = clock()
        self._slowed_at: float | None = None

    def rate(self) -> float:
        """What holds now: half of it for a minute after `slow_down`, then a tenth more each minute."""
        if self._slowed_at is None:
            return self._full
        minutes = int((self._clock() - self._slowed_at) // CALM_S)
        tenths = min(10, 5 + minutes)
        if tenths == 10:
            self._slowed_at = None
        return self._full * tenths / 10

    def slow_down(self) -> None:
        """We were told that this is too fast."""
        with self._guard:
            self._slowed_at = self._clock()
            self._tokens = min(self._tokens, 1)

    def take(self) -> None:
        """Wait until one more request is within the rate."""
        while (wait_s := self._wait()) > 0:
            self._sleep(wait_s)

    def _wait(self) -> float:
        with self._guard:
            now, rate = self._clock(), self.rate()
            self._tokens = min(self._full, self._tokens + (now - self._at) * rate)
            self._at = now
            if self._tokens >= 1 - _A_HAIR:
                self._tokens -= 1
                return 0
            return (1 - self._tokens) / rate
