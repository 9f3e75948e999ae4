"""How customers are shown who are billed there. Amounts are texts with two places, in the currency that is named. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from connectors.invoice_ninja.client import page_of_client
from connectors.invoice_ninja.clients import Taken
from connectors.invoice_ninja.refreshing import Billing
from connectors.invoice_ninja.translation import badge_of
from connectors.models import Connection, ExternalRef, Site
from connectors.states import Badge
from erp.clock import instant_text

SOURCE = "invoice_ninja"
UNKNOWN_AFTER = timedelta(hours=24)


class StandingPayload(Struct, kw_only=True, frozen=True):
    """How a customer stands there. Nulls where he is not linked.

    `balance` is what he owes there, `outstanding` what is open on his invoices. `stale`: the copy is older than it should
    be, and `problem` is the code of what kept us from fetching it. `gone`: the client was deleted there.
    """

    customer: UUID
    code: str
    name: str
    badge: str
    external_id: str | None = None
    client_url: str | None = None
    currency_code: str | None = None
    balance: str | None = None
    paid_to_date: str | None = None
    credit_balance: str | None = None
    outstanding: str | None = None
    open_invoices: int = 0
    gone: bool = False
    fetched_at: str | None = None
    source: str = SOURCE
    stale: bool = False
    problem: str = ""


class ClientPayload(Struct, kw_only=True, frozen=True):
    """The client as he is there; empty texts are empty there. `email`, `phone` and `person` are of his first contact."""

    name: str
    number: str
    id_number: str
    vat_number: str
    website: str
    phone: str
    email: str
    person: str
    address1: str
    address2: str
    city: str
    state: str
    postal_code: str
    is_active: bool


class LinkedCustomerPayload(Struct, kw_only=True, frozen=True):
    """`client` is null where the customer is not linked."""

    customer: UUID
    code: str
    name: str
    email: str
    phone: str
    is_active: bool
    billing: StandingPayload
    client: ClientPayload | None


class ExternalInvoicePayload(Struct, kw_only=True, frozen=True):
    """An invoice there. `state`: draft, sent, partial, paid, cancelled, reversed. Days are empty where none is set."""

    external_id: str
    number: str
    state: str
    date: str
    due_date: str
    amount: str
    balance: str


class ExternalInvoicesPayload(Struct, kw_only=True, frozen=True):
    """The newest invoices there, of `count`; all that owe something are among them. `unread` could not be read."""

    customer: UUID
    currency_code: str | None
    invoices: list[ExternalInvoicePayload]
    count: int
    unread: int
    fetched_at: str | None
    source: str
    stale: bool
    problem: str


class SyncPayload(Struct, kw_only=True, frozen=True):
    """`result`: created, linked, updated, unchanged."""

    result: str
    customer: UUID
    code: str
    name: str
    external_id: str
    billing: StandingPayload


class SeedClientPayload(Struct, kw_only=True, frozen=True):
    """A customer with all that Invoice Ninja says of his client, as it says it; null where he is not linked."""

    id: UUID
    name: str
    email: str
    phone: str
    company: str
    invoice_ninja_id: str | None
    invoice_ninja_data: dict[str, Any] | None
    billing: StandingPayload


class SitePayload(Struct, kw_only=True, frozen=True):
    """A site with its customer, and how he stands; `client_url` leads to him at Invoice Ninja."""

    id: UUID
    customer: UUID
    customer_code: str
    customer_name: str
    name: str
    url: str
    address: str
    note: str
    is_active: bool
    badge: str
    external_id: str | None
    client_url: str | None
    created_at: str
    version: int


def site_payload(
    row: Site, connection: Connection | None, ref: ExternalRef | None, *, now: datetime, today: date
) -> SitePayload:
    """The site, read with its customer. The copy is as good as the last look there that found no change."""
    badge, client_url = Badge.NOT_LINKED, None
    if connection is not None and ref is not None:
        client_url = page_of_client(connection.base_url, ref.external_id)
        confirmed_at = max(ref.fetched_at, connection.polled_at or ref.fetched_at)
        badge = Badge.UNKNOWN
        if now - confirmed_at <= UNKNOWN_AFTER:
            badge = badge_of(ref.data["invoices"], Decimal(ref.data["client"]["balance"]), today=today)
    return SitePayload(
        id=row.id,
        customer=row.customer_id,
        customer_code=row.customer.code,
        customer_name=row.customer.name,
        name=row.name,
        url=row.url,
        address=row.address,
        note=row.note,
        is_active=row.is_active,
        badge=badge.value,
        external_id=ref.external_id if ref is not None else None,
        client_url=client_url,
        created_at=instant_text(row.created_at),
        version=row.version,
    )


def standing_payload(billing: Billing, *, now: datetime, today: date) -> StandingPayload:
    customer, ref = billing.customer, billing.ref
    if ref is None or billing.connection is None:
        return StandingPayload(customer=customer.id, code=customer.code, name=customer.name, badge=Badge.NOT_LINKED.value)
    data: Mapping[str, Any] = ref.data
    client = data["client"]
    is_unknown = billing.is_stale and now - ref.fetched_at > UNKNOWN_AFTER
    badge = badge_of(data["invoices"], Decimal(client["balance"]), today=today)
    return StandingPayload(
        customer=customer.id,
        code=customer.code,
        name=customer.name,
        badge=(Badge.UNKNOWN if is_unknown else badge).value,
        external_id=ref.external_id,
        client_url=page_of_client(billing.connection.base_url, ref.external_id),
        currency_code=data["currency"] or None,
        balance=client["balance"],
        paid_to_date=client["paid_to_date"],
        credit_balance=client["credit_balance"],
        outstanding=data["outstanding"],
        open_invoices=data["open_count"],
        gone=ref.gone_at is not None,
        fetched_at=instant_text(ref.fetched_at),
        stale=billing.is_stale,
        problem=billing.problem,
    )


def linked_customer_payload(billing: Billing, *, now: datetime, today: date) -> LinkedCustomerPayload:
    customer = billing.customer
    client = None if billing.ref is None else msgspec.convert(billing.ref.data["client"], ClientPayload)
    return LinkedCustomerPayload(
        customer=customer.id,
        code=customer.code,
        name=customer.name,
        email=customer.email,
        phone=customer.phone1,
        is_active=customer.is_active,
        billing=standing_payload(billing, now=now, today=today),
        client=client,
    )


def external_invoices_payload(billing: Billing) -> ExternalInvoicesPayload:
    data: Mapping[str, Any] = billing.ref.data if billing.ref is not None else {}
    return ExternalInvoicesPayload(
        customer=billing.customer.id,
        currency_code=data.get("currency") or None,
        invoices=msgspec.convert(data.get("invoices", []), list[ExternalInvoicePayload]),
        count=data.get("invoice_count", 0),
        unread=data.get("unread", 0),
        fetched_at=instant_text(billing.ref.fetched_at) if billing.ref is not None else None,
        source=SOURCE,
        stale=billing.is_stale,
        problem=billing.problem,
    )


def seed_client_payload(billing: Billing, *, now: datetime, today: date) -> SeedClientPayload:
    customer, ref = billing.customer, billing.ref
    return SeedClientPayload(
        id=customer.id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone1,
        company=customer.name,
        invoice_ninja_id=None if ref is None else ref.external_id,
        invoice_ninja_data=None if ref is None else ref.data["raw"],
        billing=standing_payload(billing, now=now, today=today),
    )


def sync_payload(taken: Taken, *, now: datetime, today: date) -> SyncPayload:
    billing = Billing(taken.customer, taken.ref.connection, taken.ref)
    return SyncPayload(
        result=taken.result.value,
        customer=taken.customer.id,
        code=taken.customer.code,
        name=taken.customer.name,
        external_id=taken.ref.external_id,
        billing=standing_payload(billing, now=now, today=today),
    )
