"""A real browser for a test: Chromium without a window, driven by playwright. ``python -m tests.browsing`` names it.

Where there is none, a developer's tests are skipped and say why; in CI, which installs one (`.ci/browser`), they fail.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# What is not needed here and would ask other servers for something.
FLAGS = [
    "--no-sandbox",  # it does not work for root, who often runs tests in containers; only our own pages are opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000


def find_browser() -> str | None:
    """The program to run: CHROMIUM, or the first of the usual names."""
    given = os.environ.get("CHROMIUM")
    candidates = [given] if given else [*NAMES, ON_A_MAC]
    return next((found for name in candidates if (found := shutil.which(name))), None)


def what_is_missing() -> str | None:
    """Why no browser can be driven here; None when one can."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed: run .ci/browser"
    if find_browser() is None:
        return "there is no Chromium here: run .ci/browser, or set CHROMIUM=/path/to/it"
    return None


@contextmanager
def running_browser() -> Iterator["Browser"]:
    """A browser with a fresh profile. Skips the test, or fails it in CI, where there is none."""
    if missing := what_is_missing():
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Window:
    """A page with a profile of its own, and everything in it that should not have happened."""

    page: "Page"
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: "Browser", base_url: str, **options: Any) -> "Window":
        context = browser.new_context(base_url=base_url, locale="en-IN", **options)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        window = cls(page)
        page.on("console", lambda message: window._note(message.type, message.text))
        page.on("pageerror", lambda error: window._note("error", str(error)))
        page.on("dialog", window._dismiss)
        page.on("request", lambda request: window._look_at(request.url, base_url))
        return window

    def close(self) -> None:
        self.page.context.close()

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _dismiss(self, dialog: "Dialog") -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _look_at(self, url: str, base_url: str) -> None:
        if not url.startswith((f"{base_url}/", "data:")):
            self.complaints.append(f"a request to {url}")


if __name__ == "__main__":
    missing = what_is_missing()
    print(missing or find_browser())
    sys.exit(missing is not None)
