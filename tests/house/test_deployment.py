"""The files of the production path agree with each other and with the code. No container engine is needed to say so."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.core.management import get_commands
from django.test import override_settings

from erp.rights import Role
from erp.starting import PROJECT_DIR
from erp.urls import STREAMS
from tests.builders import World

COMPOSE_FILE = PROJECT_DIR / "docker-compose.yml"
SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|API_KEY", re.IGNORECASE)
FROM_OUTSIDE = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
BY_HTTPS = {"X-Forwarded-Proto": "https", "Host": "localhost"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Compose's own reading of anchors and merges is YAML's."""
    parsed: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
    return parsed


@pytest.fixture(scope="module")
def proxied() -> dict[str, str]:
    """Path pattern → upstream, as the Caddyfile routes it; the pattern of what is left over is empty."""
    text = (PROJECT_DIR / "deploy/Caddyfile").read_text()
    routes = re.findall(r"^\thandle ?(\S*) \{\n\t\treverse_proxy (\S+)", text, re.MULTILINE)
    return dict(routes)


def literal_secrets(value: Any, path: str = "") -> list[str]:
    """Where a secret, or an address with a password in it, is written out instead of being asked for."""
    if isinstance(value, dict):
        return [found for key, member in value.items() for found in literal_secrets(member, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for number, member in enumerate(value) for found in literal_secrets(member, f"{path}[{number}]")]
    if not isinstance(value, str):
        return []
    rest = FROM_OUTSIDE.sub("", value)
    if SECRET_NAME.search(path.rpartition(".")[2]) and rest:
        return [path]
    if "://" in rest and (urlsplit(rest).password or "") != "":
        return [path]
    return []


# ── docker-compose.yml ───────────────────────────────────────────────────────────────────────────────────────────────
def test_every_process_of_an_installation_is_a_service(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"db", "migrate", "web", "stream", "worker", "proxy"}


def test_every_service_that_stays_says_whether_it_is_well(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "healthcheck" not in service] == ["migrate"]


def test_nothing_serves_before_the_tables_are_migrated(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert services["migrate"]["restart"] == "no"
    for name in ("web", "stream", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_no_secret_is_written_into_the_file(compose: dict[str, Any]) -> None:
    assert literal_secrets(compose) == []


def test_a_secret_written_into_the_file_would_be_found() -> None:
    assert literal_secrets({"environment": {"SECRET_KEY": "s3cret"}}) == [".environment.SECRET_KEY"]
    assert literal_secrets({"x": ["postgresql://erp:hunter2@db/erp"]}) == [".x[0]"]
    assert literal_secrets({"SECRET_KEY": "${SECRET_KEY:-changeme}"}) == [".SECRET_KEY"]


def test_a_missing_secret_stops_the_start(compose: dict[str, Any]) -> None:
    for name in ("migrate", "web", "stream", "worker"):
        environment = compose["services"][name]["environment"]
        assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
        assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]


def test_only_the_proxy_is_reached_from_outside(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert compose["services"]["web"]["environment"]["TRUSTED_PROXY_COUNT"] == "1"


def test_the_stream_runs_as_up_runs_it(compose: dict[str, Any]) -> None:
    from erp.management.commands.up import server_command

    ours = " ".join(compose["services"]["stream"]["command"]).replace("=", " ")
    for option in ("erp.asgi:application", "--loop uvloop", "--http httptools", "--timeout-graceful-shutdown 10"):
        assert option in ours
        assert option in " ".join(server_command("127.0.0.1", 8000))


def test_the_services_run_commands_that_exist(compose: dict[str, Any]) -> None:
    run = [service.get("command", []) for service in compose["services"].values()]
    ours = {command[2] for command in run if command[:2] == ["python", "manage.py"]}
    assert ours == {"migrate", "worker"}
    assert ours <= set(get_commands())


# ── deploy/Caddyfile ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_streams_paths_go_to_the_stream_and_the_rest_to_web(proxied: dict[str, str]) -> None:
    streams = dict.fromkeys(["/api/sales/sse/*", "/api/analytics/dashboard-stats-stream/"], "stream:8000")
    assert proxied == {**streams, "": "web:8000"}


def test_every_path_that_the_stream_process_answers_itself_is_routed_to_it(proxied: dict[str, str]) -> None:
    prefixes = [pattern.removesuffix("*") for pattern, upstream in proxied.items() if upstream == "stream:8000"]
    assert [path for path in STREAMS if not path.startswith(tuple(prefixes))] == []


def test_the_proxy_talks_to_services_that_exist(compose: dict[str, Any], proxied: dict[str, str]) -> None:
    assert {upstream.partition(":")[0] for upstream in proxied.values()} <= set(compose["services"])


# ── Dockerfile ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_image_and_a_newcomers_machine_use_the_same_uv() -> None:
    setup = re.search(r"^UV_VERSION=(\S+)$", (PROJECT_DIR / ".ci/setup").read_text(), re.MULTILINE)
    image = re.search(r"uv==(\S+)$", (PROJECT_DIR / "Dockerfile").read_text(), re.MULTILINE)
    assert setup is not None
    assert image is not None
    assert setup.group(1) == image.group(1)


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", (PROJECT_DIR / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["erp"]


def test_what_is_private_stays_out_of_the_image_and_the_repository() -> None:
    assert ".*" in lines_of(".dockerignore")  # .env, .git and .venv among them
    assert "var" in lines_of(".dockerignore")
    assert {"/var/", "/.env"} <= set(lines_of(".gitignore"))


def lines_of(name: str) -> list[str]:
    return (PROJECT_DIR / name).read_text().splitlines()


# ── What a proxy in front asks of the application ────────────────────────────────────────────────────────────────────
def test_links_to_other_pages_are_https_when_our_proxy_was_reached_by_https(world: World) -> None:
    world.import_invoice()
    world.import_invoice()
    with override_settings(TRUSTED_PROXY_COUNT=1, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        page = world.send("GET", "/api/sales/invoices/?page_size=1", None, role=Role.VIEWER, **BY_HTTPS)
    assert page.body["next"].startswith("https://localhost/")


def test_who_is_not_our_proxy_cannot_say_https(world: World) -> None:
    world.import_invoice()
    world.import_invoice()
    page = world.send("GET", "/api/sales/invoices/?page_size=1", None, role=Role.VIEWER, **BY_HTTPS)
    assert page.body["next"].startswith("http://localhost/")


def test_a_foreign_host_name_is_refused_and_not_a_bug(world: World) -> None:
    world.import_invoice()
    answer = world.get("/api/sales/invoices/", Host="evil.example")
    assert (answer.status, answer.body["code"]) == (400, "bad-request")
    assert "ALLOWED_HOSTS" in answer.body["message"]
