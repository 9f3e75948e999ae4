"""Several requests at once: real threads, real connections, all let go at the same moment."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
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


class Retries:
    """Why use cases started again."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    @property
    def reasons(self) -> dict[str, int]:
        records = [record for record in self._caplog.records if record.name == "erp.locking"]
        return dict(Counter(str(vars(record)["reason"]) for record in records))
