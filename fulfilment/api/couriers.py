"""Couriers over HTTP: ``/api/sales/couriers/``, in envelope C."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import django_filters
from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import path_ids
from erp.api.views import scoped_read
from erp.bodies import sent
from erp.changing import AlreadyExists
from erp.characters import CODE, EMAIL, MANY_LINES
from erp.clock import instant_text
from erp.idempotency import Answer
from erp.identifiers import as_uuid
from erp.parsing import text_of
from erp.problems import Problem, ValidationFailed
from erp.rights import Right
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import writes
from fulfilment.couriers import CourierNotFound
from fulfilment.hiring import CourierInUse, change_courier, create_courier, remove_courier
from fulfilment.models import Courier
from fulfilment.status import CourierStatus, CourierType
from invoices.api.filters import choices_of
from invoices.api.operations import Warned

MOST_ROWS = 5_000
_Code = Annotated[str, text_of(Courier, "courier_code", pattern=CODE, required=True)]
_Name = Annotated[str, text_of(Courier, "courier_name", required=True)]
_Phone = Annotated[str, text_of(Courier, "phone", required=True)]


class CourierChanges(Struct, kw_only=True, frozen=True):
    """Members that are not sent stay."""

    courier_code: _Code | UnsetType = UNSET
    courier_name: _Name | UnsetType = UNSET
    type: CourierType | UnsetType = UNSET
    phone: _Phone | UnsetType = UNSET
    status: CourierStatus | UnsetType = UNSET
    contact_person: Annotated[str, text_of(Courier, "contact_person")] | UnsetType | None = UNSET
    alt_phone: Annotated[str, text_of(Courier, "alt_phone")] | UnsetType | None = UNSET
    email: Annotated[str, text_of(Courier, "email", pattern=EMAIL)] | UnsetType | None = UNSET
    address: Annotated[str, text_of(Courier, "address", pattern=MANY_LINES)] | UnsetType | None = UNSET
    cod_supported: bool | UnsetType = UNSET
    remarks: Annotated[str, text_of(Courier, "remarks", pattern=MANY_LINES)] | UnsetType | None = UNSET


class CourierBody(CourierChanges, kw_only=True, frozen=True):
    courier_code: _Code
    courier_name: _Name
    type: CourierType
    phone: _Phone


class CourierPayload(Struct, kw_only=True):
    """`courier_id` is null when a dry run kept nothing."""

    courier_id: UUID | None
    courier_code: str
    courier_name: str
    type: str
    status: str
    contact_person: str
    phone: str
    alt_phone: str
    email: str
    address: str
    cod_supported: bool
    remarks: str
    courier_logo_url: None
    created_at: str
    updated_at: str


def courier_payload(courier: Courier) -> CourierPayload:
    columns = {name: getattr(courier, name) for name in CourierChanges.__struct_fields__}
    return CourierPayload(
        courier_id=courier.id,
        **columns,
        courier_logo_url=None,
        created_at=instant_text(courier.created_at),
        updated_at=instant_text(courier.updated_at),
    )


class CourierAnswer(Struct, kw_only=True):
    success: Literal[True]
    status_code: int
    message: str
    data: CourierPayload
    warnings: list[Warned] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class CouriersAnswer(Struct, kw_only=True):
    success: Literal[True]
    status_code: int
    message: str
    data: list[CourierPayload]


class CourierFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    status = django_filters.ChoiceFilter(choices=choices_of(CourierStatus))
    type = django_filters.ChoiceFilter(choices=choices_of(CourierType))
    search = django_filters.CharFilter(field_name="courier_name", lookup_expr="icontains", max_length=150)


_IDS = {"courier_id": "Id of the courier."}
_FILTERS = (
    Parameter("status", "ACTIVE or INACTIVE.", {"enum": list(CourierStatus)}),
    Parameter("type", "EXTERNAL or INTERNAL.", {"enum": list(CourierType)}),
    Parameter("search", "The name contains this.", {"type": "string", "maxLength": 150}),
)


def _courier(name: str, summary: str, *refusals: type[Problem], status: int = 200) -> Operation:
    parameters = () if status == 201 else path_ids(_IDS)
    return writes(name, summary, "The courier.", CourierAnswer, refusals, status=status, parameters=parameters)


class _CourierView(WarehouseView):
    def enveloped(self, data: Any, *, status: int = 200, **more: Any) -> Answer:
        if status == 201 and self.is_dry_run():
            data.courier_id = None
        return super().enveloped(data, status=status, **more | {"beside": {"status_code": status}})

    def courier_id(self, text: str) -> UUID:
        found = as_uuid(text)
        if found is None:
            raise CourierNotFound
        return found


class CourierListView(_CourierView):
    """GET the couriers, by name; POST a new one."""

    message = "Couriers"
    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_COURIERS}
    bodies: ClassVar = {"POST": CourierBody}
    operations: ClassVar = {
        "GET": Operation(
            name="list_couriers",
            summary="The couriers, by name.",
            replies={200: Reply("All that pass the filters.", CouriersAnswer)},
            parameters=_FILTERS,
        ),
        "POST": _courier("create_courier", "Enter a courier.", AlreadyExists, status=201),
    }

    def get(self, request: Request) -> HttpResponse:
        given = {name: value for name, value in request._request.GET.items() if value}
        with scoped_read(self.actor):
            filters = CourierFilter(given, queryset=Courier.objects.of(self.actor))
            if not filters.is_valid():
                faults = {name: [str(text) for text in texts] for name, texts in filters.errors.items()}
                raise ValidationFailed(errors=faults)
            rows = [courier_payload(one) for one in filters.qs.order_by("courier_name", "id")[:MOST_ROWS]]
        return self.respond(self.enveloped(rows))

    def post(self, request: Request) -> HttpResponse:
        columns = _columns(self.body(CourierBody))
        answer = create_courier.answer(
            self.terms(courier_payload, status=201), columns=columns, actor=self.actor, now=self.now
        )
        return self.respond(answer)


class CourierDetailView(_CourierView):
    """GET, PATCH and DELETE one courier."""

    message = "Courier"
    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_COURIERS, "DELETE": Right.KEEP_COURIERS}
    bodies: ClassVar = {"PATCH": CourierChanges}
    operations: ClassVar = {
        "GET": Operation(
            name="get_courier",
            summary="One courier.",
            replies={200: Reply("The courier.", CourierAnswer)},
            refusals=(CourierNotFound,),
            parameters=path_ids(_IDS),
        ),
        "PATCH": _courier("change_courier", "Change a courier.", CourierNotFound, AlreadyExists),
        "DELETE": _courier("remove_courier", "Forget a courier who has carried nothing.", CourierNotFound, CourierInUse),
    }

    def get(self, request: Request, courier_id: str) -> HttpResponse:
        with scoped_read(self.actor):
            courier = Courier.objects.of(self.actor).filter(id=self.courier_id(courier_id)).first()
        if courier is None:
            raise CourierNotFound
        return self.respond(self.enveloped(courier_payload(courier)))

    def patch(self, request: Request, courier_id: str) -> HttpResponse:
        wanted = _columns(self.body(CourierChanges))
        answer = change_courier.answer(
            self.terms(courier_payload),
            courier_id=self.courier_id(courier_id),
            wanted=wanted,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)

    def delete(self, request: Request, courier_id: str) -> HttpResponse:
        answer = remove_courier.answer(
            self.terms(courier_payload), courier_id=self.courier_id(courier_id), actor=self.actor, now=self.now
        )
        return self.respond(answer)


def _columns(body: Struct) -> dict[str, Any]:
    """What was sent; null in an optional text means blank."""
    return {name: "" if value is None else value for name, value in sent(body).items()}
