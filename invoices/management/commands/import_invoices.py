"""`manage.py import_invoices`: invoices out of a file, as many as there are, with progress and an estimate."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from erp.access import Actor
from erp.api.rendering import as_problem
from erp.management.acting import acting_member, company_named
from erp.problems import PermissionDenied
from erp.rights import Right
from invoices.api.envelopes import bulk_lines_text
from invoices.bulk_importing import BulkTerms, ChunkAnswer, import_invoices
from invoices.bulk_lines import LineResult
from invoices.import_files import FORMS, InvoiceFile
from invoices.import_runs import ImportRun
from invoices.importing import refuse_role_that_may_not_import
from invoices.sheets import BadFile

SHOWN = 20
"""Refusals named one by one; the others stand in the file of reasons."""


class Command(BaseCommand):
    help = (
        "Import the invoices of a file: lines of JSON (.ndjson, .jsonl), a JSON array (.json), CSV or XLSX; .gz is "
        "unpacked. "
        "What is refused stops nothing: it is written to FILE.failed.ndjson, to be corrected and imported in turn, with the "
        "reasons beside it. Safe to run again, and to kill: it goes on where it was. Exit code 1 when some were refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
        parser.add_argument("--as", dest="email", default="", help="who imports (default: the oldest OWNER)")
        parser.add_argument("--format", choices=FORMS, default="", help="what the file is, where its name does not say")
        parser.add_argument("--on-conflict", choices=["update", "reject"], help="what a known number does")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="THEIRS=OURS",
            help="of CSV and XLSX: which field a column is, e.g. 'Bill No=invoice_no', 'Qty=items.quantity'; 'Colour='"
            " leaves it out",
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, and keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_named(options["company"])
        terms = BulkTerms(
            show=partial(bulk_lines_text, dry_run=options["dry_run"]),
            failure=partial(as_problem, path=""),
            clock=timezone.now,
            on_conflict=options["on_conflict"],
            dry_run=options["dry_run"],
        )
        actor, path = acting_member(company, options["email"], Right.IMPORT), options["file"]
        try:
            refuse_role_that_may_not_import(actor)
        except PermissionDenied as problem:
            raise CommandError(f"{actor.email}: {problem.message}") from None
        try:
            file = InvoiceFile(path, form=options["format"], columns=_columns(options["column"]))
            with closing(file):
                if options["dry_run"]:
                    self._try(file, actor, terms)
                else:
                    self._import(file, path, actor, terms)
        except (BadFile, OSError) as problem:
            raise CommandError(str(problem)) from None

    def _try(self, file: InvoiceFile, actor: Actor, terms: BulkTerms) -> None:
        counts: Counter[str] = Counter()
        for answer in _with_a_bar(file, import_invoices(lines=file.invoices(), actor=actor, terms=terms), "Trying"):
            self._name_refusals(_refused(answer), counts["error"], terms)
            counts += answer.counts
        self._tell(counts, "Would import")

    def _import(self, file: InvoiceFile, path: Path, actor: Actor, terms: BulkTerms) -> None:
        run = ImportRun(path, company=actor.company.code)
        with closing(run):
            if run.resumed:
                self.stdout.write(f"Going on after the first {run.resumed:,}.")
            lines = islice(file.invoices(), run.resumed, None)
            answers = import_invoices(lines=lines, actor=actor, terms=terms, first=run.resumed + 1)
            for answer in _with_a_bar(file, answers, "Importing"):
                refused = _refused(answer)
                self._name_refusals(refused, run.progress.counts.get("error", 0), terms)
                run.note(answer.results, terms.show(refused))
            counts = Counter(run.progress.counts)
            run.finish()
        if counts["error"]:
            self.stdout.write(f"What was refused: {run.failed} (why: {run.reasons})")
        self._tell(counts, "Imported")

    def _name_refusals(self, refused: list[LineResult], before: int, terms: BulkTerms) -> None:
        for one in refused[: max(0, SHOWN - before)]:
            self.stdout.write(terms.show([one]), ending="")

    def _tell(self, counts: Counter[str], verb: str) -> None:
        stored = counts["created"] + counts["updated"]
        self.stdout.write(
            f"{verb} {stored:,} of {counts.total():,}: {counts['created']:,} created, {counts['updated']:,} updated; "
            f"{counts['unchanged']:,} unchanged, {counts['error']:,} refused."
        )
        if counts["error"]:
            raise CommandError("Some were refused, for the reasons above.")


def _refused(answer: ChunkAnswer) -> list[LineResult]:
    return [one for one in answer.results if one.problem is not None]


def _columns(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    if bad := [theirs for theirs, sign, _ in pairs if not sign]:
        raise CommandError(f"--column {bad[0]!r}: write THEIRS=OURS.")
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


def _with_a_bar(file: InvoiceFile, answers: Iterator[ChunkAnswer], verb: str) -> Iterator[ChunkAnswer]:
    """On the error output, so that the results can be piped on; how much of the file has been read."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(verb, total=file.size)
        for answer in answers:
            yield answer
            progress.update(task, completed=file.position, description=f"{verb}, {answer.results[-1].line.number:,} done")
