"""`manage.py sweep_files`: remove files that no row names, as the worker does every night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from erp.sweeping import sweep_files


class Command(BaseCommand):
    help = (
        "Remove files from UPLOADS_DIR that no row of the database names and that are older than a day: what was left by a "
        "process that died. The worker does it every night. Folders of companies that the database does not know stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep_files(now=timezone.now(), dry_run=options["dry_run"])
        verb = "would be removed" if options["dry_run"] else "removed"
        self.stdout.write(f"{swept.removed} files ({swept.size} bytes) {verb}, {swept.kept} kept.")
        if swept.unknown:
            self.stdout.write(f"Left alone: {swept.unknown} folders of companies that this database does not know.")
