"""Exchange rates over HTTP, and the currency run at the end of a month, under ``/api/accounting/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounting.api.bodies import CurrencyRunBody, ExchangeRateBody
from accounting.api.filters import ExchangeRateFilter
from accounting.api.operations import LIST_RATES, QUOTE_RATE, REVALUE_CURRENCIES
from accounting.models import ExchangeRate
from accounting.quoting import quote_rate
from accounting.rate_payloads import exchange_rate_payload
from accounting.revaluing import revalue_currencies
from accounting.run_payloads import currency_run_payload
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


class CurrencyRunView(ResourceView):
    """POST: book what open items in other currencies are worth at the end of a month."""

    rights: ClassVar = {"POST": Right.KEEP_BOOKS}
    bodies: ClassVar = {"POST": CurrencyRunBody}
    operations: ClassVar = {"POST": REVALUE_CURRENCIES}

    def post(self, request: Request) -> HttpResponse:
        as_of = self.body(CurrencyRunBody).as_of.plain()
        terms = self.terms(currency_run_payload, status=201)
        return self.respond(revalue_currencies.answer(terms, as_of=as_of, actor=self.actor, now=self.now))
