"""Files in their folder: written whole before the row that names them, read by signed addresses only.

A file is on the disk before its transaction commits, so that no row names one that is not there; what was written for a
transaction that ends otherwise is discarded. A process that dies in between leaves a file that nobody names.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core import signing

from erp.identifiers import as_uuid, new_id
from erp.locking import Locks
from erp.media import ENDINGS
from erp.models import StoredFile

GOOD_FOR_S = 3600
"""How long an address of a file is good."""
_SALT = "erp.storing"
UrlOf = Callable[[UUID | None], str | None]
"""Gives the address at which a file is shown to whoever asked, by its id; None for none."""


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file in the folder that no row names yet. `size` in bytes."""

    id: UUID
    company_id: UUID
    media_type: str
    size: int
    sha256: bytes


def save_file(*, company_id: UUID, content: bytes, media_type: str) -> SavedFile:
    """Write the content into the company's folder, durably, under a name of our own."""
    saved = SavedFile(new_id(), company_id, media_type, len(content), hashlib.sha256(content).digest())
    path = _path(company_id, saved.id, media_type)
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return saved


def discard_file(saved: SavedFile) -> None:
    """Forget a file that no row names; twice does no harm."""
    _path(saved.company_id, saved.id, saved.media_type).unlink(missing_ok=True)


def keep_file(locks: Locks, saved: SavedFile, *, now: datetime) -> StoredFile:
    """The row of a saved file, in the running transaction; the file stays when it commits."""
    assert saved.company_id == locks.company_id, "a file stays in its company"
    row = StoredFile(
        id=saved.id,
        company_id=saved.company_id,
        media_type=saved.media_type,
        size=saved.size,
        sha256=saved.sha256,
        created_at=now,
    )
    row.save(force_insert=True)
    return row


def file_token(company_id: UUID, file_id: UUID) -> str:
    """What opens a file for the next hour, to whoever shows it."""
    return signing.dumps([str(company_id), str(file_id)], salt=_SALT)


def file_named(token: str) -> tuple[UUID, UUID] | None:
    """Company and id of the file that a token opens; None for a token that is forged or too old."""
    try:
        company, file = signing.loads(token, salt=_SALT, max_age=GOOD_FOR_S)
    except (signing.BadSignature, ValueError):
        return None
    company_id, file_id = as_uuid(company), as_uuid(file)
    return (company_id, file_id) if company_id and file_id else None


def read_file(row: StoredFile) -> bytes | None:
    """The content; None when the folder does not have it."""
    try:
        return _path(row.company_id, row.id, row.media_type).read_bytes()
    except FileNotFoundError:
        return None


def companies_with_files() -> list[UUID]:
    """The companies that have a folder, known or not."""
    folder = Path(settings.UPLOADS_DIR)
    if not folder.is_dir():
        return []
    return sorted(found for each in folder.iterdir() if each.is_dir() and (found := _id_in(each.name)))


def files_of(company_id: UUID) -> Iterator[tuple[UUID, Path]]:
    """Every file of the company's folder that bears a name of ours, with its id; all else there is not our business."""
    endings = frozenset(ENDINGS.values())
    for path in (Path(settings.UPLOADS_DIR) / company_id.hex).glob("??/*.*"):
        stem, _, ending = path.name.partition(".")
        file_id = _id_in(stem)
        if file_id is not None and ending in endings:
            yield file_id, path


def _id_in(name: str) -> UUID | None:
    """The id that a name of ours is made of: 32 digits."""
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if found.hex == name else None


def _path(company_id: UUID, file_id: UUID, media_type: str) -> Path:
    """Folders of 256, by the end of the id, because its beginning is the time."""
    name = file_id.hex
    return Path(settings.UPLOADS_DIR) / company_id.hex / name[-2:] / f"{name}.{ENDINGS[media_type]}"
