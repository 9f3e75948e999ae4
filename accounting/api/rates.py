"""Exchange rates over HTTP, under ``/api/accounting/exchange_rates/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounting.api.bodies import ExchangeRateBody
from accounting.api.filters import ExchangeRateFilter
from accounting.api.operations import LIST_RATES, QUOTE_RATE
from accounting.models import ExchangeRate
from accounting.quoting import quote_rate
from accounting.rate_payloads import exchange_rate_payload
from erp.api.resources import ResourceView
from erp.bodies import sent
from erp.rights import Right


class ExchangeRateListView(ResourceView):
    """GET the exchange rates, the latest day first; POST one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": ExchangeRateBody}
    operations: ClassVar = {"GET": LIST_RATES, "POST": QUOTE_RATE}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            ExchangeRate.objects.of(self.actor).select_related("currency"),
            lambda rows: map(exchange_rate_payload, rows),
            filters=ExchangeRateFilter,
            columns=("rate_date", "id"),
        )

    def post(self, request: Request) -> HttpResponse:
        members = sent(self.body(ExchangeRateBody))
        members["currency"] = members.pop("currency_id")
        answer = quote_rate.answer(self.terms(exchange_rate_payload, status=201), **members, actor=self.actor, now=self.now)
        return self.respond(answer)
