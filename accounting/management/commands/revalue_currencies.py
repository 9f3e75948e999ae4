"""`manage.py revalue_currencies`: the currency run of a month, as a timer calls it on the first of the next."""

from datetime import date
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounting.revaluing import CurrencyRun, revalue_currencies
from accounting.run_payloads import CurrencyRunPayload, currency_run_payload
from erp.idempotency import Answer
from erp.management.acting import acting_member, company_named
from erp.performing import Terms
from erp.problems import Problem
from erp.rights import Right


class Command(BaseCommand):
    help = (
        "Book what open items in other currencies are worth at the end of a month, and take it back on the next day. Once a"
        " month: run again, it tells what was booked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, help="the month's last day, e.g. 2025-12-31")
        parser.add_argument(
            "--as", dest="email", default="", help="whose name the vouchers bear (default: the oldest OWNER)"
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would be booked, and keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = acting_member(company_named(options["company"]), options["email"], Right.KEEP_BOOKS)
        terms: Terms[CurrencyRun] = Terms(
            lambda run: Answer(200, msgspec.json.encode(currency_run_payload(run)).decode()), dry_run=options["dry_run"]
        )
        try:
            answer = revalue_currencies.answer(terms, as_of=options["as_of"], actor=actor, now=timezone.now())
        except Problem as problem:
            faults = "; ".join(f"{name}: {text}" for name, text in (problem.errors or {}).items())
            raise CommandError(faults or problem.message) from None
        run = msgspec.json.decode(answer.body, type=CurrencyRunPayload)
        for row in run.rows:
            self.stdout.write(
                f"{row.account_code}: {row.currency_code} {row.amount_currency} at {row.rate}: {row.booked} → {row.worth}"
                f" ({row.difference})"
            )
        vouchers = f": {run.voucher_number}, back by {run.mirror_number} on {run.mirror_date}" if run.voucher else ""
        self.stdout.write(f"{run.message}{vouchers}.{' Nothing is kept.' if options['dry_run'] else ''}")
