"""Billing's list of invoices and the invoice report over HTTP, under ``/api/sales/``; the report also as one long answer."""

import tempfile
from collections.abc import Iterator
from typing import IO, Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from rest_framework.request import Request

from erp.access import Actor
from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import schema_of_field
from erp.api.filtering import DayFilter
from erp.api.streaming import Parts, streamed
from erp.api.views import ErpView, scoped_read
from erp.problems import ValidationFailed
from erp.rights import Right
from invoices.api.filters import DaysFilter, SalesListQuery, one_of_many
from invoices.api.operations import PAGING, InvoicePage
from invoices.api.pages import encoded, invoice_page
from invoices.models import Invoice
from invoices.payloads import ENCODER
from invoices.queries import sales_invoices
from invoices.sales_report_payloads import EXPORTED, ExportAnswer, exported_row
from invoices.sales_report_queries import MOST_ROWS
from invoices.status import BillingStatus, FulfilmentStatus

_SECTIONS = ("PICKING", "PACKING", "DELIVERY")
_ROWS_AT_ONCE = 2_000
_BLOCK_BYTES = 64 * 1024
_PURPOSES = {
    "status": "Where the goods are.",
    "billing_status": "Whether billing has to look at it.",
    "salesman": "The salesman's name contains this.",
    "date": "Made on this day, in the company's time zone.",
    "returned_by_email": "Last sent back by the person with this address.",
    "returned_from_section": "Last sent back from this section.",
    "customer_name": "The customer's name contains this.",
    "created_by": "The salesman's name contains this.",
    "search": "Number, customer, salesman or temporary name contains this.",
    "start_date": "Made on this day or later, in the company's time zone.",
    "end_date": "Made on this day or earlier, in the company's time zone.",
}


class _SearchedFilter(DaysFilter):
    search = django_filters.CharFilter(method="by_search", max_length=100)

    def by_search(self, rows: QuerySet[Invoice], name: str, value: str) -> QuerySet[Invoice]:
        return rows.filter(
            Q(invoice_no__icontains=value)
            | Q(customer__name__icontains=value)
            | Q(customer__code__icontains=value)
            | Q(salesman__name__icontains=value)
            | Q(temp_name__icontains=value)
        )


class BillingListFilter(_SearchedFilter):
    status = one_of_many(FulfilmentStatus, field_name="fulfilment_status")
    billing_status = one_of_many(BillingStatus)
    salesman = django_filters.CharFilter(field_name="salesman__name", lookup_expr="icontains", max_length=150)
    date = DayFilter(method="on_day")
    returned_by_email = django_filters.CharFilter(
        field_name="handling__return__returned_by_email", lookup_expr="iexact", max_length=254
    )
    returned_from_section = django_filters.ChoiceFilter(
        field_name="handling__return__returned_from_section", choices=[(one, one) for one in _SECTIONS]
    )

    class Meta:
        model = Invoice
        fields: list[str] = []

    def on_day(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return self.to_day(self.from_day(rows, name, value), name, value)


class InvoiceReportFilter(_SearchedFilter):
    status = one_of_many(FulfilmentStatus, field_name="fulfilment_status")
    customer_name = django_filters.CharFilter(field_name="customer__name", lookup_expr="icontains", max_length=255)
    created_by = django_filters.CharFilter(field_name="salesman__name", lookup_expr="icontains", max_length=150)
    start_date = DayFilter(method="from_day")
    end_date = DayFilter(method="to_day")

    class Meta:
        model = Invoice
        fields: list[str] = []


def _parameters(filters: Any) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name, _PURPOSES[name], schema_of_field(field), many="choices" in vars(field))
        for name, field in filters().form.fields.items()
    )


class _ListView(ErpView):
    filters: ClassVar[Any]

    def rows(self, actor: Actor) -> QuerySet[Invoice]:
        return sales_invoices(actor)

    def get(self, request: Request) -> HttpResponseBase:
        raw = request._request
        query = SalesListQuery.read(raw.GET)
        with scoped_read(self.actor):
            rows = query.apply(self.rows(self.actor), self.actor, kind=self.filters)
            page = invoice_page(self.actor, rows, query, url=raw.build_absolute_uri())
        return encoded(page)


class BillingListView(_ListView):
    """GET a page of invoices as billing looks at them; without *billing_list* only one's own, and those one sent back."""

    filters = BillingListFilter
    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {
        "GET": Operation(
            name="list_billing_invoices",
            summary="Invoices as billing looks at them, newest first; without *billing_list* those one sold or sent back.",
            replies={200: Reply("The page.", InvoicePage)},
            parameters=(*_parameters(BillingListFilter), *PAGING),
        )
    }

    def rows(self, actor: Actor) -> QuerySet[Invoice]:
        rows = sales_invoices(actor)
        if actor.allows(Right.BILLING_LIST, None):
            return rows
        # A salesman who is no user yet goes by his name.
        sold = Q(salesman__user_id=actor.id) | Q(salesman__user__isnull=True, salesman__name__iexact=actor.name)
        return rows.filter(sold | Q(handling__return__returned_by=str(actor.id)))


class InvoiceReportView(_ListView):
    """GET a page of the invoice report."""

    filters = InvoiceReportFilter
    rights: ClassVar = {"GET": Right.SEE_REPORTS}
    operations: ClassVar = {
        "GET": Operation(
            name="invoice_report",
            summary="Invoices by day, customer and salesman, newest first.",
            replies={200: Reply("The page.", InvoicePage)},
            parameters=(*_parameters(InvoiceReportFilter), *PAGING),
        )
    }


class InvoiceReportExportView(ErpView):
    """GET the whole report at once."""

    rights: ClassVar = {"GET": Right.SEE_REPORTS}
    operations: ClassVar = {
        "GET": Operation(
            name="export_invoice_report",
            summary=f"The invoice report as one answer, at most {MOST_ROWS} rows, newest first.",
            replies={200: Reply("All rows.", ExportAnswer)},
            parameters=_parameters(InvoiceReportFilter),
        )
    }

    def get(self, request: Request) -> HttpResponseBase:
        query = SalesListQuery.read(request._request.GET)
        with scoped_read(self.actor):
            rows = query.apply(sales_invoices(self.actor), self.actor, kind=InvoiceReportFilter)
            ordered = rows.order_by("-created_at", "-serial").values_list(*EXPORTED)[: MOST_ROWS + 1]
            file, count = _written(ordered.iterator(chunk_size=_ROWS_AT_ONCE))
        # What it is sent from is a file: a slow reader holds no connection, and the count is that of the rows.
        return streamed(request._request, Parts(_answer(file, count), file.close), content_type="application/json")


def _written(rows: Iterator[tuple[Any, ...]]) -> tuple[IO[bytes], int]:
    """The rows as JSON, comma-separated, in a file that vanishes when it is closed. Raises ValidationFailed for too many."""
    count = 0
    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        for count, row in enumerate(rows, start=1):
            if count > MOST_ROWS:
                raise ValidationFailed(errors={"start_date": [f"More than {MOST_ROWS} rows; ask for a shorter period."]})
            file.write(b"," * (count > 1) + ENCODER.encode(exported_row(row)))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file, count


def _answer(file: IO[bytes], count: int) -> Iterator[bytes]:
    yield b'{"success":true,"count":%d,"data":[' % count
    while block := file.read(_BLOCK_BYTES):
        yield block
    yield b"]}"
