"""A PostgreSQL of this test run's own, in a temporary directory, before Django is loaded.

Durability is off: what is tested here is what a process may lose, not what a power cut may. Nothing is truncated between
tests; every test founds its own company, as in production.
"""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from erp.embedded import EmbeddedServer, ensure_running

UNSAFE_AND_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}

_server: EmbeddedServer | None = None
_directory: Path | None = None


def _prepare_environment() -> None:
    global _server, _directory
    os.environ["SECRET_KEY"] = "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"
    os.environ["ERP_ALLOW_UNSAFE_DURABILITY"] = "true"
    os.environ.pop("SALES_IMPORT_API_KEY", None)
    os.environ.pop("ERP_OFFLINE", None)
    _directory = Path(tempfile.mkdtemp(prefix="erp-tests-"))
    _directory.chmod(0o755)
    os.environ["ERP_VAR_DIR"] = str(_directory / "var")
    _server = ensure_running(data_dir=_directory / "pgdata", extra_settings=UNSAFE_AND_FAST)
    os.environ["DATABASE_URL"] = _server.url


def owner_connection() -> "psycopg.Connection[tuple[object, ...]]":
    """A superuser's connection, for attacks that the serving role could not even try."""
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    _prepare_environment()


def pytest_unconfigure() -> None:
    if _server is not None:
        _server.stop()
    if _directory is not None:
        shutil.rmtree(_directory, ignore_errors=True)
