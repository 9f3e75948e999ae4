"""`manage.py keep_key`: a key is typed once, kept encrypted, and shown nowhere."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from connectors.models import Connection
from erp.models import AuditEntry, Within
from tests.builders import World
from tests.connectors.test_uisp_migration import migrate, new_island
from tests.standins.uisp.history import History
from tests.standins.uisp.server import READ_KEY, serving

pytestmark = pytest.mark.db_heavy


@pytest.fixture
def world(migrated_database: None) -> World:
    return new_island()


def keep(world: World, monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = f"{READ_KEY}\n") -> str:
    out = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    call_command("keep_key", "--company", world.company.code, "--connection", "old", *arguments, stdout=out)
    return out.getvalue()


def test_a_kept_key_opens_its_system_and_is_found_nowhere_in_plain(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UISP_SOURCE_KEY", raising=False)
    with serving(History(10)) as server:
        said = keep(world, monkeypatch, "--url", server.url)
        assert server.url in said
        assert READ_KEY not in said
        row = Connection.objects.of(Within(world.company.id)).get(name="old")
        assert READ_KEY.encode() not in bytes(row.secret or b"")
        run = migrate(world, "--source", "old", "--rate", 1000)
        assert run.code == 0, run.said
        assert READ_KEY not in run.said
    kept = AuditEntry.objects.of(Within(world.company.id)).filter(action="keep_key").values_list("changes", flat=True)
    assert [READ_KEY in str(changes) for changes in kept] == [False]


def test_a_variable_takes_the_place_of_a_kept_key_and_a_key_that_of_a_variable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(world, monkeypatch)
    rows = Connection.objects.of(Within(world.company.id)).filter(name="old")
    rows.update(state="BROKEN")
    keep(world, monkeypatch, "--variable", "OLD_KEY")
    assert list(rows.values_list("secret_env", "secret", "state")) == [("OLD_KEY", None, "OK")]
    keep(world, monkeypatch)
    assert list(rows.values_list("secret_env", flat=True)) == [""]


@pytest.mark.parametrize("typed", ["", "\n", "k" * 501, "ke\x07y\n", "schlüssel\n"])
def test_what_is_no_key_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    with pytest.raises(CommandError, match="A key is one line"):
        keep(world, monkeypatch, typed=typed)
    assert not Connection.objects.of(Within(world.company.id)).exists()
