"""Importing many invoices: the single import's computation, line by line, written a thousand at a time.

A chunk is read in one round trip and computed in order by `plan_import`, each line upon what the lines before it leave; what
shall be is written set-based. So lines get the rows, warnings, events and audit entries that the single import would give
them, and there is no second set of rules.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from erp.access import Actor
from erp.idempotency import Answer, KeyReused, RepeatKey, StillRunning, recall, remember
from erp.identifiers import new_id
from erp.locking import Locks, one_transaction, run_use_case
from erp.problems import Conflict, Problem, TooLarge, Unavailable
from erp.sizes import learn_sizes
from invoices.bulk_lines import MOST_ATOMIC, LineResult, ReadLine, in_chunks, read_line, told
from invoices.content import SalesmanContent
from invoices.documents import lock_present
from invoices.import_groups import Group, import_group
from invoices.importing import Imported, OnConflict, import_invoice, mode_of
from invoices.revision import merge_customer

log = logging.getLogger(__name__)

_SMALLEST_WINDOW = 16
_MANY = 500
"""So many lines may have made large what was empty: then one round trip more."""


class NotAtomically(Conflict):
    """An atomic import would have to correct a posted invoice. Import this line by itself, or not atomically."""

    code = "posted-in-atomic"
    message = "An atomic import does not correct posted invoices; send this one by itself."


@dataclass(frozen=True, slots=True)
class BulkTerms:
    """On which terms lines are imported.

    `show` makes the text that is answered, a line of JSON for each; it is kept with the `repeat` key. `failure` says what a
    bug, or a database that is away, is called in a line. `clock` is read once per chunk.
    """

    show: Callable[[Sequence[LineResult]], str]
    failure: Callable[[Exception], Problem]
    clock: Callable[[], datetime]
    on_conflict: OnConflict | None = None
    repeat: RepeatKey | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ChunkAnswer:
    """`text` as `BulkTerms.show` made it, now or when the key was used first; how many lines of each `LineResult.word`.

    `results` is empty for what was remembered.
    """

    text: str
    counts: Counter[str]
    results: Sequence[LineResult] = ()


class _Told(msgspec.Struct):
    """What is counted of a remembered line."""

    result: str


def import_invoices(*, lines: Iterable[bytes], actor: Actor, terms: BulkTerms, first: int = 1) -> Iterator[ChunkAnswer]:
    """Import each line as `import_invoice` would; yields the answers of a chunk when it is committed, in order.

    A line that is refused stops no other. A chunk of 1,000 lines is one transaction, unless it holds a number twice, an
    existing customer in two versions, or a posted invoice that is corrected: then it is committed in several, in order. What
    the database refuses as a whole is tried again line by line. Locks and events as `import_invoice`.

    The key remembers each chunk by itself, in its last transaction. Where a twin holds it, or it was used for another body,
    the lines of this chunk say so. An answer that tells of a busy database is not kept. A dry run undoes each transaction:
    what it would make of a number that comes again in a later one is told without the earlier. `first` is the number of the
    first line, where the ones before are done.
    """
    for part, chunk in enumerate(in_chunks(lines, first=first)):
        answer = _Chunk(part, chunk, actor, terms).imported()
        if len(chunk) >= _MANY and not terms.dry_run:
            learn_sizes(actor.company_id)
        yield answer


class _Chunk:
    """One chunk on its way."""

    def __init__(self, part: int, chunk: Sequence[tuple[int, bytes]], actor: Actor, terms: BulkTerms) -> None:
        self.lines = [read_line(number, body) for number, body in chunk]
        self.actor = actor
        self.terms = terms
        self.now = terms.clock()
        self.results: list[LineResult] = []
        keyed = terms.repeat is not None and not terms.dry_run
        body = b"\n".join(body for _, body in chunk)
        self.repeat = terms.repeat.of_part(part, body) if keyed and terms.repeat is not None else None

    def imported(self) -> ChunkAnswer:
        try:
            return self._imported()
        except (KeyReused, StillRunning) as refused:
            return shown([LineResult(line, problem=refused) for line in self.lines], self.terms)

    def _imported(self) -> ChunkAnswer:
        window = len(self.lines)
        while waiting := self.lines[len(self.results) :]:
            try:
                done = run_use_case(partial(self._together, waiting[:window]))
            except (KeyReused, StillRunning):
                raise
            except Exception as refused:
                log.info("a chunk is imported line by line", exc_info=refused)
                self.results += [self._alone(line) for line in waiting]
                break
            if isinstance(done, ChunkAnswer):
                return done
            self.results += done.results or [self._alone(waiting[0])]
            window = max(_SMALLEST_WINDOW, 2 * len(done.results))
        answer = shown(self.results, self.terms)
        busy = any(isinstance(one.problem, Unavailable) for one in self.results)
        if self.repeat is None or busy:
            return answer
        return run_use_case(partial(self._kept, answer))

    def _together(self, lines: Sequence[ReadLine], _careful: bool) -> Group | ChunkAnswer:
        """As many of the lines as one transaction takes, from the first on; the whole answer, where there is one."""
        with one_transaction(company_id=self.actor.company_id, dry_run=self.terms.dry_run) as locks:
            if (earlier := self._recalled(locks)) is not None:
                return earlier
            mode = mode_of(self.terms.on_conflict, self.actor)
            group = import_group(
                locks, lines, self.actor, self.now, mode=mode, kept=not self.terms.dry_run, holds_locks=False
            )
            if self.repeat is None or len(group.results) < len(self.lines):
                return group
            answer = shown(group.results, self.terms)
            remember(locks, self.repeat, Answer(200, answer.text), actor=self.actor, now=self.now)
            return answer

    def _alone(self, line: ReadLine) -> LineResult:
        """By the single import, which locks what needs care, and is refused for reasons of its own."""
        if line.draft is None:
            return LineResult(line, problem=line.problem)
        heard: list[Imported] = []

        def listen(imported: Imported) -> Answer:
            heard.append(imported)
            return Answer(200, "")

        try:
            import_invoice(
                draft=line.draft,
                actor=self.actor,
                now=self.now,
                answer=listen,
                on_conflict=self.terms.on_conflict,
                dry_run=self.terms.dry_run,
            )
        except Exception as refused:
            return LineResult(line, problem=told(self.terms.failure(refused)))
        return LineResult(line, heard[-1])

    def _kept(self, answer: ChunkAnswer, _careful: bool) -> ChunkAnswer:
        """Remember the answer of a chunk that was more than one transaction; each of them is safe to repeat."""
        assert self.repeat is not None
        with one_transaction(company_id=self.actor.company_id) as locks:
            if (earlier := self._recalled(locks)) is not None:
                return earlier
            remember(locks, self.repeat, Answer(200, answer.text), actor=self.actor, now=self.now)
            return answer

    def _recalled(self, locks: Locks) -> ChunkAnswer | None:
        return recalled(locks, self.repeat, self.actor)


def import_atomically(*, lines: Sequence[bytes], actor: Actor, terms: BulkTerms) -> ChunkAnswer:
    """All lines, or none of them: one transaction, which locks all customers and invoices first.

    When a line is refused nothing is kept; the others are told as rolled back. Posted invoices are not corrected here, see
    `NotAtomically`. Raises TooLarge above 10,000 lines, what `recall` raises, and Unavailable after three attempts.
    """
    numbered = [one for chunk in in_chunks(lines) for one in chunk]
    if len(numbered) > MOST_ATOMIC:
        raise TooLarge(f"An atomic import takes {MOST_ATOMIC:,} lines at most.")
    read = [read_line(number, body) for number, body in numbered]
    keyed = terms.repeat is not None and not terms.dry_run
    repeat = terms.repeat.of_part(0, b"\n".join(lines)) if keyed and terms.repeat is not None else None
    now = terms.clock()

    def attempt(_careful: bool) -> ChunkAnswer:
        with one_transaction(company_id=actor.company_id, dry_run=terms.dry_run) as locks:
            if (earlier := recalled(locks, repeat, actor)) is not None:
                return earlier
            results = _all(locks, read, actor, terms, now)
            if any(one.problem for one in results):
                raise _Undone(results)
            answer = shown(results, terms)
            if repeat is not None:
                remember(locks, repeat, Answer(200, answer.text), actor=actor, now=now)
            return answer

    try:
        return run_use_case(attempt)
    except _Undone as undone:
        return shown([LineResult(one.line, problem=one.problem) for one in undone.results], terms)


class _Undone(Exception):
    """A line was refused: the transaction is rolled back."""

    def __init__(self, results: Sequence[LineResult]) -> None:
        self.results = results
        super().__init__("a line was refused")


def _all(locks: Locks, read: Sequence[ReadLine], actor: Actor, terms: BulkTerms, now: datetime) -> list[LineResult]:
    drafts = [line.draft for line in read if line.draft is not None]
    # A party that is missing is made as the first line that names it would make it.
    customers = {draft.customer.code: draft.customer for draft in reversed(drafts)}
    lock_present(
        locks,
        actor,
        numbers=list({draft.invoice_no for draft in drafts}),
        customers=[merge_customer(customer, None, new_id=new_id) for customer in customers.values()],
        salesmen=[SalesmanContent(id=new_id(), name=name) for name in {draft.salesman for draft in drafts}],
        now=now,
    )
    results: list[LineResult] = []
    mode = mode_of(terms.on_conflict, actor)
    while waiting := read[len(results) :]:
        group = import_group(locks, waiting, actor, now, mode=mode, kept=not terms.dry_run, holds_locks=True)
        results += group.results or [LineResult(waiting[0], problem=NotAtomically())]
    return results


def shown(results: Sequence[LineResult], terms: BulkTerms) -> ChunkAnswer:
    return ChunkAnswer(terms.show(results), Counter(one.word for one in results), results)


def recalled(locks: Locks, repeat: RepeatKey | None, actor: Actor) -> ChunkAnswer | None:
    """What this key was answered; None without a key, or for a new one. Raises as `recall`."""
    earlier = recall(locks, repeat, actor=actor) if repeat is not None else None
    if earlier is None:
        return None
    words = (msgspec.json.decode(line, type=_Told).result for line in earlier.body.splitlines())
    return ChunkAnswer(earlier.body, Counter(words))
