"""What an import from a file leaves beside the file: how far it has come, and what was refused."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from invoices.bulk_lines import LineResult


class Progress(msgspec.Struct):
    """`done` invoices of this very file are dealt with; the files of refusals are that long."""

    file: list[int]
    company: str
    done: int = 0
    counts: dict[str, int] = {}
    sizes: tuple[int, int] = (0, 0)


class ImportRun:
    """One run over a file, or what is left of it after one that was killed.

    The progress is written, and on the disk, after each chunk that was committed: who is killed between the two does a chunk
    again, and finds it unchanged. A file that is another meanwhile is begun anew, which does no harm either.
    """

    def __init__(self, path: Path, *, company: str) -> None:
        self._path = path.with_name(path.name + ".progress")
        self.failed = path.with_name(path.name + ".failed.ndjson")
        self.reasons = path.with_name(path.name + ".failed.reasons.ndjson")
        state = path.stat()
        fresh = Progress([state.st_size, state.st_mtime_ns], company)
        self.progress = self._left_by_another(fresh) or fresh
        self.resumed = self.progress.done
        self._files = [_cut(one, size) for one, size in zip((self.failed, self.reasons), self.progress.sizes, strict=True)]

    def _left_by_another(self, fresh: Progress) -> Progress | None:
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Progress)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return found if (found.file, found.company) == (fresh.file, fresh.company) else None

    def note(self, results: Sequence[LineResult], reasons: str) -> None:
        """Keep what was refused of a committed chunk, as it was sent and why (lines of JSON); then that it is done."""
        sent = b"".join(_as_one_line(one.line.body) for one in results if one.problem is not None)
        for file, text in zip(self._files, (sent, reasons.encode()), strict=True):
            file.write(text)
            _to_disk(file)
        self.progress.done = results[-1].line.number
        self.progress.counts = dict(Counter(self.progress.counts) + Counter(one.word for one in results))
        sent_to, reasons_to = (file.tell() for file in self._files)
        self.progress.sizes = (sent_to, reasons_to)
        making = self._path.with_name(self._path.name + ".new")
        with making.open("wb") as file:
            file.write(msgspec.json.encode(self.progress))
            _to_disk(file)
        making.replace(self._path)

    def finish(self) -> None:
        """Nothing is left to be done: the progress goes, and so do files of refusals that are empty."""
        self._path.unlink(missing_ok=True)
        for file, path in zip(self._files, (self.failed, self.reasons), strict=True):
            file.close()
            if not path.stat().st_size:
                path.unlink()

    def close(self) -> None:
        for file in self._files:
            file.close()


def _cut(path: Path, size: int) -> IO[bytes]:
    """The file, without what was written after the last progress."""
    path.touch()
    file = path.open("r+b")
    file.truncate(size)
    file.seek(0, os.SEEK_END)
    return file


def _as_one_line(body: bytes) -> bytes:
    """In JSON a line break is never a part of what is said."""
    return body.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
