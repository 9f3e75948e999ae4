"""Files of invoices, read one invoice at a time: lines of JSON, a JSON array, CSV, XLSX. No database here."""

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, Any, get_args

import msgspec

from invoices.bulk_lines import MAX_LINE_BYTES
from invoices.drafts import CustomerDraft, InvoiceDraft, ItemDraft
from invoices.sheets import BadFile, sheet_rows

FORMS = ("ndjson", "json", "csv", "xlsx")
_BY_SUFFIX = {".csv": "csv", ".json": "json", ".xlsx": "xlsx"}
_BLOCK_BYTES = 256 * 1024
_TOKEN = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)


class InvoiceFile:
    """A file open for reading; `.gz` is unpacked on the way. `position` of `size` tells how far it has been read."""

    def __init__(self, path: Path, *, form: str = "", columns: Mapping[str, str] | None = None) -> None:
        self.size = path.stat().st_size
        self._raw = path.open("rb")
        plain: IO[bytes] = self._raw
        suffixes = path.suffixes
        if suffixes and suffixes[-1] == ".gz":
            suffixes, plain = suffixes[:-1], gzip.GzipFile(fileobj=self._raw)  # type: ignore[assignment]
        self._file = plain
        self._form = form or _BY_SUFFIX.get(suffixes[-1] if suffixes else "", "ndjson")
        self._columns = columns or {}

    @property
    def position(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._file.close()
        self._raw.close()

    def invoices(self) -> Iterator[bytes]:
        """Each invoice as JSON; for lines of JSON each line, blank ones too. Raises BadFile."""
        try:
            if self._form == "csv":
                yield from _rows(self._file, self._columns)
            elif self._form == "xlsx":
                yield from _cells(self._file, self._columns)
            elif self._form == "json":
                yield from _elements(self._file)
            else:
                yield from _lines(self._file)
        except (EOFError, gzip.BadGzipFile) as problem:
            raise BadFile(f"The file is not whole: {problem}") from problem


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Of a line that is too long, as much as shows that it is."""
    while line := file.readline(MAX_LINE_BYTES + 2):
        yield line.rstrip(b"\r\n")
        while not line.endswith(b"\n") and (line := file.readline(MAX_LINE_BYTES + 2)):
            pass


# ── A JSON array ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _elements(file: IO[bytes]) -> Iterator[bytes]:
    """The objects of an array, cut out by their brackets; what is in them is judged later, each by itself."""
    text, start, depth, quoted, seen, dropped, expected = b"", 0, 0, False, 0, 0, b""
    while block := file.read(_BLOCK_BYTES):
        text += block
        for token in _TOKEN.finditer(text, seen):
            mark, seen = token[0], token.end()
            if mark == b'"':
                quoted = not quoted
            if quoted or mark not in b"[]{}":
                continue
            if mark in b"[{":
                if depth <= 1:
                    _require_between(text[start : token.start()], expected, depth, mark, dropped + token.start())
                    start = token.start() + (not depth)
                depth += 1
            else:
                depth -= 1
                if depth == 1:
                    yield text[start:seen]
                    start, expected = seen, b","
                elif depth <= 0:
                    _require_end(text[start : token.start()] + text[seen:] + file.read(_BLOCK_BYTES), dropped + start)
                    return
        # What is left begins with the element that is not complete; a backslash at its end waits for what it escapes.
        seen = len(text) - (text.endswith(b"\\", seen) or 0)
        text, seen, dropped, start = text[start:], seen - start, dropped + start, 0
        if len(text) > 2 * MAX_LINE_BYTES:
            raise BadFile(f"What begins at byte {dropped} is larger than {MAX_LINE_BYTES} bytes.")
    raise BadFile("The array is not closed: the file breaks off.")


def _require_between(between: bytes, expected: bytes, depth: int, mark: bytes, at: int) -> None:
    if between.removeprefix(b"\xef\xbb\xbf").strip() != expected or mark != (b"{" if depth else b"["):
        raise BadFile(f"The file is not an array of objects (byte {at}).")


def _require_end(rest: bytes, at: int) -> None:
    if rest.strip():
        raise BadFile(f"The array holds, or is followed by, something that is no object (after byte {at}).")


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _names(kind: type[msgspec.Struct], before: str = "") -> list[str]:
    nested = {CustomerDraft, list[ItemDraft]}
    return [
        before + one.encode_name
        for one in msgspec.structs.fields(kind)
        if one.type not in nested and not nested & set(get_args(one.type))
    ]


COLUMNS = [*_names(InvoiceDraft), *_names(CustomerDraft, "customer."), *_names(ItemDraft, "items.")]
"""What a column may be called: the fields of an import. A row is an item; rows of one invoice follow each other."""


def _rows(file: IO[bytes], columns: Mapping[str, str]) -> Iterator[bytes]:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    try:
        yield from _invoices(next(reader, []), reader, columns)
    except csv.Error as problem:
        raise BadFile(f"Line {reader.line_num}: {problem}") from problem
    except UnicodeDecodeError as problem:
        raise BadFile(f"After line {reader.line_num}: not UTF-8; save the file as UTF-8.") from problem
    finally:
        text.detach()  # the file is closed by its owner


def _cells(file: IO[bytes], columns: Mapping[str, str]) -> Iterator[bytes]:
    """The first sheet of a workbook, as CSV would have it. Raises BadFile."""
    rows = sheet_rows(file)
    yield from _invoices(next(rows, []), rows, columns)


def _invoices(names: Sequence[str], rows: Iterable[Sequence[str]], columns: Mapping[str, str]) -> Iterator[bytes]:
    header = [columns.get(name.strip(), name.strip()) for name in names]
    _require_columns(header)
    place = header.index("invoice_no")
    filled = (row for row in rows if row)
    for _, of_one in groupby(filled, key=lambda row: row[place].strip() if place < len(row) else ""):
        yield _invoice(header, list(of_one))


def _require_columns(header: Sequence[str]) -> None:
    known = [name for name in header if name]
    if unknown := [name for name in known if name not in COLUMNS]:
        raise BadFile(f"Unknown columns: {', '.join(unknown)}. Name a field for each, or nothing to leave it out.")
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise BadFile(f"Columns that come twice: {', '.join(twice)}.")
    if "invoice_no" not in known:
        raise BadFile("There is no column invoice_no.")


def _invoice(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """One body: the invoice and its customer from the first row, an item from each. A blank cell is not sent."""
    cells = [{name: cell for name, cell in zip(header, row, strict=False) if name and cell.strip()} for row in rows]
    body: dict[str, Any] = {name: cell for name, cell in cells[0].items() if "." not in name}
    if customer := _of("customer.", cells[0]):
        body["customer"] = customer
    body["items"] = [item for one in cells if (item := _of("items.", one))]
    return msgspec.json.encode(body)


def _of(part: str, cells: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(part): cell for name, cell in cells.items() if name.startswith(part)}
