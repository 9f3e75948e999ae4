"""One GST registration over HTTP: ``/api/companies/registrations/{id}/``."""

from typing import ClassVar

from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from companies.api.operations import CHANGE_REGISTRATION, GET_REGISTRATION, REMOVE_REGISTRATION
from companies.payloads import registration_payload
from companies.registering import change_registration, remove_registration
from erp.api.resources import ResourceView
from erp.bodies import EmptyBody, sent
from erp.models import Registration
from erp.parsing import DocumentDate
from erp.rights import Right


class RegistrationPatch(Struct, kw_only=True, frozen=True):
    is_default: bool | UnsetType = UNSET
    valid_to: DocumentDate | UnsetType | None = UNSET


class RegistrationDetailView(ResourceView):
    """GET a registration; PATCH its end; DELETE it while no invoice names it."""

    missing = "Registration not found"
    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.ADMINISTER, "DELETE": Right.ADMINISTER}
    bodies: ClassVar = {"PATCH": RegistrationPatch}
    operations: ClassVar = {"GET": GET_REGISTRATION, "PATCH": CHANGE_REGISTRATION, "DELETE": REMOVE_REGISTRATION}

    def get(self, request: Request, registration_id: str) -> HttpResponse:
        rows = Registration.objects.of(self.actor).filter(id=self.path_id(registration_id))
        return self.found(lambda: next(map(registration_payload, rows), None))

    def patch(self, request: Request, registration_id: str) -> HttpResponse:
        changes = sent(self.body(RegistrationPatch))
        answer = change_registration.answer(
            self.terms(registration_payload),
            registration_id=self.path_id(registration_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)

    def delete(self, request: Request, registration_id: str) -> HttpResponse:
        self.body(EmptyBody)
        answer = remove_registration.answer(
            self.terms(lambda _: None, status=204),
            registration_id=self.path_id(registration_id),
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
