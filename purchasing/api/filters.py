"""Filters of the lists of the purchasing side."""

import django_filters

from erp.api.filtering import DayFilter, FlagFilter, ListFilter, reference, search


class SupplierFilter(ListFilter):
    search = search("name", "code", "phone", "email")
    code = django_filters.CharFilter(max_length=50)
    gstin = django_filters.CharFilter(max_length=15)
    is_active = FlagFilter()


class ReceiptFilter(ListFilter):
    supplier = reference("supplier")
    start_date = DayFilter(field_name="receipt_date", lookup_expr="gte")
    end_date = DayFilter(field_name="receipt_date", lookup_expr="lte")
