"""Several requests at once: real threads, real connections, all let go at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")

PATIENCE_S = 60


def at_once(works: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run each in a thread of its own, with a connection that is open before the start and closed at the end."""
    start = Barrier(len(works), timeout=PATIENCE_S)

    def run(work: Callable[[], Result]) -> Result:
        try:
            connection.ensure_connection()
            start.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))
