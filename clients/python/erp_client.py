"""A client of the ERP in plain Python, without dependencies: import invoices safely, follow what happens to them.

    ERP_URL=http://127.0.0.1:8000 ERP_KEY=… python erp_client.py import invoices.json
    ERP_URL=http://127.0.0.1:8000 ERP_KEY=… python erp_client.py follow last-event-id

Take what you need of it into your own program.
"""

import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ATTEMPTS = 8
LONGEST_PAUSE_S = 30.0


class Refused(Exception):
    """The server understood and refused: sending the same again would not help. `status` and `body` say why."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Erp:
    """One company's ERP, as the holder of an API key."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self.key = key

    def import_invoice(self, invoice: dict[str, Any]) -> dict[str, Any]:
        """Import one invoice, however often it takes, exactly once. Raises Refused; OSError when it has not worked for long.

        No answer does not mean that nothing was stored. The idempotency key makes the repeat harmless: it gets the first
        answer again.
        """
        key = str(uuid.uuid4())
        for attempt in range(ATTEMPTS):
            try:
                return self._post("/api/sales/import/invoice/", invoice, key)
            except urllib.error.HTTPError as problem:
                body = problem.read().decode(errors="replace")
                in_flight = problem.code == 409 and "idempotency-in-flight" in body
                if not in_flight and problem.code not in {429, 502, 503, 504}:
                    raise Refused(problem.code, body) from problem
                asked_s = float(problem.headers.get("Retry-After") or 0)
            except OSError:
                if attempt == ATTEMPTS - 1:
                    raise
                asked_s = 0.0
            time.sleep(_pause_s(attempt, asked_s))
        raise OSError("the server has been busy for too long")

    def follow(self, after: str = "", *, types: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        """Each event with its id, for ever; `after` is the last id that was worked on.

        Keep the id with the work. Whoever comes back with it gets what follows, each event once. Raises Refused. A reset
        (what followed has expired) comes as the kind ``stream-reset``: read the lists anew, then go on.
        """
        attempt = 0
        while True:
            try:
                for name, event_id, data in self._listen(after, types):
                    attempt = 0
                    after = event_id or after
                    if name == "stream-reset":
                        yield event_id, {"type": name, **json.loads(data)}
                    elif name != "stream-open" and data:
                        yield event_id, json.loads(data)
            except urllib.error.HTTPError as problem:
                if problem.code not in {429, 502, 503, 504}:
                    raise Refused(problem.code, problem.read().decode(errors="replace")) from problem
                time.sleep(_pause_s(attempt, float(problem.headers.get("Retry-After") or 0)))
            except (OSError, ValueError):
                time.sleep(_pause_s(attempt, 0.0))  # ValueError: the connection broke inside an answer
            attempt += 1

    def _post(self, path: str, body: Any, key: str) -> dict[str, Any]:
        headers = {"X-API-Key": self.key, "Content-Type": "application/json", "Idempotency-Key": key}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)  # noqa: S310  our own server
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def _listen(self, after: str, types: str) -> Iterator[tuple[str, str, str]]:
        """Name, id and data of each message until the server ends the stream, which it does once an hour."""
        headers = {"X-API-Key": self.key, "Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        query = f"?types={types}" if types else ""
        request = urllib.request.Request(f"{self.url}/api/sales/sse/invoices/{query}", headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as stream:  # noqa: S310  silence is broken every 15 s
            name, event_id, data = "message", "", []
            for raw in stream:
                line = raw.decode().rstrip("\r\n")
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if line == "":
                    if data or event_id:
                        yield name, event_id, "\n".join(data)
                    name, event_id, data = "message", "", []
                elif field == "event":
                    name = value
                elif field == "id":
                    event_id = value
                elif field == "data":
                    data.append(value)


def _pause_s(attempt: int, asked_s: float) -> float:
    """Longer each time, never in step with others, and no shorter than the server asks."""
    return max(asked_s, random.uniform(0.5, 1.0) * min(2.0**attempt / 4, LONGEST_PAUSE_S))  # noqa: S311  jitter


def main(arguments: list[str]) -> int:
    erp = Erp(os.environ["ERP_URL"], os.environ["ERP_KEY"])
    if len(arguments) == 2 and arguments[0] == "import":
        for invoice in json.loads(Path(arguments[1]).read_text(encoding="utf-8")):
            answer = erp.import_invoice(invoice)
            print(answer["data"]["invoice_no"], answer["data"]["result"], flush=True)
        return 0
    if len(arguments) == 2 and arguments[0] == "follow":
        place = Path(arguments[1])
        after = place.read_text(encoding="utf-8").strip() if place.exists() else ""
        for event_id, event in erp.follow(after):
            print(event["type"], event.get("invoice_no", ""), flush=True)
            place.write_text(event_id, encoding="utf-8")  # after the work: an event may come twice, never not at all
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
