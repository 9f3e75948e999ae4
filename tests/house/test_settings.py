"""A process that would be unsafe does not start, and says in a sentence why."""

import os
import re
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.core.management import call_command
from django.test import override_settings

from erp.database import django_settings
from erp.embedded import ensure_running
from erp.starting import PROJECT_DIR
from tests.scratch import scratch_database
from tests.slicing import sliced, thirds

GOOD = {"SECRET_KEY": "settings-tests-0123456789-abcdefghijk", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/erp"}
SAMPLE_KEY = "WEDFBNPOIUFSDFTY"

REFUSED: list[tuple[dict[str, str], str]] = [
    ({"SECRET_KEY": ""}, "SECRET_KEY must be a random text of at least 32 bytes."),
    ({"SECRET_KEY": "too-short-to-be-a-secret"}, "SECRET_KEY must be a random text of at least 32 bytes."),
    ({"SECRET_KEY": "a" * 64}, "SECRET_KEY must be a random text of at least 32 bytes."),
    ({"SALES_IMPORT_API_KEY": SAMPLE_KEY}, "SALES_IMPORT_API_KEY is the sample key printed in public documents;"),
    ({"SALES_IMPORT_API_KEY": "short-but-not-published"}, "SALES_IMPORT_API_KEY is too short;"),
    ({"DATABASE_URL": ""}, "DATABASE_URL is not set."),
    ({"DATABASE_URL": "sqlite:///erp.sqlite3"}, "DATABASE_URL must begin with postgresql://"),
    ({"DATABASE_URL": "mysql://root@localhost/erp"}, "DATABASE_URL must begin with postgresql://"),
    ({"ACCESS_TOKEN_MINUTES": "0"}, "ACCESS_TOKEN_MINUTES is '0'; write a whole number, at least 1."),
    ({"TRUSTED_PROXY_COUNT": "one"}, "TRUSTED_PROXY_COUNT is 'one'; write a whole number, at least 0."),
    ({"WEB_CLIENT_DIR": "docs"}, "WEB_CLIENT_DIR must be a folder with an index.html"),
    ({"INVOICE_NINJA_ENABLED": "true"}, "INVOICE_NINJA_ENABLED needs INVOICE_NINJA_URL"),
    ({"SECURE_COOKIES": "maybe"}, "SECURE_COOKIES is 'maybe'; write true or false."),
]


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A process of the project with nothing but this in its environment; an empty value stands for an unset one."""
    given = {name: value for name, value in environment.items() if value}
    surroundings = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "erp.settings"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT_DIR,
        env=surroundings | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SET_UP = ("-c", "import django; django.setup()")


@pytest.mark.db_heavy
def test_a_process_with_good_settings_starts() -> None:
    done = run(*SET_UP, **GOOD)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.db_heavy
@pytest.mark.parametrize(
    ("changes", "sentence"),
    sliced(REFUSED, by=lambda changes, sentence: "".join(changes)),
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_process_with_bad_settings_does_not_start_and_says_why(changes: dict[str, str], sentence: str) -> None:
    done = run(*SET_UP, **GOOD | changes)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"django.core.exceptions.ImproperlyConfigured: {sentence}")


@pytest.mark.db_heavy
def test_a_command_with_bad_settings_says_the_sentence_and_nothing_else() -> None:
    done = run("manage.py", "migrate", **GOOD | {"SALES_IMPORT_API_KEY": SAMPLE_KEY})
    assert done.returncode == 1
    assert re.fullmatch(r"SALES_IMPORT_API_KEY is the sample key [^\n]+\n", done.stderr)


def test_a_deployment_has_nothing_to_warn_of() -> None:
    with override_settings(SECRET_KEY=secrets.token_urlsafe(48)):
        call_command("check", "--deploy", "--fail-level", "WARNING")


def test_the_address_of_the_database_cannot_take_the_serving_role_away(migrated_database: None) -> None:
    url = f"{os.environ['DATABASE_URL']}&options={quote('-c role=postgres -c work_mem=5MB')}"
    options = django_settings(url, pool_size=0)["OPTIONS"]["options"]
    with psycopg.connect(os.environ["DATABASE_URL"], options=options) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("erp_app",)
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)


# ── Durability ───────────────────────────────────────────────────────────────────────────────────────────────────────
WSGI = ("-c", "import erp.wsgi")
ASGI = ("-m", "uvicorn", "erp.asgi:application", "--port", "0", "--log-level", "warning")


@pytest.mark.db_heavy
def test_no_server_starts_on_a_database_that_may_lose_what_it_acknowledged() -> None:
    unsafe = {"SECRET_KEY": GOOD["SECRET_KEY"], "DATABASE_URL": os.environ["DATABASE_URL"]}
    for server in (WSGI, ASGI):
        done = run(*server, **unsafe)
        assert done.returncode != 0
        assert "PostgreSQL runs with fsync and full_page_writes and synchronous_commit off" in done.stderr
    assert run(*WSGI, **unsafe, ERP_ALLOW_UNSAFE_DURABILITY="true").returncode == 0


@pytest.mark.db_heavy
def test_up_does_not_start_on_it_either(tmp_path: Path) -> None:
    with scratch_database("erp_unsafe", migrated=True) as url, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        done = run(
            *("manage.py", "up", "--no-demo"),
            SECRET_KEY=GOOD["SECRET_KEY"],
            DATABASE_URL=url,
            PORT=str(port),
            ERP_VAR_DIR=str(tmp_path),
        )
    assert done.returncode == 1
    assert "PostgreSQL runs with fsync and full_page_writes and synchronous_commit off" in done.stdout


@pytest.mark.db_heavy
@pytest.mark.parametrize("name", ["", *thirds(["fsync", "full_page_writes", "synchronous_commit"])])
def test_each_of_the_three_is_enough_to_refuse(safe_data: Path, name: str) -> None:
    server = ensure_running(data_dir=safe_data, extra_settings={name: "off"} if name else {})
    try:
        done = run(*WSGI, SECRET_KEY=GOOD["SECRET_KEY"], DATABASE_URL=server.url)
    finally:
        server.stop()
    assert done.returncode == (1 if name else 0)
    assert (f"UnsafeDurability: PostgreSQL runs with {name} off: it may lose" in done.stderr) == bool(name)


@pytest.fixture(scope="module")
def safe_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a cluster as an installation has it."""
    data = tmp_path_factory.mktemp("safe") / "pgdata"
    for directory in (data.parent, data.parent.parent):
        directory.chmod(0o755)
    server = ensure_running(data_dir=data)
    with psycopg.connect(server.url, autocommit=True) as owner:
        owner.execute("CREATE ROLE erp_app")
    server.stop()
    return data


@pytest.mark.db_heavy
def test_a_database_that_is_away_does_not_keep_a_server_from_starting() -> None:
    done = run(*WSGI, **GOOD)
    assert done.returncode == 0
    assert "the database does not answer yet" in done.stderr
