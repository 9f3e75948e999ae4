"""What every stand-in has: a server with a journal, faults to order, and routes to control them.

Control routes, of no foreign system: ``GET /__standin__/journal`` and ``state``, ``POST /__standin__/faults``, ``reset``.
"""

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from tests.standins.faults import Fault

_AMOUNTS = re.compile(rb'"(total|amount|balance)": -?[0-9.]+')
Answered = tuple[int, Any, dict[str, str]]
"""Status, what becomes JSON (or bytes, which are a page of HTML), headers."""


@dataclass
class Asked:
    """A request as it came, for the journal."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    status: int = 0
    fault: str = ""


@dataclass
class StandIn:
    """A server with its faults and the journal of what it was asked. `guard` is held while it answers."""

    faults: list[Fault] = field(default_factory=list)
    journal: list[Asked] = field(default_factory=list)
    url: str = ""
    is_revoked: bool = False
    guard: threading.RLock = field(default_factory=threading.RLock)

    def fault(self, kind: str, **options: Any) -> Fault:
        """Order a fault: `method`, `path`, `nth`, `every`, `probability`, `seed`, `times`; the rest are its own options."""
        own = {name: options.pop(name) for name in list(options) if name in Fault.__dataclass_fields__}
        one = Fault(kind, **own, options=options)
        self.faults.append(one)
        return one

    def reset(self) -> None:
        with self.guard:
            self.forget()
            self.faults.clear()
            self.journal.clear()
            self.is_revoked = False

    def forget(self) -> None:
        """Its books as they were in the beginning."""

    def counts(self) -> dict[str, int]:
        """How many rows of each kind it has."""
        return {}

    def asked(self, method: str, path: str = "") -> list[Asked]:
        return [one for one in self.journal if one.method == method and re.search(path, one.path)]


Here = TypeVar("Here", bound=StandIn)


@contextmanager
def answering(
    here: Here, handler: "type[Handler]", *, host: str, port: int, certificate: tuple[str, str] | None = None
) -> Iterator[Here]:
    """The stand-in answers on its `url` until the block ends. `certificate` is the paths of a certificate and its key."""
    server = _Server((host, port), type("Answering", (handler,), {"standin": here}))
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    here.url = f"{scheme}://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news: faults and tests make them."""


class Handler(BaseHTTPRequestHandler):
    """Answers requests. A stand-in says its `answer`, how it words an `error`, and what `spoiled` rows look like."""

    protocol_version = "HTTP/1.1"
    standin: Any

    def answer(self, asked: Asked, faults: dict[str, dict[str, Any]]) -> Answered:
        raise NotImplementedError

    def error(self, code: int, message: str) -> Any:
        raise NotImplementedError

    def spoiled(self, answer: Any, options: dict[str, Any]) -> Any:
        return answer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate((timestamp or time.time()) + self._clock_ahead_s, usegmt=True)

    def _serve(self) -> None:
        self._clock_ahead_s = 0
        parts = urlsplit(self.path)
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(text) if text else None
        if parts.path.startswith("/__standin__/"):
            self._send(200, self._controlled(parts.path.removeprefix("/__standin__/"), body))
            return
        asked = Asked(self.command, parts.path, parse_qs(parts.query), body)
        with self.standin.guard:
            self.standin.journal.append(asked)
            struck = [one for one in self.standin.faults if one.strikes(self.command, parts.path)]
        asked.fault = ", ".join(one.kind for one in struck)
        faults = {one.kind: one.options for one in struck}
        self._clock_ahead_s = faults.get("clock_off", {}).get("seconds", 0)
        if "slow" in faults:
            time.sleep(faults["slow"]["seconds"])
        if not self._fails_before(faults):
            status, answer, headers = self.answer(asked, faults)
            asked.status = status
            if not self._fails_after(faults):
                self._send_spoiled(status, answer, headers, faults)

    def _controlled(self, what: str, body: Any) -> Any:
        here = self.standin
        if what == "reset":
            here.reset()
        elif what == "faults":
            here.fault(**body)
        elif what == "journal":
            return [one.__dict__ for one in here.journal]
        return here.counts()

    # ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _fails_before(self, faults: dict[str, dict[str, Any]]) -> bool:
        if "drop_before" in faults:
            self._hang_up()
        elif "busy" in faults:
            after = faults["busy"].get("retry_after")
            self._send(429, self.error(429, "Too many requests."), {} if after is None else {"Retry-After": str(after)})
        elif "error_before" in faults:
            self._send(faults["error_before"].get("status", 500), self.error(500, "Internal error."))
        elif "html" in faults:
            self._raw(faults["html"].get("status", 502), b"<html><body>Bad gateway</body></html>", {}, "text/html")
        elif "huge" in faults:
            self._send_huge(faults["huge"]["bytes"])
        elif "key_revoked" in faults:
            self.standin.is_revoked = True
            self._send(401, self.error(401, "Unauthorized."))
        else:
            return False
        return True

    def _fails_after(self, faults: dict[str, dict[str, Any]]) -> bool:
        if "error_after" in faults:
            self._send(faults["error_after"].get("status", 500), self.error(500, "Internal error."))
        elif "silent_after" in faults:
            self._hang_up()
        else:
            return False
        return True

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send_huge(self, size: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        block = b" " * 65536
        with contextlib.suppress(OSError):
            for _ in range(size // len(block)):
                self.wfile.write(block)
        self.close_connection = True

    def _send_spoiled(self, status: int, answer: Any, headers: dict[str, str], faults: dict[str, dict[str, Any]]) -> None:
        if isinstance(answer, bytes):
            self._raw(status, answer, headers, "text/html")
            return
        if "odd_rows" in faults:
            answer = self.spoiled(answer, faults["odd_rows"])
        text = b"" if status == 204 else json.dumps(answer).encode()
        if "nan" in faults:
            text = _AMOUNTS.sub(rb'"\1": NaN', text)
        if "cut_json" in faults:
            text = text[: len(text) // 2]
        if "drop_inside" in faults:
            self._raw(status, text[: len(text) // 2], headers, length=len(text))
            self._hang_up()
            return
        self._raw(status, text, headers)

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        self._raw(status, json.dumps(answer).encode(), headers or {})

    def _raw(
        self, status: int, text: bytes, headers: dict[str, str], kind: str = "application/json", length: int | None = None
    ) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text) if length is None else length))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)


def odd_row(row: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """A row with keys missing, others null, another status, and one that nobody knows."""
    odd = {name: value for name, value in row.items() if name not in options.get("missing", [])} | {"brandNewKey": [1]}
    odd |= dict.fromkeys(options.get("null", []))
    return odd | ({"status": options["status"]} if "status" in options else {})
