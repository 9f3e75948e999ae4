#!/usr/bin/env python
"""Every command of the project. Without DATABASE_URL, PostgreSQL runs for as long as the command needs it."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from erp.embedded import EmbeddedServer

# They touch neither people nor data, so they need no database and no secret. `up` itself only starts those
# that do.
OFFLINE = frozenset(
    {
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "help",
        "makemessages",
        "makemigrations",
        "spectacular",
        "startapp",
        "up",
        "version",
        "write_event_schemas",
    }
)


def main(arguments: list[str]) -> None:
    """Runs the command; ends the process with its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings")
    signal.signal(signal.SIGTERM, _leave)
    server = None
    try:
        if is_offline(arguments):
            _expect_no_database()
        else:
            server = _provide_surroundings()
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        try:
            execute_from_command_line(arguments)
        except ImproperlyConfigured as problem:
            sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as problem:
        if _is_ours(problem.name):
            raise
        sys.exit(
            f"The Python package {problem.name!r} is missing here. Run `make up` once, then use .venv/bin/python manage.py"
        )
    finally:
        if server is not None:
            server.stop()


def is_offline(arguments: list[str]) -> bool:
    """Whether this command line runs without a database."""
    command = arguments[1] if len(arguments) > 1 else "help"
    asks_only = {"-h", "--help", "--version"} & set(arguments[1:])
    # `check --deploy` and `check --database` are about the real settings.
    return bool(asks_only) or (command in OFFLINE and (command != "check" or len(arguments) == 2))


def _expect_no_database() -> None:
    import warnings

    os.environ["ERP_OFFLINE"] = "1"
    # makemigrations would like to compare with a database, and can do without.
    warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")


def _provide_surroundings() -> "EmbeddedServer | None":
    """The embedded database and this installation's own secret, unless DATABASE_URL names a database.

    With a database of one's own the secret is one's own too: none is invented, and the settings say so.
    """
    from erp.embedded import EmbeddedPostgresError, provide_database_url
    from erp.embedded.problems import explained
    from erp.starting import provide_secret_key, var_dir

    try:
        server = provide_database_url(var_dir=var_dir())
        if server is not None:
            with explained(var_dir()):
                provide_secret_key(directory=var_dir())
    except EmbeddedPostgresError as problem:
        sys.exit(str(problem))
    return server


def _is_ours(module: str | None) -> bool:
    """Whether a missing module would be one of the project: then it is a bug, not a missing package."""
    top = (module or "").partition(".")[0]
    place = Path(__file__).resolve().parent / top
    return bool(top) and (place.is_dir() or place.with_suffix(".py").exists())


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    # An exception, not the default death: the database that was started here is stopped on the way out.
    sys.exit(128 + number)


if __name__ == "__main__":
    main(sys.argv)
