"""Filters of the lists of orders, customers and salesmen."""

import django_filters

from erp.api.filtering import DayFilter, FlagFilter, ListFilter, one_of, reference, search
from inventory.order_status import OrderStatus


class OrderFilter(ListFilter):
    status = one_of(OrderStatus)
    customer = reference("customer")
    start_date = DayFilter(field_name="order_date", lookup_expr="gte")
    end_date = DayFilter(field_name="order_date", lookup_expr="lte")
    search = search("order_number", "customer__name", "customer__code")


class CustomerFilter(ListFilter):
    search = search("name", "code", "phone1", "email")
    code = django_filters.CharFilter(max_length=50)
    gstin = django_filters.CharFilter(max_length=15)
    is_active = FlagFilter()


class SalesmanFilter(ListFilter):
    search = search("name", "phone", "code")
    is_active = FlagFilter()
