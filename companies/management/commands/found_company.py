"""`manage.py found_company`: a company and its owner, so that somebody can begin to work."""

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.founding import Person, found_company, take_in
from erp.models import Company, User
from erp.rights import Role


class Command(BaseCommand):
    help = (
        "Found a company with its unit, warehouse and event channel, and make its owner. The password is asked for, or read "
        "from standard input; somebody who has an account already keeps his own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--code", required=True, help="short and unique, e.g. ACME")
        parser.add_argument("--name", required=True, help="as it stands on documents")
        parser.add_argument("--owner-email", required=True, help="who may do everything in it")
        parser.add_argument("--owner-name", default="", help="how the owner is shown (default: the address)")
        parser.add_argument("--currency", default="INR", help="ISO code of the base currency (default INR)")
        parser.add_argument("--timezone", default="Asia/Kolkata", help="whose days count (default Asia/Kolkata)")

    def handle(self, *args: Any, **options: Any) -> None:
        code, email = options["code"], options["owner_email"].lower()
        if Company.objects.filter(code=code).exists():
            raise CommandError(f"There is a company {code} already; choose another code.")
        password = "" if User.objects.filter(email=email).exists() else self._password()
        company = found_company(
            code=code,
            name=options["name"],
            now=timezone.now(),
            currency_code=options["currency"],
            zone=options["timezone"],
        )
        take_in(company=company, person=Person(email, options["owner_name"] or email, password, Role.OWNER))
        self.stdout.write(f"{code} is founded; {email} owns it. Its id, for X-Company-ID: {company.id}")

    @staticmethod
    def _password() -> str:
        password = getpass.getpass("Password of the owner: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        return password
