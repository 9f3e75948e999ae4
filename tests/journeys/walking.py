"""Walking through a document as its reader would: its shell blocks are run, its answers compared.

A block that begins with ```sh is run by bash; variables and functions go on from block to block. A comment in front of it
says what it is: ``<!-- answer: 201 -->`` for a request whose status, and whose body where a ```json block follows, are
compared, ``<!-- stream: name -->`` for a listener that goes on beside the following blocks.
"""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_S = 30.0
ANYTHING = "…"

_BLOCK = re.compile(
    r"(?:^<!-- (?P<kind>answer|stream): (?P<what>\S+) -->\n)?^```sh\n(?P<script>.*?)^```\n"
    r"(?:\n```json\n(?P<answer>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
_KEPT = "ERP API_KEY ACCESS REFRESH CUSTOMER ITEM ORDER INVOICE"
_KEEP_STATE = f"\nunset -f curl; {{ declare -p {_KEPT} || true; declare -f; }} > .state 2> .unset\n"
_SHOW_STATUS = "curl() { command curl --write-out '\\n%{http_code}' \"$@\"; }\n"


@dataclass(frozen=True)
class Block:
    """A piece of shell out of a document, and what the document says about it."""

    script: str
    kind: str = ""
    what: str = ""
    answer: Any = None


def blocks_of(text: str) -> list[Block]:
    return [
        Block(
            found["script"],
            kind=found["kind"] or "",
            what=found["what"] or "",
            answer=json.loads(found["answer"]) if found["answer"] else None,
        )
        for found in _BLOCK.finditer(text)
    ]


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any


class Listening:
    """A listener of the document, running beside the reader."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for_events(self, count: int) -> list[dict[str, Any]]:
        """The first so many events, as ``{id, event, data}``, the opening not counted."""
        return wait_until(lambda: self.events[:count] if len(self.events) >= count else None)

    def wait_until_open(self) -> None:
        wait_until(lambda: "event: stream-open" in self._lines or None)

    def wait_until_closed(self) -> None:
        wait_until(lambda: self._process.poll() is not None or None)

    @property
    def events(self) -> list[dict[str, Any]]:
        found = []
        for chunk in "\n".join(self._lines).split("\n\n")[:-1]:
            fields = dict(line.partition(": ")[::2] for line in chunk.splitlines())
            if fields.get("event") == "message":
                found.append({"id": fields["id"], "data": json.loads(fields["data"])})
        return found

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip("\n"))


@dataclass
class Reader:
    """Somebody at a shell, in a directory with the `var/demo.json` that `make up` leaves."""

    directory: Path
    listening: dict[str, Listening] = field(default_factory=dict)

    def run(self, block: Block) -> Reply | None:
        """Run it to its end; a request answers with what came back. Fails when the shell does, or the document is wrong."""
        status_shown = _SHOW_STATUS if block.kind == "answer" else ""
        script = "touch .state; source ./.state\n" + status_shown + "set -eu\n" + block.script + _KEEP_STATE
        done = subprocess.run(["bash", "-c", script], cwd=self.directory, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{block.script}\n{done.stdout}\n{done.stderr}"
        if block.kind != "answer":
            return None
        body, _, status = done.stdout.rpartition("\n")
        reply = Reply(int(status), json.loads(body) if body else None)
        assert reply.status == int(block.what), f"{block.script}\n{done.stdout}"
        if block.answer is not None:
            assert differences(block.answer, reply.body) == [], f"{block.script}\n{done.stdout}"
        return reply

    def listen(self, block: Block) -> Listening:
        """Run it beside whatever comes next."""
        process = subprocess.Popen(
            ["bash", "-c", "touch .state; source ./.state\n" + block.script],
            cwd=self.directory,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.listening[block.what] = listening = Listening(process)
        listening.wait_until_open()
        return listening


@contextmanager
def reader_in(directory: Path) -> Iterator[Reader]:
    """A reader whose listeners end with the walk."""
    reader = Reader(directory)
    try:
        yield reader
    finally:
        for listening in reader.listening.values():
            listening.stop()


def differences(documented: Any, real: Any, path: str = "$") -> list[str]:
    """Where the answer is not what the document shows; `…` stands for anything that is there."""
    if documented == ANYTHING:
        return [] if real is not None else [f"{path}: null"]
    if isinstance(documented, Mapping) and isinstance(real, Mapping):
        found = [f"{path}.{name}: only in one of the two" for name in sorted(documented.keys() ^ real.keys())]
        return found + [
            difference
            for name in sorted(documented.keys() & real.keys())
            for difference in differences(documented[name], real[name], f"{path}.{name}")
        ]
    if isinstance(documented, list) and isinstance(real, list) and len(documented) == len(real):
        return [
            difference
            for position, (one, other) in enumerate(zip(documented, real, strict=True))
            for difference in differences(one, other, f"{path}[{position}]")
        ]
    return [] if documented == real else [f"{path}: {real!r} instead of {documented!r}"]


def wait_until(look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found
