"""`manage.py revoke_api_key`: a key that must not be used any more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.founding import find_api_key
from companies.keying import revoke_key
from erp.access import member_of


class Command(BaseCommand):
    help = "Revoke an API key by its prefix (the part before the dot). Every process refuses it within a second."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="the part of the key before the dot; it is no secret")

    def handle(self, *args: Any, **options: Any) -> None:
        key = find_api_key(options["prefix"])
        if key is None:
            raise CommandError(f"There is no key with the prefix {options['prefix']!r}.")
        if key.revoked_at is not None:
            self.stdout.write(f"{key.name!r} of {key.company.code} was revoked already.")
            return
        owner = member_of(key.company)
        if owner is None:
            raise CommandError(f"{key.company.code} has no OWNER who could answer for this.")
        revoke_key(key_id=key.id, actor=owner, now=timezone.now())
        self.stdout.write(f"Revoked {key.name!r} of {key.company.code}.")
