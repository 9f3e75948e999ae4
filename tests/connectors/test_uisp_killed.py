"""kill -9 at random moments of a migration, and --resume: in the end the books are those of an undisturbed run.

`test_uisp_migration` lets the backend die before chosen statements; this is the process itself, in the suite once and
nightly a hundred times. A moment is told by what is stored by then, so that kills fall on the whole way on any machine.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from tests.builders import World
from tests.connectors.test_uisp_migration import is_left, migrate, new_island, rows_of
from tests.slicing import SEED
from tests.standins.uisp.history import History

pytestmark = pytest.mark.db_heavy

KILLS = 100
# Small steps, so that there is much to be killed between.
PROGRAM = """
import sys, django
django.setup()
from django.core.management import call_command
from connectors import runs
from connectors.uisp import migrating
migrating.BATCH_ROWS, runs.STAGED_AT_ONCE = int(sys.argv[1]), int(sys.argv[1])
call_command(*sys.argv[2:])
"""


def test_who_is_killed_goes_on_and_ends_as_if_he_had_not_been(migrated_database: None, tmp_path: Path) -> None:
    world, undisturbed = new_island(), new_island()
    History(60).write(tmp_path)
    assert killed(world, tmp_path, at=200, rows=20), "some is staged and done by then, and some is not"
    assert is_left(world)
    assert migrate(world, "--import-from", tmp_path, "--resume").code == 0
    migrate(undisturbed, "--import-from", tmp_path)
    assert rows_of(world) == rows_of(undisturbed)


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing_and_do_nothing_twice(migrated_database: None, tmp_path: Path) -> None:
    History(1500).write(tmp_path)
    chance = random.Random(SEED)
    undisturbed = new_island()
    migrate(undisturbed, "--import-from", tmp_path)
    expected, whole, kills = rows_of(undisturbed), known(undisturbed), 0
    while kills < KILLS:
        world = new_island()
        while kills < KILLS and killed(
            world, tmp_path, at=known(world) + chance.randint(1, whole // 4), rows=200, later_s=chance.uniform(0, 0.2)
        ):
            kills += 1
        run = migrate(world, "--import-from", tmp_path, *(["--resume"] if is_left(world) else []))
        assert run.code == 0, f"CAMPAIGN_SEED={SEED}: {run.said}"
        assert rows_of(world) == expected, f"CAMPAIGN_SEED={SEED}"


def known(world: World) -> int:
    """Rows staged, and those of them that are done once more: how far a run has come, from 0 on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) + count(*) FILTER (WHERE state <> 'PENDING') FROM connectors_importrow WHERE company_id = %s",
            [world.company.id],
        )
        found: int = cursor.fetchone()[0]
    return found


def killed(world: World, export: Path, *, at: int, rows: int, later_s: float = 0) -> bool:
    """Kill a process once so much is known; False where it had finished by itself before."""
    arguments = [str(rows), "uisp_migrate", "--company", world.company.code, "--import-from", str(export), "--no-verify"]
    arguments += ["--resume"] if is_left(world) else []
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    while process.poll() is None and known(world) < at:
        time.sleep(0.01)
    time.sleep(later_s)
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGKILL)
    process.wait()
    return True
