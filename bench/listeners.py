"""Many listeners in one process, for the stream bench, which starts it.

Its arguments: port, clients, events for each, API keys or ``-``, last event ids or ``-``, both comma-separated and given out
in turn. Says ``ready`` when all streams are
open, and at the end one line of JSON: seconds until open and until everybody had everything, deliveries, those out of order,
and the percentiles of their latencies.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import uvloop

PATIENCE_S = 300
_DATA = b'\ndata: {"at": '


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

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        whole, blank, self.rest = (self.rest + data).rpartition(b"\n\n")
        if not self.is_open and b"stream-open" in whole + blank:
            self.is_open = True
            Listener.open += 1
        now = time.time()
        for block in whole.split(b"\n\n"):
            # By hand: a regular expression walks through the payload, and then the listeners are what is measured.
            head, found, payload = block.partition(_DATA)
            if not found:
                continue
            number = int(head.rpartition(b":")[2])
            Listener.out_of_order += self.last not in (0, number - 1)
            self.last = number
            self.missing -= 1
            Listener.complete += self.missing == 0
            Listener.latencies.append(now - float(payload[: payload.index(b",")]))


async def listen(port: int, clients: int, events: int, keys: str, last_ids: str) -> None:
    requests = [_request(*pair) for pair in zip(keys.split(","), last_ids.split(","), strict=True)]
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    for first in range(0, clients, 200):
        some = range(first, min(clients, first + 200))
        made = (partial(Listener, requests[number % len(requests)], events) for number in some)
        await asyncio.gather(*(loop.create_connection(one, "127.0.0.1", port) for one in made))
    await _until(lambda: Listener.open == clients, "open streams")
    open_s = time.monotonic() - began
    print("ready", flush=True)
    await _until(lambda: Listener.complete == clients, "complete streams")
    latencies = sorted(Listener.latencies)
    report = {
        "open_s": open_s,
        "complete_s": time.monotonic() - began,
        "deliveries": len(latencies),
        "out_of_order": Listener.out_of_order,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[len(latencies) * 99 // 100],
        "longest_ms": 1000 * latencies[-1],
    }
    print(json.dumps(report), flush=True)


def _request(key: str, last_id: str) -> bytes:
    lines = [b"GET /api/sales/sse/invoices/ HTTP/1.1", b"Host: 127.0.0.1"]
    lines += [f"X-API-KEY: {key}".encode()] if key != "-" else []
    lines += [f"Last-Event-ID: {last_id}".encode()] if last_id != "-" else []
    return b"\r\n".join([*lines, b"", b""])


async def _until(so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not so():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {PATIENCE_S} s for {what}: {Listener.open} open, {Listener.complete} complete")
        await asyncio.sleep(0.02)


def main() -> None:
    port, clients, events, keys, last_ids = sys.argv[1:]
    uvloop.run(listen(int(port), int(clients), int(events), keys, last_ids))
