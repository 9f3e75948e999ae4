"""Filters of the lists of invoices and payments of the books' surface."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from erp.access import Actor
from erp.api.filtering import (
    Asker,
    DayFilter,
    FlagFilter,
    ListFilter,
    filtered,
    one_of,
    reference,
    refuse_unknown,
    search,
)
from erp.api.views import scoped_read
from invoices.batch_posting import drafts_to_post
from invoices.books_payloads import OVERDUE
from invoices.models import Invoice, Payment
from invoices.status import (
    BillingStatus,
    BooksStatus,
    FulfilmentStatus,
    InvoiceType,
    PaymentKind,
    PaymentMode,
    PaymentStatus,
)

POSTING = "POSTING"
"""A state of the quick reference that is never stored: posting is one transaction."""
_STATES = [(one, one) for one in (*(member.value for member in BooksStatus), OVERDUE, POSTING)]
_OPEN = [BooksStatus.POSTED.value, BooksStatus.PARTIALLY_PAID.value]


class OutstandingFilter(ListFilter):
    """`as_of` is read by the view: it decides which rows there are."""

    invoice_type = one_of(InvoiceType)
    party = reference("customer", "supplier")
    start_date = DayFilter(field_name="invoice_date", lookup_expr="gte")
    end_date = DayFilter(field_name="invoice_date", lookup_expr="lte")
    overdue = FlagFilter(method="by_overdue")
    as_of = DayFilter(method="as_they_are")

    def by_overdue(self, rows: QuerySet[Invoice], name: str, value: bool) -> QuerySet[Invoice]:
        late = Q(due_date__lt=self.form.cleaned_data.get("as_of") or self.request.today)
        return rows.filter(late) if value else rows.exclude(late)

    def as_they_are(self, rows: QuerySet[Invoice], name: str, value: Any) -> QuerySet[Invoice]:
        return rows


class BillFilter(ListFilter):
    invoice_type = one_of(InvoiceType)
    party = reference("customer", "supplier")
    start_date = DayFilter(field_name="invoice_date", lookup_expr="gte")
    end_date = DayFilter(field_name="invoice_date", lookup_expr="lte")
    overdue = FlagFilter(method="by_overdue")
    status = django_filters.MultipleChoiceFilter(choices=_STATES, method="by_status")
    fulfilment_status = one_of(FulfilmentStatus)
    billing_status = one_of(BillingStatus)
    search = search(
        "invoice_no",
        "supplier_invoice_number",
        "party_name",
        "customer__name",
        "customer__code",
        "supplier__name",
        "supplier__code",
    )
    order = reference("sales_order", "purchase_order")

    def by_overdue(self, rows: QuerySet[Invoice], name: str, value: bool) -> QuerySet[Invoice]:
        return rows.filter(self._late()) if value else rows.exclude(self._late())

    def by_status(self, rows: QuerySet[Invoice], name: str, values: list[str]) -> QuerySet[Invoice]:
        """Stored states; OVERDUE is derived, POSTING is nobody's."""
        if not values:
            return rows
        chosen = Q(status__in=[value for value in values if value not in {OVERDUE, POSTING}])
        return rows.filter(chosen | self._late() if OVERDUE in values else chosen)

    def _late(self) -> Q:
        return Q(status__in=_OPEN, due_date__lt=self.request.today)


def chosen_drafts(
    filters: Mapping[str, Sequence[str]], actor: Actor, *, today: date, at_most: int | None = None
) -> list[UUID]:
    """Drafts that pass filters of the list of invoices, oldest first. Raises ValidationFailed, UnknownParameter.

    How a list is paged is no filter: a name that chose fewer rows than it seems to would post more than was meant.
    """
    params = QueryDict(mutable=True)
    for name, values in filters.items():
        params.setlist(name, list(values))
    refuse_unknown(params, frozenset(BillFilter.base_filters))
    with scoped_read(actor):
        rows = filtered(BillFilter, params, drafts_to_post(actor), Asker(actor.company_id, today, actor.company.timezone))
        return list(rows.order_by("invoice_date", "id").values_list("id", flat=True)[:at_most])


class PaymentFilter(ListFilter):
    status = one_of(PaymentStatus)
    kind = one_of(PaymentKind)
    mode = one_of(PaymentMode)
    party = reference("customer", "supplier")
    unallocated = FlagFilter(method="by_unallocated")
    start_date = DayFilter(field_name="payment_date", lookup_expr="gte")
    end_date = DayFilter(field_name="payment_date", lookup_expr="lte")

    def by_unallocated(self, rows: QuerySet[Payment], name: str, value: bool) -> QuerySet[Payment]:
        """Posted money that settles nothing yet."""
        loose = Q(status=PaymentStatus.POSTED.value, allocated_amount__lt=F("amount"))
        return rows.filter(loose) if value else rows.exclude(loose)
