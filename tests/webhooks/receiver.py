"""A receiver of webhooks: a real HTTP server that answers as it is told, also in every bad way, and remembers all."""

import base64
import hashlib
import hmac
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

_GONE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Received:
    """A request as it came, and how it was answered."""

    path: str
    headers: dict[str, str]
    raw: bytes
    answer: str

    @property
    def number(self) -> int:
        return int(self.headers["webhook-id"].rpartition(":")[2])

    @property
    def body(self) -> Any:
        return msgspec.json.decode(self.raw)

    def is_signed_with(self, secret: str) -> bool:
        """By the letter of Standard Webhooks 1.0, without its library."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.raw
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """`answers` says how the next requests are answered; after them `then`. `slow_s` is how long a slow answer takes."""

    port: int = 0
    answers: Iterator[str] = field(default_factory=lambda: iter(()))
    then: str = "200"
    by_body: Callable[[Any], str | None] = lambda body: None
    slow_s: float = 1.0
    redirect_to: str = ""
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?of=erp"

    @property
    def taken(self) -> list[Received]:
        return [one for one in self.requests if one.answer == "200"]

    def has_more_than(self, count: int) -> bool:
        return len(self.requests) > count

    def note(self, path: str, headers: dict[str, str], raw: bytes) -> str:
        with self._lock:
            body = msgspec.json.decode(raw) if raw else None
            answer = self.by_body(body) or next(self.answers, self.then)
            self.requests.append(Received(path, headers, raw, answer))
            return answer


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        answer = self.receiver.note(self.path, {k.lower(): v for k, v in self.headers.items()}, raw)
        getattr(self, f"_{answer}", lambda: self._status(int(answer)))()

    def _status(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def _busy(self) -> None:
        self._status(429, Retry_After="30")

    def _redirect(self) -> None:
        self._status(307, Location=self.receiver.redirect_to or f"http://127.0.0.1:{self.receiver.port}/elsewhere")

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _GONE)
        self.connection.close()

    def _hangup(self) -> None:
        self.close_connection = True

    def _garbage(self) -> None:
        self.wfile.write(b"\x00\x01 what do you want?\r\n\r\n")
        self.close_connection = True

    def _slow(self) -> None:
        time.sleep(self.receiver.slow_s)
        self._status(200)

    def _drip(self) -> None:
        """A byte now and then: no single wait is long."""
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 60:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(self.receiver.slow_s / 20)
        self.close_connection = True

    def _flood(self) -> None:
        """An answer that has no end."""
        self.send_response(500)
        self.end_headers()
        for _ in range(10_000):
            self.wfile.write(b"x" * 64 * 1024)

    def handle(self) -> None:
        with suppress(OSError):  # the other side has had enough
            super().handle()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Counts who knocks, whether he says anything or not."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), type("Handler", (Handler,), {"receiver": receiver}))
        self.receiver = receiver

    def get_request(self) -> Any:
        request = super().get_request()
        self.receiver.connections += 1
        return request


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on a free port of this machine; with a context it speaks TLS."""
    receiver = Receiver()
    server = Server(receiver)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
