"""A PostgreSQL of this test run's own, in a temporary directory, before Django is loaded.

Durability is off: what is tested here is what a process may lose, not what a power cut may. Nothing is truncated between
tests; every test founds its own company, as in production.

Making a cluster and migrating it costs more than most test files, so a migrated one is kept as a template, by the hash of
everything that shapes it, and each run starts from a copy.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from erp.embedded import EmbeddedServer, ensure_running

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATES = Path(tempfile.gettempdir()) / f"erp-test-templates-{os.getuid()}"
TEMPLATES_KEPT = 8
# Migrated, and never traded in: what a database of a test's own is copied from.
PRISTINE = "erp_pristine"
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
    # The tests knock from one address, often with keys that nobody has and with wrong passwords.
    os.environ["UNKNOWN_KEYS_PER_MINUTE"] = os.environ["FAILED_LOGINS_PER_ADDRESS"] = "1000000"
    os.environ.pop("ERP_OFFLINE", None)
    _directory = Path(tempfile.mkdtemp(prefix="erp-tests-"))
    _directory.chmod(0o755)
    os.environ["ERP_VAR_DIR"] = str(_directory / "var")
    _copy(_migrated_template(), _directory / "pgdata")
    _server = ensure_running(data_dir=_directory / "pgdata", extra_settings=UNSAFE_AND_FAST)
    os.environ["DATABASE_URL"] = _server.url


def _migrated_template() -> Path:
    """The data directory of a stopped, migrated cluster; made when this shape of it has not been seen yet."""
    with _templates_locked():
        template = TEMPLATES / _shape() / "pgdata"
        if not template.exists():
            _make_template(template)
            for old in sorted(TEMPLATES.glob("*/"), key=lambda path: path.stat().st_mtime)[:-TEMPLATES_KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        template.parent.touch()
        return template


@contextmanager
def _templates_locked() -> Iterator[None]:
    TEMPLATES.mkdir(mode=0o755, exist_ok=True)
    with open(TEMPLATES / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _shape() -> str:
    """Of everything that a migrated cluster depends on."""
    files = [Path(__file__), *PROJECT.glob("*/migrations/*.py"), *PROJECT.glob("*/sql/**/*.sql")]
    files += [PROJECT / "uv.lock", PROJECT / "erp" / "roles.py", PROJECT / "erp" / "migrating.py"]
    files.append(PROJECT / "erp" / "management" / "commands" / "migrate.py")
    files += PROJECT.glob("erp/embedded/*.py")
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def _make_template(template: Path) -> None:
    making = template.parent.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    server = ensure_running(data_dir=making / "pgdata", extra_settings=UNSAFE_AND_FAST)
    try:
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=PROJECT, env=os.environ | {"DATABASE_URL": server.url}, check=True)
        with psycopg.connect(server.url, autocommit=True) as owner:
            owner.execute(f"CREATE DATABASE {PRISTINE} TEMPLATE {owner.info.dbname}")
    finally:
        server.stop()
    making.rename(template.parent)


def _copy(template: Path, data_dir: Path) -> None:
    """With owners and modes, which PostgreSQL insists on."""
    subprocess.run(["cp", "-a", str(template), str(data_dir)], check=True)


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
