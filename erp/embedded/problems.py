"""Why there is no embedded PostgreSQL: named, and each text a sentence that says what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path

_FULL = (ENOSPC, EDQUOT)
_FORBIDDEN = (EACCES, EPERM, EROFS)


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be had; the text is for a person."""


class DiskFull(EmbeddedPostgresError):
    """The disk under the data directory, or the user's quota, is full."""


class NoPermission(EmbeddedPostgresError):
    """A directory or file belongs to somebody else, or root's helper account cannot reach it."""


class ToolMissing(EmbeddedPostgresError):
    """The wheel, or a program in it, is not there or does not run on this machine."""


class SocketTrouble(EmbeddedPostgresError):
    """No directory for the Unix socket can be had."""


class DataUnusable(EmbeddedPostgresError):
    """The data directory holds something that is not a database of this version."""


class StartFailed(EmbeddedPostgresError):
    """PostgreSQL does not start, answer or stop; the text ends with its own last words."""


def failure(what: str, said: str) -> EmbeddedPostgresError:
    """The exception for what one of PostgreSQL's programs said before it failed."""
    if any(os.strerror(code) in said for code in _FULL):
        return DiskFull(f"{what}: the disk is full. Make room (`df -h` shows where), then try again.")
    if "Unix socket" in said or "Unix-domain socket" in said:
        return SocketTrouble(f"{what}: its socket cannot be made. Set TMPDIR to a local directory.\n{said.strip()}")
    if any(os.strerror(code) in said for code in _FORBIDDEN):
        return NoPermission(
            f"{what}: a file belongs to somebody else. Run this as the user who made the data.\n{said.strip()}"
        )
    return StartFailed(f"{what}. It said:\n{said.strip()}")


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turns what the file system refuses at or below `place` into one of the exceptions above."""
    try:
        yield
    except OSError as problem:
        where = problem.filename or place
        if problem.errno in _FULL:
            raise DiskFull(f"The disk under {where} is full. Make room (`df -h` shows where), then try again.") from problem
        if problem.errno in _FORBIDDEN:
            raise NoPermission(
                f"No permission to write {where}. Run this as its owner, or choose another place: "
                "ERP_VAR_DIR=~/erp-var make up"
            ) from problem
        raise StartFailed(f"{where} cannot be used: {problem.strerror or problem}.") from problem
