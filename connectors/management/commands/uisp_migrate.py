"""`manage.py uisp_migrate`: the billing history of a UISP into the books, with a reckoning at the end."""

import json
import logging
import os
import signal
import ssl
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from connectors.models import Connection
from connectors.problems import BadCredentials, BreakerOpen
from connectors.rates import TokenBucket
from connectors.running import connection_named
from connectors.runs import Settled
from connectors.secrets import secret_of
from connectors.uisp.carrying import REFUSED, STOPPED, Order, Outcome, Watch, carry_over, reckon_again
from connectors.uisp.client import RATE, UispClient
from connectors.uisp.migrating import Progress
from connectors.uisp.sources import BadExport, CrmSource, FileSource, Source, write_export
from connectors.uisp.staging import CASH, Choice
from connectors.uisp.translation import Rules
from erp.access import Actor
from erp.management.acting import acting_member, company_named
from erp.problems import Problem, Unavailable
from erp.rights import Right
from erp.verifying import verify

log = logging.getLogger(__name__)

SOURCE_KEY = "UISP_SOURCE_KEY"
EXPORT = Path("invoices_export.json")
MOST_SKEW_S = 300


class Command(BaseCommand):
    help = (
        "Migrate clients, invoices and payments of a UISP into the books of a company: from an export, or from the CRM "
        "itself. Safe to kill and to run again; a batch is written completely or not at all. Exit code 0: all of it is here "
        "and agrees; 1: some rows were refused, or something differs; 2: refused before anything was written; 3: stopped "
        "part-way, to be resumed."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # -v is the seed's --verbose here; Django's own verbosity keeps its long name.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
        parser.add_argument("--as", dest="email", default="", help="who migrates (default: the oldest OWNER)")
        parser.add_argument("--source", default="uisp", help=f"name of a connection, or a URL (key in ${SOURCE_KEY})")
        parser.add_argument("--import-from", type=Path, metavar="PATH", help="an export, its folder, or a failure file")
        parser.add_argument(
            "--export-only", type=Path, nargs="?", const=EXPORT, metavar="FILE", help="write the export only"
        )
        parser.add_argument("--resume", action="store_true", help="go on with the run that was left")
        parser.add_argument("--dry-run", action="store_true", help="all of it, rolled back; the same report")
        parser.add_argument("--reconcile-only", action="store_true", help="the report of the last run, by what is here now")
        parser.add_argument("--test", action="store_true", help="10 invoices, with their clients and payments")
        parser.add_argument("--limit", type=int, metavar="N", help="N invoices, with their clients and payments")
        parser.add_argument("--offset", type=int, default=0, metavar="N", help="begin at invoice N")
        parser.add_argument("--resume-from", type=int, default=0, metavar="N", help="as --offset; better use --resume")
        parser.add_argument("--payments", choices=["real", "synthetic", "none"], default="real")
        parser.add_argument("--method", default=CASH, help="method id of synthetic payments (default: cash)")
        parser.add_argument("--include-drafts", action="store_true", help="migrate drafts as drafts")
        parser.add_argument("--include-void", action="store_true", help="migrate void invoices as cancelled ones")
        parser.add_argument("--max-missing", type=int, default=0, metavar="N", help="clients that may be missing")
        parser.add_argument("--number-prefix", default="", metavar="TEXT", help="before each number; decided once")
        parser.add_argument(
            "--account",
            action="append",
            default=[],
            metavar="METHOD=CODE",
            help="where a way to pay is booked, e.g. GCash=1010",
        )
        parser.add_argument("--failures", type=Path, metavar="FILE", help="default: uisp_failures_<time>.jsonl")
        parser.add_argument("--rate", type=int, default=RATE, metavar="R", help=f"requests a second (default {RATE})")
        parser.add_argument("--ca-file", type=Path, help="who vouches for the CRM's certificate")
        parser.add_argument("--insecure", action="store_true", help="do not check the certificate")
        parser.add_argument("--json", action="store_true", help="the report as JSON")
        parser.add_argument("--no-verify", action="store_true", help="do not check the laws of the books at the end")
        parser.add_argument("-v", "--verbose", action="store_true", help="a line for each row")

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
        except (Problem, BadExport, OSError) as problem:
            self.stderr.write(str(problem))
            code = REFUSED
        if code:
            sys.exit(code)

    def _carried_out(self, actor: Actor, options: dict[str, Any]) -> int:
        now = timezone.now()
        name = options["source"]
        is_url = "://" in name
        connection = connection_named(
            name.partition("://")[2].strip("/")[:60] if is_url else name,
            base_url=name if is_url else "",
            actor=actor,
            now=now,
            options=_decided(options),
        )
        if options["reconcile_only"]:
            return self._told(reckon_again(self._order(connection, None, actor, options), actor=actor), actor, options)
        with closing(_Sources()) as sources:
            source = sources.opened(self, connection, is_url=is_url, options=options)
            if options["export_only"] is not None:
                return self._export(source, options["export_only"])
            order = self._order(connection, source, actor, options)
            outcome = carry_over(order, actor=actor, watch=self._watch(options))
        return self._told(outcome, actor, options)

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
            self.stderr.write("Stopped between two batches. Go on with --resume.")
        report = outcome.report
        if report is None:
            return outcome.code
        if not options["dry_run"] and not options["no_verify"]:
            broken = [f"law {one.law.id}: {one.law.text}" for one in verify(company_code=actor.company.code).broken]
            report["differences"] += broken
        self.stdout.write(json.dumps(report, indent=1) if options["json"] else as_text(report))
        if outcome.failures is not None:
            self.stdout.write(f"What was refused: {outcome.failures}")
        return 1 if report["refused"] or report["differences"] else 0


class _Sources:
    """Opens where the history is read from, and closes it."""

    def __init__(self) -> None:
        self._client: UispClient | None = None

    def opened(self, command: Command, connection: Connection, *, is_url: bool, options: dict[str, Any]) -> Source | None:
        if options["import_from"] is not None:
            return FileSource(options["import_from"])
        if options["resume"] and not connection.base_url:
            return None
        url, key = connection.base_url, os.environ.get(SOURCE_KEY, "") if is_url else secret_of(connection)
        if not key:
            raise CommandError(f"The key of {url} is expected in ${SOURCE_KEY}.", returncode=REFUSED)
        verified: Any = True
        if options["insecure"]:
            command.stderr.write("The certificate of the CRM is not checked: whoever is in between reads along.")
            verified = False
        elif options["ca_file"] is not None:
            verified = ssl.create_default_context(cafile=str(options["ca_file"]))
        self._client = UispClient(url, key, bucket=TokenBucket(options["rate"]), verify=verified)
        command.stderr.write(f"UISP {self._client.version()} at {url}")
        skew_s = self._client.transport.skew_s or 0
        if abs(skew_s) > MOST_SKEW_S:
            raise CommandError(f"The clock of the CRM is {skew_s} s ahead; correct one of the two.", returncode=REFUSED)
        return CrmSource(self._client, url)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


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


def _decided(options: dict[str, Any]) -> dict[str, Any]:
    """What the connection keeps for every run. Raises CommandError."""
    pairs = [one.partition("=") for one in options["account"]]
    if bad := [name for name, sign, code in pairs if not (name and sign and code)]:
        raise CommandError(f"--account {bad[0]!r}: write METHOD=CODE.", returncode=REFUSED)
    kept: dict[str, Any] = {"accounts": {name.strip(): code.strip() for name, _, code in pairs}} if pairs else {}
    return kept | ({"number_prefix": options["number_prefix"]} if options["number_prefix"] else {})


def _at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M:%S}"
