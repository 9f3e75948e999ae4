"""What the models say, for tests that hold them against the house and against the catalogue."""

from typing import Any, NamedTuple

from django.apps import apps
from django.db import models

from erp.fields import CompanyForeignKey

FLOORS: dict[str, int] = {
    "erp": 0,
    "accounting": 1,
    "inventory": 2,
    "sales": 3,
    "purchasing": 3,
    "invoices": 4,
    "fulfilment": 5,
    "companies": 6,
    "connectors": 6,
    "console": 7,
}
"""App → the floor it lives on. Foreign keys, like imports, go down or stay inside."""

SHARED = {"erp.Company", "erp.Currency", "erp.Login", "erp.User"}
"""Rows of no single company: keys to them are single, and they would be copied to every node."""


class Reference(NamedTuple):
    """A foreign key as the models declare it. `scoped` ones are enforced together with the company."""

    source: str
    column: str
    target: str
    source_table: str
    target_table: str
    scoped: bool

    def __str__(self) -> str:
        return f"{self.source}.{self.column} → {self.target}"


def our_models() -> list[type[models.Model]]:
    """Every concrete model of an app that stands on a floor."""
    return [model for model in apps.get_models() if model._meta.app_label in FLOORS]


def library_tables() -> set[str]:
    """Tables that the framework and the libraries bring along; they hold no business data, and follow their own rules."""
    others = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label not in FLOORS]
    return {model._meta.db_table for model in others} | {"django_migrations"}


def company_models() -> list[type[models.Model]]:
    """Models whose rows belong to one company."""
    return [model for model in our_models() if any(f.column == "company_id" for f in model._meta.concrete_fields)]


def references() -> list[Reference]:
    """Every foreign key of our models."""
    found = []
    for model in our_models():
        for column in model._meta.concrete_fields:
            target: Any = column.related_model
            if isinstance(column, models.ForeignKey):
                scoped = isinstance(column, CompanyForeignKey)
                source, aim = model._meta, target._meta
                found.append(Reference(source.label, column.column, aim.label, source.db_table, aim.db_table, scoped))
    return found
