"""Faults to order: which requests they meet, and how they are put out of action again."""

import random
import re
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "busy": "429; `retry_after`: seconds, or a date as text, or nothing",
    "error_before": "`status` (500), and nothing was done",
    "error_after": "`status` (500), and it was done",
    "silent_after": "it was done, and the connection is closed without an answer",
    "drop_before": "the connection is closed before anything is done",
    "drop_inside": "half of the answer, then the connection is closed",
    "slow": "`seconds` before the answer",
    "html": "a page of HTML with `status` (502)",
    "cut_json": "the answer ends in the middle, and says that it is whole",
    "nan": "NaN for every amount",
    "huge": "`bytes` of an answer that does not end soon",
    "row_comes": "a row is inserted in front before a page is read",
    "row_goes": "the first row vanishes before a page is read",
    "key_revoked": "401 from now on",
    "clock_off": "the Date header is `seconds` ahead",
    "odd_rows": "`status` for the first invoice of a page, `missing` keys taken away, `null` keys emptied, one extra",
}


@dataclass
class Fault:
    """Meets requests whose method and path (a regular expression) fit: the `nth`, every `every`th, or by chance."""

    kind: str
    method: str = ""
    path: str = ""
    nth: int = 0
    every: int = 0
    probability: float = 0.0
    seed: int = 0
    times: int = 0
    """How often in all; 0 is without end, but once for `nth`."""
    options: dict[str, Any] = field(default_factory=dict)
    met: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}")
        self._chance = random.Random(self.seed)

    def strikes(self, method: str, path: str) -> bool:
        """Whether it meets this request; counts."""
        if (self.method and self.method != method) or not re.search(self.path, path):
            return False
        self.met += 1
        if self.times and self.done >= self.times:
            return False
        if self.nth:
            hit = self.met == self.nth
        elif self.every:
            hit = self.met % self.every == 0
        elif self.probability:
            hit = self._chance.random() < self.probability
        else:
            hit = True
        self.done += hit
        return hit
