"""`manage.py write_event_schemas`: the JSON Schemas under docs/reference/events, anew from the code."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from invoices.schemas import KINDS, event_schema

DIRECTORY = Path("docs/reference/events")


class Command(BaseCommand):
    help = "Write a JSON Schema for each kind of event into docs/reference/events. Run it when a payload has changed."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        directory = settings.BASE_DIR / DIRECTORY
        directory.mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            (directory / f"{kind}.json").write_text(schema_text(kind))
            self.stdout.write(f"wrote {DIRECTORY / kind}.json")


def schema_text(kind: str) -> str:
    """The file's content."""
    return json.dumps(event_schema(kind), indent=2, ensure_ascii=False) + "\n"
