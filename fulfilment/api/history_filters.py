"""Filters of the histories. Every one works, an empty one is absent, a bad one is named in a 400."""

from datetime import time
from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from erp.api.filtering import DayFilter
from erp.identifiers import as_uuid
from fulfilment.models import DeliverySession, PackingSession, PickingSession
from fulfilment.status import DeliveryType, PackingStatus, PickingStatus
from invoices.api.filters import DaysFilter, one_of_many, read_instant
from invoices.models import Invoice
from invoices.status import BillingStatus, DeliveryStatus

DEFAULT_SIZE = 10
ORDERINGS = {"created_at": "created_at"}
_SERIAL_DIGITS = 18
_OF_INVOICE = ("invoice__invoice_no", "invoice__customer__name", "invoice__customer__email", "worker_email")


class SessionFilter(DaysFilter):
    """What the histories of sessions share. A cancelled session shows only when `status` asks for it."""

    search = django_filters.CharFilter(method="by_search", max_length=100)
    invoice = django_filters.CharFilter(method="by_invoice", max_length=36)
    invoice_id = django_filters.CharFilter(method="by_invoice", max_length=36)
    invoice_no = django_filters.CharFilter(field_name="invoice__invoice_no", max_length=100)
    start_date = DayFilter(method="from_day")
    end_date = DayFilter(method="to_day")
    invoice_start_date = DayFilter(field_name="invoice__invoice_date", lookup_expr="gte")
    invoice_end_date = DayFilter(field_name="invoice__invoice_date", lookup_expr="lte")
    start_time = django_filters.CharFilter(method="by_start", max_length=40)

    searched: tuple[str, ...] = _OF_INVOICE

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("status") else rows.exclude(status="CANCELLED")

    def by_search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        found = Q()
        for column in self.searched:
            found |= Q(**{f"{column}__icontains": value})
        return rows.filter(found)

    def by_invoice(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value.isascii() and value.isdigit() and len(value) <= _SERIAL_DIGITS:
            return rows.filter(invoice__serial=int(value))
        found = as_uuid(value)
        return rows.none() if found is None else rows.filter(invoice_id=found)

    def by_start(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        begun = read_instant(name, value, time.min, zone=self.request.company.timezone)
        return rows.filter(started_at__gte=begun)


class PickingFilter(SessionFilter):
    status = one_of_many(PickingStatus)
    picking_start_date = DayFilter(method="from_day")
    picking_end_date = DayFilter(method="to_day")

    class Meta:
        model = PickingSession
        fields: list[str] = []


class PackingFilter(SessionFilter):
    status = one_of_many(PackingStatus)
    packing_start_date = DayFilter(method="from_day")
    packing_end_date = DayFilter(method="to_day")
    boxing_group_id = django_filters.CharFilter(max_length=100)

    class Meta:
        model = PackingSession
        fields: list[str] = []


class DeliveryFilter(SessionFilter):
    status = one_of_many(DeliveryStatus)
    delivery_start_date = DayFilter(method="from_day")
    delivery_end_date = DayFilter(method="to_day")
    delivery_type = one_of_many(DeliveryType)
    courier_name = django_filters.CharFilter(lookup_expr="icontains", max_length=150)

    searched = (*_OF_INVOICE, "courier_name", "tracking_no")

    class Meta:
        model = DeliverySession
        fields: list[str] = []


class BillingFilter(DaysFilter):
    status = one_of_many(BillingStatus, field_name="billing_status")
    search = django_filters.CharFilter(method="by_search", max_length=100)
    start_date = DayFilter(method="from_day")
    end_date = DayFilter(method="to_day")

    class Meta:
        model = Invoice
        fields: list[str] = []

    def by_search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(
            Q(invoice_no__icontains=value)
            | Q(customer__name__icontains=value)
            | Q(customer__email__icontains=value)
            | Q(created_user__email__icontains=value)
        )
