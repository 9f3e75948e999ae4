"""The example clients do what they say, also against a server that dies: each invoice once, each event once."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from erp.rights import Scope
from erp.starting import PROJECT_DIR
from invoices.models import Invoice
from tests.builders import World, invoice_body
from tests.serving import running_server

pytestmark = [pytest.mark.db_heavy, pytest.mark.long]

PATIENCE_S = 90
CLIENTS = {
    "python": [sys.executable, str(PROJECT_DIR / "clients/python/erp_client.py")],
    "node": ["node", str(PROJECT_DIR / "clients/node/erp_client.mjs")],
}


def has_node() -> bool:
    if shutil.which("node") is None:
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return int(version.removeprefix("v").partition(".")[0] or 0) >= 20


@pytest.mark.parametrize("language", list(CLIENTS))
def test_a_client_imports_each_invoice_once_and_hears_each_event_once_though_the_server_dies(
    world: World, tmp_path: Path, language: str
) -> None:
    if language == "node" and not has_node():
        pytest.skip("there is no Node 20 here")
    bodies = [invoice_body(invoice_no=f"C-{number}") for number in range(6)]
    invoices, more = tmp_path / "invoices.json", tmp_path / "more.json"
    invoices.write_text(json.dumps(bodies[:3]))
    more.write_text(json.dumps(bodies[3:]))
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps([invoice_body(items=[])]))
    place, heard = tmp_path / "place", tmp_path / "heard.txt"
    key = world.key(Scope.INVOICES_IMPORT, Scope.EVENTS_READ)
    with running_server() as server:
        environment = {"PATH": os.environ["PATH"], "ERP_URL": server.base_url, "ERP_KEY": key}
        place.write_text(f"invoices-{world.company.id}:0")
        follower = start(language, environment, heard, "follow", str(place))
        try:
            first = run(language, environment, "import", str(invoices))
            assert first == "".join(f"C-{number} created\n" for number in range(3))
            wait_for(lambda: heard.read_text().count("\n") == 3)
            assert "At least one item is required." in refusal(language, environment, str(bad))
            server.kill()
            importer = subprocess.Popen([*CLIENTS[language], "import", str(more)], env=environment, stdout=subprocess.PIPE)
            time.sleep(1)
            server.start()
            told, _ = importer.communicate(timeout=PATIENCE_S)
            assert told.decode() == "".join(f"C-{number} created\n" for number in range(3, 6))
            wait_for(lambda: heard.read_text().count("\n") == 6)
        finally:
            follower.kill()
            follower.wait()
    assert heard.read_text() == "".join(f"invoice_created C-{number}\n" for number in range(6))
    assert place.read_text() == f"invoices-{world.company.id}:6"
    assert Invoice.unscoped.filter(company=world.company).count() == 6


def start(language: str, environment: dict[str, str], output: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    with open(output, "wb") as file:
        return subprocess.Popen([*CLIENTS[language], *arguments], env=environment, stdout=file)


def run(language: str, environment: dict[str, Any], *arguments: str) -> str:
    command = [*CLIENTS[language], *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(language: str, environment: dict[str, Any], invoices: str) -> str:
    """What it says of one that the server will not take; it does not go on sending it."""
    command = [*CLIENTS[language], "import", invoices]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode != 0
    return done.stderr


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
