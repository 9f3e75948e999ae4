"""Members of a company over HTTP: ``/api/companies/memberships/``."""

from typing import Annotated, ClassVar

from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from companies.access_payloads import membership_payload
from companies.api.access_filters import MembershipFilter
from companies.api.access_operations import ADD_MEMBERSHIP, CHANGE_MEMBERSHIP, GET_MEMBERSHIP, LIST_MEMBERSHIPS
from companies.staffing import add_member, change_member
from erp.api.resources import ResourceView
from erp.bodies import sent
from erp.characters import EMAIL
from erp.models import Membership, User
from erp.parsing import text_of
from erp.rights import Right, Role


class MembershipBody(Struct, kw_only=True, frozen=True):
    user_email: Annotated[str, text_of(User, "email", pattern=EMAIL, required=True)]
    role: Role
    is_active: bool = True


class MembershipPatch(Struct, kw_only=True, frozen=True):
    role: Role | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class MembershipListView(ResourceView):
    """GET the members, the latest taken in first; POST a new one."""

    rights: ClassVar = {"GET": Right.READ, "POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": MembershipBody}
    operations: ClassVar = {"GET": LIST_MEMBERSHIPS, "POST": ADD_MEMBERSHIP}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(
            Membership.objects.of(self.actor).select_related("user"),
            lambda rows: map(membership_payload, rows),
            filters=MembershipFilter,
        )

    def post(self, request: Request) -> HttpResponse:
        members = sent(self.body(MembershipBody))
        answer = add_member.answer(self.terms(membership_payload, status=201), **members, actor=self.actor, now=self.now)
        return self.respond(answer, location="/api/companies/memberships/")


class MembershipDetailView(ResourceView):
    """GET a membership; PATCH it. There is no DELETE: history names people."""

    missing = "Membership not found"
    rights: ClassVar = {"GET": Right.READ, "PATCH": Right.ADMINISTER}
    bodies: ClassVar = {"PATCH": MembershipPatch}
    operations: ClassVar = {"GET": GET_MEMBERSHIP, "PATCH": CHANGE_MEMBERSHIP}

    def get(self, request: Request, membership_id: str) -> HttpResponse:
        rows = Membership.objects.of(self.actor).select_related("user").filter(id=self.path_id(membership_id))
        return self.found(lambda: next(map(membership_payload, rows), None))

    def patch(self, request: Request, membership_id: str) -> HttpResponse:
        changes = {name: str(value) if name == "role" else value for name, value in sent(self.body(MembershipPatch)).items()}
        answer = change_member.answer(
            self.terms(membership_payload),
            membership_id=self.path_id(membership_id),
            changes=changes,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
