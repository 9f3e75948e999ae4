"""The reference pages say what the code says today."""

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from erp.api import reference
from erp.api.reference import pages, stale_pages
from erp.environment import SETTINGS
from erp.starting import PROJECT_DIR


def test_the_committed_pages_are_current() -> None:
    call_command("write_reference", "--check")


def test_a_stale_page_is_found_and_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in pages():
        (tmp_path / path.name).write_text(path.read_text())
    monkeypatch.setattr(reference, "DIRECTORY", tmp_path)
    settings = tmp_path / "settings.md"
    by_hand = settings.read_text().replace("LOG_LEVEL", "LOGGING") + "By hand.\n"
    settings.write_text(by_hand)
    (tmp_path / "openapi.json").unlink()
    assert {path.name for path in stale_pages()} == {"settings.md", "openapi.json"}
    for path, text in pages().items():
        path.write_text(text)
    assert stale_pages() == []
    assert settings.read_text() == by_hand.replace("LOGGING", "LOG_LEVEL")


def test_the_check_fails_for_a_stale_page(monkeypatch: pytest.MonkeyPatch) -> None:
    stale = PROJECT_DIR / "docs/reference/settings.md"
    monkeypatch.setattr("erp.management.commands.write_reference.stale_pages", lambda: [stale])
    with pytest.raises(CommandError, match=r"docs/reference/settings\.md"):
        call_command("write_reference", "--check")


def test_a_page_that_lost_its_marks_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "DIRECTORY", tmp_path)
    (tmp_path / "settings.md").write_text("# Mine\n")
    with pytest.raises(ValueError, match="lost the marks"):
        pages()


def test_the_example_environment_lists_the_same_settings() -> None:
    lines = (PROJECT_DIR / ".env.example").read_text().splitlines()
    listed = {match[1] for line in lines if (match := re.match(r"#?([A-Z][A-Z0-9_]+)=", line))}
    of_compose_alone = {"POSTGRES_PASSWORD", "SITE_ADDRESS", "HTTP_PORT", "HTTPS_PORT"}
    assert listed - of_compose_alone == set(SETTINGS)


def test_every_setting_says_in_a_sentence_what_it_is_for() -> None:
    for setting in SETTINGS.values():
        assert re.fullmatch(r"[A-Z].*\.", setting.purpose), setting.name
