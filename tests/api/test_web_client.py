"""A single-page client served from the same port: its files, its page for the rest, and never in the place of ours."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from erp.rights import Role
from tests.builders import World

PAGE = "<!doctype html><title>Client</title><div id=root></div><script src=/assets/index-BX3f9a2c.js></script>"
SCRIPT = "document.getElementById('root').textContent = 'at ' + location.pathname"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def build_client(folder: Path) -> Path:
    """A tiny build, with files that would like to take the place of ours."""
    files = {
        "index.html": PAGE,
        "assets/index-BX3f9a2c.js": SCRIPT,
        "assets/plain.css": "body { color: black }",
        "favicon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "static/js/main.js": "1",
        "api/schema/index.html": "not yours",
        "api/mine.js": "not yours",
        "console/index.html": "not yours",
        "health/live": "not yours",
    }
    for name, text in files.items():
        path = folder / "client" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "secret.txt").write_text("outside")
    return folder / "client"


@pytest.fixture
def client(tmp_path: Path, settings: Any) -> Client:
    settings.WEB_CLIENT_DIR = str(build_client(tmp_path))
    settings.WEB_CLIENT_SOURCES = ["https://fonts.example"]
    return Client()


def test_its_page_answers_at_the_root_and_for_paths_that_are_none_of_ours(client: Client) -> None:
    for path in ("/", "/invoices", "/ops/picking/invoices", "/index.html", "/invoices/A.1"):
        with closing(client.get(path, headers=HTML)) as answer:
            assert (answer.status_code, answer.getvalue().decode()) == (200, PAGE), path
            assert answer.headers["Cache-Control"] == "no-cache"
            assert answer.headers["Content-Type"] == 'text/html; charset="utf-8"'
    with closing(client.head("/invoices", headers=HTML)) as answer:
        assert (answer.status_code, answer.getvalue()) == (200, b"")


def test_its_files_are_kept_as_long_as_their_names_allow(client: Client) -> None:
    for path, kept in (
        ("/assets/index-BX3f9a2c.js", "max-age=315360000, public, immutable"),
        ("/assets/plain.css", "max-age=60, public"),
        ("/favicon.svg", "max-age=60, public"),
        ("/static/js/main.js", "max-age=60, public"),
    ):
        with closing(client.get(path)) as answer:
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, kept), path
            etag = answer.headers["ETag"]
        with closing(client.get(path, HTTP_IF_NONE_MATCH=etag)) as answer:
            assert answer.status_code == 304


def test_what_the_page_may_load_is_said_and_what_was_named_besides(client: Client) -> None:
    with closing(client.get("/", headers=HTML)) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self';" in f"{policy};"
    assert "font-src 'self' data: https://fonts.example" in policy
    assert "frame-ancestors 'none'" in policy
    with closing(client.get("/api/schema/")) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/nothing/", "/api/mine.js", "/API/x", "/console/index.html", "/health/nothing", "/metrics/x"],
)
def test_what_is_unknown_among_our_paths_stays_unknown(client: Client, path: str) -> None:
    with closing(client.get(path, headers=HTML)) as answer:
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_route_of_ours_is_answered_by_us(client: Client, world: World) -> None:
    world.user(Role.OWNER)
    assert client.get("/health/live", headers=HTML).json() == {"status": "ok"}
    assert b"not yours" not in client.get("/console/", headers=HTML).content
    assert client.get("/api/schema/", headers=HTML).json()["openapi"]
    assert client.get("/api/sales/invoices/", headers=HTML).status_code == 401
    assert client.post("/invoices", headers=HTML).status_code == 404
    assert client.get("/static/none.js", headers=HTML).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%5c..%5csecret.txt",
     "//secret.txt", "/./../secret.txt"],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder(client: Client, path: str) -> None:
    for headers in ({"Accept": "*/*"}, HTML):
        with closing(client.get(path, headers=headers)) as answer:
            content = answer.getvalue() if answer.streaming else answer.content
            assert b"outside" not in content
            assert answer.status_code == 404 or content.decode() == PAGE


def test_a_missing_script_is_missing_and_not_a_page(client: Client) -> None:
    with closing(client.get("/assets/gone-AAAAAAAA.js", HTTP_ACCEPT="*/*")) as answer:
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_without_a_client_nothing_changes() -> None:
    assert Client().get("/", headers=HTML).status_code == 302
    assert Client().get("/invoices", headers=HTML).json()["code"] == "not-found"
