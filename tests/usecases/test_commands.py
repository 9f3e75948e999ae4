"""The commands of a company: what they print is for people, or for pasting."""

import json
import secrets
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from erp.models import AuditEntry, Company, Registration, Within
from erp.rights import Role
from inventory.models import Item, StockBalance, StockDocument
from sales.models import Customer
from tests.builders import World, invoice_body, send

IMPORT = "/api/sales/import/invoice/"


def test_a_made_key_is_all_that_is_printed_and_it_works(world: World) -> None:
    owner = world.user(Role.OWNER)
    out, err = StringIO(), StringIO()
    call_command("create_api_key", company=world.company.code, name="Billing", stdout=out, stderr=err)
    (key,) = out.getvalue().splitlines()
    assert world.send("POST", IMPORT, invoice_body(), role=None, **{"X-API-Key": key}).status == 201
    assert "shown this once" in err.getvalue()
    audits = AuditEntry.objects.of(world.actor(Role.OWNER)).filter(action="issue_api_key")
    assert [entry.actor_id for entry in audits] == [owner.id]


def test_a_company_without_an_owner_gives_no_keys_and_takes_none_back(world: World) -> None:
    with pytest.raises(CommandError, match="has no OWNER"):
        call_command("create_api_key", company=world.company.code, name="Billing")
    with pytest.raises(CommandError, match="has no OWNER"):
        call_command("revoke_api_key", world.api_key.partition(".")[0])


def test_a_key_that_may_not_is_told_the_scope_it_needs(world: World) -> None:
    world.user(Role.OWNER)
    out = StringIO()
    call_command(
        "create_api_key", company=world.company.code, name="Board", scope=["events:read"], stdout=out, stderr=StringIO()
    )
    answer = world.send("POST", IMPORT, invoice_body(), role=None, **{"X-API-Key": out.getvalue().strip()})
    assert (answer.status, answer.body["message"]) == (
        403,
        "This API key may not do that: it needs the scope invoices:import.",
    )


def test_a_key_for_a_company_that_is_not_there_names_those_that_are(world: World) -> None:
    with pytest.raises(CommandError, match=r"There is no company 'NOWHERE'\. Companies: "):
        call_command("create_api_key", company="NOWHERE", name="Billing")


def test_the_demo_says_where_its_logins_are_and_at_which_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "127.0.0.9")
    monkeypatch.setenv("PORT", "8123")
    out = StringIO()
    with override_settings(VAR_DIR=tmp_path):
        call_command("seed_demo", stdout=out)
    assert str(tmp_path / "demo.json") in out.getvalue()
    assert json.loads((tmp_path / "demo.json").read_text())["base_url"] == "http://127.0.0.9:8123"


def test_the_demo_can_be_planted_again(tmp_path: Path) -> None:
    """With the same logins, and with its stock brought in once."""
    shown = []
    with override_settings(VAR_DIR=tmp_path):
        for _ in range(2):
            call_command("seed_demo", stdout=StringIO())
            shown.append(json.loads((tmp_path / "demo.json").read_text()))
    assert shown[0] == shown[1]
    demo = Within(UUID(shown[0]["company_id"]))
    assert Registration.objects.of(demo).count() == 1
    assert StockDocument.objects.of(demo).count() == 1
    assert StockBalance.objects.of(demo).filter(on_hand__gt=0).count() == Item.objects.of(demo).count() == 5
    assert not Item.objects.of(demo).filter(sale_rate=None).exists()
    assert not Customer.objects.of(demo).filter(state_code="").exists()


def test_the_demo_refuses_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eight")
    with pytest.raises(CommandError, match="PORT is 'eight'"):
        call_command("seed_demo")


def test_a_company_is_founded_with_an_owner_who_can_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("correct horse battery staple\n"))
    code, out = f"F{secrets.token_hex(4)}", StringIO()
    email = f"Owner@{code}.example"
    call_command("found_company", code=code, name="Founded", owner_email=email, stdout=out)
    assert out.getvalue().startswith(f"{code} is founded; {email.lower()} owns it.")
    body = {"email": email, "password": "correct horse battery staple"}
    answer = send("POST", "/api/auth/login/", body)
    assert answer.data["user"]["company_role"] == "OWNER"


def test_a_company_is_not_founded_with_a_password_everybody_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("password\n"))
    code = f"F{secrets.token_hex(4)}"
    with pytest.raises(CommandError, match="too common"):
        call_command("found_company", code=code, name="Founded", owner_email=f"o@{code}.example")
    assert not Company.objects.filter(code=code).exists()


def test_a_company_is_not_founded_twice(world: World) -> None:
    with pytest.raises(CommandError, match="choose another code"):
        call_command("found_company", code=world.company.code, name="Again", owner_email="a@b.example")


def test_a_key_that_is_not_there_cannot_be_revoked() -> None:
    with pytest.raises(CommandError, match="no key with the prefix"):
        call_command("revoke_api_key", "nothing")
