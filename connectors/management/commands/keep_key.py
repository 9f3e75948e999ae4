"""`manage.py keep_key`: the key of a foreign system, kept encrypted. It is read from the keyboard, or from a pipe."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from connectors.key_keeping import keep_key
from erp.management.acting import acting_member, company_named
from erp.rights import Right

LONGEST = 500


class Command(BaseCommand):
    help = (
        "Keep the key of a connection to a foreign system, encrypted by ENCRYPTION_KEYS, so that runs name the connection "
        "and nobody types the key again. It is asked for, or read from the first line of a pipe; it is never an argument."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
        parser.add_argument("--as", dest="email", default="", help="who does it (default: the oldest OWNER)")
        parser.add_argument("--connection", required=True, metavar="NAME", help="made when there is none")
        parser.add_argument("--url", default="", help="where the foreign system is")
        parser.add_argument("--variable", default="", metavar="NAME", help="keep no key, but where in the environment it is")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = acting_member(company_named(options["company"]), options["email"], Right.ADMINISTER)
        key = "" if options["variable"] else _read_key()
        row = keep_key(
            name=options["connection"],
            base_url=options["url"],
            key=key,
            variable=options["variable"],
            actor=actor,
            now=timezone.now(),
        )
        where = f"in the variable {row.secret_env}" if row.secret_env else "here, encrypted"
        self.stdout.write(f"{row.name} at {row.base_url or 'no address yet'}: its key is {where}.")


def _read_key() -> str:
    key = getpass.getpass("Key: ") if sys.stdin.isatty() else sys.stdin.readline()
    key = key.strip()
    if not key or len(key) > LONGEST or not key.isprintable() or not key.isascii():
        raise CommandError(f"A key is one line of at most {LONGEST} characters.")
    return key
