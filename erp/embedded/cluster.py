"""One data directory and its postmaster. Callers hold the starting lock."""

import hashlib
import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import psycopg
from psycopg import sql

from erp.embedded import processes
from erp.embedded.account import ServerAccount
from erp.embedded.problems import DataUnusable, NoPermission, SocketTrouble, StartFailed, failure
from erp.embedded.tools import VERSION, run_tool

DATABASE = "erp"
SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's name: nothing listens on the network
# Recovery replays one checkpoint's distance at most; five minutes are far beyond that, even on a slow disk.
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60
# sun_path holds 104 bytes on macOS and 108 on Linux, the final NUL included.
_SOCKET_DIR_LIMIT = 104 - 1 - len(f"/.s.PGSQL.{PORT}")
_LOG_LIMIT_BYTES = 16 * 1024 * 1024
_NOT_YET = (
    "starting up",
    "shutting down",
    "recovery",
    "not yet accepting",
    "Connection refused",
    "No such file",
    "server closed the connection",
)

# Sized for two cores and a few GB. Given at each start, so that a change here reaches existing data too.
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "10min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    }
)


@dataclass(frozen=True, kw_only=True)
class Postmaster:
    """A running server, as it describes itself in `postmaster.pid`."""

    pid: int
    socket_dir: Path


def make_cluster(data_dir: Path, account: ServerAccount, *, quickly: bool) -> None:
    """initdb beside the place, then a rename into it: a half-made directory is never taken for a database.

    `quickly` leaves out the final sync, for tests. Raises DataUnusable where something else lies there
    already.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise DataUnusable(f"{data_dir} is not empty and holds no database. Move it away, or set another ERP_VAR_DIR.")
    half_made = data_dir.with_name(data_dir.name + ".new")
    if half_made.exists():
        shutil.rmtree(half_made)
    half_made.mkdir(mode=0o700)
    account.own(half_made)
    arguments = [f"--pgdata={half_made}", f"--username={SUPERUSER}", "--encoding=UTF8", "--data-checksums"]
    # The built-in locale is the same on every machine: no index goes wrong after an upgrade of the C library.
    arguments += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    # Who may use the socket is decided by its directory (0700), not by a password in a file next to it.
    arguments += ["--auth-local=trust", "--auth-host=reject"]
    made, said = run_tool(account, "initdb", arguments + (["--no-sync"] if quickly else []))
    if not made:
        shutil.rmtree(half_made)  # on a full disk it would be in the way of the next try
        raise failure(f"The database in {data_dir} could not be made", said)
    half_made.rename(data_dir)
    parent = os.open(data_dir.parent, os.O_RDONLY)
    os.fsync(parent)
    os.close(parent)


def check_usable(data_dir: Path, account: ServerAccount) -> None:
    """Refuses data of another owner (NoPermission) or of another major version (DataUnusable)."""
    owner = data_dir.stat().st_uid
    if owner != account.uid:
        raise NoPermission(
            f"{data_dir} belongs to user id {owner}, and the database would run as {account.name!r}. "
            f"Run this as who made it, or hand it over: chown -R {account.name} {data_dir}"
        )
    version = (data_dir / "PG_VERSION").read_text().strip()
    if version != VERSION:
        raise DataUnusable(
            f"{data_dir} was made by PostgreSQL {version}, this is {VERSION}. Dump it with {version} and "
            "restore it here, or set another ERP_VAR_DIR."
        )


def find_postmaster(data_dir: Path) -> Postmaster | None:
    """The running one, None without: the pid file may be stale, and its number by now another program's."""
    pid, lines = processes.read_pid_file(data_dir / "postmaster.pid")
    arguments = processes.arguments_of(pid) if pid else ""
    if "postgres" not in arguments or str(data_dir) not in arguments:
        return None
    # The socket's line is written a moment after the first ones; until then it will be where we would put it.
    socket_dir = lines[4].strip() if len(lines) > 4 else ""
    return Postmaster(pid=pid, socket_dir=Path(socket_dir) if socket_dir else socket_dir_for(data_dir))


def start_postmaster(data_dir: Path, account: ServerAccount, extra_settings: Mapping[str, str]) -> None:
    """Starts it and waits until it is ready, through recovery. Raises as `failure`."""
    socket_dir = socket_dir_for(data_dir)
    if socket_dir != data_dir:
        _own_socket_dir(socket_dir, account)
    settings = {**SETTINGS, "unix_socket_directories": str(socket_dir), **extra_settings}
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    log = data_dir / "server.log"
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    arguments = [
        "start",
        f"--pgdata={data_dir}",
        f"--log={log}",
        f"--options={options}",
        "--silent",
        "--wait",
    ]
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        processes.drop_misleading_lock_file(data_dir / "postmaster.pid")
        processes.drop_misleading_lock_file(socket_dir / f".s.PGSQL.{PORT}.lock")
        said_before = log.stat().st_size if log.exists() else 0
        started, said = run_tool(account, "pg_ctl", [*arguments, f"--timeout={START_TIMEOUT_S}"])
        if started:
            return
        said += last_words(data_dir, since=said_before)
        if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
            raise failure("PostgreSQL did not start", said)
        processes.end_orphans(data_dir)
        time.sleep(0.1)


def create_database(postmaster: Postmaster) -> bool:
    """Makes the database where it is missing; False: the server does not take connections yet, or no longer.

    Raises psycopg.OperationalError for any other refusal.
    """
    host = str(postmaster.socket_dir)
    try:
        with psycopg.connect(
            host=host, port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=10
        ) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.OperationalError as problem:
        if any(phrase in str(problem) for phrase in _NOT_YET):
            return False
        raise
    return True


def stop_postmaster(data_dir: Path, account: ServerAccount, *, mode: Literal["fast", "immediate"]) -> bool:
    """Stops it and waits for it; answers whether one was running. Raises StartFailed when it does not go."""
    running = find_postmaster(data_dir)
    if running is None:
        return False
    arguments = ["stop", f"--pgdata={data_dir}", "--silent", "--wait", f"--timeout={STOP_TIMEOUT_S}"]
    stopped, said = run_tool(account, "pg_ctl", [*arguments, f"--mode={mode}"])
    if not stopped and mode == "fast":
        # A session that does not let go loses. Nothing committed is lost: the next start recovers.
        stopped, said = run_tool(account, "pg_ctl", [*arguments, "--mode=immediate"])
    if not stopped and find_postmaster(data_dir) is not None:
        raise StartFailed(f"PostgreSQL (process {running.pid}) does not stop. It said:\n{said}")
    if running.socket_dir != data_dir:
        with suppress(OSError):
            running.socket_dir.rmdir()
    return True


def socket_dir_for(data_dir: Path) -> Path:
    """Where the socket goes: into `data_dir`, or, where that path is too long for a socket or not plain, into
    a short directory among the temporary files that is named after it."""
    # A comma is a list to libpq, and quotes and blanks mean something in PostgreSQL's own setting.
    if len(os.fsencode(data_dir)) <= _SOCKET_DIR_LIMIT and re.fullmatch(r"[\w./+-]+", str(data_dir), re.ASCII):
        return data_dir
    name = "erp-pg-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(short)) > _SOCKET_DIR_LIMIT:
        raise SocketTrouble(f"The path {short} is too long for a Unix socket. Set TMPDIR=/tmp and try again.")
    return short


def last_words(data_dir: Path, *, since: int = 0) -> str:
    """The end of the server's log, from byte `since` on."""
    try:
        text = (data_dir / "server.log").read_bytes()[since:].decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-15:])


def _own_socket_dir(socket_dir: Path, account: ServerAccount) -> None:
    """Makes the short directory, ours alone: in a shared /tmp anybody may have put one there before us."""
    try:
        socket_dir.mkdir(mode=0o700)
        account.own(socket_dir)
    except FileExistsError:
        found = socket_dir.lstat()
        if socket_dir.is_symlink() or not socket_dir.is_dir() or found.st_uid != account.uid or found.st_mode & 0o077:
            raise SocketTrouble(
                f"{socket_dir} exists and is not a private directory of {account.name!r}. Remove it and try again."
            ) from None
