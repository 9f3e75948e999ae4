"""Filters of the lists of connections, conflicts and sites."""

from connectors.states import ConnectionKind, Reason
from erp.api.filtering import FlagFilter, ListFilter, one_of, reference, search


class ConnectionFilter(ListFilter):
    search = search("name", "base_url")
    kind = one_of(ConnectionKind)


class ConflictFilter(ListFilter):
    code = one_of(Reason)


class SiteFilter(ListFilter):
    search = search("name", "url", "customer__name", "customer__code")
    customer = reference("customer")
    is_active = FlagFilter()
