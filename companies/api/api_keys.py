"""API keys of a company over HTTP: ``/api/companies/api_keys/``."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
from django.http import HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from companies.access_payloads import IssuedKeyPayload, api_key_payload, issued_key_payload
from companies.api.access_filters import ApiKeyFilter
from companies.api.access_operations import GET_API_KEY, ISSUE_API_KEY, LIST_API_KEYS, REVOKE_API_KEY, ROTATE_API_KEY
from companies.keying import MAX_OVERLAP_HOURS, issue_key, revoke_key, rotate_key
from companies.keys import IssuedKey, NewKey
from erp.api.resources import ResourceView
from erp.bodies import EmptyBody, given
from erp.characters import CODE
from erp.idempotency import Answer
from erp.models import ApiKey
from erp.parsing import text_of
from erp.policies import OnConflict
from erp.rights import Right, Scope

PATH = "/api/companies/api_keys/"
MAX_ADDRESSES = 100
_Instant = Annotated[datetime, Meta(tz=True)]


class ApiKeyBody(Struct, kw_only=True, frozen=True):
    name: Annotated[str, text_of(ApiKey, "name", required=True)]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=len(Scope))]
    on_conflict: OnConflict | None = None
    allowed_ips: Annotated[list[Annotated[str, Meta(max_length=45, pattern=CODE)]], Meta(max_length=MAX_ADDRESSES)] = []
    expires_at: _Instant | None = None


class RotateBody(Struct, kw_only=True, frozen=True):
    overlap_hours: Annotated[int, Meta(ge=0, le=MAX_OVERLAP_HOURS)] | None = None
    expires_at: _Instant | None = None


class IssuingView(ResourceView):
    """What the views share that make a key, which is never stored: not for a repeat either."""

    missing = "API key not found"
    _text: str | None = None

    def issued(self, issued: IssuedKey) -> IssuedKeyPayload:
        self._text = issued.text
        return issued_key_payload(issued.row)

    def respond_once(self, answer: Answer) -> HttpResponse:
        """The answer, with the key in it unless it was given before or does not exist."""
        if not (answer.replayed or self.is_dry_run()):
            shown = msgspec.json.decode(answer.body) | {"key": self._text}
            answer = Answer(answer.status, msgspec.json.encode(shown).decode())
        return self.respond(answer, location=PATH)


class ApiKeyListView(IssuingView):
    """GET the keys, the latest first; POST a new one."""

    rights: ClassVar = {"GET": Right.ADMINISTER, "POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": ApiKeyBody}
    operations: ClassVar = {"GET": LIST_API_KEYS, "POST": ISSUE_API_KEY}

    def get(self, request: Request) -> HttpResponse:
        return self.listed(ApiKey.objects.of(self.actor), lambda rows: map(api_key_payload, rows), filters=ApiKeyFilter)

    def post(self, request: Request) -> HttpResponse:
        new = NewKey(**given(self.body(ApiKeyBody)))
        return self.respond_once(
            issue_key.answer(self.terms(self.issued, status=201), new=new, actor=self.actor, now=self.now)
        )


class ApiKeyDetailView(ResourceView):
    """GET a key."""

    missing = "API key not found"
    rights: ClassVar = {"GET": Right.ADMINISTER}
    operations: ClassVar = {"GET": GET_API_KEY}

    def get(self, request: Request, key_id: str) -> HttpResponse:
        rows = ApiKey.objects.of(self.actor).filter(id=self.path_id(key_id))
        return self.found(lambda: next(map(api_key_payload, rows), None))


class RotateApiKeyView(IssuingView):
    """POST: another key for the same system."""

    rights: ClassVar = {"POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": RotateBody}
    operations: ClassVar = {"POST": ROTATE_API_KEY}

    def post(self, request: Request, key_id: str) -> HttpResponse:
        wanted, members = self.path_id(key_id), given(self.body(RotateBody))
        return self.respond_once(
            rotate_key.answer(
                self.terms(self.issued, status=201),
                key_id=wanted,
                **members,
                actor=self.actor,
                now=self.now,
                expected_version=self.expected_version(),
            )
        )


class RevokeApiKeyView(ResourceView):
    """POST: end a key for good."""

    missing = "API key not found"
    rights: ClassVar = {"POST": Right.ADMINISTER}
    operations: ClassVar = {"POST": REVOKE_API_KEY}

    def post(self, request: Request, key_id: str) -> HttpResponse:
        self.body(EmptyBody)
        answer = revoke_key.answer(
            self.terms(api_key_payload),
            key_id=self.path_id(key_id),
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)
