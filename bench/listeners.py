"""Many listeners in one process, for the stream bench.

    python -m bench.listeners <port> <clients> <events each> <api key or -> <last event id or ->

Says ``ready`` when all streams are open, and at the end one line of JSON: seconds until open and until everybody had
everything, deliveries, those out of order, and the percentiles of their latencies.
"""

import asyncio
import json
import re
import sys
import time

import uvloop

PATIENCE_S = 120
_EVENT = re.compile(rb'^id: [^\n]*:(\d+)\ndata: \{"at": ([\d.]+)', re.MULTILINE)


class Listener(asyncio.Protocol):
    """Counts the events of one stream, and checks that each follows the one before."""

    open = 0
    complete = 0
    out_of_order = 0
    latencies: list[float] = []

    def __init__(self, request: bytes, events: int) -> None:
        self.request = request
        self.missing = events
        self.last = 0
        self.rest = b""
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        whole, blank, self.rest = (self.rest + data).rpartition(b"\n\n")
        if not self.is_open and b"stream-open" in whole + blank:
            self.is_open = True
            Listener.open += 1
        now = time.time()
        for match in _EVENT.finditer(whole):
            number = int(match[1])
            Listener.out_of_order += self.last not in (0, number - 1)
            self.last = number
            self.missing -= 1
            Listener.complete += self.missing == 0
            Listener.latencies.append(now - float(match[2]))


async def listen(port: int, clients: int, events: int, key: str, last_id: str) -> None:
    lines = [b"GET /api/sales/sse/invoices/ HTTP/1.1", b"Host: 127.0.0.1"]
    lines += [f"X-API-KEY: {key}".encode()] if key != "-" else []
    lines += [f"Last-Event-ID: {last_id}".encode()] if last_id != "-" else []
    request = b"\r\n".join([*lines, b"", b""])
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    for first in range(0, clients, 200):
        some = range(first, min(clients, first + 200))
        await asyncio.gather(*(loop.create_connection(lambda: Listener(request, events), "127.0.0.1", port) for _ in some))
    await _until(lambda: Listener.open == clients)
    open_s = time.monotonic() - began
    print("ready", flush=True)
    await _until(lambda: Listener.complete == clients)
    latencies = sorted(Listener.latencies)
    report = {
        "open_s": open_s,
        "complete_s": time.monotonic() - began,
        "deliveries": len(latencies),
        "out_of_order": Listener.out_of_order,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[len(latencies) * 99 // 100],
    }
    print(json.dumps(report), flush=True)


async def _until(so: object) -> None:
    assert callable(so)
    deadline = time.monotonic() + PATIENCE_S
    while not so() and time.monotonic() < deadline:
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    port, clients, events, key, last_id = sys.argv[1:]
    uvloop.run(listen(int(port), int(clients), int(events), key, last_id))
