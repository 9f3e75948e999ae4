"""`manage.py write_reference`: the reference pages that follow from the code, anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from erp.api.reference import pages, stale_pages
from erp.starting import PROJECT_DIR


class Command(BaseCommand):
    help = "Write docs/reference/{permissions,problems,settings}.md and openapi.json from the code."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = stale_pages()
        names = ", ".join(str(path.relative_to(PROJECT_DIR)) for path in stale)
        if options["check"]:
            if stale:
                raise CommandError(f"Stale: {names}. Write them anew: manage.py write_reference")
            return
        texts = pages()
        for path in stale:
            path.write_text(texts[path], encoding="utf-8")
        self.stdout.write(f"wrote {names}" if stale else "nothing has changed")
