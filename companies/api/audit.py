"""The audit of a company over HTTP: ``/api/companies/audit/``. Nobody writes here: whoever writes anything else does."""

from collections.abc import Iterator
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from companies.api.audit_operations import GET_AUDIT_ENTRY, LIST_AUDIT, AuditFilter
from companies.audit_payloads import AuditEntryPayload, audit_entry_payloads
from companies.queries import seals_of
from erp.api.resources import ResourceView
from erp.models import AuditEntry
from erp.problems import NotFound
from erp.rights import Right

_DIGITS = 18


class AuditView(ResourceView):
    missing = "Audit entry not found"

    def shown(self, entries: list[AuditEntry]) -> Iterator[AuditEntryPayload]:
        return audit_entry_payloads(entries, seals_of(self.actor, entries))


class AuditListView(AuditView):
    """GET the entries, the latest first."""

    rights: ClassVar = {"GET": Right.ADMINISTER}
    operations: ClassVar = {"GET": LIST_AUDIT}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(AuditEntry.objects.of(self.actor), self.shown, filters=AuditFilter)


class AuditEntryView(AuditView):
    """GET an entry."""

    rights: ClassVar = {"GET": Right.ADMINISTER}
    operations: ClassVar = {"GET": GET_AUDIT_ENTRY}

    def get(self, request: Request, entry_id: str) -> HttpResponse:
        if not (entry_id.isascii() and entry_id.isdigit() and len(entry_id) <= _DIGITS):
            raise NotFound(self.missing)
        entries = AuditEntry.objects.of(self.actor).filter(id=int(entry_id))
        return self.found(lambda: next(self.shown(list(entries)), None))
