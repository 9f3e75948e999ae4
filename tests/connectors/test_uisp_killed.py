"""kill -9 at random moments of a migration, and --resume: in the end the books are those of an undisturbed run.

The suite lets the backend die before chosen statements (`test_uisp_migration`); this is the process itself, nightly.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders import World
from tests.connectors.test_uisp_migration import is_left, migrate, new_island, rows_of
from tests.slicing import SEED
from tests.standins.uisp.history import History

pytestmark = [pytest.mark.slow, pytest.mark.db_heavy]

KILLS = 100


def test_a_hundred_kills_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    History(1500).write(tmp_path)
    chance = random.Random(SEED)
    undisturbed = new_island()
    migrate(undisturbed, "--import-from", tmp_path)
    expected, kills = rows_of(undisturbed), 0
    while kills < KILLS:
        world = new_island()
        while kills < KILLS and killed(world, tmp_path, after_s=chance.uniform(1, 12)):
            kills += 1
        run = migrate(world, "--import-from", tmp_path, *(["--resume"] if is_left(world) else []))
        assert run.code == 0, f"CAMPAIGN_SEED={SEED}: {run.said}"
        assert rows_of(world) == expected, f"CAMPAIGN_SEED={SEED}"


def killed(world: World, export: Path, *, after_s: float) -> bool:
    """Whether the process was killed before it had finished by itself."""
    arguments = ["uisp_migrate", "--company", world.company.code, "--import-from", str(export), "--no-verify"]
    arguments += ["--resume"] if is_left(world) else []
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    time.sleep(after_s)
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGKILL)
    process.wait()
    return True
