"""Trays over HTTP: ``/api/common/trays/``, in envelope D."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import django_filters
from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from erp.api.contracts import Operation, Parameter, Reply
from erp.api.describing import path_ids
from erp.api.filtering import passing
from erp.api.views import scoped_read
from erp.changing import AlreadyExists
from erp.characters import CODE, MANY_LINES
from erp.idempotency import Answer
from erp.identifiers import as_uuid
from erp.parsing import text_of
from erp.problems import Problem
from erp.rights import Right
from fulfilment.api.bodies import columns_of
from fulfilment.api.envelopes import WarehouseView
from fulfilment.api.operations import writes
from fulfilment.models import Tray
from fulfilment.status import TrayStatus
from fulfilment.tray_keeping import TrayHoldsGoods, TrayNotFound, change_tray, create_tray, remove_tray
from fulfilment.tray_payloads import TrayPayload, tray_payload
from invoices.api.filters import choices_of
from invoices.api.operations import Warned

MOST_ROWS = 5_000
_Code = Annotated[str, text_of(Tray, "tray_code", pattern=CODE, required=True)]


class TrayChanges(Struct, kw_only=True, frozen=True):
    """Members that are not sent stay."""

    tray_code: _Code | UnsetType = UNSET
    status: TrayStatus | UnsetType = UNSET
    remarks: Annotated[str, text_of(Tray, "remarks", pattern=MANY_LINES)] | UnsetType | None = UNSET


class TrayBody(TrayChanges, kw_only=True, frozen=True):
    tray_code: _Code


class TrayAnswer(Struct, kw_only=True):
    success: Literal[True]
    data: TrayPayload
    warnings: list[Warned] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class TrayRows(Struct, kw_only=True):
    results: list[TrayPayload]


class TraysAnswer(Struct, kw_only=True):
    success: Literal[True]
    data: TrayRows


class TrayFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    status = django_filters.ChoiceFilter(choices=choices_of(TrayStatus))
    search = django_filters.CharFilter(field_name="tray_code", lookup_expr="icontains", max_length=100)


_IDS = {"tray_id": "Id of the tray."}
_FILTERS = (
    Parameter("status", "ACTIVE or INACTIVE.", {"enum": list(TrayStatus)}),
    Parameter("search", "The code contains this.", {"type": "string", "maxLength": 100}),
)


def _tray(name: str, summary: str, *refusals: type[Problem], status: int = 200) -> Operation:
    parameters = () if status == 201 else path_ids(_IDS)
    return writes(name, summary, "The tray.", TrayAnswer, refusals, status=status, parameters=parameters)


class _TrayView(WarehouseView):
    def enveloped(self, data: Any, *, status: int = 200, **more: Any) -> Answer:
        """``{success, data}``."""
        if status == 201 and self.is_dry_run():
            data.tray_id = None
        return self.told({"success": True, "data": data}, status=status)

    def tray_id(self, text: str) -> UUID:
        found = as_uuid(text)
        if found is None:
            raise TrayNotFound
        return found


class TrayListView(_TrayView):
    """GET the trays, by code; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_TRAYS}
    bodies: ClassVar = {"POST": TrayBody}
    operations: ClassVar = {
        "GET": Operation(
            name="list_trays",
            summary="The trays, by code.",
            replies={200: Reply("All that pass the filters.", TraysAnswer)},
            parameters=_FILTERS,
        ),
        "POST": _tray("create_tray", "Enter a tray.", AlreadyExists, status=201),
    }

    def get(self, request: Request) -> HttpResponse:
        given = {name: value for name, value in request._request.GET.items() if value}
        with scoped_read(self.actor):
            filters = TrayFilter(given, queryset=Tray.objects.of(self.actor))
            rows = [tray_payload(one) for one in passing(filters).order_by("tray_code", "id")[:MOST_ROWS]]
        return self.respond(self.enveloped(TrayRows(results=rows)))

    def post(self, request: Request) -> HttpResponse:
        columns = columns_of(self.body(TrayBody))
        answer = create_tray.answer(self.terms(tray_payload, status=201), columns=columns, actor=self.actor, now=self.now)
        return self.respond(answer)


class TrayDetailView(_TrayView):
    """GET, PUT, PATCH and DELETE one tray."""

    rights: ClassVar = {
        "GET": Right.READ,
        "PUT": Right.KEEP_TRAYS,
        "PATCH": Right.KEEP_TRAYS,
        "DELETE": Right.KEEP_TRAYS,
    }
    bodies: ClassVar = {"PUT": TrayBody, "PATCH": TrayChanges}
    operations: ClassVar = {
        "GET": Operation(
            name="get_tray",
            summary="One tray.",
            replies={200: Reply("The tray.", TrayAnswer)},
            refusals=(TrayNotFound,),
            parameters=path_ids(_IDS),
        ),
        "PUT": _tray("replace_tray", "Change a tray.", TrayNotFound, AlreadyExists),
        "PATCH": _tray("change_tray", "Change what is named of a tray.", TrayNotFound, AlreadyExists),
        "DELETE": _tray("remove_tray", "Forget a tray that is empty.", TrayNotFound, TrayHoldsGoods),
    }

    def get(self, request: Request, tray_id: str) -> HttpResponse:
        with scoped_read(self.actor):
            tray = Tray.objects.of(self.actor).filter(id=self.tray_id(tray_id)).first()
        if tray is None:
            raise TrayNotFound
        return self.respond(self.enveloped(tray_payload(tray)))

    def put(self, request: Request, tray_id: str) -> HttpResponse:
        wanted = {"status": TrayStatus.ACTIVE.value, "remarks": ""} | columns_of(self.body(TrayBody))
        return self._change(tray_id, wanted)

    def patch(self, request: Request, tray_id: str) -> HttpResponse:
        return self._change(tray_id, columns_of(self.body(TrayChanges)))

    def _change(self, tray_id: str, wanted: dict[str, Any]) -> HttpResponse:
        answer = change_tray.answer(
            self.terms(tray_payload), tray_id=self.tray_id(tray_id), wanted=wanted, actor=self.actor, now=self.now
        )
        return self.respond(answer)

    def delete(self, request: Request, tray_id: str) -> HttpResponse:
        answer = remove_tray.answer(self.terms(tray_payload), tray_id=self.tray_id(tray_id), actor=self.actor, now=self.now)
        return self.respond(answer)
