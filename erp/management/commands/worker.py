"""`manage.py worker`: runs background jobs until it is stopped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from procrastinate.contrib.django import app


class Command(BaseCommand):
    help = "Run background jobs (today: forgetting old idempotency keys). Any number of workers may run; Ctrl-C stops one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=2, help="jobs at a time (default 2)")
        parser.add_argument("--once", action="store_true", help="do what is waiting, then leave")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Worker started; waiting for jobs." if not options["once"] else "Doing what is waiting.")
        with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
            worker.run_worker(
                concurrency=options["concurrency"], wait=not options["once"], listen_notify=not options["once"]
            )
        self.stdout.write("Worker stopped.")
