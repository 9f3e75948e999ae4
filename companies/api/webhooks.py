"""Webhooks of a company over HTTP: ``/api/companies/webhooks/``."""

from typing import Annotated, ClassVar

import msgspec
from django.http import HttpResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request

from companies.api.webhook_filters import DeliveryFilter, WebhookFilter
from companies.api.webhook_operations import (
    CHANGE_WEBHOOK,
    CREATE_WEBHOOK,
    GET_WEBHOOK,
    LIST_DELIVERIES,
    LIST_WEBHOOKS,
    REMOVE_WEBHOOK,
    REPLAY_DELIVERY,
    REPLAY_EVENTS,
    ROTATE_WEBHOOK_SECRET,
)
from companies.subscribing import (
    MAX_OVERLAP_HOURS,
    MISSING,
    NewEndpoint,
    SharedEndpoint,
    change_webhook,
    create_webhook,
    remove_webhook,
    replay_delivery,
    replay_events,
    rotate_webhook_secret,
)
from companies.webhook_payloads import (
    SharedWebhookPayload,
    delivery_payload,
    replayed_webhook_payload,
    shared_webhook_payload,
    webhook_payload,
)
from erp.api.resources import ResourceView
from erp.bodies import EmptyBody, given, sent
from erp.characters import CODE
from erp.events import MOST_TYPES
from erp.idempotency import Answer
from erp.models import WebhookDelivery, WebhookEndpoint
from erp.parsing import text_of
from erp.rights import Right

PATH = "/api/companies/webhooks/"
_Types = Annotated[list[Annotated[str, Meta(min_length=1, max_length=40, pattern=CODE)]], Meta(max_length=MOST_TYPES)]
_Url = Annotated[str, text_of(WebhookEndpoint, "url", pattern=CODE, required=True)]


class WebhookBody(Struct, kw_only=True, frozen=True):
    url: _Url
    types: _Types = []
    is_active: bool = True


class WebhookChanges(Struct, kw_only=True, frozen=True):
    url: _Url | UnsetType = UNSET
    types: _Types | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class RotateSecretBody(Struct, kw_only=True, frozen=True):
    overlap_hours: Annotated[int, Meta(ge=0, le=MAX_OVERLAP_HOURS)] | None = None


class ReplayBody(Struct, kw_only=True, frozen=True):
    """`after`: the id of an event; with number 0, from the first that is kept."""

    after: Annotated[str, Meta(min_length=1, max_length=80, pattern=CODE)]


class SharingView(ResourceView):
    """What the views share that make a secret, which is never stored in clear: not for a repeat either."""

    missing = MISSING
    _secret: str | None = None

    def shared(self, shared: SharedEndpoint) -> SharedWebhookPayload:
        self._secret = shared.secret
        return shared_webhook_payload(shared.row)

    def respond_once(self, answer: Answer) -> HttpResponse:
        """The answer, with the secret in it unless it was given before or does not exist."""
        if not (answer.replayed or self.is_dry_run()):
            shown = msgspec.json.decode(answer.body) | {"secret": self._secret}
            answer = Answer(answer.status, msgspec.json.encode(shown).decode())
        return self.respond(answer, location=PATH)


class WebhookListView(SharingView):
    """GET the webhooks, the latest first; POST a new one."""

    rights: ClassVar = {"GET": Right.ADMINISTER, "POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": WebhookBody}
    operations: ClassVar = {"GET": LIST_WEBHOOKS, "POST": CREATE_WEBHOOK}

    def get(self, request: Request) -> HttpResponse:
        rows = WebhookEndpoint.objects.of(self.actor).filter(removed_at=None)
        return self.listed(rows, lambda rows: map(webhook_payload, rows), filters=WebhookFilter)

    def post(self, request: Request) -> HttpResponse:
        new = NewEndpoint(**given(self.body(WebhookBody)))
        return self.respond_once(
            create_webhook.answer(self.terms(self.shared, status=201), new=new, actor=self.actor, now=self.now)
        )


class WebhookDetailView(ResourceView):
    """GET a webhook; PATCH its URL, its types, whether it is active; DELETE it."""

    missing = MISSING
    rights: ClassVar = {"GET": Right.ADMINISTER, "PATCH": Right.ADMINISTER, "DELETE": Right.ADMINISTER}
    bodies: ClassVar = {"PATCH": WebhookChanges}
    operations: ClassVar = {"GET": GET_WEBHOOK, "PATCH": CHANGE_WEBHOOK, "DELETE": REMOVE_WEBHOOK}

    def get(self, request: Request, webhook_id: str) -> HttpResponse:
        rows = WebhookEndpoint.objects.of(self.actor).filter(id=self.path_id(webhook_id), removed_at=None)
        return self.found(lambda: next(map(webhook_payload, rows), None))

    def patch(self, request: Request, webhook_id: str) -> HttpResponse:
        wanted, members = self.path_id(webhook_id), sent(self.body(WebhookChanges))
        answer = change_webhook.answer(
            self.terms(webhook_payload),
            endpoint_id=wanted,
            wanted=members,
            version=self.expected_version(),
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)

    def delete(self, request: Request, webhook_id: str) -> HttpResponse:
        wanted = self.path_id(webhook_id)
        self.body(EmptyBody)
        answer = remove_webhook.answer(
            self.terms(lambda _: None, status=204),
            endpoint_id=wanted,
            version=self.expected_version(),
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class RotateWebhookSecretView(SharingView):
    """POST: another secret."""

    rights: ClassVar = {"POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": RotateSecretBody}
    operations: ClassVar = {"POST": ROTATE_WEBHOOK_SECRET}

    def post(self, request: Request, webhook_id: str) -> HttpResponse:
        wanted, members = self.path_id(webhook_id), given(self.body(RotateSecretBody))
        return self.respond_once(
            rotate_webhook_secret.answer(
                self.terms(self.shared, status=201), endpoint_id=wanted, **members, actor=self.actor, now=self.now
            )
        )


class ReplayEventsView(ResourceView):
    """POST: everything since an event again."""

    missing = MISSING
    rights: ClassVar = {"POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": ReplayBody}
    operations: ClassVar = {"POST": REPLAY_EVENTS}

    def post(self, request: Request, webhook_id: str) -> HttpResponse:
        wanted, body = self.path_id(webhook_id), self.body(ReplayBody)
        answer = replay_events.answer(
            self.terms(lambda replayed: replayed_webhook_payload(replayed.row, replayed.queued)),
            endpoint_id=wanted,
            after=body.after,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class DeliveryListView(ResourceView):
    """GET what became of each event, the latest event first."""

    missing = MISSING
    rights: ClassVar = {"GET": Right.ADMINISTER}
    operations: ClassVar = {"GET": LIST_DELIVERIES}

    def get(self, request: Request, webhook_id: str) -> HttpResponse:
        wanted = self.path_id(webhook_id)
        rows = WebhookDelivery.objects.of(self.actor).filter(endpoint_id=wanted)
        listed = self.listed(rows, lambda rows: map(delivery_payload, rows), filters=DeliveryFilter, columns=("number",))
        self.require(WebhookEndpoint.objects.of(self.actor).filter(id=wanted, removed_at=None))
        return listed


class ReplayDeliveryView(ResourceView):
    """POST: one event again."""

    missing = MISSING
    rights: ClassVar = {"POST": Right.ADMINISTER}
    operations: ClassVar = {"POST": REPLAY_DELIVERY}

    def post(self, request: Request, webhook_id: str, delivery_id: str) -> HttpResponse:
        self.body(EmptyBody)
        answer = replay_delivery.answer(
            self.terms(delivery_payload),
            endpoint_id=self.path_id(webhook_id),
            delivery_id=self.path_id(delivery_id),
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)
