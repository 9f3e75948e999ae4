"""What every bench needs: a durable PostgreSQL of its own, servers started and stopped, CPU time read from the kernel."""

import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from erp.embedded import EmbeddedServer, ensure_running

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@contextmanager
def bench_database() -> Iterator[EmbeddedServer]:
    """A fresh cluster with durability on, migrated, as DATABASE_URL of this process and its children."""
    directory = Path(tempfile.mkdtemp(prefix="erp-bench-"))
    directory.chmod(0o755)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
    os.environ["ERP_VAR_DIR"] = str(directory / "var")
    server = ensure_running(data_dir=directory / "pgdata")
    os.environ["DATABASE_URL"] = server.url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings")
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def granian_server(application: str, *, settings: str, workers: int = 2) -> Iterator[tuple[int, int]]:
    """A WSGI server with one thread per worker; yields (port, pid of its parent process)."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", "1", "--no-ws", "--log-level", "error", application),
    ]
    process = subprocess.Popen(command, env=os.environ | {"DJANGO_SETTINGS_MODULE": settings})
    try:
        wait_for_port(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(1.0)
            return
    raise SystemExit("the server did not listen within a minute")


def cpu_seconds(root: int) -> float:
    """User and system time of a process and all its descendants, the ended ones included."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
        used[int(entry.name)] = sum(int(value) for value in fields[11:15]) / TICKS_PER_S
    return sum(seconds for pid, seconds in used.items() if _descends(pid, root, parents))


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid and pid != root:
        pid = parents.get(pid, 0)
    return pid == root


@dataclass(frozen=True, slots=True)
class Figure:
    """One contestant's run."""

    name: str
    count: int
    wall_s: float
    app_cpu_s: float
    database_cpu_s: float
    latencies_s: list[float]

    @property
    def per_s(self) -> float:
        return self.count / self.wall_s

    @property
    def cpu_ms(self) -> float:
        """Application and PostgreSQL CPU per operation: what two quiet cores would be limited by."""
        return 1000 * (self.app_cpu_s + self.database_cpu_s) / self.count

    def row(self) -> str:
        cuts = statistics.quantiles(self.latencies_s, n=100)
        return (
            f"{self.name:<34}{self.count:>7}{self.per_s:>9.0f}{1000 * cuts[49]:>9.2f}{1000 * cuts[98]:>9.2f}"
            f"{1000 * self.app_cpu_s / self.count:>9.2f}{1000 * self.database_cpu_s / self.count:>9.2f}{self.cpu_ms:>9.2f}"
        )


HEADER = f"{'':<34}{'count':>7}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}{'app ms':>9}{'db ms':>9}{'CPU ms':>9}"
