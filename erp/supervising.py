"""Keeping one child process alive: started, watched, started again, stopped. Knows no Django."""

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_TIMEOUT_S = 20
_LOG_LIMIT_BYTES = 16 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
# Linux has it; elsewhere an orphan goes on until it is stopped by hand. Loaded here: a forked child should
# not.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Deaths:
    """Counts deaths in quick succession and says how long to wait before the next try.

    A child that lived for `quick_s` starts the count anew: 0.5, 1, 2, 4 seconds, and at the fifth it is given
    up.
    """

    limit: int = 5
    quick_s: float = 10
    in_a_row: int = 0

    def record(self, *, lived_s: float) -> float | None:
        """The seconds to wait before the next start; None: give up."""
        self.in_a_row = self.in_a_row + 1 if lived_s < self.quick_s else 1
        return None if self.in_a_row >= self.limit else 0.5 * 2 ** (self.in_a_row - 1)


class Child:
    """One process in a session of its own, so that a Ctrl-C in the terminal reaches only who supervises it.

    Its output goes to a file: a terminal that is held or gone never blocks it, and its last words can be
    read.
    """

    def __init__(self, *, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._read_up_to = 0

    def start(self) -> None:
        """Starts it, with an empty log. It is told to stop when we are killed. Raises OSError."""
        self._log.write_bytes(b"")
        self._read_up_to = 0
        # Appending, so that the file can be emptied under it.
        with open(self._log, "ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_stop_with_parent,
            )
        self._started_at = time.monotonic()

    @property
    def pid(self) -> int:
        """Process id of the one started last; 0 before the first."""
        return self._process.pid if self._process else 0

    def exit_code(self) -> int | None:
        """None while it lives; negative: the signal that ended it."""
        return self._process.poll() if self._process else 0

    def lived_s(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._started_at

    def new_output(self) -> str:
        """What it wrote since this was last asked. Empties the log when it has grown large."""
        with open(self._log, "rb") as output:
            output.seek(self._read_up_to)
            text = output.read()
        self._read_up_to += len(text)
        if self._read_up_to > _LOG_LIMIT_BYTES:
            os.truncate(self._log, 0)
            self._read_up_to = 0
        return text.decode(errors="replace")

    def last_output(self, *, lines: int = 30) -> str:
        """Its last lines."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Asks it to stop, waits, and after STOP_TIMEOUT_S kills it and what it started."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def answers(*, host: str, port: int, path: str) -> bool:
    """Whether GET `path` answers 200. Straight to the address: a proxy in the environment is not asked."""
    try:
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False


def _stop_with_parent() -> None:
    """In the child, before it begins: the kernel is to send it SIGTERM when we are gone, even by kill -9."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
