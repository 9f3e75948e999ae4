"""`manage.py verify`: does every law hold? Reads all audit views in one snapshot; exit code 1 when one found something.

With ``--audit`` it reckons the chain of audit seals anew instead, without the database's own functions.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from erp.audit_file import read_noted
from erp.proving import Proof, prove_audit
from erp.verifying import CannotVerify, Verdict, Verification, verify


class Command(BaseCommand):
    help = "Judge the books, the stock and the documents by every law of the invariants table. Reads only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", default="", help="only this company, by its code")
        parser.add_argument("--json", action="store_true", help="machine-readable")
        parser.add_argument("--jobs", type=int, default=2, help="connections that share the snapshot (default: 2)")
        parser.add_argument("--require-rows", action="store_true", help="exit code 1 also when a law had nothing to judge")
        parser.add_argument("--audit", action="store_true", help="reckon the audit's chain of hashes anew, and nothing else")
        parser.add_argument(
            "--noted",
            action="append",
            default=[],
            metavar="NUMBER:HASH",
            help="with --audit and --company: a hash that was noted elsewhere; repeatable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["audit"]:
            self._prove_audit(options)
            return
        if options["noted"]:
            raise CommandError("--noted belongs to --audit.")
        try:
            result = verify(company_code=options["company"], jobs=max(1, options["jobs"]))
        except CannotVerify as problem:
            raise CommandError(str(problem)) from None
        self._tell(options, _plain(result), lambda console: _show(result, console))
        if result.broken or (options["require_rows"] and result.empty):
            sys.exit(1)

    def _prove_audit(self, options: dict[str, Any]) -> None:
        if options["noted"] and not options["company"]:
            raise CommandError("--noted needs --company: numbers are a company's own.")
        try:
            proofs = prove_audit(company_code=options["company"], noted=read_noted(options["noted"]))
        except (CannotVerify, ValueError) as problem:
            raise CommandError(str(problem)) from None
        plain = {"broken": sum(proof.fault_count > 0 for proof in proofs), "audits": [asdict(proof) for proof in proofs]}
        self._tell(options, plain, lambda console: _show_proofs(proofs, console))
        if plain["broken"]:
            sys.exit(1)

    def _tell(self, options: dict[str, Any], plain: dict[str, Any], show: Callable[[Console], None]) -> None:
        if options["json"]:
            self.stdout.write(msgspec.json.encode(plain).decode())
            return
        console = Console()
        with console.capture() as shown:
            show(console)
        self.stdout.write(shown.get())


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


def _show_proofs(proofs: Sequence[Proof], console: Console) -> None:
    table = Table("company", "sealed", "waiting", "verdict", title="Audits")
    for proof in proofs:
        verdict = f"[bold red]{proof.fault_count} faults[/]" if proof.fault_count else "[green]unchanged[/]"
        table.add_row(proof.company, f"{proof.sealed:,}", f"{proof.waiting:,}", verdict)
    console.print(table)
    for proof in proofs:
        for fault in proof.faults:
            console.print(f"  {proof.company}: {fault}", markup=False, highlight=False, soft_wrap=True)
    console.print("Heads, to be noted where nobody who could change the database can change them:")
    for proof in proofs:
        console.print(f"  {proof.company} {proof.head}", markup=False, highlight=False, soft_wrap=True)


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
