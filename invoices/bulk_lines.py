"""Lines of a bulk import as they come and as they are answered: cut into chunks, read strictly. No database here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from erp.parsing import read_into, read_object, unknown_members
from erp.problems import Problem
from invoices.drafts import InvoiceDraft
from invoices.importing import Imported

CHUNK_LINES = 1000
"""Most lines of one transaction, and of one remembered answer."""
CHUNK_BYTES = 8 * 1024 * 1024
"""A chunk is full with the line that reaches this, so that long lines are not held by the thousand."""
MOST_LINES = 100_000
MOST_ATOMIC = 10_000
MAX_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line, read: either a `draft` or the `problem` that it is. `body` is the line as it was sent."""

    number: int
    body: bytes
    draft: InvoiceDraft | None = None
    ignored_fields: list[str] = field(default_factory=list)
    invoice_no: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of a line: `imported`, or the `problem`, or neither, when an atomic import was undone for others."""

    line: ReadLine
    imported: Imported | None = None
    problem: Problem | None = None

    @property
    def word(self) -> str:
        """created, updated, unchanged, error or rolled-back."""
        if self.problem is not None:
            return "error"
        return "rolled-back" if self.imported is None else self.imported.result


def in_chunks(lines: Iterable[bytes], *, first: int = 1) -> Iterator[list[tuple[int, bytes]]]:
    """Chunks of numbered lines, as they are remembered and committed; blank lines are counted, and skipped."""
    chunk: list[tuple[int, bytes]] = []
    size = 0
    for number, line in enumerate(lines, start=first):
        if not line.strip():
            continue
        chunk.append((number, line))
        size += len(line)
        if len(chunk) >= CHUNK_LINES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def told(problem: Problem) -> Problem:
    """The refusal, without the stacks that it was raised in: a chunk may hold a thousand of them."""
    problem.__context__ = None
    return problem.with_traceback(None)


def read_line(number: int, body: bytes) -> ReadLine:
    """The line as the single import would read a body; whatever is wrong with it is told, not raised."""
    invoice_no = None
    try:
        plain: dict[str, Any] = read_object(body, max_bytes=MAX_LINE_BYTES)
        sent = plain.get("invoice_no")
        invoice_no = sent if isinstance(sent, str) else None
        draft = read_into(InvoiceDraft, plain)
    except Problem as problem:
        return ReadLine(number, body, invoice_no=invoice_no, problem=told(problem))
    return ReadLine(number, body, draft, unknown_members(plain, InvoiceDraft), draft.invoice_no)
