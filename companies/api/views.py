"""Companies over HTTP: ``/api/companies/``."""

from typing import Annotated, ClassVar
from uuid import UUID

from django.http import HttpResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request

from companies.api.operations import (
    ADD_REGISTRATION,
    GET_POLICIES,
    LIST_CURRENCIES,
    LIST_REGISTRATIONS,
    SET_POLICIES,
    SWITCH_COMPANY,
)
from companies.governing import set_policies
from companies.payloads import (
    currency_payload,
    policies_payload,
    registration_payload,
    switched_payload,
)
from companies.registering import add_registration
from companies.switching import switch_company
from erp.api.filtering import ListFilter
from erp.api.resources import ResourceView
from erp.bodies import sent
from erp.characters import CODE, ONE_LINE
from erp.models import Company, Currency, Registration
from erp.parsing import text_of
from erp.policies import (
    MOST_LEASE_MINUTES,
    OLDEST_RATE_DAYS,
    BatchMismatch,
    CourierHandover,
    CreditCheck,
    ImportCreatesItems,
    ImportTax,
    NumberDateOrder,
    OnConflict,
    PackingQuantityCheck,
    PostRequires,
    PurchaseMatch,
    ReimportInProgress,
    SellExpired,
    TotalMismatch,
)
from erp.rights import Right, Role


class SwitchBody(Struct, kw_only=True, frozen=True):
    company_id: UUID


class RegistrationBody(Struct, kw_only=True, frozen=True):
    state_code: Annotated[str, Meta(min_length=2, max_length=2, pattern=ONE_LINE)]
    gstin: Annotated[str, text_of(Registration, "gstin", pattern=CODE, required=True)]
    is_default: bool = False


class PoliciesBody(Struct, kw_only=True, frozen=True):
    total_mismatch: TotalMismatch | UnsetType = UNSET
    on_conflict: OnConflict | UnsetType = UNSET
    reimport_in_progress: ReimportInProgress | UnsetType = UNSET
    jwt_import_roles: Annotated[list[Role], Meta(max_length=len(Role))] | UnsetType = UNSET
    confirm_requires_stock: bool | UnsetType = UNSET
    invoice_requires_stock: bool | UnsetType = UNSET
    credit_check: CreditCheck | UnsetType = UNSET
    shared_terminal: bool | UnsetType = UNSET
    courier_handover: CourierHandover | UnsetType = UNSET
    session_lease_minutes: Annotated[int, Meta(ge=0, le=MOST_LEASE_MINUTES)] | UnsetType = UNSET
    packing_quantity_check: PackingQuantityCheck | UnsetType = UNSET
    enable_bulk_picking: bool | UnsetType = UNSET
    enable_manual_picking_completion: bool | UnsetType = UNSET
    number_date_order: NumberDateOrder | UnsetType = UNSET
    round_total_to_rupee: bool | UnsetType = UNSET
    rate_max_age_days: Annotated[int, Meta(ge=0, le=OLDEST_RATE_DAYS)] | UnsetType = UNSET
    batch_mismatch: BatchMismatch | UnsetType = UNSET
    sell_expired: SellExpired | UnsetType = UNSET
    import_creates_items: ImportCreatesItems | UnsetType = UNSET
    import_tax: ImportTax | UnsetType = UNSET
    post_requires: PostRequires | UnsetType = UNSET
    purchase_match: PurchaseMatch | UnsetType = UNSET


class SwitchCompanyView(ResourceView):
    """POST: work for another of one's companies from now on."""

    rights: ClassVar = {"POST": Right.MEMBER}
    bodies: ClassVar = {"POST": SwitchBody}
    operations: ClassVar = {"POST": SWITCH_COMPANY}

    def post(self, request: Request) -> HttpResponse:
        body = self.body(SwitchBody)
        answer = switch_company.answer(
            self.terms(switched_payload), company_id=body.company_id, actor=self.actor, now=self.now
        )
        return self.respond(answer)


class RegistrationListView(ResourceView):
    """GET the GST registrations; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": RegistrationBody}
    operations: ClassVar = {"GET": LIST_REGISTRATIONS, "POST": ADD_REGISTRATION}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            Registration.objects.of(self.actor), lambda rows: map(registration_payload, rows), filters=ListFilter
        )

    def post(self, request: Request) -> HttpResponse:
        body = self.body(RegistrationBody)
        answer = add_registration.answer(
            self.terms(registration_payload, status=201),
            state=body.state_code,
            gstin=body.gstin,
            is_default=body.is_default,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer, location="/api/companies/registrations/")


class PoliciesView(ResourceView):
    """GET what the company decides for itself; PATCH some of it."""

    rights: ClassVar = {"GET": Right.ADMINISTER, "PATCH": Right.ADMINISTER}
    bodies: ClassVar = {"PATCH": PoliciesBody}
    operations: ClassVar = {"GET": GET_POLICIES, "PATCH": SET_POLICIES}

    def get(self, request: Request) -> HttpResponse:
        return self.found(lambda: policies_payload(Company.objects.get(id=self.actor.company_id)))

    def patch(self, request: Request) -> HttpResponse:
        wanted = sent(self.body(PoliciesBody))
        answer = set_policies.answer(
            self.terms(policies_payload),
            wanted=wanted,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class CurrencyListView(ResourceView):
    """GET the currencies documents may be in."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": LIST_CURRENCIES}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(Currency.objects.all(), lambda rows: map(currency_payload, rows), filters=ListFilter)
