"""Reports on documents over HTTP: ageing and the GST of a period, under ``/api/invoices/``."""

from typing import ClassVar, cast

from django.http import HttpResponse
from rest_framework.request import Request

from accounting.gst import state_code
from erp.api.parameters import Parameters
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
from erp.models import Registration
from erp.rights import Right
from invoices.api.report_operations import AGEING, TAX_SUMMARY
from invoices.open_items import DEFAULT_BUCKETS, AgedBy, age_open_items
from invoices.order_invoices import UnknownRegistration
from invoices.report_payloads import ageing_payload, tax_summary_payload
from invoices.status import InvoiceType
from invoices.tax_summaries import TaxGroup, summarise_tax


class AgeingView(ResourceView):
    """GET what is open by age, a row to a party; without paging, since its totals are those of an account."""

    rights: ClassVar = {"GET": Right.READ_STATEMENTS}
    operations: ClassVar = {"GET": AGEING}

    def get(self, request: Request) -> HttpResponse:
        params = Parameters(request._request.GET, frozenset({"as_of", "invoice_type", "by", "buckets", "party"}))
        as_of = params.day("as_of") or self.today
        sold_or_bought = params.choice("invoice_type", *InvoiceType)
        by = cast(AgedBy, params.choice("by", "due_date", "invoice_date"))
        ends, party = params.ages("buckets", DEFAULT_BUCKETS), params.reference("party")
        params.judge()
        kind = InvoiceType(sold_or_bought)
        with scoped_read(self.actor):
            parties = age_open_items(self.actor, kind, as_of=as_of, by=by, ends=ends, party=party)
        asked = {"as_of": as_of.isoformat(), "invoice_type": kind.value, "by": by, "party": str(party) if party else None}
        currency = self.actor.company.base_currency.code
        return json_response(ageing_payload(parties, ends=ends, parameters=asked, currency=currency))


class TaxSummaryView(ResourceView):
    """GET the GST of a period, by rate or by HSN code."""

    rights: ClassVar = {"GET": Right.READ_BOOKS}
    operations: ClassVar = {"GET": TAX_SUMMARY}

    def get(self, request: Request) -> HttpResponse:
        params = Parameters(request._request.GET, frozenset({"from", "to", "invoice_type", "by", "registration"}))
        last = params.day("to") or self.today
        first = params.day("from") or last.replace(day=1)
        params.period(first=first, last=last)
        sold_or_bought = params.choice("invoice_type", *InvoiceType)
        by = cast(TaxGroup, params.choice("by", "rate", "hsn"))
        params.judge()
        kind = InvoiceType(sold_or_bought)
        with scoped_read(self.actor):
            registration = self._registration(params.text("registration"))
            supplies = summarise_tax(self.actor, kind, first=first, last=last, by=by, registration=registration)
        asked = {
            "from": first.isoformat(),
            "to": last.isoformat(),
            "invoice_type": kind.value,
            "by": by,
            "registration": registration,
        }
        currency = self.actor.company.base_currency.code
        return json_response(tax_summary_payload(supplies, parameters=asked, currency=currency))

    def _registration(self, text: str) -> str | None:
        if not text:
            return None
        code = state_code(text)
        if code is None or not Registration.objects.of(self.actor).filter(state_code=code).exists():
            raise UnknownRegistration(errors={"registration": ["None of this company's registrations."]})
        return code
