"""A single-page client in a real browser: it loads from this port, moves within itself, and reads the API."""

from pathlib import Path

import pytest

from erp.rights import Role
from tests.browsing import Window, running_browser
from tests.builders import World
from tests.serving import running_server

pytestmark = pytest.mark.db_heavy

PAGE = "<!doctype html><title>Client</title><p id=said></p><script src='/assets/index-BX3f9a2c.js'></script>"
SCRIPT = """
const token = decodeURIComponent(location.hash.slice(1));
fetch("/api/auth/users/me/", {headers: {Authorization: `Bearer ${token}`}})
    .then((answer) => answer.json())
    .then((me) => { document.getElementById("said").textContent = `${me.data.role} at ${location.pathname}`; });
"""


def test_a_client_is_opened_at_a_path_of_its_own_and_reads_the_api(tmp_path: Path, world: World) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "favicon.ico").write_bytes(b"\x00")  # which a browser asks for by itself
    (tmp_path / "assets/index-BX3f9a2c.js").write_text(SCRIPT)
    token = world.token(Role.PICKER)
    with running_browser() as browser, running_server({"WEB_CLIENT_DIR": str(tmp_path)}) as server:
        window = Window.open(browser, server.base_url)
        page = window.page
        page.goto(f"/ops/picking/invoices#{token}")
        page.get_by_text("PICKER at /ops/picking/invoices").wait_for()
        page.reload()
        page.get_by_text("PICKER at /ops/picking/invoices").wait_for()
        page.goto("/console/")
        page.get_by_label("Password").wait_for()
        window.close()
        assert window.complaints == []
