"""Files that no row names go, after a day; every other file stays, whatever becomes of the process that wrote it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from erp.jobs import sweep_orphans
from erp.locking import one_transaction
from erp.storing import SavedFile, keep_file, save_file
from erp.sweeping import SAFE_FOR, sweep_files
from tests.builders import PNG, World

DAY = timedelta(days=1)
LONG = DAY + timedelta(minutes=1)


def written(world: World, *, age: timedelta = LONG, named: bool = False) -> tuple[SavedFile, Path]:
    """A file as a process leaves it that dies before its row is there, or right after."""
    saved = save_file(company_id=world.company.id, content=PNG, media_type="image/png")
    if named:
        with one_transaction(company_id=world.company.id) as locks:
            keep_file(locks, saved, now=timezone.now())
    (path,) = world.folder.rglob(f"{saved.id.hex}.png")
    aged(path, age)
    return saved, path


def aged(path: Path, age: timedelta) -> None:
    at = (timezone.now() - age).timestamp()
    os.utime(path, (at, at))


def test_only_what_is_old_and_named_by_no_row_is_swept(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert timedelta(days=1) <= SAFE_FOR
    _, orphan = written(world)
    stay = [written(world, named=True)[1], written(world, age=DAY - timedelta(minutes=1))[1]]
    for name in ("readme.txt", f"{uuid4().hex}.exe", f"{uuid4()}.png"):  # none of them a name of ours
        stay.append(orphan.parent / name)
        stay[-1].write_bytes(b"x")
        aged(stay[-1], LONG)
    tried = sweep_files(now=timezone.now(), dry_run=True)
    assert (tried.removed >= 1, tried.size >= len(PNG), orphan.exists()) == (True, True, True)
    call_command("sweep_files")
    assert (orphan.exists(), [path.exists() for path in stay]) == (False, [True] * len(stay))
    assert "removed" in capsys.readouterr().out


def test_the_worker_sweeps_and_a_company_that_the_database_does_not_know_keeps_its_folder(world: World) -> None:
    _, orphan = written(world)
    elsewhere = world.folder.parent / uuid4().hex / orphan.parent.name / orphan.name
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_bytes(PNG)
    aged(elsewhere, LONG)
    sweep_orphans.configure().defer(timestamp=int(datetime.now(UTC).timestamp()))
    call_command("worker", once=True)
    assert (orphan.exists(), elsewhere.exists()) == (False, True)
    assert sweep_files(now=timezone.now()).unknown >= 1


def test_a_row_that_comes_after_a_sweep_still_finds_its_file(world: World) -> None:
    """The process that wrote it waits for its transaction, and the sweep passes in between."""
    saved, path = written(world, age=timedelta())
    sweep_files(now=timezone.now())
    with one_transaction(company_id=world.company.id) as locks:
        keep_file(locks, saved, now=timezone.now())
    aged(path, LONG)
    sweep_files(now=timezone.now())
    assert path.read_bytes() == PNG
