"""The floor of the stream bench: a bare ASGI application with a queue per client, no database, no credentials.

``GET /go?<events per second>,<events>,<bytes>`` publishes; any other path listens. Written as one would write it first.
"""

import asyncio
import json
import time
from typing import Any

_queues: set["asyncio.Queue[bytes]"] = set()
_publishing: set["asyncio.Task[None]"] = set()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["path"] == "/go":
        rate, events, size = (int(word) for word in scope["query_string"].split(b","))
        task = asyncio.create_task(_publish(rate, events, size))
        _publishing.add(task)
        task.add_done_callback(_publishing.discard)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
    else:
        await _listen(receive, send)


async def _listen(receive: Any, send: Any) -> None:
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    _queues.add(queue)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b"event: stream-open\ndata:\n\n", "more_body": True})
    leaving = asyncio.create_task(_wait_until_gone(receive))
    try:
        while not leaving.done():
            await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})
    finally:
        _queues.discard(queue)
        leaving.cancel()


async def _wait_until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _publish(rate: int, events: int, size: int) -> None:
    began = time.time()
    for number in range(1, events + 1):
        payload = json.dumps({"at": began + (number - 1) / rate, "pad": "x" * size})
        body = f"event: message\nid: bare:{number}\ndata: {payload}\n\n".encode()
        for queue in _queues:
            queue.put_nowait(body)
        await asyncio.sleep(max(0.0, began + number / rate - time.time()))
