"""What an installation needs before its first process starts: a place, an address, a secret. Knows no
Django."""

import errno
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
SHORTEST_SECRET = 32


class StartRefused(RuntimeError):
    """Something is in the way of a start; the text is a sentence that says what to do."""


class PortUnavailable(StartRefused):
    """PORT or HOST is not usable."""


def var_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Where this installation keeps its data: ERP_VAR_DIR, else `var` in the project."""
    return Path(environment.get("ERP_VAR_DIR") or PROJECT_DIR / "var").expanduser().absolute()


def read_address(environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """HOST (127.0.0.1) and PORT (8000) to listen on. Raises PortUnavailable for a PORT that is none."""
    text = environment.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise PortUnavailable(f"PORT is {text!r}, not a number from 1 to 65535. Choose one: PORT=8001 make up")
    return environment.get("HOST") or "127.0.0.1", int(text)


def require_free_port(*, host: str, port: int) -> None:
    """Raises PortUnavailable, with what to do, when nothing can listen on the address."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # As the server itself does, so that connections just closed are in nobody's way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise PortUnavailable(
                f"Port {port} is in use. Stop what uses it, or choose another: PORT={port + 1} make up"
            ) from problem
        if problem.errno == errno.EACCES:
            raise PortUnavailable(
                f"Port {port} needs more rights than you have. Choose one above 1023: PORT=8000 make up"
            ) from problem
        raise PortUnavailable(
            f"Nothing can listen on {host} port {port} ({problem.strerror or problem}). "
            "Choose an address of this machine: HOST=127.0.0.1 make up"
        ) from problem


def provide_secret_key(*, directory: Path) -> None:
    """Where SECRET_KEY is unset, sets it to this installation's own, made once and kept in
    `directory`/secret_key.

    The file is readable by its owner alone. Processes that start at once agree on one secret. Raises OSError.
    """
    if os.environ.get("SECRET_KEY"):
        return
    directory.mkdir(parents=True, exist_ok=True)
    with open(os.open(directory / "secret_key", os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.fchmod(file.fileno(), 0o600)
        secret = file.read().strip()
        if len(secret) < SHORTEST_SECRET:  # new, or cut short by a full disk
            secret = secrets.token_urlsafe(48)
            file.seek(0)
            file.truncate()
            file.write(secret + "\n")
    os.environ["SECRET_KEY"] = secret


@contextmanager
def announced(*, directory: Path, port: int) -> Iterator[None]:
    """For as long as it is entered, `directory`/up-PORT.pid names this process and is locked by it.

    The lock, not the number, tells that it lives: `running_starts` cannot be led to another program by a
    stale file.
    """
    file = directory / f"up-{port}.pid"
    with open(file, "a+", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def running_starts(*, directory: Path) -> list[int]:
    """Process ids of every `up` that runs on `directory`."""
    found = []
    for file in directory.glob("up-*.pid"):
        with suppress(FileNotFoundError, ValueError), open(file, encoding="ascii") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(int(handle.read()))
    return found
