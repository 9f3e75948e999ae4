"""Customers billed by Invoice Ninja: ``/api/connectors/customers/`` and, as it was published, ``/api/v1/clients/``."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from connectors.api.operations import (
    GET_BILLING,
    GET_LINKED_CUSTOMER,
    GET_SEED_CLIENT,
    LINK_CUSTOMER,
    LIST_EXTERNAL_INVOICES,
    PUSH_CUSTOMER,
    SYNC_CUSTOMER,
    SYNC_SEED_CLIENT,
    UNLINK_CUSTOMER,
)
from connectors.connecting import connection_of_environment
from connectors.invoice_ninja.access import connection_of, is_off
from connectors.invoice_ninja.clients import Taken
from connectors.invoice_ninja.linking import MISSING, id_there, link_customer, sync_customer, unlink_customer
from connectors.invoice_ninja.payloads import (
    SyncPayload,
    external_invoices_payload,
    linked_customer_payload,
    seed_client_payload,
    standing_payload,
    sync_payload,
)
from connectors.invoice_ninja.pushing import made_known
from connectors.invoice_ninja.refreshing import Billing, billing_status
from connectors.invoice_ninja.remote import fetch_client
from connectors.models import Connection
from connectors.problems import ConnectorOff
from erp.api.resources import ResourceView
from erp.api.views import json_response, scoped_read
from erp.bodies import EmptyBody
from erp.idempotency import Answer
from erp.identifiers import as_uuid
from erp.performing import Terms, recalled
from erp.problems import NotFound
from erp.rights import Right
from sales.models import Customer

_LONGEST_ID = 64
ExternalId = Annotated[str, Meta(min_length=1, max_length=_LONGEST_ID, pattern=r"^[A-Za-z0-9_-]+\Z")]
"""An id there, as people copy it out of an address."""


class LinkBody(Struct, kw_only=True, frozen=True):
    """`external_id`: the id of the client there, as its address there shows it."""

    external_id: ExternalId


class BilledView(ResourceView):
    """What the views of a customer share who is billed elsewhere."""

    missing = MISSING

    def connection(self) -> Connection:
        """The company's connection, on. Raises ConnectorOff."""
        row = connection_of_environment(self.actor, now=self.now)
        if row is None:
            with scoped_read(self.actor):
                row = connection_of(self.actor)
        if row is None or is_off(row):
            raise ConnectorOff
        return row

    def billing(self, customer_id: str) -> Billing:
        self._refuse_unknown("refresh")
        wanted, refresh = self.path_id(customer_id), self.flag("refresh")
        return billing_status(customer_id=wanted, actor=self.actor, now=self.now, refresh=refresh)

    def synced(self, taken: Taken | None) -> SyncPayload:
        assert taken is not None, "only a poll passes over who is nobody here"
        return sync_payload(taken, now=self.now, today=self.today)

    def shown(self, payload: Callable[..., Any], customer_id: str) -> HttpResponse:
        return json_response(payload(self.billing(customer_id), now=self.now, today=self.today))


class LinkedCustomerView(BilledView):
    """GET a customer, his client there, and how he stands."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": GET_LINKED_CUSTOMER}

    def get(self, request: Request, customer_id: str) -> HttpResponse:
        return self.shown(linked_customer_payload, customer_id)


class BillingView(BilledView):
    """GET how a customer stands there."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": GET_BILLING}

    def get(self, request: Request, customer_id: str) -> HttpResponse:
        return self.shown(standing_payload, customer_id)


class ExternalInvoicesView(BilledView):
    """GET his invoices there."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": LIST_EXTERNAL_INVOICES}

    def get(self, request: Request, customer_id: str) -> HttpResponse:
        return json_response(external_invoices_payload(self.billing(customer_id)))


class LinkView(BilledView):
    """POST the client who the customer is there; DELETE forgets it."""

    rights: ClassVar = {"POST": Right.LINK_CUSTOMERS, "DELETE": Right.LINK_CUSTOMERS}
    bodies: ClassVar = {"POST": LinkBody}
    operations: ClassVar = {"POST": LINK_CUSTOMER, "DELETE": UNLINK_CUSTOMER}

    def post(self, request: Request, customer_id: str) -> HttpResponse:
        wanted, body = self.path_id(customer_id), self.body(LinkBody)
        terms = self.terms(self.synced)
        return self.respond(recalled(terms, actor=self.actor) or self._linked(wanted, body.external_id, terms))

    def _linked(self, wanted: UUID, external_id: str, terms: Terms[Any]) -> Answer:
        self.require(Customer.objects.of(self.actor).filter(id=wanted))
        connection = self.connection()
        fetched = fetch_client(connection, external_id)
        return link_customer.answer(
            terms, connection=connection, customer_id=wanted, fetched=fetched, actor=self.actor, now=self.now
        )

    def delete(self, request: Request, customer_id: str) -> HttpResponse:
        wanted = self.path_id(customer_id)
        self.body(EmptyBody)
        self.require(Customer.objects.of(self.actor).filter(id=wanted))
        answer = unlink_customer.answer(
            self.terms(lambda _: None, status=204),
            connection=self.connection(),
            customer_id=wanted,
            actor=self.actor,
            now=self.now,
        )
        return self.respond(answer)


class SyncView(BilledView):
    """POST: read the client anew; by an id there, the customer is found, or made."""

    rights: ClassVar = {"POST": Right.LINK_CUSTOMERS}
    operations: ClassVar = {"POST": SYNC_CUSTOMER}

    def post(self, request: Request, customer_id: str) -> HttpResponse:
        self.body(EmptyBody)
        terms = self.terms(self.synced)
        return self.respond(recalled(terms, actor=self.actor) or self._synced(customer_id, terms))

    def _synced(self, key: str, terms: Terms[Taken | None]) -> Answer:
        """The key is the customer's id here, or the client's there."""
        wanted = as_uuid(key)
        if wanted is not None:
            self.require(Customer.objects.of(self.actor).filter(id=wanted))
        elif len(key) > _LONGEST_ID or not key.isascii() or not key.isalnum():
            raise NotFound(self.missing)
        connection = self.connection()
        external_id = key if wanted is None else id_there(connection, wanted, actor=self.actor)
        fetched = fetch_client(connection, external_id, with_namesakes=wanted is None)
        return sync_customer.answer(terms, connection=connection, fetched=fetched, actor=self.actor, now=self.now)


class PushView(BilledView):
    """POST: make the customer known there."""

    rights: ClassVar = {"POST": Right.LINK_CUSTOMERS}
    operations: ClassVar = {"POST": PUSH_CUSTOMER}

    def post(self, request: Request, customer_id: str) -> HttpResponse:
        wanted = self.path_id(customer_id)
        self.body(EmptyBody)
        terms = self.terms(self.synced)
        return self.respond(recalled(terms, actor=self.actor) or self._pushed(wanted, terms))

    def _pushed(self, wanted: UUID, terms: Terms[Any]) -> Answer:
        self.require(Customer.objects.of(self.actor).filter(id=wanted))
        connection = self.connection()
        fetched = made_known(connection, wanted, actor=self.actor, dry_run=terms.dry_run)
        return link_customer.answer(
            terms, connection=connection, customer_id=wanted, fetched=fetched, actor=self.actor, now=self.now
        )


class SeedClientView(BilledView):
    """GET a customer under the name that published clients know, with the whole record of Invoice Ninja."""

    rights: ClassVar = {"GET": Right.READ}
    operations: ClassVar = {"GET": GET_SEED_CLIENT}

    def get(self, request: Request, customer_id: str) -> HttpResponse:
        return self.shown(seed_client_payload, customer_id)


class SeedSyncView(SyncView):
    """POST: the same under the name that published clients know."""

    operations: ClassVar = {"POST": SYNC_SEED_CLIENT}
