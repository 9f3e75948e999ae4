"""`manage.py export_audit`: a company's audit as a file that proves itself (`erp/audit_file.py` checks it)."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from erp.parsing import DocumentDate
from erp.proving import export_audit
from erp.verifying import CannotVerify


class Command(BaseCommand):
    help = "Write a company's audit as lines of JSON, which erp/audit_file.py checks without a database. Reads only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="where to; it must not exist")
        parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
        parser.add_argument("--from", dest="begin", type=_day, metavar="DATE", help="from this day on (default: all)")
        parser.add_argument("--to", dest="end", type=_day, metavar="DATE", help="up to and with this day")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        half = file.with_name(f"{file.name}.part")
        if file.exists():
            raise CommandError(f"{file} exists already.")
        try:
            with half.open("wb") as out:
                count, head = export_audit(
                    company_code=options["company"],
                    begin=options["begin"],
                    end=options["end"],
                    out=out,
                    now=timezone.now(),
                )
            half.rename(file)
        except (CannotVerify, OSError) as problem:
            half.unlink(missing_ok=True)
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{count} entries. Head of the whole audit, to be noted elsewhere: {head}")


def _day(text: str) -> date:
    return DocumentDate.read(text).plain()
