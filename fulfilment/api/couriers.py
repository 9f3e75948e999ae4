"""Couriers over HTTP: ``/api/sales/couriers/``, in envelope C."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from uuid import UUID

import django_filters
from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import path_ids
from erp.api.files import file_url
from erp.api.filtering import ListFilter, passing, search
from erp.api.uploads import is_multipart, saved_files
from erp.api.views import scoped_read
from erp.changing import AlreadyExists
from erp.characters import CODE, EMAIL, MANY_LINES
from erp.clock import instant_text
from erp.idempotency import Answer
from erp.identifiers import as_uuid
from erp.media import IMAGES
from erp.parsing import text_of
from erp.problems import Problem
from erp.rights import Right
from erp.storing import SavedFile
from fulfilment.api.bodies import columns_of
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
    remove_courier_logo: bool | UnsetType = UNSET


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
    courier_logo_url: str | None
    created_at: str
    updated_at: str


def courier_payload(courier: Courier, *, url_of: Callable[[UUID | None], str | None]) -> CourierPayload:
    columns = {name: getattr(courier, name) for name in CourierChanges.__struct_fields__ if name != "remove_courier_logo"}
    return CourierPayload(
        courier_id=courier.id,
        **columns,
        courier_logo_url=url_of(courier.logo_id),
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


class CourierFilter(ListFilter):
    status = django_filters.ChoiceFilter(choices=choices_of(CourierStatus))
    type = django_filters.ChoiceFilter(choices=choices_of(CourierType))
    search = search("courier_name", "courier_code")


_LOGO = "courier_logo"
_BLANK: dict[str, Any] = {
    "status": CourierStatus.ACTIVE.value,
    "cod_supported": False,
    **dict.fromkeys(("contact_person", "alt_phone", "email", "address", "remarks"), ""),
}
"""What a PUT means that does not say it."""
S = TypeVar("S", bound=Struct)
_IDS = {"courier_id": "Id of the courier."}
_FILTERS = (
    Parameter("status", "ACTIVE or INACTIVE.", {"enum": list(CourierStatus)}),
    Parameter("type", "EXTERNAL or INTERNAL.", {"enum": list(CourierType)}),
    Parameter("search", "Name or code contains this.", {"type": "string", "maxLength": 100}),
)


def _courier(name: str, summary: str, *refusals: type[Problem], status: int = 200) -> Operation:
    parameters = () if status == 201 else path_ids(_IDS)
    files = () if name == "remove_courier" else (_LOGO,)
    return writes(name, summary, "The courier.", CourierAnswer, refusals, status=status, parameters=parameters, files=files)


class _CourierView(WarehouseView):
    def enveloped(self, data: Any, *, status: int = 200, **more: Any) -> Answer:
        if status == 201 and self.is_dry_run():
            data.courier_id = None
        return super().enveloped(data, status=status, **more | {"beside": {"status_code": status}})

    def shown(self, courier: Courier) -> CourierPayload:
        request, company_id = self.request._request, self.actor.company_id
        return courier_payload(courier, url_of=lambda file_id: file_url(request, company_id, file_id))

    def written(self, kind: type[S], write: Callable[[dict[str, Any], SavedFile | None], Answer]) -> HttpResponse:
        """Read the body, JSON or a form with a logo, and let `write` answer it."""
        if not is_multipart(self.request._request):
            return self.respond(write(columns_of(self.body(kind)), None))
        body, parts = self.form(kind, files={_LOGO: IMAGES})
        with saved_files(self.actor, parts) as saved:
            answer = write(columns_of(body), saved.files.get(_LOGO))
            return self.respond(saved.settle(answer, dry_run=self.is_dry_run()))

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
            rows = [self.shown(one) for one in passing(filters).order_by("courier_name", "id")[:MOST_ROWS]]
        return self.respond(self.enveloped(rows))

    def post(self, request: Request) -> HttpResponse:
        def write(columns: dict[str, Any], logo: SavedFile | None) -> Answer:
            terms = self.terms(self.shown, status=201)
            return create_courier.answer(terms, columns=columns, logo=logo, actor=self.actor, now=self.now)

        return self.written(CourierBody, write)


class CourierDetailView(_CourierView):
    """GET, PUT, PATCH and DELETE one courier."""

    message = "Courier"
    rights: ClassVar = {"GET": Right.READ, "PUT": Right.KEEP_COURIERS} | {
        "PATCH": Right.KEEP_COURIERS,
        "DELETE": Right.KEEP_COURIERS,
    }
    bodies: ClassVar = {"PUT": CourierBody, "PATCH": CourierChanges}
    operations: ClassVar = {
        "GET": Operation(
            name="get_courier",
            summary="One courier.",
            replies={200: Reply("The courier.", CourierAnswer)},
            refusals=(CourierNotFound,),
            parameters=path_ids(_IDS),
        ),
        "PUT": _courier("replace_courier", "Change a courier as a whole.", CourierNotFound, AlreadyExists),
        "PATCH": _courier("change_courier", "Change a courier.", CourierNotFound, AlreadyExists),
        "DELETE": _courier("remove_courier", "Forget a courier who has carried nothing.", CourierNotFound, CourierInUse),
    }

    def get(self, request: Request, courier_id: str) -> HttpResponse:
        with scoped_read(self.actor):
            courier = Courier.objects.of(self.actor).filter(id=self.courier_id(courier_id)).first()
        if courier is None:
            raise CourierNotFound
        return self.respond(self.enveloped(self.shown(courier)))

    def put(self, request: Request, courier_id: str) -> HttpResponse:
        return self.written(CourierBody, lambda columns, logo: self._change(courier_id, _BLANK | columns, logo))

    def patch(self, request: Request, courier_id: str) -> HttpResponse:
        return self.written(CourierChanges, lambda columns, logo: self._change(courier_id, columns, logo))

    def _change(self, courier_id: str, wanted: dict[str, Any], logo: SavedFile | None) -> Answer:
        return change_courier.answer(
            self.terms(self.shown),
            courier_id=self.courier_id(courier_id),
            wanted=wanted,
            logo=logo,
            actor=self.actor,
            now=self.now,
        )

    def delete(self, request: Request, courier_id: str) -> HttpResponse:
        answer = remove_courier.answer(
            self.terms(self.shown), courier_id=self.courier_id(courier_id), actor=self.actor, now=self.now
        )
        return self.respond(answer)
