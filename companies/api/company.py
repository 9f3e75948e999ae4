"""A company over HTTP: founding one, ``/api/companies/``, and what it says of itself, ``/api/companies/{id}/``."""

from typing import Annotated, Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request

from companies.api.operations import CHANGE_COMPANY, FOUND_COMPANY, GET_COMPANY, LIST_COMPANIES
from companies.founding import NewCompany, found_own_company
from companies.governing import MISSING, change_company
from companies.payloads import company_payload, company_row_payload
from companies.queries import active_company_id, memberships
from erp.api.filtering import ListFilter
from erp.api.resources import ResourceView
from erp.bodies import given, sent
from erp.characters import CODE, MANY_LINES, ONE_LINE
from erp.models import Company, Registration, User
from erp.parsing import DocumentDate, text_of
from erp.problems import PermissionDenied
from erp.rights import Right

_Name = Annotated[str, text_of(Company, "name", pattern=ONE_LINE, required=True)]
_Currency = Annotated[str, Meta(min_length=3, max_length=3, pattern=r"^[A-Z]{3}\Z")]
_Zone = Annotated[str, Meta(min_length=1, max_length=64, pattern=ONE_LINE)]
_Month = Annotated[int, Meta(ge=1, le=12)]


class CompanyBody(Struct, kw_only=True, frozen=True):
    """A company to be. Its years begin in the month `fiscal_year_start`; `state_code` and `gstin` are its registration."""

    code: Annotated[str, text_of(Company, "code", pattern=CODE, required=True)]
    name: _Name
    base_currency: _Currency | None = None
    timezone: _Zone | None = None
    fiscal_year_start: _Month | None = None
    state_code: Annotated[str, Meta(min_length=2, max_length=2, pattern=ONE_LINE)] | None = None
    gstin: Annotated[str, text_of(Registration, "gstin", pattern=CODE)] | None = None

    def new(self) -> NewCompany:
        names = {
            "base_currency": "currency_code",
            "timezone": "zone",
            "fiscal_year_start": "first_month",
            "state_code": "state",
        }
        return NewCompany(**{names.get(name, name): value for name, value in given(self).items()})


class CompanyChanges(Struct, kw_only=True, frozen=True):
    name: _Name | UnsetType = UNSET
    legal_name: Annotated[str, text_of(Company, "legal_name", pattern=ONE_LINE)] | UnsetType | None = UNSET
    address: Annotated[str, text_of(Company, "address", pattern=MANY_LINES)] | UnsetType | None = UNSET
    phone: Annotated[str, text_of(Company, "phone", pattern=ONE_LINE)] | UnsetType | None = UNSET
    email: Annotated[str, text_of(Company, "email", pattern=ONE_LINE)] | UnsetType | None = UNSET
    timezone: _Zone | UnsetType = UNSET
    base_currency: _Currency | UnsetType = UNSET
    fiscal_year_start: _Month | UnsetType = UNSET
    books_start_date: DocumentDate | UnsetType | None = UNSET


class CompanyListView(ResourceView):
    """GET the companies one is a member of, the latest joined first; POST a new one."""

    rights: ClassVar = {"GET": Right.MEMBER, "POST": Right.MEMBER}
    bodies: ClassVar = {"POST": CompanyBody}
    operations: ClassVar = {"GET": LIST_COMPANIES, "POST": FOUND_COMPANY}

    def get(self, request: Request) -> HttpResponse:
        active = active_company_id(self.actor)
        return self.listed(
            memberships(self.actor),
            lambda rows: [company_row_payload(one, active=active) for one in rows],
            filters=ListFilter,
        )

    def post(self, request: Request) -> HttpResponse:
        if not settings.ALLOW_COMPANY_SIGNUP and not User.objects.filter(id=self.actor.id, is_superuser=True).exists():
            raise PermissionDenied("Only superusers found companies here.")
        body = self.body(CompanyBody)
        answer = found_own_company.answer(
            self.terms(company_payload, status=201), new=body.new(), actor=self.actor, now=self.now
        )
        return self.respond(answer, location="/api/companies/")


class CompanyDetailView(ResourceView):
    """GET the company one works for; PATCH what it says of itself."""

    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.ADMINISTER}
    bodies: ClassVar = {"PATCH": CompanyChanges}
    operations: ClassVar = {"GET": GET_COMPANY, "PATCH": CHANGE_COMPANY}
    missing = MISSING

    def get(self, request: Request, company_id: str) -> HttpResponse:
        wanted = self.path_id(company_id)
        rows = Company.objects.select_related("base_currency").filter(id=self.actor.company_id)
        return self.found(lambda: next((company_payload(one) for one in rows if one.id == wanted), None))

    def patch(self, request: Request, company_id: str) -> HttpResponse:
        wanted = self.path_id(company_id)
        changes: dict[str, Any] = sent(self.body(CompanyChanges))
        answer = change_company.answer(
            self.terms(company_payload),
            company_id=wanted,
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
