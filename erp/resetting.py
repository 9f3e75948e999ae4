"""`make reset`: forgets everything this installation has stored, after stopping what runs from it.

Run as `python -m erp.resetting`; needs no Django and no working settings. It asks nothing and says what it removed.
"""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from erp.embedded import EmbeddedPostgresError, shut_down
from erp.embedded.problems import explained
from erp.starting import running_starts, var_dir

# Only what we made ourselves: ERP_VAR_DIR may name a directory that holds other things.
OURS = ("pgdata", "pgdata.*", "demo.json", "secret_key", "server-*.log", "worker-*.log", "up-*.pid", "uploads")
_STOP_TIMEOUT_S = 60


def forget(*, directory: Path) -> list[Path]:
    """Stops every `up` and the database that run on `directory`, removes what they stored, and answers its paths.

    Raises EmbeddedPostgresError when something does not stop or cannot be removed.
    """
    if not directory.is_dir():
        return []
    stop_starts(directory=directory)
    shut_down(data_dir=directory / "pgdata")
    removed = []
    with explained(directory):
        for pattern in OURS:
            for path in sorted(directory.glob(pattern)):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
                removed.append(path)
        with suppress(OSError):  # other things are in it, or it is mounted
            directory.rmdir()
    return removed


def stop_starts(*, directory: Path) -> None:
    """Ends each `up` on `directory` as Ctrl-C does, and waits for it; after a minute it is killed."""
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while running := running_starts(directory=directory):
        late = time.monotonic() > deadline
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        time.sleep(0.2)


def main() -> None:
    """Command line: `python -m erp.resetting`."""
    directory = var_dir()
    try:
        removed = forget(directory=directory)
    except EmbeddedPostgresError as problem:
        sys.exit(str(problem))
    for path in removed:
        print(f"removed {path}")
    if not removed:
        print(f"nothing to remove in {directory}")


if __name__ == "__main__":
    main()
