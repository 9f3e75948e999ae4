"""`manage.py uisp_migrate`: the billing history of a UISP into the books, with a reckoning at the end."""

import json
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from connectors.management.uisp_arguments import Openings, add_uisp_arguments
from connectors.models import Connection
from connectors.problems import BadCredentials, BreakerOpen
from connectors.running import connection_named
from connectors.runs import Settled
from connectors.uisp.carrying import REFUSED, STOPPED, Order, Outcome, Watch, carry_over, reckon_again
from connectors.uisp.migrating import Progress
from connectors.uisp.relaying import Shipment, relay, reread_last
from connectors.uisp.sources import BadExport, Source, write_export
from connectors.uisp.staging import Choice
from connectors.uisp.target import BadClientMap
from connectors.uisp.translation import Rules
from connectors.uisp.undoing import WorkedOn, undo_run
from erp.access import Actor
from erp.management.acting import acting_member, company_named
from erp.problems import Problem, Unavailable
from erp.rights import Right
from erp.verifying import verify

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Migrate clients, invoices and payments of a UISP into the books of a company, or into another UISP: from an "
        "export, or from the CRM itself. Safe to kill and to run again. Exit code 0: all of it is there "
        "and agrees; 1: some rows were refused, or something differs; 2: refused before anything was written; 3: stopped "
        "part-way, to be resumed."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # -v is the seed's --verbose here; Django's own verbosity keeps its long name.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        add_uisp_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_named(options["company"])
        actor = acting_member(company, options["email"], Right.KEEP_BOOKS)
        try:
            code = self._carried_out(actor, options)
        except (BadCredentials, BreakerOpen, Unavailable) as problem:
            self.stderr.write(f"Stopped: {problem.message} Go on with --resume.")
            code = STOPPED
        except OperationalError:
            log.warning("the database went away", exc_info=True)
            self.stderr.write("Stopped: the database went away. Go on with --resume.")
            code = STOPPED
        except WorkedOn as worked_on:
            self.stderr.write("\n  ".join([worked_on.message, *(worked_on.data or {}).get("documents", [])]))
            code = REFUSED
        except (Problem, BadExport, BadClientMap, OSError) as problem:
            self.stderr.write(str(problem))
            code = REFUSED
        if code:
            sys.exit(code)

    def _carried_out(self, actor: Actor, options: dict[str, Any]) -> int:
        if options["undo"] is not None:
            return self._undone(actor, options)
        connection, is_url = _connection(options["source"], actor, _decided(options))
        with closing(Openings(options, self.stderr.write)) as openings:
            if options["to"] == "uisp" and options["export_only"] is None:
                return self._told(self._relayed(openings, connection, actor, options, is_url=is_url), actor, options)
            if options["reconcile_only"]:
                return self._told(reckon_again(self._order(connection, None, actor, options), actor=actor), actor, options)
            source = openings.source(connection, is_url=is_url)
            if options["export_only"] is not None:
                return self._export(source, options["export_only"])
            order = self._order(connection, source, actor, options)
            outcome = carry_over(order, actor=actor, watch=self._watch(options))
        return self._told(outcome, actor, options)

    def _relayed(
        self, openings: Openings, connection: Connection, actor: Actor, options: dict[str, Any], *, is_url: bool
    ) -> Outcome:
        if not options["target"]:
            raise CommandError("--to uisp needs --target.", returncode=REFUSED)
        is_asked = options["dry_run"] or options["reconcile_only"]
        if not is_asked and not options["i_switched_mail_off"]:
            raise CommandError(
                "Switch off mail, receipts, reminders, late fees and suspension in the target first; then say so with"
                " --i-switched-mail-off.",
                returncode=REFUSED,
            )
        filled, is_target_url = _connection(options["target"], actor, {})
        target = openings.target(filled, is_url=is_target_url)
        if options["reconcile_only"]:
            return reread_last(Shipment(self._order(connection, None, actor, options), target), actor=actor)
        order = self._order(connection, openings.source(connection, is_url=is_url), actor, options)
        return relay(Shipment(order, target, options["workers"]), actor=actor, watch=self._watch(options))

    def _undone(self, actor: Actor, options: dict[str, Any]) -> int:
        run_id = options["undo"]
        done = undo_run(run_id, actor=actor, watch=self._watch(options))
        if not done.is_finished:
            self.stderr.write(f"Stopped part-way, {done.documents:,} documents taken back. Go on with --undo {run_id}.")
            return STOPPED
        self.stdout.write(f"Run {run_id} is undone: {done.documents:,} documents taken back, their numbers are free again.")
        return 0

    def _export(self, source: Source | None, path: Path) -> int:
        assert source is not None, "an export has a source"
        for file, count in write_export(source, path).items():
            self.stdout.write(f"{count:,} rows written to {file}")
        return 0

    def _order(self, connection: Connection, source: Source | None, actor: Actor, options: dict[str, Any]) -> Order:
        company = actor.company
        return Order(
            connection=connection,
            source=source,
            choice=Choice(
                limit=10 if options["test"] else options["limit"],
                skip=options["offset"] or options["resume_from"],
                payments=options["payments"],
                method=options["method"],
                since=options["since"],
            ),
            rules=Rules(
                zone=company.timezone,
                currency=company.base_currency.code,
                number_prefix=connection.options.get("number_prefix", ""),
                include_drafts=options["include_drafts"],
                include_void=options["include_void"],
            ),
            failures=options["failures"] or Path(f"uisp_failures_{timezone.now():%Y%m%d_%H%M%S}.jsonl"),
            most_missing=options["max_missing"],
            most_failures=options["max_failures"],
            resume=options["resume"],
            dry_run=options["dry_run"],
        )

    def _watch(self, options: dict[str, Any]) -> Watch:
        asked = _Asked()

        def settled(rows: Sequence[Settled]) -> None:
            for one in rows if options["verbose"] else ():
                why = f" {one.code}: {one.message}" if one.code else ""
                self.stdout.write(f"{one.row.entity} {one.row.external_id} {one.state.value}{why}")

        return Watch(
            clock=timezone.now,
            hear=self._progress,
            settled=settled,
            remark=lambda text: self.stderr.write(text),
            should_stop=asked.to_stop,
        )

    def _progress(self, progress: Progress) -> None:
        when = f", done at {_at(progress.eta_at)}" if progress.eta_at else ""
        failed = "".join(f", {code} {count:,}" for code, count in sorted(progress.failed.items()))
        self.stderr.write(f"{progress.done:,} of {progress.total:,} rows, {progress.rate:,}/s{when}{failed}")

    def _told(self, outcome: Outcome, actor: Actor, options: dict[str, Any]) -> int:
        for refusal in outcome.refusals:
            self.stderr.write(refusal)
        if outcome.code == STOPPED:
            self.stderr.write("Stopped part-way. Go on with --resume.")
        report = outcome.report
        if report is None:
            return outcome.code
        if options["to"] == "erp" and not options["dry_run"] and not options["no_verify"]:
            broken = [f"law {one.law.id}: {one.law.text}" for one in verify(company_code=actor.company.code).broken]
            report["differences"] += broken
        self.stdout.write(json.dumps(report, indent=1) if options["json"] else as_text(report))
        if outcome.run is not None and options["to"] == "erp" and not options["json"]:
            self.stdout.write(f"This was run {outcome.run.id}; --undo with that takes it back.")
        if outcome.failures is not None:
            self.stdout.write(f"What was refused: {outcome.failures}")
        if outcome.code == STOPPED:
            return STOPPED
        return 1 if report["refused"] or report["differences"] else 0


class _Asked:
    """Whether somebody pressed Ctrl-C, or asked the process to end: then the batch is finished first."""

    def __init__(self) -> None:
        self._stop = False
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._note)

    def _note(self, *args: Any) -> None:
        self._stop = True

    def to_stop(self) -> bool:
        return self._stop


def as_text(report: dict[str, Any]) -> str:
    """The report for people."""
    lines = []
    for entity, reasons in report["rows"].items():
        told = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
        lines.append(f"{entity + 's':<10}{report['read'][entity]:>9,} read: {told}")
    lines += [
        f"invoices  {report['invoices']:>9,} in the books: {report['total']}, paid {report['paid']}, open {report['open']}",
        f"payments  {report['payments']:>9,} in the books: {report['money']}, of which credit {report['credit']}",
        f"rounded   {report['rounded'][0]:>9,} totals, by {report['rounded'][1]} in all",
    ]
    if report["differences"]:
        lines += ["", "What differs:", *(f"  {text}" for text in report["differences"])]
    else:
        lines.append("Nothing differs.")
    return "\n".join(lines)


def _connection(name: str, actor: Actor, decided: dict[str, Any]) -> tuple[Connection, bool]:
    """The connection of a name, or of a URL, and whether it was a URL: then its key is in the environment."""
    is_url = "://" in name
    connection = connection_named(
        name.partition("://")[2].strip("/")[:60] if is_url else name,
        base_url=name if is_url else "",
        actor=actor,
        now=timezone.now(),
        options=decided,
    )
    return connection, is_url


def _decided(options: dict[str, Any]) -> dict[str, Any]:
    """What the connection keeps for every run. Raises CommandError."""
    pairs = [one.partition("=") for one in options["account"]]
    if bad := [name for name, sign, code in pairs if not (name and sign and code)]:
        raise CommandError(f"--account {bad[0]!r}: write METHOD=CODE.", returncode=REFUSED)
    kept: dict[str, Any] = {"accounts": {name.strip(): code.strip() for name, _, code in pairs}} if pairs else {}
    return kept | ({"number_prefix": options["number_prefix"]} if options["number_prefix"] else {})


def _at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M:%S}"
