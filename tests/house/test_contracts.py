"""The tools that hold the house bite: each is shown a breach in a copy of the tree, and refuses it.

The contracts themselves stand in `pyproject.toml`; `make check` runs the tools on the tree as it is.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from erp.starting import PROJECT_DIR

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
NOT_COPIED = shutil.ignore_patterns(
    ".*", "var", "node_modules", "__pycache__", "*.sh", "uv.lock", "docs", "bench", "clients"
)


def run(directory: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "ERP_OFFLINE": "1", "HOME": str(directory)}
    return subprocess.run(
        [sys.executable, *command], cwd=directory, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the tree, to be broken."""
    return Path(shutil.copytree(PROJECT_DIR, tmp_path / "house", ignore=NOT_COPIED))


def append(house: Path, module: str, line: str) -> None:
    file = house / module
    file.write_text(f"{file.read_text()}\n{line}\n")


@pytest.mark.db_heavy
def test_the_layers_hold_as_they_are(house: Path) -> None:
    done = run(house, "-c", LINT_IMPORTS)
    assert done.returncode == 0, done.stdout


BREACHES = [
    ("sales/models.py", "invoices.status", "Imports go down"),
    ("erp/clock.py", "inventory.models", "Imports go down"),
    ("invoices/documents.py", "invoices.importing", "Inside invoices"),
    ("fulfilment/sessions.py", "fulfilment.picking", "Inside fulfilment"),
    ("invoices/importing.py", "invoices.api.envelopes", "Use cases know nothing of HTTP"),
    ("invoices/importing.py", "rest_framework", "Use cases know nothing of HTTP"),
    ("invoices/totals.py", "django.db", "Arithmetic is pure"),
    ("erp/money.py", "psycopg", "Arithmetic is pure"),
    ("companies/founding.py", "invoices.api.views", "Each app's api is its own"),
]


@pytest.mark.db_heavy
def test_every_import_against_the_layers_is_refused_by_its_contract(house: Path) -> None:
    for module, imported, _ in BREACHES:
        append(house, module, f"import {imported}")
    done = run(house, "-c", LINT_IMPORTS)
    assert done.returncode == 1
    told = dict(broken_contracts(done.stdout))
    assert set(told) == {next(name for name in told if name.startswith(contract)) for _, _, contract in BREACHES}
    for module, imported, contract in BREACHES:
        # What is outside the house is known by its first name only.
        name = imported if (PROJECT_DIR / imported.split(".")[0]).is_dir() else imported.split(".")[0]
        (text,) = [text for title, text in told.items() if title.startswith(contract)]
        assert f"{module.removesuffix('.py').replace('/', '.')} -> {name} " in text, done.stdout


def broken_contracts(report: str) -> list[tuple[str, str]]:
    """The contracts that import-linter found broken, each with what it says of it."""
    details = report.partition("Broken contracts")[2]
    parts = re.split(r"\n([^\n]+)\n-{3,}\n", details)
    return list(zip(parts[1::2], parts[2::2], strict=True))


LINTED = [
    ("sales/queries.py", "from django.http import HttpResponse", "TID251"),
    ("invoices/importing.py", "from django.dispatch import receiver", "TID251"),
    ("sales/queries.py", "from django.db.models.signals import post_save", "TID251"),
    ("sales/queries.py", 'cursor.execute(f"SELECT 1 FROM {table}")', "S608"),
    ("sales/queries.py", "now = datetime.datetime.now()", "DTZ005"),
    ("sales/queries.py", "print(eval(text))", "S307"),
]


@pytest.mark.parametrize(("module", "line", "rule"), LINTED, ids=[rule for _, _, rule in LINTED])
def test_a_line_against_the_rules_is_refused(module: str, line: str, rule: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", module, "-"],
        input=f'"""A module."""\n\nimport datetime\n\n{line}\n',
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert rule in done.stdout


def test_the_http_layer_may_know_http() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", "sales/api/views.py", "-"],
        input='"""A module."""\n\nfrom django.http import HttpResponse\n\n__all__ = ["HttpResponse"]\n',
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


TYPED_BREACHES = '''"""Breaches that the type checker has to see."""

from datetime import datetime
from decimal import Decimal

from erp.audit import Audit
from erp.locking import Locks, LockOrder
from erp.money import round_amount
from erp.outbox import Event, record_events
from invoices.documents import Batch, insert_documents
from invoices.importing import import_invoice
from sales.models import Customer


def without_locks(events: list[Event], now: datetime) -> None:
    record_events(events, now=now)  # line 15


def without_a_clock(locks: Locks, events: list[Event]) -> None:
    record_events(locks, events)  # line 19


def with_a_float() -> Decimal:
    return round_amount(0.1)  # line 23


def by_position(draft: object) -> None:
    import_invoice(draft)  # line 27


def not_a_rank(locks: Locks) -> None:
    locks.take("INVOICE", Customer.unscoped.all())  # line 31


def untyped(amount):  # line 34
    return amount
'''


@pytest.mark.db_heavy
def test_the_type_checker_sees_a_missing_lock_a_missing_clock_and_a_float(house: Path) -> None:
    (house / "sales/breach.py").write_text(TYPED_BREACHES)
    done = run(house, "-m", "mypy", "sales/breach.py", "--cache-dir", str(PROJECT_DIR / ".mypy_cache/breaches"))
    assert done.returncode == 1, done.stderr
    seen = {int(line.split(":")[1]) for line in done.stdout.splitlines() if line.startswith("sales/breach.py:")}
    expected = {number for number, text in enumerate(TYPED_BREACHES.splitlines(), 1) if "# line" in text}
    assert expected <= seen, done.stdout
