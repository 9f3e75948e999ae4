"""When a run had better stop by itself: too many rows refused, or one reason again and again."""

from collections.abc import Iterable

from connectors.runs import Settled
from connectors.states import NOT_BROUGHT, Reason

IN_A_ROW = 100
_AGREED = (Reason.CLIENT_MISSING, Reason.BLOCKED_BY)
"""Reasons that were known before the run began, or that follow from others."""


class Brake:
    """`most` refused rows are borne, None for any number; 100 rows refused for one reason in a row are not."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._failures = self._in_a_row = 0
        self._code = self.reason = ""

    def note(self, settled: Iterable[Settled]) -> None:
        """Count; `reason` says why it was pulled."""
        for one in settled:
            if one.state not in NOT_BROUGHT:
                self._in_a_row = 0
                continue
            self._failures += 1
            self._in_a_row = self._in_a_row + 1 if one.code == self._code else 1
            self._code = one.code
            if self._most is not None and self._failures > self._most:
                self.reason = f"More than {self._most:,} rows were refused."
            elif self._in_a_row >= IN_A_ROW and one.code not in _AGREED:
                self.reason = f"{IN_A_ROW} rows in a row were refused as {one.code}: {one.message}"
