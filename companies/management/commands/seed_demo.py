"""`manage.py seed_demo`: plants the demo and writes its credentials to ``var/demo.json``."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from companies.demo import plant_demo


class Command(BaseCommand):
    help = "Plant two demo companies with people, keys, items and customers; write var/demo.json. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default="", help="address written into demo.json")

    def handle(self, *args: Any, **options: Any) -> None:
        base_url = options["base_url"] or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
        plant_demo(base_url=base_url, file=settings.VAR_DIR / "demo.json", now=timezone.now())
