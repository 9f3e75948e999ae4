"""`manage.py worker`: runs background jobs until it is stopped."""

import asyncio
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from procrastinate.contrib.django import app

from erp.jobs import hint_of_webhook
from erp.webhooks.hinting import hint_of_news


class Command(BaseCommand):
    help = (
        "Run background jobs: delivering webhooks, forgetting old answers and deliveries. Any number of workers may run;"
        " Ctrl-C stops one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4, help="jobs at a time (default 4)")
        parser.add_argument("--once", action="store_true", help="do what is waiting, then leave")

    def handle(self, *args: Any, **options: Any) -> None:
        says = self.stdout.write if options["verbosity"] else lambda _: None
        says("Worker started; waiting for jobs." if not options["once"] else "Doing what is waiting.")
        asyncio.run(self._work(concurrency=options["concurrency"], once=options["once"]))
        says("Worker stopped.")

    async def _work(self, *, concurrency: int, once: bool) -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(connector) as worker:
            async with worker.open_async():
                hints = None if once else asyncio.create_task(hint_of_news(hint_of_webhook))
                try:
                    # Done ones tell nobody anything; failed ones stay, for whoever looks after the installation.
                    await worker.run_worker_async(
                        concurrency=concurrency, wait=not once, listen_notify=not once, delete_jobs="successful"
                    )
                finally:
                    if hints is not None:
                        hints.cancel()
                        with suppress(asyncio.CancelledError):
                            await hints
