"""What every business table has: an id, a company, and no way in without naming it."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from django.db import models

from erp.identifiers import new_id

M = TypeVar("M", bound=models.Model)
MOST_PARAMETERS = 65_000
"""Of one statement; the protocol counts them in 16 bits."""
MOST_CHANGED = 500
"""Rows of one statement: each walks through the choices of all of them."""


class HasCompany(Protocol):
    """Anything that acts for one company: an `erp.access.Actor`, or a row of it."""

    @property
    def company_id(self) -> UUID: ...


class Within(NamedTuple):
    """A company known by its id alone: ``Model.objects.of(Within(company_id))``."""

    company_id: UUID


class UnscopedQuery(Exception):
    """`Model.objects` was used without `.of(...)`: the query would have read every company's rows."""


class CompanyRows(models.QuerySet[M]):
    """Rows of a company; however many are written at once, no statement has more parameters than PostgreSQL takes."""

    def bulk_create(self, objs: Iterable[M], batch_size: int | None = None, *args: Any, **kwargs: Any) -> list[M]:
        most = MOST_PARAMETERS // len(self.model._meta.concrete_fields)
        return super().bulk_create(objs, min(batch_size or most, most), *args, **kwargs)

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        return super().bulk_update(objs, fields, min(batch_size or MOST_CHANGED, MOST_CHANGED))


class ScopedManager(models.Manager[M]):
    """`Model.objects.of(actor)` is the only way in; anything else raises `UnscopedQuery`."""

    def get_queryset(self) -> models.QuerySet[M]:
        raise UnscopedQuery(f"{self.model.__name__}.objects needs .of(actor): name the company whose rows you read.")

    def of(self, actor: HasCompany) -> models.QuerySet[M]:
        """The rows of the actor's company."""
        return CompanyRows(self.model, using=self._db).filter(company_id=actor.company_id)


class CompanyModel(models.Model):
    """A row of one company: UUIDv7 id, and ``(company_id, id)`` unique, so that others can refer to it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey("erp.Company", on_delete=models.PROTECT, related_name="+", db_index=False)

    # First, so that Django's own machinery (refresh, related objects) works; our code may use it only where a test lists it.
    unscoped = models.Manager()
    objects = ScopedManager()

    class Meta:
        abstract = True


def unique_in_company(model_name: str) -> models.UniqueConstraint:
    """Target of composite foreign keys."""
    return models.UniqueConstraint(fields=["company", "id"], name=f"{model_name}_company_id")


def code_check(field: str, values: Any, name: str) -> models.CheckConstraint:
    """The column holds one of the values, whoever writes it."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": [str(value) for value in values]}), name=name)
