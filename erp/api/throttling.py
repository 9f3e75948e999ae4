"""Answering one address only so often. Counted in this process: politeness towards the others, and no more than that."""

import threading
import time
from collections import OrderedDict, deque

from erp.problems import Throttled

_MOST_ADDRESSES = 10_000


class Throttle:
    """`at_most` requests of one address in any `within_s` seconds."""

    def __init__(self, *, at_most: int, within_s: int) -> None:
        self._at_most, self._within_s = at_most, within_s
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def refuse_beyond(self, address: str) -> None:
        """Count a request. Raises Throttled when the address has had its share."""
        now = time.monotonic()
        with self._lock:
            seen = self._seen.setdefault(address, deque())
            self._seen.move_to_end(address)
            while len(self._seen) > _MOST_ADDRESSES:
                self._seen.popitem(last=False)
            while seen and seen[0] <= now - self._within_s:
                seen.popleft()
            if len(seen) >= self._at_most:
                raise Throttled("Too many requests; wait a while.", retry_after_s=int(seen[0] + self._within_s - now) + 1)
            seen.append(now)
