"""`manage.py encrypt_secrets_anew`: after ENCRYPTION_KEYS got a new first key, before an old one is taken away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.encrypting import encrypt_secrets_anew


class Command(BaseCommand):
    help = (
        "Encrypt the secrets of webhooks and foreign systems under the first of ENCRYPTION_KEYS. Safe to run again, and"
        " while the system runs; afterwards the older keys are needed no more."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = encrypt_secrets_anew()
        self.stdout.write(f"Encrypted anew: {done.anew}; already under the first key: {done.already}.")
        if done.unreadable:
            raise CommandError(
                "No key opens these; put the key back that they were encrypted with, or give the secrets again:\n"
                + "\n".join(done.unreadable)
            )
