"""Filters of the lists of connections."""

from connectors.states import ConnectionKind
from erp.api.filtering import ListFilter, one_of, search


class ConnectionFilter(ListFilter):
    search = search("name", "base_url")
    kind = one_of(ConnectionKind)
