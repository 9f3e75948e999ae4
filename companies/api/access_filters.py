"""Filters of the lists of members and API keys."""

from typing import Any

from django.db.models import QuerySet

from erp.api.filtering import FlagFilter, ListFilter, one_of, search
from erp.rights import Role


class MembershipFilter(ListFilter):
    search = search("user__email", "user__name")
    role = one_of(Role)
    is_active = FlagFilter()


class ApiKeyFilter(ListFilter):
    search = search("name", "prefix")
    revoked = FlagFilter(method="by_revoked")

    def by_revoked(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(revoked_at__isnull=not value)
