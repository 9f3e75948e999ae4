"""Bodies of lines, too long for memory: unpacked into a temporary file, with every limit kept while they are read."""

import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError

from erp.problems import ParseError, TooLarge, UnsupportedMediaType

NDJSON = "application/x-ndjson"
_BLOCK_BYTES = 256 * 1024
_GZIP = 31  # zlib's word for "a gzip header and trailer"


@dataclass(frozen=True, slots=True)
class LineLimits:
    lines: int
    line_bytes: int


def spooled_lines(request: HttpRequest, limits: LineLimits) -> IO[bytes]:
    """The unpacked lines as a file that vanishes when it is closed.

    Raises UnsupportedMediaType, TooLarge, and ParseError for a body that breaks off or is no gzip.
    """
    media_type = (request.META.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    if media_type != NDJSON:
        raise UnsupportedMediaType(f"Send Content-Type: {NDJSON}, one JSON object to a line.")
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip"}:
        raise UnsupportedMediaType("Send the lines as they are, or with Content-Encoding: gzip.")
    blocks = _blocks(request)
    # Closed by whoever reads it, or at once when a limit is passed.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        for block in _judged(_unpacked(blocks) if encoding == "gzip" else blocks, limits):
            file.write(block)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _blocks(request: HttpRequest) -> Iterator[bytes]:
    """The body as it was sent, which may not be longer than unpacked either."""
    most, taken = settings.MAX_BULK_BYTES, 0
    while True:
        try:
            block = request.read(_BLOCK_BYTES)
        except UnreadablePostError:
            raise ParseError("The body broke off before its end.") from None
        if not block:
            return
        taken += len(block)
        if taken > most:
            raise TooLarge(f"The body is larger than {most} bytes.")
        yield block


def _unpacked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Never more than a block at a time, however small it was packed; members one after the other are one body."""
    member = zlib.decompressobj(_GZIP)
    fresh = True
    for block in blocks:
        while block:
            try:
                yield member.decompress(block, _BLOCK_BYTES)
            except zlib.error:
                raise ParseError("The body is not valid gzip.") from None
            block, fresh = member.unconsumed_tail, False
            if member.eof:
                block, member, fresh = member.unused_data, zlib.decompressobj(_GZIP), True
    if not fresh:
        raise ParseError("The gzip body broke off before its end.")


def _judged(blocks: Iterator[bytes], limits: LineLimits) -> Iterator[bytes]:
    """The blocks, counted: all bytes, each line's, and the lines."""
    most, taken, lines, open_bytes = settings.MAX_BULK_BYTES, 0, 1, 0
    for block in blocks:
        taken += len(block)
        if taken > most:
            raise TooLarge(f"The body is larger than {most} bytes.")
        first, *others = block.split(b"\n")
        lengths = [open_bytes + len(first), *map(len, others)]
        if max(lengths) > limits.line_bytes:
            raise TooLarge(f"A line is larger than {limits.line_bytes} bytes, at or after line {lines}.")
        lines, open_bytes = lines + len(others), lengths[-1]
        if lines - (not open_bytes) > limits.lines:
            raise TooLarge(f"More than {limits.lines} lines; send them in several files.")
        yield block
