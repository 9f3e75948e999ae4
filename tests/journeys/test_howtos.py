"""What the how-tos show is run: their shell sessions in Python, their example of an endpoint with its tests."""

import sys
import types

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.urls import clear_url_caches, include, path
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from companies.founding import issue_api_key
from erp import access
from erp.models import Login
from erp.rights import Role, Scope
from tests.builders import World, invoice_body, new_world
from tests.house.test_docs import fences, read

IMPORT = "/api/sales/import/invoice/"


def test_a_key_is_revoked_and_its_deeds_are_listed_as_the_page_says(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.user(Role.OWNER)
    key = issue_api_key(company=world.company, name="Leaked", scopes=[Scope.INVOICES_IMPORT], now=timezone.now())
    assert world.send("POST", IMPORT, invoice_body(), role=None, **{"X-API-Key": key}).status == 201
    deeds, _ = fences(read("docs/howto/rotate-keys.md"), "python", "run")
    call_command("revoke_api_key", key.partition(".")[0])
    exec(deeds.replace("n72ingOZ", key.partition(".")[0]), {})
    revoked, shown, listed = capsys.readouterr().out.splitlines()
    assert revoked == f"Revoked 'Leaked' of {world.company.code}."
    assert shown.startswith("Leaked 20")
    assert "import_invoice" in listed
    access._remembered.clear()
    assert world.send("POST", IMPORT, invoice_body(), role=None, **{"X-API-Key": key}).status == 401


def test_everybody_is_put_out_as_the_page_says(world: World) -> None:
    """Undone at once: other tests have logins in the same database."""
    (*_, everybody_out) = fences(read("docs/howto/rotate-keys.md"), "python", "run")
    world.token(Role.PICKER)
    with transaction.atomic():
        exec(everybody_out, {})
        assert not Login.objects.filter(ended_at=None).exists()
        transaction.set_rollback(True)


def test_the_endpoint_of_the_how_to_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are put in place as modules of that name, its tests are called."""
    modules = {}
    for body in fences(read("docs/howto/add-an-endpoint.md"), "python"):
        name = body.splitlines()[0].removeprefix("# ").removesuffix(".py").replace("/", ".")
        module = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(body, module.__dict__)
        modules[name] = module
    urls = types.ModuleType("urls_of_the_how_to")
    urls.__dict__["urlpatterns"] = [
        path("api/sales/", include("sales.api.urls")),
        path("", include("erp.urls")),
    ]
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    clear_url_caches()
    with override_settings(ROOT_URLCONF=urls.__name__):
        tests = modules["tests.api.test_customers"]
        tests.test_a_customer_is_found_by_his_code(new_world())
        tests.test_another_companys_customer_is_not_there(new_world(), new_world())
        document = SchemaGenerator().get_schema(public=True)
    assert document["paths"]["/api/sales/customers/{code}/"]["get"]["operationId"] == "show_customer"
    clear_url_caches()
