"""What a person has to decide of customers here and clients there: ``/api/connectors/conflicts/``."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from django.http import HttpResponse
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from connectors.api.customers import ExternalId
from connectors.api.filters import ConflictFilter
from connectors.api.operations import LIST_CONFLICTS, RESOLVE_CONFLICT
from connectors.invoice_ninja.conflicts import ResolvedPayload, open_conflicts, show_conflicts
from connectors.invoice_ninja.remote import fetch_client
from connectors.invoice_ninja.resolving import MISSING, Resolved, dismiss_conflict, link_conflict, pair_of
from erp.api.resources import ResourceView
from erp.bodies import sent
from erp.idempotency import Answer
from erp.performing import Terms, recalled
from erp.problems import ValidationFailed
from erp.rights import Right


class ResolveBody(Struct, kw_only=True, frozen=True):
    """`link` a customer here with `external_id`, a client there with `customer_id`; or `dismiss` it."""

    action: Literal["link", "dismiss"]
    external_id: ExternalId | UnsetType = UNSET
    customer_id: UUID | UnsetType = UNSET


class ConflictListView(ResourceView):
    """GET what waits for a person."""

    rights: ClassVar = {"GET": Right.RESOLVE_CONFLICTS}
    operations: ClassVar = {"GET": LIST_CONFLICTS}

    def get(self, request: Request) -> HttpResponse:
        rows = open_conflicts(self.actor)
        return self.listed(rows, lambda some: show_conflicts(self.actor, some), filters=ConflictFilter)


class ResolveView(ResourceView):
    """POST what was decided."""

    missing = MISSING
    rights: ClassVar = {"POST": Right.RESOLVE_CONFLICTS}
    bodies: ClassVar = {"POST": ResolveBody}
    operations: ClassVar = {"POST": RESOLVE_CONFLICT}

    def post(self, request: Request, conflict_id: str) -> HttpResponse:
        wanted, given = self.path_id(conflict_id), sent(self.body(ResolveBody))
        terms = self.terms(_shown)
        if given.pop("action") == "dismiss":
            if given:
                raise ValidationFailed(errors={name: ["Not when it is dismissed."] for name in given})
            return self.respond(dismiss_conflict.answer(terms, conflict_id=wanted, actor=self.actor, now=self.now))
        return self.respond(recalled(terms, actor=self.actor) or self._linked(wanted, given, terms))

    def _linked(self, wanted: UUID, given: dict[str, Any], terms: Terms[Any]) -> Answer:
        pair = pair_of(wanted, actor=self.actor, customer_id=given.get("customer_id"), external_id=given.get("external_id"))
        fetched = fetch_client(pair.connection, pair.external_id)
        return link_conflict.answer(terms, conflict_id=wanted, pair=pair, fetched=fetched, actor=self.actor, now=self.now)


def _shown(resolved: Resolved) -> ResolvedPayload:
    pair = resolved.pair
    return ResolvedPayload(
        result="dismissed" if pair is None else "linked",
        conflict=resolved.conflict_id,
        customer=None if pair is None else pair.customer_id,
        external_id=None if pair is None else pair.external_id,
    )
