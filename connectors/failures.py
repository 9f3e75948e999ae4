"""The failure file of a run: a line of JSON for each row that was not brought, with its payload, to be imported again."""

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from connectors.models import ImportRow, ImportRun
from connectors.runs import Settled, exact_text
from connectors.states import NOT_BROUGHT
from erp.locking import one_transaction


class FailureFile:
    """Written line by line as rows are refused; at the end it is made anew from what the run remembers."""

    def __init__(self, path: Path, run: ImportRun) -> None:
        self._path, self._run = path, run
        self._file: IO[str] | None = None

    def note(self, settled: Iterable[Settled]) -> None:
        """Add what was refused, and flush: a run that is killed leaves it readable."""
        for one in settled:
            if one.state not in NOT_BROUGHT:
                continue
            if self._file is None:
                self._file = self._path.open("w", encoding="utf-8")
            row = one.row
            self._write(row.entity, row.external_id, row.client, one.code, one.message, one.http_status, 1, row.payload)
        if self._file is not None:
            self._file.flush()

    def finish(self) -> int:
        """All that the run did not bring, whichever process found it; no file for nothing. Answers how many."""
        self.close()
        with one_transaction(company_id=self._run.company_id):
            states = [state.value for state in NOT_BROUGHT]
            rows = ImportRow.objects.of(self._run).filter(run=self._run, state__in=states).order_by("position")
            count = rows.count()
            if not count:
                return 0
            with self._path.open("w", encoding="utf-8") as self._file:
                for row in rows.iterator():
                    self._write(
                        row.entity, row.external_id, row.client_external_id, row.code, row.message, row.http_status,
                        row.attempts, row.payload,
                    )  # fmt: skip
        self._file = None
        return count

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(
        self,
        entity: str,
        external_id: str,
        client: str,
        code: str,
        message: str,
        http_status: int | None,
        attempts: int,
        payload: Any,
    ) -> None:
        assert self._file is not None, "it is open while somebody writes"
        line = {
            "run": str(self._run.id),
            "entity": entity,
            "external_id": external_id,
            "number": (payload or {}).get("number"),
            "client_external_id": client,
            "stage": "apply",
            "code": code,
            "message": message,
            "http_status": http_status,
            "attempts": attempts,
            "payload": payload,
        }
        self._file.write(exact_text(line) + "\n")
