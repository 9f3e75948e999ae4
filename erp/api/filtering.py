"""Filters of lists: each works, an empty one is absent, a bad value or an unknown name is refused, all faults at once."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, TypeVar
from uuid import UUID

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from erp.api.listing import PARAMETERS
from erp.parsing import DocumentDate
from erp.problems import FieldErrors, Problem, ValidationFailed

MAX_VALUES = 50

Row = TypeVar("Row", bound=Model)


class UnknownParameter(Problem):
    """The query has parameters that nobody reads: `errors` names each. Correct the spelling."""

    status, code = 400, "unknown-parameter"
    message = "The query has parameters that are not known."


class _DayField(forms.CharField):
    """``YYYY-MM-DD`` and nothing else: Django's own field also reads months by name."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return DocumentDate.read(text).plain() if text else None
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None


class DayFilter(django_filters.Filter):  # type: ignore[misc]  # the library is untyped
    field_class = _DayField


class FlagFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]
    """``true`` or ``false``, as a bool."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[("true", "true"), ("false", "false")], coerce=lambda text: text == "true", **options)


def one_of(kind: Any, **options: Any) -> Any:
    """A repeatable parameter that takes the members of an enumeration."""
    choices = [(member.value, member.value) for member in kind]
    return django_filters.MultipleChoiceFilter(choices=choices, distinct=False, **options)


def reference(*columns: str) -> Any:
    """The id of a row that this one refers to, in one of the columns; one that nobody has finds nothing."""
    return django_filters.UUIDFilter(method="by_reference", field_name=",".join(columns))


def search(*columns: str) -> Any:
    """A text that one of the columns contains, in any case."""
    return django_filters.CharFilter(method="by_search", max_length=100, field_name=",".join(columns))


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose rows are filtered, which day it is where he is, and in which time zone that is."""

    company_id: UUID
    today: date
    zone: str


class ListFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Base of every list's filters; the `Asker` stands in `request`."""

    def by_reference(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return rows.filter(reduce(or_, [Q(**{f"{column}_id": value}) for column in name.split(",")]))

    def by_search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        contains = [Q(**{f"{column}__icontains": value}) for column in name.split(",")]
        return rows.filter(reduce(or_, contains))


def refuse_unknown(params: QueryDict, known: frozenset[str]) -> None:
    """Raise UnknownParameter, naming each parameter that is not known."""
    if unknown := _unknown(params, known):
        raise UnknownParameter(errors=unknown)


def filtered(kind: type[ListFilter], params: QueryDict, rows: QuerySet[Row], asker: Asker) -> QuerySet[Row]:
    """The rows that pass. Raises ValidationFailed or UnknownParameter."""
    unknown = _unknown(params, frozenset(kind.base_filters) | PARAMETERS)
    present = QueryDict(mutable=True)
    for name, values in params.lists():
        present.setlist(name, [value for value in values if value != ""])
        if len(values) > MAX_VALUES:
            raise ValidationFailed(errors={name: [f"At most {MAX_VALUES} values."]})
    filters = kind(present, queryset=rows, request=asker)
    if bad := _faults(filters):
        raise ValidationFailed(errors=bad | unknown)
    if unknown:
        raise UnknownParameter(errors=unknown)
    passed: QuerySet[Row] = filters.qs
    return passed


def passing(filters: Any) -> QuerySet[Any]:
    """The rows of a FilterSet that pass. Raises ValidationFailed, naming each bad parameter."""
    if bad := _faults(filters):
        raise ValidationFailed(errors=bad)
    passed: QuerySet[Any] = filters.qs
    return passed


def _faults(filters: Any) -> FieldErrors:
    return {} if filters.is_valid() else {name: [str(text) for text in texts] for name, texts in filters.errors.items()}


def _unknown(params: QueryDict, known: frozenset[str]) -> FieldErrors:
    return {name: ["This parameter is not known."] for name in params if name not in known}
