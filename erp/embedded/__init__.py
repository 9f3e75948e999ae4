"""PostgreSQL out of a wheel: a database for whoever has no server, in one directory, behind a Unix socket.

It lives as long as somebody needs it: whoever calls `ensure_running` uses it, and the last user to leave
stops it. A user that was killed has left. Durability is on, as on a real server. Nothing here knows Django.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Literal
from urllib.parse import quote

import psycopg

from erp.embedded import cluster
from erp.embedded.account import choose_account
from erp.embedded.problems import (
    DataUnusable,
    DiskFull,
    EmbeddedPostgresError,
    NoPermission,
    SocketTrouble,
    StartFailed,
    ToolMissing,
    explained,
    failure,
)
from erp.embedded.tools import find_tool

__all__ = [
    "DataUnusable",
    "DiskFull",
    "EmbeddedPostgresError",
    "EmbeddedServer",
    "NoPermission",
    "SocketTrouble",
    "StartFailed",
    "ToolMissing",
    "ensure_running",
    "provide_database_url",
    "shut_down",
]

_NOTHING: Mapping[str, str] = MappingProxyType({})


class EmbeddedServer:
    """A running server and one use of it, from `ensure_running` until `stop` or the end of this process."""

    def __init__(
        self,
        *,
        data_dir: Path,
        socket_dir: Path,
        started_here: bool,
        extra_settings: Mapping[str, str],
        use: IO[str],
    ) -> None:
        self.data_dir = data_dir
        self.started_here = started_here
        # The port is named because libpq would else take it from the caller's PGPORT.
        self.url = f"postgresql://{cluster.SUPERUSER}@:{cluster.PORT}/{cluster.DATABASE}?host={quote(str(socket_dir))}"
        self._extra_settings = extra_settings
        self._use = use

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster; None when it is gone."""
        running = cluster.find_postmaster(self.data_dir)
        return running.pid if running else None

    def revive(self) -> bool:
        """Starts the server again where it died; answers whether it had to. Raises as `ensure_running`."""
        if self.pid is not None:
            return False
        with explained(self.data_dir), _starting_lock(self.data_dir):
            started_here, _ = _bring_up(self.data_dir, self._extra_settings)
        return started_here

    def stop(self, *, mode: Literal["fast", "immediate"] = "fast") -> bool:
        """Ends this use, and the server too unless somebody else uses it; answers whether it was stopped.

        So who found the server running leaves it to who started it, and who started it leaves it to who came
        later; the last one out stops it. `immediate` is a power cut: it asks nobody and writes no checkpoint.
        A second call does nothing. Raises StartFailed when the server does not go.
        """
        if self._use.closed:
            return False
        with explained(self.data_dir), _starting_lock(self.data_dir):
            self._use.close()
            if mode == "fast" and _is_used(self.data_dir):
                return False
            return _stop(self.data_dir, mode=mode)


def ensure_running(*, data_dir: Path, extra_settings: Mapping[str, str] = _NOTHING) -> EmbeddedServer:
    """A server on `data_dir` that answers and has the database `erp`: made, started or found.

    Safe to call from several processes at once (a file lock beside the data puts them in a row), after kill
    -9 of the server or of its caller (stale pid files, orphaned backends, half-made directories), and as root
    (`account`). Waits for crash recovery. `extra_settings` come on top of `cluster.SETTINGS`, for who starts
    the server. Raises EmbeddedPostgresError: DiskFull, NoPermission, ToolMissing, SocketTrouble,
    DataUnusable, StartFailed.
    """
    with explained(data_dir):
        data_dir = data_dir.resolve()
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        with _starting_lock(data_dir):
            use = _lock_file(data_dir, "users")
            fcntl.flock(use, fcntl.LOCK_SH)
            try:
                started_here, socket_dir = _bring_up(data_dir, extra_settings)
            except BaseException:
                use.close()
                raise
    return EmbeddedServer(
        data_dir=data_dir,
        socket_dir=socket_dir,
        started_here=started_here,
        extra_settings=extra_settings,
        use=use,
    )


def provide_database_url(*, var_dir: Path) -> EmbeddedServer | None:
    """Where DATABASE_URL is unset, brings up the server in `var_dir`/pgdata and sets it; else None.

    Raises as `ensure_running`.
    """
    if os.environ.get("DATABASE_URL"):
        return None
    server = ensure_running(data_dir=var_dir / "pgdata")
    os.environ["DATABASE_URL"] = server.url
    return server


def shut_down(*, data_dir: Path) -> bool:
    """Stops the server on `data_dir`, whoever uses it; answers whether one was running."""
    data_dir = data_dir.resolve()
    if not (data_dir / "PG_VERSION").exists():
        return False
    with explained(data_dir), _starting_lock(data_dir):
        return _stop(data_dir, mode="fast")


def _bring_up(data_dir: Path, extra_settings: Mapping[str, str]) -> tuple[bool, Path]:
    """Under the starting lock: (whether it had to be started, the socket's directory)."""
    account = choose_account(data_dir=data_dir, tool=find_tool("postgres"))
    if not (data_dir / "PG_VERSION").exists():
        cluster.make_cluster(data_dir, account, quickly=extra_settings.get("fsync") == "off")
    cluster.check_usable(data_dir, account)
    deadline = time.monotonic() + cluster.START_TIMEOUT_S
    started_here = False
    try:
        while True:
            running = cluster.find_postmaster(data_dir)
            if running is None:
                # Before, not after: a Ctrl-C while it starts must stop it as well.
                started_here = True
                cluster.start_postmaster(data_dir, account, extra_settings)
            elif cluster.create_database(running):
                return started_here, running.socket_dir
            elif time.monotonic() > deadline:
                raise StartFailed(f"PostgreSQL runs but does not answer.\n{cluster.last_words(data_dir)}")
            else:
                # It recovers or shuts down: whoever started or stopped it was killed half-way.
                time.sleep(0.1)
    except BaseException as problem:
        if started_here:
            cluster.stop_postmaster(data_dir, account, mode="immediate")
        if isinstance(problem, psycopg.Error):
            raise failure("PostgreSQL runs but refuses us", str(problem)) from problem
        raise


def _stop(data_dir: Path, *, mode: Literal["fast", "immediate"]) -> bool:
    account = choose_account(data_dir=data_dir, tool=find_tool("pg_ctl"))
    return cluster.stop_postmaster(data_dir, account, mode=mode)


# Two files beside the data: who may start or stop (one at a time), and who uses it. The kernel drops a lock
# with its process.
def _lock_file(data_dir: Path, kind: str) -> IO[str]:
    return open(data_dir.with_name(f"{data_dir.name}.{kind}"), "a", encoding="ascii")


@contextmanager
def _starting_lock(data_dir: Path) -> Iterator[None]:
    with _lock_file(data_dir, "lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_used(data_dir: Path) -> bool:
    with _lock_file(data_dir, "users") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
