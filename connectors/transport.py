"""Talking to a foreign system over HTTP: time limits, when to try again, how fast, and when to stop asking.

Reading is repeated. Writing is repeated blindly only where the request cannot have arrived; after any doubt whoever writes
looks up first whether it was done. Never inside a database transaction.
"""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import msgspec
import stamina

from connectors.problems import (
    BadCredentials,
    BreakerOpen,
    OutcomeUnknown,
    RemoteBusy,
    RemoteFailed,
    RemoteNonsense,
    RemoteNotFound,
    RemoteRefused,
    Unreachable,
)
from connectors.rates import TokenBucket

Made = TypeVar("Made")

TIME_LIMITS = httpx.Timeout(connect=5, read=60, write=30, pool=5)
MOST_BYTES = 64 * 1024 * 1024
READS, LOOK_UPS = 5, 3
LONGEST_WAIT_S, BARE_WAIT_S = 300, 60
FAILURES_IN_A_ROW, REFUSED_KEYS_IN_A_ROW = 20, 3

# A decimal goes out as a plain number, digit by digit.
_ENCODER = msgspec.json.Encoder(decimal_format="number")

_NOT_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_WORTH_REPEATING = (Unreachable, RemoteBusy, RemoteFailed, RemoteNonsense)


class Transport:
    """A connection to one foreign system, shared by its workers.

    Amounts are read as `Decimal`, exactly as they were written; NaN is no JSON. `skew_s` is how far its clock was ahead of
    ours when it answered last, None before. `attempts` is how often it tries where trying again helps; `door` is what
    connects, where addresses are judged.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        bucket: TokenBucket,
        verify: bool | Any = True,
        time_limits: httpx.Timeout = TIME_LIMITS,
        most_bytes: int = MOST_BYTES,
        attempts: int = READS,
        door: httpx.BaseTransport | None = None,
    ) -> None:
        # Where addresses are judged, no proxy of the environment may connect to others.
        self._client = httpx.Client(
            base_url=base_url,
            headers=dict(headers),
            timeout=time_limits,
            verify=verify,
            follow_redirects=False,
            transport=door,
            trust_env=door is None,
        )
        self._attempts = attempts
        self._bucket = bucket
        self._most_bytes = most_bytes
        self._breaker = _Breaker()
        self.skew_s: int | None = None

    def close(self) -> None:
        self._client.close()

    def read(self, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """What GET answers, as JSON. Tries several times, waiting as long as it is told to.

        Raises what the last attempt met: BadCredentials, RemoteNotFound and RemoteRefused at once; Unreachable, RemoteBusy,
        RemoteFailed and RemoteNonsense at the end; BreakerOpen when it has given up on that system.
        """
        for attempt in stamina.retry_context(
            on=_waits, attempts=self._attempts, timeout=None, wait_initial=1, wait_max=60, wait_jitter=1
        ):
            with attempt:
                return self._asked("GET", path, parameters=parameters)
        raise AssertionError("the last attempt answers or raises")

    def write(self, method: str, path: str, body: Any = None) -> Any:
        """Send it, again only where it cannot have arrived. Raises OutcomeUnknown when in doubt, else as `read`."""
        for attempt in stamina.retry_context(
            on=_waits_to_write, attempts=self._attempts, timeout=None, wait_initial=1, wait_max=60, wait_jitter=1
        ):
            with attempt:
                return self._asked(method, path, body=body)
        raise AssertionError("the last attempt answers or raises")

    def make(self, path: str, body: Any, *, look_up: Callable[[], Made | None]) -> Any | Made:
        """POST once: after any doubt `look_up` says whether it is there already. Raises OutcomeUnknown after three."""
        for _ in range(LOOK_UPS):
            try:
                return self.write("POST", path, body)
            except OutcomeUnknown as doubt:
                last = doubt
                if (found := look_up()) is not None:
                    return found
        raise last

    # ── One request ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _asked(self, method: str, path: str, *, parameters: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        self._breaker.refuse_when_open()
        self._bucket.take()
        try:
            answer = self._answered(method, path, parameters, body)
        except RemoteBusy:
            self._bucket.slow_down()
            raise
        except (BadCredentials, Unreachable, RemoteFailed, RemoteNonsense, OutcomeUnknown) as problem:
            self._breaker.note(problem)
            raise
        except (RemoteNotFound, RemoteRefused):
            self._breaker.note(None)
            raise
        self._breaker.note(None)
        return answer

    def _answered(self, method: str, path: str, parameters: Mapping[str, Any] | None, body: Any) -> Any:
        content = None if body is None else _ENCODER.encode(body)
        headers = {} if content is None else {"Content-Type": "application/json"}
        try:
            with self._client.stream(method, path, params=parameters, content=content, headers=headers) as response:
                text = self._text_of(response)
        except _NOT_ARRIVED as problem:
            raise Unreachable(f"{type(problem).__name__}: {problem}") from problem
        except httpx.HTTPError as problem:
            if method == "GET":
                raise Unreachable(f"{type(problem).__name__}: {problem}") from problem
            raise OutcomeUnknown(f"{type(problem).__name__}: {problem}") from problem
        self._note_clock(response)
        return _judged(method, response, text)

    def _text_of(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self._most_bytes:
                raise RemoteNonsense(f"The answer is longer than {self._most_bytes:,} bytes.")
            parts.append(part)
        return b"".join(parts)

    def _note_clock(self, response: httpx.Response) -> None:
        try:
            told = parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return
        self.skew_s = int((told - datetime.now(UTC)).total_seconds())


def _judged(method: str, response: httpx.Response, text: bytes) -> Any:
    status = response.status_code
    if status == 204:
        return None
    if status == 429:
        raise RemoteBusy(retry_after_s=wait_told(response.headers.get("Retry-After"), now=datetime.now(UTC)))
    if status in {401, 403}:
        raise BadCredentials(f"The foreign system answered {status}: the key is wrong, or may not do this.")
    if status >= 500:
        problem = f"The foreign system answered {status}."
        raise RemoteFailed(problem) if method == "GET" else OutcomeUnknown(problem)
    try:
        answer = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except ValueError as problem:
        nonsense = f"The foreign system answered {status} and no JSON ({response.headers.get('Content-Type', '')})."
        if method == "GET":
            raise RemoteNonsense(nonsense) from problem
        raise OutcomeUnknown(nonsense) from problem
    if status >= 300:
        told = answer if isinstance(answer, dict) else {}
        message, fields = str(told.get("message", f"The foreign system answered {status}.")), told.get("errors")
        if status == 404:
            raise RemoteNotFound(message)
        raise RemoteRefused(message, status_there=status, fields=fields if isinstance(fields, dict) else {})
    return answer


def wait_told(header: str | None, *, now: datetime) -> int:
    """How long ``Retry-After`` says to wait, in seconds or until a date; a minute when it says nothing; 300 s at most."""
    if header is None:
        return BARE_WAIT_S
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(int(text), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return BARE_WAIT_S
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0, min(int((until - now).total_seconds()) + 1, LONGEST_WAIT_S))


def _waits(problem: Exception) -> bool | float:
    if isinstance(problem, RemoteBusy):
        return problem.retry_after_s or 0
    return isinstance(problem, _WORTH_REPEATING)


def _waits_to_write(problem: Exception) -> bool | float:
    """What never arrived, and what was turned away at the door."""
    if isinstance(problem, RemoteBusy):
        return problem.retry_after_s or 0
    return isinstance(problem, Unreachable)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


class _Breaker:
    """Gives a system up after 20 failures in a row, or 3 refused keys; for good, because a person has to look."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._failures = self._refused_keys = 0
        self._reason = ""

    def refuse_when_open(self) -> None:
        if self._reason:
            raise BreakerOpen(self._reason)

    def note(self, problem: Exception | None) -> None:
        with self._guard:
            self._failures = 0 if problem is None else self._failures + 1
            self._refused_keys = self._refused_keys + 1 if isinstance(problem, BadCredentials) else 0
            if self._refused_keys >= REFUSED_KEYS_IN_A_ROW:
                self._reason = f"The key was refused {REFUSED_KEYS_IN_A_ROW} times."
            elif self._failures >= FAILURES_IN_A_ROW:
                self._reason = f"{FAILURES_IN_A_ROW} requests in a row have failed; the last: {problem}"
