"""The CRM over HTTP: any version segment, read and write keys, bare arrays, its error bodies; faults to order.

Control routes, of no CRM: ``GET /__standin__/journal`` and ``state``, ``POST /__standin__/faults``, ``reset``.
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
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standins.uisp.books import Books, Refused
from tests.standins.uisp.faults import Fault
from tests.standins.uisp.history import History, shown_bill

READ_KEY = "standin-read-key"
WRITE_KEY = "standin-write-key"
_PLACE = re.compile(r"/(?:crm/)?api/v[0-9.]+/(.*?)/?")
_AMOUNTS = re.compile(rb'"(total|amount)": -?[0-9.]+')


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
    """A server with its books, its faults and the journal of what it was asked."""

    books: Books
    faults: list[Fault] = field(default_factory=list)
    journal: list[Asked] = field(default_factory=list)
    url: str = ""
    is_revoked: bool = False

    def fault(self, kind: str, **options: Any) -> Fault:
        """Order a fault: `method`, `path`, `nth`, `every`, `probability`, `seed`, `times`; the rest are its own options."""
        own = {name: options.pop(name) for name in list(options) if name in Fault.__dataclass_fields__}
        one = Fault(kind, **own, options=options)
        self.faults.append(one)
        return one

    def reset(self) -> None:
        with self.books.guard:
            self.books.reset()
            self.faults.clear()
            self.journal.clear()
            self.is_revoked = False

    def asked(self, method: str, path: str = "") -> list[Asked]:
        return [one for one in self.journal if one.method == method and re.search(path, one.path)]


@contextmanager
def serving(
    history: History | None = None, *, host: str = "127.0.0.1", port: int = 0, certificate: tuple[str, str] | None = None
) -> Iterator[StandIn]:
    """A stand-in that answers on `url` until the block ends. `certificate` is the paths of a certificate and its key."""
    here = StandIn(Books(history))
    server = _Server((host, port), type("Handler", (_Handler,), {"standin": here}))
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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    standin: StandIn

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_GET

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
        with self.standin.books.guard:
            self.standin.journal.append(asked)
            struck = [one for one in self.standin.faults if one.strikes(self.command, parts.path)]
        asked.fault = ", ".join(one.kind for one in struck)
        faults = {one.kind: one.options for one in struck}
        self._clock_ahead_s = faults.get("clock_off", {}).get("seconds", 0)
        if "slow" in faults:
            time.sleep(faults["slow"]["seconds"])
        if not self._fails_before(faults):
            status, answer, headers = self._answer(asked, faults)
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
        return {name: len(rows) for name, rows in here.books.tables.items()}

    # ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _fails_before(self, faults: dict[str, dict[str, Any]]) -> bool:
        if "drop_before" in faults:
            self._hang_up()
        elif "busy" in faults:
            after = faults["busy"].get("retry_after")
            self._send(429, _error(429, "Too many requests."), {} if after is None else {"Retry-After": str(after)})
        elif "error_before" in faults:
            self._send(faults["error_before"].get("status", 500), _error(500, "Internal error."))
        elif "html" in faults:
            self._raw(faults["html"].get("status", 502), b"<html><body>Bad gateway</body></html>", {}, "text/html")
        elif "huge" in faults:
            self._send_huge(faults["huge"]["bytes"])
        elif "key_revoked" in faults:
            self.standin.is_revoked = True
            self._send(401, _error(401, "Unauthorized."))
        else:
            return False
        return True

    def _fails_after(self, faults: dict[str, dict[str, Any]]) -> bool:
        if "error_after" in faults:
            self._send(faults["error_after"].get("status", 500), _error(500, "Internal error."))
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
        if "odd_rows" in faults and isinstance(answer, list) and answer:
            answer = [_odd(answer[0], faults["odd_rows"]), *answer[1:]]
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

    # ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _answer(self, asked: Asked, faults: dict[str, dict[str, Any]]) -> tuple[int, Any, dict[str, str]]:
        found = _PLACE.fullmatch(asked.path)
        if found is None:
            return 404, _error(404, "Object is not found."), {}
        key = self.headers.get("X-Auth-App-Key", "")
        if self.standin.is_revoked or key not in {READ_KEY, WRITE_KEY}:
            return 401, _error(401, "Unauthorized."), {}
        if key == READ_KEY and self.command != "GET":
            return 403, _error(403, "Forbidden."), {}
        with self.standin.books.guard:
            self._move_rows(found[1], faults)
            try:
                return self._routed(found[1].split("/"), asked)
            except Refused as refused:
                errors = {} if refused.fields is None else {"errors": refused.fields}
                return refused.code, _error(refused.code, refused.message) | errors, {}

    def _move_rows(self, place: str, faults: dict[str, dict[str, Any]]) -> None:
        """Somebody writes an invoice, or deletes one, while pages are read."""
        rows = self.standin.books.tables["invoices"]
        if "row_comes" in faults and place == "invoices":
            history = self.standin.books.history
            assert history is not None
            new = shown_bill(next(bill for bill in history.bills if bill.status == 1))
            key = self.standin.books.next_id("invoices")
            rows[key] = new | {"id": key, "number": str(100000 + key), "createdDate": "2025-03-01T00:00:00+0800"}
        if "row_goes" in faults and place == "invoices":
            del rows[next(key for key, row in rows.items() if row["status"] == 1)]

    def _routed(self, path: list[str], asked: Asked) -> tuple[int, Any, dict[str, str]]:
        if self.command == "GET":
            return 200, self._read(path, asked.query), {}
        books, body = self.standin.books, asked.body
        match [self.command, *path]:
            case ["POST", "clients"]:
                return self._made("clients", books.make_client(body))
            case ["POST", "clients", key, "invoices"]:
                return self._made("invoices", books.make_invoice(int(key), body))
            case ["POST", "payments"]:
                return self._made("payments", books.make_payment(body))
            case ["POST", ("payment-methods" | "custom-attributes") as table]:
                return self._made(table, books.make_named(table, body))
            case ["PATCH", "invoices", key, "void"]:
                return 200, books.void(int(key)), {}
            case ["PATCH", "invoices", key, "approve"]:
                return 200, books.approve(int(key)), {}
            case ["PATCH", ("payments" | "invoices" | "clients") as table, key]:
                row = books.find(table, int(key))
                row |= body
                return 200, row, {}
            case ["DELETE", "payments", key]:
                books.delete_payment(int(key))
                return 204, None, {}
        raise Refused(404, "Object is not found.")

    def _read(self, path: list[str], query: dict[str, list[str]]) -> Any:
        books = self.standin.books
        match path:
            case ["version"]:
                return {"version": "4.4.30"}
            case ["organizations", _, "next-invoice-number"]:
                return {"number": books._next_number()}
            case [table] if table in books.tables:
                return books.listed(table, query)
            case [table, key] if table in books.tables:
                return books.find(table, int(key) if key.isdigit() else key)
        raise Refused(404, "Object is not found.")

    def _made(self, table: str, row: Any) -> tuple[int, Any, dict[str, str]]:
        return 201, row, {"Location": f"{self.standin.url}/crm/api/v1.0/{table}/{row['id']}"}

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


def _error(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def _odd(row: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    odd = {name: value for name, value in row.items() if name not in options.get("missing", [])} | {"brandNewKey": [1]}
    odd |= dict.fromkeys(options.get("null", []))
    return odd | ({"status": options["status"]} if "status" in options else {})
