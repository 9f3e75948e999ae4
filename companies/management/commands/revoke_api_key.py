"""`manage.py revoke_api_key`: a key that must not be used any more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.founding import revoke_api_key


class Command(BaseCommand):
    help = "Revoke an API key by its prefix (the part before the dot). Every process refuses it within a second."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="the part of the key before the dot; it is no secret")

    def handle(self, *args: Any, **options: Any) -> None:
        revoked = revoke_api_key(prefix=options["prefix"], now=timezone.now())
        if revoked is None:
            raise CommandError(f"There is no key with the prefix {options['prefix']!r}.")
        key, now_ended = revoked
        if now_ended:
            self.stdout.write(f"Revoked {key.name!r} of {key.company.code}.")
        else:
            self.stdout.write(f"{key.name!r} of {key.company.code} was revoked already.")
