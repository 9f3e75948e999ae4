"""Filters of the invoice list. Every one works, an empty one is absent, a bad one is named in a 400."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from erp.api.filtering import passing
from erp.api.paging import DEFAULT_SIZE, Paging, order_of
from erp.models import Membership
from erp.models.scoped import HasCompany
from erp.parsing import DocumentDate
from erp.problems import ValidationFailed
from invoices.models import Invoice
from invoices.status import BillingStatus, DeliveryStatus, FulfilmentStatus, Priority

MAX_VALUES = 50
Row = TypeVar("Row", bound=Model)
_INSTANT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?P<time>[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
ORDERINGS = {
    "created_at": "created_at",
    "invoice_date": "invoice_date",
    "invoice_no": "invoice_no",
    "priority": "priority",
    "Total": "total_value",
}


def choices_of(kind: Any) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in kind]


def one_of_many(kind: Any, **options: Any) -> Any:
    """A repeatable parameter. Not distinct: a column of the row itself repeats no row, and sorting them out costs."""
    return django_filters.MultipleChoiceFilter(choices=choices_of(kind), distinct=False, **options)


class DaysFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    """Filters by the day on which a row was made, in the company's time zone; the `Actor` stands in `request`."""

    def from_day(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return rows.filter(created_at__gte=self._at(value, time.min))

    def to_day(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return rows.filter(created_at__lte=self._at(value, time.max))

    def _at(self, day: Any, of_day: time) -> datetime:
        return datetime.combine(day, of_day, tzinfo=ZoneInfo(self.request.company.timezone))


class InvoiceFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    """Query parameters of ``GET /api/sales/invoices/``; `actor` and its company's time zone stand in `request`."""

    status = one_of_many(FulfilmentStatus, field_name="fulfilment_status")
    billing_status = one_of_many(BillingStatus)
    priority = one_of_many(Priority)
    user = django_filters.UUIDFilter(method="by_user")
    worker = django_filters.CharFilter(method="by_worker", max_length=254)
    created_by = django_filters.CharFilter(lookup_expr="icontains", max_length=150)
    invoice_no = django_filters.CharFilter(max_length=100)
    invoice_no__exact = django_filters.CharFilter(field_name="invoice_no", max_length=100)
    customer_code = django_filters.CharFilter(field_name="customer__code", max_length=50)
    delivery_status = django_filters.ChoiceFilter(
        field_name="handling__delivery__delivery_status", choices=choices_of(DeliveryStatus)
    )
    exclude_delivery_status = django_filters.ChoiceFilter(
        method="by_other_delivery_status", choices=choices_of(DeliveryStatus)
    )
    created_after = django_filters.CharFilter(method="by_created_after", max_length=40)
    created_before = django_filters.CharFilter(method="by_created_before", max_length=40)
    search = django_filters.CharFilter(method="by_search", max_length=100)

    class Meta:
        model = Invoice
        fields: list[str] = []

    def by_user(self, rows: QuerySet[Invoice], name: str, value: Any) -> QuerySet[Invoice]:
        member = Membership.objects.of(self._actor).filter(user_id=value).select_related("user").first()
        return rows.none() if member is None else self.by_worker(rows, name, member.user.email)

    def by_worker(self, rows: QuerySet[Invoice], name: str, value: str) -> QuerySet[Invoice]:
        email = value.lower()
        return rows.filter(
            Q(handling__picker__email=email) | Q(handling__packer__email=email) | Q(handling__delivery__email=email)
        )

    def by_other_delivery_status(self, rows: QuerySet[Invoice], name: str, value: str) -> QuerySet[Invoice]:
        no_delivery = Q(handling__delivery__delivery_status__isnull=True)
        return rows.filter(no_delivery | ~Q(handling__delivery__delivery_status=value))

    def by_created_after(self, rows: QuerySet[Invoice], name: str, value: str) -> QuerySet[Invoice]:
        return rows.filter(created_at__gte=self._instant(name, value, time.min))

    def by_created_before(self, rows: QuerySet[Invoice], name: str, value: str) -> QuerySet[Invoice]:
        return rows.filter(created_at__lte=self._instant(name, value, time.max))

    def by_search(self, rows: QuerySet[Invoice], name: str, value: str) -> QuerySet[Invoice]:
        return rows.filter(
            Q(invoice_no__icontains=value)
            | Q(customer__name__icontains=value)
            | Q(customer__code__icontains=value)
            | Q(temp_name__icontains=value)
        )

    @property
    def _actor(self) -> HasCompany:
        actor: HasCompany = self.request
        return actor

    def _instant(self, name: str, value: str, of_day: time) -> datetime:
        return read_instant(name, value, of_day, zone=self.request.company.timezone)


def read_instant(name: str, value: str, of_day: time, *, zone: str) -> datetime:
    """An ISO instant, or a day in the company's time zone: its beginning, or its end. Raises ValidationFailed."""
    shape = _INSTANT.fullmatch(value)
    try:
        if shape is None:
            raise ValueError
        moment = datetime.fromisoformat(value)
        day = DocumentDate.read(shape["day"])
    except ValueError:
        raise ValidationFailed(errors={name: ["Use YYYY-MM-DD, or an ISO 8601 instant."]}) from None
    if shape["time"] is None:
        moment = datetime.combine(day, of_day)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


@dataclass(frozen=True, slots=True)
class SalesListQuery:
    """A validated query string of a list of the sales surface; unknown parameters are ignored."""

    params: QueryDict
    paging: Paging
    column: str
    descending: bool

    @classmethod
    def read(
        cls,
        params: QueryDict,
        *,
        orderings: dict[str, str] = ORDERINGS,
        ordering: str = "-created_at",
        default_size: int = DEFAULT_SIZE,
    ) -> "SalesListQuery":
        """`ordering` is the order of who asks for none."""
        for name, values in params.lists():
            if len(values) > MAX_VALUES:
                raise ValidationFailed(errors={name: [f"At most {MAX_VALUES} values."]})
        present = QueryDict(mutable=True)
        for name, values in params.lists():
            present.setlist(name, [value for value in values if value != ""])
        column, descending = order_of(params, orderings, ordering)
        return cls(present, Paging.read(params, default_size=default_size), column, descending)

    def apply(self, rows: QuerySet[Row], actor: HasCompany, *, kind: Any = InvoiceFilter) -> QuerySet[Row]:
        """The filtered rows. Raises ValidationFailed, naming each bad parameter."""
        return passing(kind(self.params, queryset=rows, request=actor))


def parameter_fields() -> dict[str, forms.Field]:
    """Names and fields of the filters, for the OpenAPI document."""
    return dict(InvoiceFilter().form.fields)
