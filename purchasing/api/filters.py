"""Filters of the lists of the purchasing side."""

import django_filters

from erp.api.filtering import FlagFilter, ListFilter, search


class SupplierFilter(ListFilter):
    search = search("name", "code", "phone", "email")
    code = django_filters.CharFilter(max_length=50)
    gstin = django_filters.CharFilter(max_length=15)
    is_active = FlagFilter()
