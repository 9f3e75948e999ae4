"""`manage.py post_invoices`: post the drafts of a company, as many as there are, with progress and an estimate."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from erp.access import Actor
from erp.api.filtering import UnknownParameter
from erp.api.views import scoped_read
from erp.clock import day_in
from erp.management.acting import acting_member, company_named
from erp.problems import Problem, ValidationFailed
from erp.rights import Right
from invoices.api.books_filters import BillFilter, chosen_drafts
from invoices.batch_posting import BatchResult, post_invoices
from invoices.models import Invoice

SHOWN = 20
"""Refusals named one by one; the rest is counted by its code."""


class Command(BaseCommand):
    help = (
        "Post the draft invoices of a company, sold and bought, oldest first. One that is refused stops no other. Safe to "
        "run again: what is posted stays posted, and the rest is tried anew. Exit code 1 when some were refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
        parser.add_argument(
            "--as", dest="email", default="", help="whose name the vouchers bear (default: the oldest OWNER)"
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, and keep nothing")
        filters = parser.add_argument_group("which drafts", "as the filters of GET /api/invoices/; all of them by default")
        for name in BillFilter.base_filters:
            filters.add_argument(f"--{name.replace('_', '-')}", action="append", dest=name, default=[], metavar="VALUE")

    def handle(self, *args: Any, **options: Any) -> None:
        company = company_named(options["company"])
        actor = acting_member(company, options["email"], Right.KEEP_BOOKS)
        now = timezone.now()
        ids = self._drafts({name: options[name] for name in BillFilter.base_filters if options[name]}, actor, now)
        if not ids:
            self.stdout.write("No draft to post.")
            return
        results = _posted(ids, actor, now, dry_run=options["dry_run"])
        self._tell(results, actor, dry_run=options["dry_run"])
        if any(one.problem for one in results):
            raise CommandError("Some were refused, for the reasons above.")

    @staticmethod
    def _drafts(filters: dict[str, list[str]], actor: Actor, now: datetime) -> list[UUID]:
        try:
            return chosen_drafts(filters, actor, today=day_in(actor.company.timezone, now))
        except (ValidationFailed, UnknownParameter) as problem:
            faults = [f"--{name.replace('_', '-')}: {' '.join(texts)}" for name, texts in (problem.errors or {}).items()]
            raise CommandError("; ".join(faults)) from None

    def _tell(self, results: list[BatchResult], actor: Actor, *, dry_run: bool) -> None:
        refused = [(one.invoice_id, one.problem) for one in results if one.problem is not None]
        self._tell_refusals(refused, actor)
        already = sum(one.already for one in results)
        posted = len(results) - already - len(refused)
        verb = "Would post" if dry_run else "Posted"
        self.stdout.write(f"{verb} {posted:,} of {len(results):,}; {already:,} posted before, {len(refused):,} refused.")

    def _tell_refusals(self, refused: list[tuple[UUID, Problem]], actor: Actor) -> None:
        numbers = _numbers([one for one, _ in refused[:SHOWN]], actor)
        for invoice_id, problem in refused[:SHOWN]:
            self.stdout.write(f"{numbers.get(invoice_id, str(invoice_id))}: {problem.code}: {problem.message}")
        for code, count in sorted(Counter(problem.code for _, problem in refused[SHOWN:]).items()):
            self.stdout.write(f"and {count:,} more: {code}")


def _posted(ids: list[UUID], actor: Actor, now: datetime, *, dry_run: bool) -> list[BatchResult]:
    """With a bar on the error output, so that the results can be piped on."""
    estimate = TimeRemainingColumn(elapsed_when_finished=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), estimate)
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("Trying" if dry_run else "Posting", total=len(ids))
        return post_invoices(
            invoice_ids=ids,
            actor=actor,
            now=now,
            dry_run=dry_run,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def _numbers(ids: list[UUID], actor: Actor) -> dict[UUID, str]:
    with scoped_read(actor):
        return dict(Invoice.objects.of(actor).filter(id__in=ids).values_list("id", "invoice_no"))
