"""`manage.py fold_balances`: move committed entries into the account days; what a worker or a timer calls."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounting.balances import fold_all, fold_balances
from erp.management.acting import company_named


class Command(BaseCommand):
    help = "Fold ledger entries into sums per account and day. Reports are exact without it, and fast with it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", default="", help="only this company, by its code")
        parser.add_argument("--anew", action="store_true", help="forget what was folded and begin again (needs --company)")

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.monotonic()
        folded = self._one(options["company"], anew=options["anew"]) if options["company"] else fold_all()
        self.stdout.write(
            f"Folded {folded} {'company' if folded == 1 else 'companies'} in {time.monotonic() - start:.1f} s."
        )

    @staticmethod
    def _one(code: str, *, anew: bool) -> int:
        fold_balances(company_id=company_named(code).id, anew=anew)
        return 1
