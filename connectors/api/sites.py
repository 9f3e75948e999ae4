"""Customers' places and services over HTTP: ``/api/connectors/sites/``."""

from typing import Annotated, ClassVar
from uuid import UUID

from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from connectors.api.filters import SiteFilter
from connectors.api.operations import CHANGE_SITE, CREATE_SITE, GET_SITE, LIST_SITES
from connectors.invoice_ninja.payloads import SitePayload
from connectors.invoice_ninja.queries import show_sites
from connectors.keeping import MISSING, NewSite, change_site, create_site
from connectors.models import Site
from erp.api.resources import ResourceView
from erp.bodies import given, sent
from erp.characters import MANY_LINES
from erp.parsing import text_of
from erp.rights import Right

_Name = Annotated[str, text_of(Site, "name", required=True)]
_Url = Annotated[str, text_of(Site, "url")]
_Address = Annotated[str, text_of(Site, "address", pattern=MANY_LINES)]
_Note = Annotated[str, text_of(Site, "note", pattern=MANY_LINES)]


class SiteBody(Struct, kw_only=True, frozen=True):
    customer_id: UUID
    name: _Name
    url: _Url = ""
    address: _Address = ""
    note: _Note = ""
    is_active: bool = True


class SiteChanges(Struct, kw_only=True, frozen=True):
    customer_id: UUID | UnsetType = UNSET
    name: _Name | UnsetType = UNSET
    url: _Url | UnsetType = UNSET
    address: _Address | UnsetType = UNSET
    note: _Note | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class SiteView(ResourceView):
    """What the views of a site share."""

    missing = MISSING

    def shown(self, row: Site) -> SitePayload:
        return show_sites(self.actor, [row], now=self.now, today=self.today)[0]


class SiteListView(SiteView):
    """GET the sites, newest first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.KEEP_SITES}
    bodies: ClassVar = {"POST": SiteBody}
    operations: ClassVar = {"GET": LIST_SITES, "POST": CREATE_SITE}

    def get(self, request: Request) -> HttpResponse:
        rows = Site.objects.of(self.actor).select_related("customer")
        return self.listed(
            rows, lambda some: show_sites(self.actor, some, now=self.now, today=self.today), filters=SiteFilter
        )

    def post(self, request: Request) -> HttpResponse:
        new = NewSite(**given(self.body(SiteBody)))
        answer = create_site.answer(self.terms(self.shown, status=201), new=new, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/connectors/sites/")


class SiteDetailView(SiteView):
    """GET a site; PATCH it."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.KEEP_SITES}
    bodies: ClassVar = {"PATCH": SiteChanges}
    operations: ClassVar = {"GET": GET_SITE, "PATCH": CHANGE_SITE}

    def get(self, request: Request, site_id: str) -> HttpResponse:
        rows = Site.objects.of(self.actor).select_related("customer").filter(id=self.path_id(site_id))
        return self.found(lambda: next(iter(show_sites(self.actor, rows, now=self.now, today=self.today)), None))

    def patch(self, request: Request, site_id: str) -> HttpResponse:
        wanted, members = self.path_id(site_id), sent(self.body(SiteChanges))
        answer = change_site.answer(
            self.terms(self.shown),
            site_id=wanted,
            wanted=members,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
