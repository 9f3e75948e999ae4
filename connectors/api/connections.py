"""Connections of a company over HTTP: ``/api/connectors/connections/``."""

import re
from typing import Annotated, ClassVar, Literal

from django.http import HttpResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request

from connectors.api.filters import ConnectionFilter
from connectors.api.operations import (
    CHANGE_CONNECTION,
    CREATE_CONNECTION,
    FIND_CLIENTS,
    GET_CONNECTION,
    LIST_CONNECTIONS,
    TEST_CONNECTION,
)
from connectors.connecting import (
    MISSING,
    NewConnection,
    ask_connection,
    change_connection,
    create_connection,
    note_test,
)
from connectors.invoice_ninja.queries import show_candidates
from connectors.invoice_ninja.remote import find_clients
from connectors.models import Connection
from connectors.payloads import connection_payload, tested_payload
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
from erp.bodies import EmptyBody, given, sent
from erp.characters import CODE
from erp.parsing import text_of
from erp.performing import recalled
from erp.problems import NotFound, ValidationFailed
from erp.rights import Right

_Name = Annotated[str, text_of(Connection, "name", required=True)]
_Url = Annotated[str, text_of(Connection, "base_url", pattern=CODE, required=True)]
_Token = Annotated[str, Meta(min_length=1, max_length=500, pattern=CODE)]
_Policy = Literal["off", "on_customer", "on_first_site"]
_LONGEST_EMAIL, _EMAIL = 254, re.compile(r"[^@\s]+@[^@\s]+")


class ConnectionBody(Struct, kw_only=True, frozen=True):
    name: _Name
    base_url: _Url
    token: _Token
    kind: Literal["INVOICE_NINJA"] = "INVOICE_NINJA"
    auto_create: _Policy = "off"


class ConnectionChanges(Struct, kw_only=True, frozen=True):
    name: _Name | UnsetType = UNSET
    base_url: _Url | UnsetType = UNSET
    token: _Token | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    auto_create: _Policy | UnsetType = UNSET


class ConnectionView(ResourceView):
    """What the views of a connection share."""

    missing = MISSING

    def connection(self, text: str) -> Connection:
        wanted = self.path_id(text)
        with scoped_read(self.actor):
            row = Connection.objects.of(self.actor).filter(id=wanted).first()
        if row is None:
            raise NotFound(self.missing)
        return row


class ConnectionListView(ConnectionView):
    """GET the connections; POST one to an Invoice Ninja."""

    rights: ClassVar = {"GET": Right.ADMINISTER, "POST": Right.ADMINISTER}
    bodies: ClassVar = {"POST": ConnectionBody}
    operations: ClassVar = {"GET": LIST_CONNECTIONS, "POST": CREATE_CONNECTION}

    def get(self, request: Request) -> HttpResponse:
        rows = Connection.objects.of(self.actor)
        return self.listed(rows, lambda rows: map(connection_payload, rows), filters=ConnectionFilter)

    def post(self, request: Request) -> HttpResponse:
        members = given(self.body(ConnectionBody))
        members.pop("kind")
        answer = create_connection.answer(
            self.terms(connection_payload, status=201), new=NewConnection(**members), actor=self.actor, now=self.now
        )
        return self.respond(answer, location="/api/connectors/connections/")


class ConnectionDetailView(ConnectionView):
    """GET a connection; PATCH its name, address, token, whether it is active, whom it makes known."""

    rights: ClassVar = {"GET": Right.ADMINISTER, "PATCH": Right.ADMINISTER}
    bodies: ClassVar = {"PATCH": ConnectionChanges}
    operations: ClassVar = {"GET": GET_CONNECTION, "PATCH": CHANGE_CONNECTION}

    def get(self, request: Request, connection_id: str) -> HttpResponse:
        rows = Connection.objects.of(self.actor).filter(id=self.path_id(connection_id))
        return self.found(lambda: next(map(connection_payload, rows), None))

    def patch(self, request: Request, connection_id: str) -> HttpResponse:
        wanted, members = self.path_id(connection_id), sent(self.body(ConnectionChanges))
        answer = change_connection.answer(
            self.terms(connection_payload),
            connection_id=wanted,
            wanted=members,
            actor=self.actor,
            now=self.now,
            expected_version=self.expected_version(),
        )
        return self.respond(answer)


class ConnectionTestView(ConnectionView):
    """POST: ask the foreign system who we are there."""

    rights: ClassVar = {"POST": Right.ADMINISTER}
    operations: ClassVar = {"POST": TEST_CONNECTION}

    def post(self, request: Request, connection_id: str) -> HttpResponse:
        self.body(EmptyBody)
        terms = self.terms(tested_payload)
        connection = self.connection(connection_id)
        answer = recalled(terms, actor=self.actor) or note_test.answer(
            terms, tested=ask_connection(connection), actor=self.actor, now=self.now
        )
        return self.respond(answer)


class FindClientsView(ConnectionView):
    """GET the clients there with an e-mail."""

    rights: ClassVar = {"GET": Right.ADMINISTER}
    operations: ClassVar = {"GET": FIND_CLIENTS}

    def get(self, request: Request, connection_id: str) -> HttpResponse:
        self._refuse_unknown("email")
        connection = self.connection(connection_id)
        email = self.request._request.GET.get("email", "").strip()
        if email and (len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email)):
            raise ValidationFailed(errors={"email": ["This is no e-mail address."]})
        found = find_clients(connection, email) if email else []
        with scoped_read(self.actor):
            return json_response(show_candidates(self.actor, connection, found))
