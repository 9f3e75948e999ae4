"""Files that no row names, swept out of the folder: what a process left that died between writing a file and its row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import transaction

from erp.locking import set_company
from erp.models import Company, StoredFile, Within
from erp.storing import companies_with_files, files_of

SAFE_FOR = timedelta(days=1)
"""However long a transaction takes, the row of its file is there by then."""
_BATCH = 1_000


@dataclass(slots=True)
class Swept:
    """Files removed and kept, `size` in bytes of those removed; folders of companies that this database does not know."""

    removed: int = 0
    size: int = 0
    kept: int = 0
    unknown: int = 0


def sweep_files(*, now: datetime, dry_run: bool = False) -> Swept:
    """Remove every file that no row names and that is older than a day. With `dry_run` only counts.

    The folder of a company that is not in the database stays as it is: it may be the wrong database that was looked into.
    A file that is gone when its turn comes was another sweep's. Locks nothing; harmless at any time, and twice at once.
    """
    known = set(Company.objects.values_list("id", flat=True))
    swept = Swept()
    for company_id in companies_with_files():
        if company_id not in known:
            swept.unknown += 1
            continue
        files = files_of(company_id)
        while batch := dict(islice(files, _BATCH)):
            named = _named(company_id, batch)
            swept.kept += len(named)
            for path in (path for file_id, path in batch.items() if file_id not in named):
                _sweep(path, swept, before=now - SAFE_FOR, dry_run=dry_run)
    return swept


def _named(company_id: UUID, batch: dict[UUID, Path]) -> set[UUID]:
    with transaction.atomic():
        set_company(company_id)
        return set(StoredFile.objects.of(Within(company_id)).filter(id__in=batch).values_list("id", flat=True))


def _sweep(path: Path, swept: Swept, *, before: datetime, dry_run: bool) -> None:
    try:
        found = path.stat()
        if found.st_mtime >= before.timestamp():
            swept.kept += 1
            return
        if not dry_run:
            path.unlink()
    except FileNotFoundError:
        return
    swept.removed += 1
    swept.size += found.st_size
