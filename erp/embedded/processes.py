"""What can be told of processes from outside: whose a pid file is, and who outlived a killed postmaster."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path


def read_pid_file(file: Path) -> tuple[int, list[str]]:
    """(pid, all lines); pid 0 without a file, or with one that is being written or names ourselves."""
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        return 0, []
    pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
    return (0 if pid == os.getpid() else pid), lines


def arguments_of(pid: int) -> str:
    """Command line of a living process; empty for a dead one and for a zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).replace("\0", " ")
        except OSError:
            return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a number


def drop_misleading_lock_file(file: Path) -> None:
    """Removes a dead postmaster's pid file or socket lock when its number belongs to somebody else, or to a
    zombie, by now: common after a reboot and in containers. PostgreSQL sees through a number that is free,
    and its own check is the better one then. Only to be called where no postmaster runs."""
    pid, _ = read_pid_file(file)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return
    except PermissionError:
        pass
    file.unlink(missing_ok=True)


def end_orphans(data_dir: Path) -> None:
    """Asks the backends of a killed postmaster to go: a busy one notices only when its statement is done, and
    until then keeps the shared memory that a new postmaster must not touch. Where there is no /proc they are
    waited for."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_backend = (process / "cmdline").read_bytes().startswith(b"postgres: ")
            if is_backend and (process / "cwd").readlink() == data_dir:
                os.kill(int(process.name), signal.SIGTERM)
