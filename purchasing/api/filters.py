"""Filters of the lists of the purchasing side."""

import django_filters

from erp.api.filtering import DayFilter, FlagFilter, ListFilter, one_of, reference, search
from inventory.order_status import OrderStatus


class SupplierFilter(ListFilter):
    search = search("name", "code", "phone", "email")
    code = django_filters.CharFilter(max_length=50)
    gstin = django_filters.CharFilter(max_length=15)
    is_active = FlagFilter()


class PurchaseFilter(ListFilter):
    status = one_of(OrderStatus)
    supplier = reference("supplier")
    start_date = DayFilter(field_name="order_date", lookup_expr="gte")
    end_date = DayFilter(field_name="order_date", lookup_expr="lte")
    search = search("order_number", "supplier__name", "supplier__code")


class ReceiptFilter(ListFilter):
    supplier = reference("supplier")
    purchase_order = reference("purchase_order")
    start_date = DayFilter(field_name="receipt_date", lookup_expr="gte")
    end_date = DayFilter(field_name="receipt_date", lookup_expr="lte")
