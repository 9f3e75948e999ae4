"""A migration from beginning to end: opened or resumed, staged, inspected, applied, compared, reported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from connectors.failures import FailureFile
from connectors.models import Connection, ImportRun
from connectors.running import begin_applying, drop_run, finish_run, last_run, open_run, pause_run, resume_run
from connectors.runs import Settled, count_rows
from connectors.states import NOT_BROUGHT, Phase, RowState, RunKind
from connectors.uisp.batch_rows import Terms
from connectors.uisp.brakes import Brake
from connectors.uisp.migrating import Course, Progress, migrate, shared_idents
from connectors.uisp.preflight import Preflight, inspect
from connectors.uisp.reconciliation import Comparison, books_disagree, by_reason, compare
from connectors.uisp.sources import Source
from connectors.uisp.staging import Choice, stage_history
from connectors.uisp.translation import Rules
from erp.access import Actor
from erp.locking import Locks, one_transaction

REFUSED, STOPPED, DIFFERS, GOOD = 2, 3, 1, 0
"""Exit codes."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asked for. `source` is None where a run is resumed that has staged all of its rows."""

    connection: Connection
    source: Source | None
    choice: Choice
    rules: Rules
    failures: Path | None = None
    most_missing: int = 0
    most_failures: int | None = None
    resume: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches: the clock, progress, rows as they are settled, remarks of the preflight, and the wish to stop."""

    clock: Callable[[], datetime]
    hear: Callable[[Progress], None] = lambda progress: None
    settled: Callable[[Sequence[Settled]], None] = lambda rows: None
    remark: Callable[[str], None] = lambda text: None
    should_stop: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class Outcome:
    """`code` is the exit code; `report` what is kept with the run, None where it never came to that."""

    code: int
    report: dict[str, Any] | None = None
    refusals: Sequence[str] = ()
    run: ImportRun | None = None
    failures: Path | None = None


class Audience:
    """Who hears of rows as they are settled: the watch, the brake, the failure file; in a dry run `tried` instead of it."""

    def __init__(self, order: Order, run: ImportRun, watch: Watch, *, tried: Callable[[Sequence[Settled]], object]) -> None:
        self._order, self._run, self._watch, self._tried = order, run, watch, tried
        self._brake = Brake(order.most_failures)
        self.failures = None if order.failures is None or order.dry_run else FailureFile(order.failures, run)

    def settled(self, rows: Sequence[Settled]) -> None:
        self._watch.settled(rows)
        self._brake.note(rows)
        if self._order.dry_run:
            self._tried(rows)
        if self.failures is not None:
            self.failures.note(rows)

    def should_stop(self) -> bool:
        return bool(self._brake.reason) or self._watch.should_stop()

    def stopped(self) -> Outcome:
        """The run was stopped before its end: it says why, if it was the brake, and waits to be resumed."""
        if self.failures is not None:
            self.failures.close()
        if self._brake.reason:
            self._watch.remark(self._brake.reason)
        if self._order.dry_run:
            drop_run(self._run)
        else:
            pause_run(self._run, now=self._watch.clock())
        return Outcome(STOPPED, run=self._run, failures=self._order.failures)


@dataclass(slots=True)
class _Tally:
    """Of a dry run: what each batch held before it was rolled back."""

    comparison: Comparison = field(default_factory=Comparison)
    settled: list[tuple[str, str, str, int]] = field(default_factory=list)
    books: list[str] = field(default_factory=list)


def carry_over(order: Order, *, actor: Actor, watch: Watch) -> Outcome:
    """Carry out the order. Raises RunUnfinished, NothingToResume, BadExport, and what the database is too busy for."""
    run = opened(order, actor, watch)
    choice, rules = choice_of(run, order, resumed=order.resume), rules_of(run, order)
    if run.phase == Phase.STAGE.value:
        staged(run, order, choice, now=watch.clock())
    found: Preflight = inspect(run, rules, actor=actor, most_missing=order.most_missing)
    for remark in found.remarks:
        watch.remark(remark)
    if found.refusals:
        # Nothing was written but the run itself; it is gone, so that the next one begins anew.
        drop_run(run)
        return Outcome(REFUSED, refusals=found.refusals)
    methods = order.source.methods() if order.source is not None else run.options.get("methods", {})
    terms = Terms(order.connection, rules, shared_idents(run), methods)
    return _applied(run, terms, order, choice, actor, watch)


def staged(run: ImportRun, order: Order, choice: Choice, *, now: datetime) -> None:
    """Stage what was not yet; afterwards the source may disappear."""
    assert order.source is not None, "who resumes while rows are staged names the source again"
    total = stage_history(run, order.source, choice)
    begin_applying(run, total=sum(row[3] for row in count_rows(run)) or total, now=now)


def opened(order: Order, actor: Actor, watch: Watch, kind: RunKind = RunKind.UISP_MIGRATION) -> ImportRun:
    """The run that the order asks for: a new one, or the one that was left."""
    if order.resume:
        return resume_run(order.connection, actor=actor, now=watch.clock(), kind=kind)
    assert order.source is not None, "a new run has a source"
    options = {
        "payments": order.choice.payments,
        "limit": order.choice.limit,
        "skip": order.choice.skip,
        "method": order.choice.method,
        "include_drafts": order.rules.include_drafts,
        "include_void": order.rules.include_void,
        "dry_run": order.dry_run,
        "since": order.choice.since and order.choice.since.isoformat(),
        "methods": order.source.methods(),
        "taxes": order.source.taxes() if kind is RunKind.UISP_FORWARDING else {},
    }
    source = order.source.fingerprint
    return open_run(order.connection, fingerprint=source, options=options, actor=actor, now=watch.clock(), kind=kind)


def choice_of(run: ImportRun, order: Order, *, resumed: bool) -> Choice:
    """What the run was begun with; who resumes it does not choose again."""
    said = run.options
    if not resumed:
        return order.choice
    since = said.get("since")
    return Choice(said["limit"], said["skip"], said["payments"], said["method"], since and date.fromisoformat(since))


def rules_of(run: ImportRun, order: Order) -> Rules:
    said = run.options
    return Rules(
        zone=order.rules.zone,
        currency=order.rules.currency,
        number_prefix=order.rules.number_prefix,
        include_drafts=said["include_drafts"],
        include_void=said["include_void"],
    )


def _applied(run: ImportRun, terms: Terms, order: Order, choice: Choice, actor: Actor, watch: Watch) -> Outcome:
    is_whole, is_closed = choice.is_whole, choice.since is None
    with_money = choice.payments != "none"
    tally = _Tally()
    audience = Audience(
        order,
        run,
        watch,
        tried=lambda rows: tally.settled.extend((one.row.entity, one.state.value, one.code, 1) for one in rows),
    )

    def look(locks: Locks, clients: Sequence[str]) -> None:
        if order.dry_run:
            tally.comparison.add(
                compare(locks, run, zone=terms.rules.zone, with_money=with_money, clients=clients, whole=is_whole)
            )
            tally.books = books_disagree(locks, run)

    course = Course(watch.clock, watch.hear, audience.settled, audience.should_stop, look)
    is_finished = migrate(run=run, terms=terms, actor=actor, course=course, dry_run=order.dry_run)
    if not is_finished:
        return audience.stopped()
    if order.dry_run:
        report = report_of(tally.settled, tally.comparison, tally.books, with_money=with_money, closed=is_closed)
        drop_run(run)
        return Outcome(code_of(report), report)
    report = reconcile(run, zone=terms.rules.zone, with_money=with_money, whole=is_whole, closed=is_closed)
    refused = audience.failures.finish() if audience.failures is not None else 0
    finish_run(run, report, actor=actor, now=watch.clock())
    return Outcome(code_of(report), report, run=run, failures=order.failures if refused else None)


def reckon_again(order: Order, *, actor: Actor) -> Outcome:
    """The report of the last run of the connection, by what is here now. Raises NothingToResume."""
    run = last_run(order.connection, actor, RunKind.UISP_MIGRATION)
    choice = choice_of(run, order, resumed=True)
    report = reconcile(
        run,
        zone=order.rules.zone,
        with_money=choice.payments != "none",
        whole=choice.is_whole,
        closed=choice.since is None,
    )
    return Outcome(code_of(report), report, run=run)


def reconcile(run: ImportRun, *, zone: str, with_money: bool, whole: bool, closed: bool = True) -> dict[str, Any]:
    """The report of all that the run brought, by what is stored now. `closed`: with what its invoices name of payments."""
    counts = count_rows(run)
    with one_transaction(company_id=run.company_id) as locks:
        comparison = compare(locks, run, zone=zone, with_money=with_money, whole=whole)
        books = books_disagree(locks, run)
    return report_of(counts, comparison, books, with_money=with_money, closed=closed)


def report_of(
    counts: Sequence[tuple[str, str, str, int]],
    comparison: Comparison,
    books: Sequence[str],
    *,
    with_money: bool,
    closed: bool = True,
) -> dict[str, Any]:
    """Counts by entity and reason, sums, and every difference."""
    rows = by_reason(counts)
    refused = sum(count for _, state, _, count in counts if state in NOT_BROUGHT)
    waiting = sum(count for _, state, _, count in counts if state in {RowState.PENDING, RowState.SENT})
    differences = [*comparison.differences(with_money=with_money, closed=closed), *books]
    if waiting:
        differences.append(f"{waiting:,} rows still wait")
    changed, by = comparison.rounded
    return {
        "rows": {entity: dict(sorted(reasons.items())) for entity, reasons in sorted(rows.items())},
        "read": {entity: sum(reasons.values()) for entity, reasons in sorted(rows.items())},
        "refused": refused,
        **comparison.totals(),
        "rounded": [changed, f"{by:f}"],
        "by_month": [
            {
                "status": group.status,
                "currency": group.currency,
                "month": group.month,
                "there": [theirs[0], f"{theirs[1]:.2f}", f"{theirs[2]:.2f}"],
                "here": [ours[0], f"{ours[1]:.2f}", f"{ours[2]:.2f}"],
            }
            for group, (theirs, ours) in sorted(comparison.groups.items())
        ],
        "differences": differences,
    }


def code_of(report: dict[str, Any]) -> int:
    return DIFFERS if report["refused"] or report["differences"] else GOOD
