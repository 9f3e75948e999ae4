"""Who the embedded PostgreSQL runs as: it refuses root, which a newcomer often is (containers, CI).

An ordinary user runs it as themselves. Root hands it to an unprivileged account that exists already: no
account is made and no permission outside the data directory is changed.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erp.embedded.problems import NoPermission

# `postgres` where a package made it; `nobody` exists everywhere.
_CANDIDATES = ("postgres", "nobody")
_CAP_DAC_OVERRIDE = 1


@dataclass(frozen=True, kw_only=True)
class ServerAccount:
    """The account, and how to run a command as it."""

    name: str
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()
    popen_options: Mapping[str, Any] = field(default_factory=dict)

    def start(self, command: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
        """`subprocess.Popen` as this account, away from a working directory it may not be allowed to see."""
        return subprocess.Popen(  # noqa: S603 - only the wheel's own tools, with arguments made here
            [*self.prefix, *command], cwd="/", stdin=subprocess.DEVNULL, **self.popen_options, **options
        )

    def own(self, path: Path) -> None:
        """Gives `path` to this account. Raises NoPermission where the file system has no owners."""
        if path.stat().st_uid == self.uid:
            return
        try:
            os.chown(path, self.uid, self.gid)
        except OSError as problem:
            raise NoPermission(
                f"{path} cannot be given to the account {self.name!r} ({problem.strerror}). "
                "Put the data on a local disk: ERP_VAR_DIR=/var/lib/erp make up"
            ) from problem


def choose_account(*, data_dir: Path, tool: Path) -> ServerAccount:
    """Ourselves; for root, whoever owns `data_dir` already, else `postgres` or `nobody`.

    `tool` is one of the server's programs; both must be within the account's reach. Below a closed directory
    such as /root they are not, and then the one capability to pass closed directories is left to the server,
    none other. Raises NoPermission when that cannot be had either.
    """
    if os.geteuid() != 0:
        me = _entry_of(os.geteuid())
        return ServerAccount(name=me.pw_name, uid=me.pw_uid, gid=me.pw_gid)
    entry = _unprivileged_entry(data_dir)
    plain = ServerAccount(
        name=entry.pw_name,
        uid=entry.pw_uid,
        gid=entry.pw_gid,
        popen_options={"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []},
    )
    if _reaches(plain, data_dir, tool):
        return plain
    pass_closed_directories = ServerAccount(
        name=plain.name, uid=plain.uid, gid=plain.gid, prefix=_setpriv(plain.uid, plain.gid)
    )
    if pass_closed_directories.prefix and _reaches(pass_closed_directories, data_dir, tool):
        return pass_closed_directories
    raise NoPermission(
        f"PostgreSQL does not run as root, and the account {plain.name!r} that would run it cannot enter "
        f"{data_dir.parent} or {tool.parent}. Move the project out of root's home, or open the way: "
        "chmod o+x on the closed directories."
    )


def _unprivileged_entry(data_dir: Path) -> pwd.struct_passwd:
    """Who owns the data already (a restart must find the same one), else the first candidate there is."""
    if data_dir.exists() and (owner := data_dir.stat().st_uid) != 0:
        return _entry_of(owner)
    for name in _CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPermission("PostgreSQL does not run as root, and there is no account `nobody`. Run this as an ordinary user.")


def _entry_of(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise NoPermission(
            f"PostgreSQL runs only as a user with an account, and user id {uid} has none on this machine. "
            "Add one (useradd), or set DATABASE_URL to a server of your own."
        ) from None


def _reaches(account: ServerAccount, data_dir: Path, tool: Path) -> bool:
    """Whether the account can run `tool` and enter `data_dir` (or, before that exists, its parent).

    Tried, not computed: access lists and mount options have a say as well. `test -x` asks access(2), as
    PostgreSQL does.
    """
    place = data_dir if data_dir.exists() else data_dir.parent
    # A closed directory of root's own in front of the data will be given to the account later, so only its
    # parents count.
    if data_dir.exists() and data_dir.stat().st_uid != account.uid:
        place = data_dir.parent
    try:
        trial = account.start(
            ["/bin/sh", "-c", 'test -x "$0" && test -x "$1" && "$0" --version', str(tool), str(place)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return trial.wait() == 0


def _setpriv(uid: int, gid: int) -> tuple[str, ...]:
    """What switches to the account and keeps CAP_DAC_OVERRIDE alone; empty where that cannot be.

    `no_setuid_fixup`, because PostgreSQL asks access(2), which forgets the capability of a non-root user
    without it.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None or not _bounding_set() >> _CAP_DAC_OVERRIDE & 1:
        return ()
    only = "-all,+dac_override"
    return (
        setpriv,
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        f"--bounding-set={only}",
        f"--inh-caps={only}",
        f"--ambient-caps={only}",
        "--securebits=+no_setuid_fixup",
        "--",
    )


def _bounding_set() -> int:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapBnd:")), 0)
