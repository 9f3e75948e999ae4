"""No way in to a company's rows without naming the company, but for the few that are listed here."""

import ast
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from erp.locking import one_transaction
from erp.models import ScopedManager, UnscopedQuery
from erp.models.scoped import MOST_CHANGED
from fulfilment.models import Tray
from tests.builders import World
from tests.house.registry import company_models
from tests.house.sources import Source, app_sources

ALLOWED = {
    "erp/access.py": "who asks is found out before the company is known",
    "companies/accounts.py": "a person's account may be known to several companies",
    "companies/queries.py": "a person sees his memberships in every company",
    "companies/switching.py": "and chooses one of them, for requests that name none",
    "companies/founding.py": "writes into the company it founds or was given, inside its transaction",
    "companies/demo.py": "plants rows of the demo company, which it was given",
}
"""Module → why it may use the unscoped manager."""

WITHOUT_SCOPED_MANAGER = {"erp.EventChannel": "the head row of a company; its key is the company"}


def uses_of_unscoped(sources: list[Source]) -> set[str]:
    """Modules that use a manager, or hand-written SQL on the ORM, that asks for no company."""
    return {
        source.name
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"unscoped", "_base_manager", "_default_manager", "raw"}
    }


def test_the_unscoped_manager_is_used_where_it_is_listed_and_nowhere_else() -> None:
    assert uses_of_unscoped(app_sources()) == set(ALLOWED)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice.unscoped.filter(id=1)",
        "def f(manager):\n    return getattr(manager, 'x') or Customer.unscoped",
        "Customer._base_manager.all()",
        "Invoice.objects.raw('SELECT 1')",
    ],
)
def test_a_new_use_is_found(text: str) -> None:
    assert uses_of_unscoped([Source.of("sales/queries.py", text)]) == {"sales/queries.py"}


def unfenced(kinds: list[type[models.Model]]) -> list[str]:
    """Models of a company's rows whose `objects` lets anybody in."""
    return [kind._meta.label for kind in kinds if not isinstance(getattr(kind, "objects", None), ScopedManager)]


def test_every_company_model_has_the_scoped_manager() -> None:
    assert len(company_models()) >= 13
    assert unfenced(company_models()) == list(WITHOUT_SCOPED_MANAGER)


def test_a_company_model_with_an_open_manager_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = company_models()[0]
    monkeypatch.setattr(kind, "objects", models.Manager())
    assert kind._meta.label in unfenced([kind])


SCOPED = [kind for kind in company_models() if kind._meta.label not in WITHOUT_SCOPED_MANAGER]
WAYS: list[tuple[str, Any]] = [
    ("all", lambda objects: objects.all()),
    ("filter", lambda objects: objects.filter(pk=None)),
    ("get", lambda objects: objects.get(pk=None)),
    ("count", lambda objects: objects.count()),
    ("first", lambda objects: objects.first()),
    ("create", lambda objects: objects.create()),
    ("bulk_create", lambda objects: objects.bulk_create([])),
    ("update", lambda objects: objects.update()),
    ("values", lambda objects: objects.values()),
    ("exists", lambda objects: objects.exists()),
    ("iterator", lambda objects: objects.iterator()),
    ("select_related", lambda objects: objects.select_related("company")),
]


@pytest.mark.parametrize("kind", SCOPED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("way", [way for _, way in WAYS], ids=[name for name, _ in WAYS])
def test_a_query_that_names_no_company_is_not_made(kind: Any, way: Any) -> None:
    with pytest.raises(UnscopedQuery, match=rf"{kind.__name__}\.objects needs \.of\(actor\)"):
        way(kind.objects)


@pytest.mark.parametrize("kind", SCOPED, ids=lambda kind: kind.__name__)
def test_a_query_that_names_one_asks_for_it_in_sql(kind: Any, world: World) -> None:
    query = str(kind.objects.of(world.key_actor).query)
    assert f'"company_id" = {world.company.id}' in query


def test_more_rows_than_a_statement_has_parameters_for_are_written(world: World) -> None:
    count = 65_536 // len(Tray._meta.concrete_fields) + 1
    now = timezone.now()
    trays = [Tray(company=world.company, tray_code=f"T-{number}", created_at=now, updated_at=now) for number in range(count)]
    with one_transaction(company_id=world.company.id) as locks:
        rows = Tray.objects.of(locks)
        assert len(rows.bulk_create(trays)) == rows.count() == count
        changed = trays[: MOST_CHANGED + 1]
        for tray in changed:
            tray.remarks = "late"
        assert rows.bulk_update(changed, ["remarks"]) == rows.filter(remarks="late").count() == len(changed)
