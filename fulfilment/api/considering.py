"""What is to be considered before goods leave, and who carried them: lists under ``/api/sales/delivery/``."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from erp.api.files import file_urls
from erp.api.views import scoped_read
from erp.problems import ValidationFailed
from erp.rights import Right
from fulfilment.api.delivery_operations import CONSIDER_LIST, COURIER_CHANGES, ELIGIBLE_STAFF
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.queues import queue_page
from fulfilment.delivery_payloads import DriversPayload, courier_change_payload, driver_payload
from fulfilment.delivery_queries import considered_by_person, courier_changes, drivers, to_consider
from fulfilment.status import DeliveryType
from invoices.api.filters import choices_of
from invoices.models import Invoice


class ConsiderFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    """The `Actor` stands in `request`."""

    delivery_type = django_filters.ChoiceFilter(choices=choices_of(DeliveryType), method="by_type")
    search = django_filters.CharFilter(method="by_search", max_length=100)

    class Meta:
        model = Invoice
        fields: list[str] = []

    def by_type(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows & to_consider(self.request, delivery_types=[DeliveryType(value)])

    def by_search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        found = considered_by_person(self.request, value)
        for column in ("invoice_no", "customer__name", "customer__code", "customer__phone1", "customer__phone2"):
            found |= Q(**{f"{column}__icontains": value})
        return rows.filter(found)


class ConsiderListView(WarehouseView):
    """GET a page of the invoices that wait for their driver, or for a courier's slip, the oldest first."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": CONSIDER_LIST}

    def get(self, request: Request) -> HttpResponse:
        return queue_page(self.actor, to_consider(self.actor, delivery_types=[]), request._request, filters=ConsiderFilter)


class EligibleStaffView(WarehouseView):
    """GET the members who may take goods out."""

    message = "Eligible staff"
    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": ELIGIBLE_STAFF}

    def get(self, request: Request) -> HttpResponse:
        with scoped_read(self.actor):
            url_of = file_urls(self.request._request, self.actor.company_id)
            shown = DriversPayload(results=[driver_payload(member, url_of=url_of) for member in drivers(self.actor)])
        return self.respond(self.enveloped(shown))


class CourierChangesView(WarehouseView):
    """GET who carried an invoice's parcels before."""

    message = "Courier changes"
    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": COURIER_CHANGES}

    def get(self, request: Request) -> HttpResponse:
        number = request._request.GET.get("invoice_no", "").strip()
        if not number:
            raise ValidationFailed(errors={"invoice_no": ["This field is required."]})
        with scoped_read(self.actor):
            shown = [courier_change_payload(change, number) for change in courier_changes(self.actor, number)]
        return self.respond(self.enveloped(shown, beside={"count": len(shown)}))
