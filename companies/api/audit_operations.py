"""The operations on the audit under ``/api/companies/audit/``, and the filters of its list."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django.db.models import QuerySet

from companies.audit_payloads import AuditEntryPayload
from erp.api.contracts import Parameter
from erp.api.describing import lists, shows
from erp.api.filtering import DayFilter, ListFilter
from erp.models import AuditEntry


class AuditFilter(ListFilter):
    subject_kind = django_filters.CharFilter(max_length=20)
    subject_id = django_filters.UUIDFilter()
    actor = django_filters.UUIDFilter(field_name="actor_id")
    actor_name = django_filters.CharFilter(lookup_expr="iexact", max_length=254)
    action = django_filters.CharFilter(max_length=60)
    request_id = django_filters.CharFilter(max_length=64)
    start_date = DayFilter(method="from_day")
    end_date = DayFilter(method="to_day")

    def from_day(self, rows: QuerySet[AuditEntry], name: str, value: date) -> QuerySet[AuditEntry]:
        return rows.filter(at__gte=self._midnight(value))

    def to_day(self, rows: QuerySet[AuditEntry], name: str, value: date) -> QuerySet[AuditEntry]:
        return rows.filter(at__lt=self._midnight(value + timedelta(days=1)))

    def _midnight(self, day: date) -> datetime:
        asker: Any = self.request
        return datetime.combine(day, time.min, ZoneInfo(asker.zone))


LIST_AUDIT = lists(
    "list_audit",
    "Who did what in the company, the latest first.",
    AuditEntryPayload,
    filters=AuditFilter,
    purposes={
        "subject_kind": "What it was done to: `invoice`, `membership` ….",
        "subject_id": "Id of what it was done to.",
        "actor": "Id of the person or of the API key.",
        "actor_name": "E-mail address of the person, or name of the key.",
        "action": "What was done, as the entry names it: `import_invoice` ….",
        "request_id": "The request that did it, as its answer named it in `X-Request-ID`.",
        "start_date": "From this day on, in the company's time zone.",
        "end_date": "Up to and with this day.",
    },
)
GET_AUDIT_ENTRY = replace(
    shows("get_audit_entry", "One audit entry, with the number and the hash of its seal.", AuditEntryPayload),
    parameters=(Parameter("entry_id", "Id of the entry.", {"type": "integer", "minimum": 1}, "path"),),
)
