"""Reports of billing over HTTP, under ``/api/sales/``: by salesman, items billed, missing numbers."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import DAY
from erp.api.parameters import Parameters
from erp.api.views import ErpView, scoped_read
from erp.clock import day_in
from erp.problems import ValidationFailed
from erp.rights import Right
from invoices.api.pages import encoded
from invoices.number_gaps import SpanTooWide
from invoices.sales_report_payloads import (
    BilledItemsAnswer,
    NumberingAnswer,
    SalesmenAnswer,
    billed_items_answer,
    numbering_payload,
    salesmen_answer,
)
from invoices.sales_report_queries import MOST_ROWS, SORTS, billed_by_salesman, items_billed, numbering
from invoices.status import BillingStatus

MOST_DAYS = 31
_SERIES_LENGTH = 100


class UserSummaryView(ErpView):
    """GET what each salesman billed."""

    rights: ClassVar = {"GET": Right.SEE_REPORTS}
    operations: ClassVar = {
        "GET": Operation(
            name="billing_by_salesman",
            summary="What each salesman billed: bills, lines, amount in base currency.",
            replies={200: Reply("A row to a salesman, whoever billed most first.", SalesmenAnswer)},
            parameters=(
                Parameter("billing_status", "Bills in this state.", {"enum": list(BillingStatus), "default": "BILLED"}),
                Parameter("start_date", "Made on this day or later, in the company's time zone.", DAY),
                Parameter("end_date", "Made on this day or earlier.", DAY),
            ),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        asked = Parameters(request._request.GET)
        status = asked.choice("billing_status", *BillingStatus)
        first, last = asked.day("start_date"), asked.day("end_date")
        asked.judge()
        with scoped_read(self.actor):
            rows = billed_by_salesman(
                self.actor,
                billing_status=status,
                made_from=self._begin(first) if first else None,
                made_until=self._begin(last + timedelta(days=1)) if last else None,
            )
        filters = {"billing_status": status, "start_date": _text(first), "end_date": _text(last)}
        return encoded(salesmen_answer(rows, filters=filters))

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=ZoneInfo(self.actor.company.timezone))


class ItemsBilledView(ErpView):
    """GET what was billed, line by line; today's unless days are named."""

    rights: ClassVar = {"GET": Right.SEE_REPORTS}
    operations: ClassVar = {
        "GET": Operation(
            name="items_billed",
            summary=f"Every line billed today, or on at most {MOST_DAYS} other days by the date on the bill.",
            replies={200: Reply("The lines, and what the bills come to, each bill once.", BilledItemsAnswer)},
            parameters=(
                Parameter("start_date", "Bills dated on this day or later; today without it.", DAY),
                Parameter("end_date", "Bills dated on this day or earlier; today without it.", DAY),
                Parameter("sort", "What to sort by.", {"enum": list(SORTS), "default": "bill_no"}),
                Parameter("order", "Which way.", {"enum": ["asc", "desc"], "default": "asc"}),
            ),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        asked = Parameters(request._request.GET)
        start, end = asked.day("start_date"), asked.day("end_date")
        sort, order = asked.choice("sort", *SORTS), asked.choice("order", "asc", "desc")
        today = day_in(self.actor.company.timezone, self.now)
        first, last = start or end or today, end or (start and max(start, today)) or today
        _note_period(asked, first, last, "start_date", most_days=MOST_DAYS)
        asked.judge()
        with scoped_read(self.actor):
            items, total = items_billed(self.actor, first=first, last=last, sort=sort, descending=order == "desc")
        _refuse_too_many(len(items), "start_date")
        return encoded(billed_items_answer(items, total))


class MissingInvoicesView(ErpView):
    """GET the bills of a period, and the numbers between them that no bill has."""

    rights: ClassVar = {"GET": Right.SEE_REPORTS}
    operations: ClassVar = {
        "GET": Operation(
            name="missing_invoices",
            summary="The bills of a period, and the numbers between them that no bill has, of whatever day.",
            replies={200: Reply("Bills and gaps.", NumberingAnswer)},
            parameters=(
                Parameter("from_date", "Bills dated on this day or later; required.", DAY),
                Parameter("to_date", "Bills dated on this day or earlier; required.", DAY),
                Parameter("series", "Numbers that begin with this; each series by itself without it.", {"type": "string"}),
            ),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        asked = Parameters(request._request.GET)
        first, last = asked.day("from_date", required=True), asked.day("to_date", required=True)
        series = asked.text("series", longest=_SERIES_LENGTH)
        if first is not None and last is not None:
            _note_period(asked, first, last, "from_date")
        asked.judge()
        assert first is not None, "it is required"
        assert last is not None, "it is required"
        with scoped_read(self.actor):
            try:
                found = numbering(self.actor, first=first, last=last, series=series)
            except SpanTooWide as wide:
                text = f"The numbers of series {wide.series} lie more than {MOST_ROWS} apart; name a narrower one."
                raise ValidationFailed(errors={"series": [text]}) from None
        _refuse_too_many(len(found.bills), "from_date")
        data = numbering_payload(found, series=series, first=first, last=last)
        return encoded(NumberingAnswer(success=True, message="Missing invoices", data=data))


def _note_period(asked: Parameters, first: date, last: date, field: str, *, most_days: int | None = None) -> None:
    if first > last:
        asked.note(field, "Must not be after the end of the period.")
    elif most_days is not None and (last - first).days >= most_days:
        asked.note(field, f"Ask for at most {most_days} days.")


def _refuse_too_many(rows: int, field: str) -> None:
    if rows > MOST_ROWS:
        raise ValidationFailed(errors={field: [f"More than {MOST_ROWS} rows; ask for a shorter period."]})


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
