"""`manage.py create_api_key`: a key for another system, shown once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.keying import issue_key
from companies.keys import NewKey
from erp.access import member_of
from erp.models import Company
from erp.rights import Scope


class Command(BaseCommand):
    help = (
        "Make an API key for a company and print it, this once; only its hash is kept. It does not expire. "
        "The company's oldest OWNER answers for it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
        parser.add_argument("--name", required=True, help="which system it is for, as audit entries will show it")
        parser.add_argument(
            "--scope",
            action="append",
            choices=[scope.value for scope in Scope],
            default=[],
            help="what it may do; repeat it for more (default: invoices:import). invoices:update also reads invoices",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(code=options["company"]).first()
        if company is None:
            codes = ", ".join(Company.objects.order_by("code").values_list("code", flat=True)[:20]) or "none yet"
            raise CommandError(f"There is no company {options['company']!r}. Companies: {codes}.")
        owner = member_of(company)
        if owner is None:
            raise CommandError(f"{company.code} has no OWNER who could answer for a key.")
        scopes = [Scope(scope) for scope in options["scope"]] or [Scope.INVOICES_IMPORT]
        issued = issue_key(new=NewKey(options["name"], scopes), actor=owner, now=timezone.now())
        self.stdout.write(issued.text)
        self.stderr.write("Keep it: it is shown this once.")
