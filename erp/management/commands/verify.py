"""`manage.py verify`: does every law hold? Reads all audit views in one snapshot; exit code 1 when one found something."""

import sys
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from erp.verifying import CannotVerify, Verdict, Verification, verify


class Command(BaseCommand):
    help = "Judge the books, the stock and the documents by every law of the invariants table. Reads only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", default="", help="only this company, by its code")
        parser.add_argument("--json", action="store_true", help="machine-readable")
        parser.add_argument("--jobs", type=int, default=2, help="connections that share the snapshot (default: 2)")
        parser.add_argument("--require-rows", action="store_true", help="exit code 1 also when a law had nothing to judge")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = verify(company_code=options["company"], jobs=max(1, options["jobs"]))
        except CannotVerify as problem:
            raise CommandError(str(problem)) from None
        if options["json"]:
            self.stdout.write(msgspec.json.encode(_plain(result)).decode())
        else:
            console = Console()
            with console.capture() as shown:
                _show(result, console)
            self.stdout.write(shown.get())
        if result.broken or (options["require_rows"] and result.empty):
            sys.exit(1)


def _show(result: Verification, console: Console) -> None:
    table = Table("law", "says", "rows", "s", "verdict", title="Laws of the invariants table")
    for verdict in result.verdicts:
        table.add_row(
            verdict.law.id, verdict.law.text, f"{verdict.rows:,}", f"{verdict.seconds:.2f}", _verdict_text(verdict)
        )
    console.print(table)
    for verdict in result.broken:
        console.print(f"[bold red]{verdict.law.id}[/] {verdict.law.text}: {verdict.count} findings")
        for one in verdict.findings:
            console.print(f"  {one.company} {one.key}: {one.detail}", markup=False, highlight=False)
    counts = ", ".join(f"{name} {rows:,}" for name, rows in sorted(result.table_rows.items()) if rows)
    console.print(f"Rows: {counts or 'none at all'}", markup=False, highlight=False)
    console.print(
        f"{len(result.verdicts)} laws judged in {result.seconds:.1f} s in one snapshot: {len(result.broken)} broken, "
        f"{len(result.empty)} with nothing to judge.",
        highlight=False,
    )


def _verdict_text(verdict: Verdict) -> str:
    if verdict.count:
        return f"[bold red]{verdict.count} findings[/]"
    return "[yellow]nothing to judge[/]" if verdict.is_empty else "[green]clean[/]"


def _plain(result: Verification) -> dict[str, Any]:
    return {
        "seconds": result.seconds,
        "broken": len(result.broken),
        "nothing_to_judge": [verdict.law.id for verdict in result.empty],
        "rows": result.table_rows,
        "laws": [
            {
                "id": verdict.law.id,
                "view": verdict.law.view,
                "text": verdict.law.text,
                "rows": verdict.rows,
                "seconds": verdict.seconds,
                "count": verdict.count,
                "findings": msgspec.to_builtins(verdict.findings),
            }
            for verdict in result.verdicts
        ],
    }
