"""Filters of the lists of accounts, vouchers and years."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from accounting.kinds import AccountRole, AccountType, VoucherKind
from accounting.models import ExchangeRate, LedgerEntry, Voucher
from erp.api.filtering import DayFilter, FlagFilter, ListFilter, one_of, reference, search
from erp.identifiers import as_uuid


class AccountFilter(ListFilter):
    search = search("code", "name")
    code = django_filters.CharFilter(max_length=60)
    type = one_of(AccountType)
    role = one_of(AccountRole)
    owner = django_filters.UUIDFilter(field_name="owner_id")
    parent = reference("parent")
    is_group = FlagFilter()
    is_control = FlagFilter()
    is_active = FlagFilter()


class VoucherFilter(ListFilter):
    kind = one_of(VoucherKind)
    source = django_filters.UUIDFilter(field_name="source_id")
    account = django_filters.UUIDFilter(method="by_account")
    start_date = DayFilter(field_name="voucher_date", lookup_expr="gte")
    end_date = DayFilter(field_name="voucher_date", lookup_expr="lte")
    number = django_filters.CharFilter(max_length=16)

    def by_account(self, rows: QuerySet[Voucher], name: str, value: Any) -> QuerySet[Voucher]:
        legs = LedgerEntry.objects.of(self.request).filter(account_id=value, voucher_id=OuterRef("pk"))
        return rows.filter(Exists(legs))


class ExchangeRateFilter(ListFilter):
    currency = django_filters.CharFilter(method="by_currency", max_length=36)
    start_date = DayFilter(field_name="rate_date", lookup_expr="gte")
    end_date = DayFilter(field_name="rate_date", lookup_expr="lte")

    def by_currency(self, rows: QuerySet[ExchangeRate], name: str, value: str) -> QuerySet[ExchangeRate]:
        """By code or id; a currency that nobody knows finds nothing."""
        wanted = as_uuid(value)
        return rows.filter(currency__code=value) if wanted is None else rows.filter(currency_id=wanted)


class FiscalYearFilter(ListFilter):
    year = django_filters.NumberFilter(min_value=1900, max_value=2199)
