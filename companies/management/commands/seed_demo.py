"""`manage.py seed_demo`: plants the demo and writes its credentials to ``var/demo.json``."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.demo import plant_demo
from erp.starting import StartRefused, read_address
from erp.welcoming import base_url


class Command(BaseCommand):
    help = "Plant two demo companies, with people, a key, goods and customers, and write var/demo.json. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default="", help="the address to write into it (default: where `make up` listens)")

    def handle(self, *args: Any, **options: Any) -> None:
        file = settings.VAR_DIR / "demo.json"
        try:
            address = options["base_url"] or base_url(*read_address())
        except StartRefused as problem:
            raise CommandError(str(problem)) from problem
        plant_demo(base_url=address, file=file, now=timezone.now())
        self.stdout.write(f"The demo is there; its logins and its key are in {file}")
