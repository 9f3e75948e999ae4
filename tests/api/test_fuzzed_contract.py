"""The server does what its OpenAPI document says, whatever it is sent: by schemathesis, against a running server.

The operations are asked with bodies, queries and headers that follow from the document, and with such as break it; most ids
are those of real rows. Each answer has a status, a content type, headers and a body that the document knows, and none is an
error of ours.
"""

import json
import os
import random
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.api.routes import ROUTES
from tests.api.target import Target
from tests.house.documented import document
from tests.serving import running_server
from tests.slicing import SEED

pytestmark = pytest.mark.long

SOME, CASES = 80, 5_000
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
LEFT_OUT = {"logout", "change_password", "stream_events", "watch_dashboard_stats"}
"""They end the login that asks, or never end themselves; other tests send them what is wrong."""
LEFT_OUT |= {"find_clients", "link_customer", "push_customer", "sync_customer", "sync_invoice_ninja", "test_connection"}
"""They ask a foreign system, wherever a connection that was fuzzed says it is."""
HOOKS = "tests.api.schemathesis_hooks"


def ids_in_paths(target: Target) -> dict[str, set[str]]:
    """Name of a path parameter → ids of rows that the books' routes find by it."""
    found: dict[str, set[str]] = defaultdict(set)
    paths = document()["paths"]
    asked = [path for path in map(target.path, ROUTES) if path not in paths]
    for path in paths:
        pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))
        for match in filter(None, map(pattern.fullmatch, asked)):
            for name, value in match.groupdict().items():
                found[name].add(value)
    return found


def configuration(target: Target) -> str:
    """TOML that makes most ids those of rows that exist; written by hand, because the standard library only reads it."""
    named = {f"path.{name}": sorted(values) for name, values in ids_in_paths(target).items()}
    named |= {f"body.{name}": [value] for name, value in target.known.items()}
    named |= {f"body.{lines}[*].item_id": [target.known["item_id"]] for lines in ("items", "lines")}
    dictionaries = [f'[dictionaries."{name}"]\nvalues = {json.dumps(values)}' for name, values in named.items()]
    bound = [f'"{name}" = {{ dictionary = "{name}", probability = 0.8 }}' for name in named]
    return "\n".join([*dictionaries, "[parameters]", *bound, ""])


def fuzz(target: Target, folder: Path, *options: str) -> dict[str, Any]:
    """The report of a run; `said` is what it printed."""
    (folder / "schemathesis.toml").write_text(configuration(target))
    report = folder / "report.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml"), "run"]
    with running_server() as server:
        command += [f"{server.base_url}/api/schema/?format=json", "--header", f"Authorization: Bearer {target.token}"]
        command += ["--seed", str(SEED), "--no-shrink", "--continue-on-failure", "--checks", ",".join(CHECKS)]
        command += ["--report", "json", "--report-json-path", str(report), "--warnings", "off", *options]
        environment = os.environ | {"SCHEMATHESIS_HOOKS": HOOKS}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert report.exists(), run.stdout[-3000:] + run.stderr[-3000:]
    return {**json.loads(report.read_text()), "said": run.stdout[-6000:]}


def operations() -> list[str]:
    """Names of those that are asked."""
    names = [one["operationId"] for methods in document()["paths"].values() for one in methods.values()]
    return sorted(set(names) - LEFT_OUT)


def only(names: list[str]) -> list[str]:
    return [word for name in names for word in ("--include-operation-id", name)]


@pytest.fixture(scope="module")
def target(migrated_database: None) -> Target:
    return Target()


def test_the_contract_is_kept_whatever_is_sent(target: Target, tmp_path: Path) -> None:
    """Every case that the document suggests, for some of the operations; other ones in every run."""
    some = random.Random(SEED).sample(operations(), SOME)
    report = fuzz(target, tmp_path, "--phases", "coverage", *only(some))
    assert report["exit_code"] == 0, report["said"]
    assert report["operations"]["tested"] == SOME
    assert report["test_cases"]["generated"] >= CASES


@pytest.mark.slow
def test_the_contract_is_kept_whatever_is_sent_all_night(target: Target, tmp_path: Path) -> None:
    report = fuzz(target, tmp_path, "--phases", "coverage,fuzzing", "--max-examples", "100", *only(operations()))
    assert report["exit_code"] == 0, report["said"]
    assert report["operations"]["tested"] == len(operations())
