"""GST rates of HSN codes over HTTP: ``/api/inventory/hsn_rates/``."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.resources import ResourceView
from erp.bodies import given, sent
from erp.rights import Right
from inventory.api.bodies import HsnRateBody, HsnRatePatch
from inventory.api.filters import HsnRateFilter
from inventory.api.operations import CHANGE_HSN_RATE, CREATE_HSN_RATE, GET_HSN_RATE, LIST_HSN_RATES
from inventory.models import HsnRate
from inventory.payloads import hsn_rate_payload
from inventory.rating import change_hsn_rate, create_hsn_rate


class HsnRateListView(ResourceView):
    """GET the rates, the latest to begin first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_GST_RATES}
    bodies: ClassVar = {"POST": HsnRateBody}
    operations: ClassVar = {"GET": LIST_HSN_RATES, "POST": CREATE_HSN_RATE}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            HsnRate.objects.of(self.actor),
            lambda rows: map(hsn_rate_payload, rows),
            filters=HsnRateFilter,
            columns=("valid_from", "id"),
        )

    def post(self, request: Request) -> HttpResponse:
        members = given(self.body(HsnRateBody))
        answer = create_hsn_rate.answer(self.terms(hsn_rate_payload, status=201), **members, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/inventory/hsn_rates/")


class HsnRateDetailView(ResourceView):
    """GET a rate; PATCH what was entered wrongly."""

    missing = "HSN rate not found"
    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_GST_RATES}
    bodies: ClassVar = {"PATCH": HsnRatePatch}
    operations: ClassVar = {"GET": GET_HSN_RATE, "PATCH": CHANGE_HSN_RATE}

    def get(self, request: Request, rate_id: str) -> HttpResponse:
        rows = HsnRate.objects.of(self.actor).filter(id=self.path_id(rate_id))
        return self.found(lambda: next(map(hsn_rate_payload, rows), None))

    def patch(self, request: Request, rate_id: str) -> HttpResponse:
        changes = sent(self.body(HsnRatePatch))
        answer = change_hsn_rate.answer(
            self.terms(hsn_rate_payload),
            rate_id=self.path_id(rate_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
