"""Clients there and customers here: who is whom, and what is taken over. Inside somebody else's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models.functions import Lower

from accounting.gst import GstTreatment
from connectors.invoice_ninja.remote import Fetched
from connectors.invoice_ninja.translation import RemoteClient
from connectors.models import Connection, ExternalRef
from connectors.problems import AlreadyLinked, SeveralMatches
from connectors.states import Entity
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import Changes, apply_changes, changes_text, unique_or_refused
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced
from sales.models import Customer

SUBJECT = "customer"
_LINKS = {"externalref_once": "external_id", "externalref_one_per_customer": "customer"}


class Result(StrEnum):
    CREATED = "created"
    LINKED = "linked"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Taken:
    customer: Customer
    ref: ExternalRef
    result: Result


def system_actor(connection: Connection, actor: Actor) -> Actor:
    """Who signs what comes from there by itself: the connection, for the company of whoever looked."""
    return Actor("api_key", connection.id, connection.name, "", actor.company)


def ref_of_client(locks: Locks | Actor, connection: Connection, external_id: str) -> ExternalRef | None:
    rows = ExternalRef.objects.of(locks).filter(connection=connection, entity=Entity.CLIENT.value)
    return rows.filter(external_id=external_id).first()


def ref_of_customer(locks: Locks | Actor, connection: Connection, customer_id: UUID) -> ExternalRef | None:
    return ExternalRef.objects.of(locks).filter(connection=connection, customer_id=customer_id).first()


def match_client(locks: Locks, connection: Connection, client: RemoteClient, *, namesakes: int) -> UUID | None:
    """Which customer the client is: by link, else by code, else by an e-mail that one on each side has; None for nobody.

    Raises AlreadyLinked when the customer with his code is another client there, SeveralMatches when the e-mail tells
    several apart no more.
    """
    ref = ref_of_client(locks, connection, client.external_id)
    if ref is not None:
        return ref.customer_id
    linked = ExternalRef.objects.of(locks).filter(connection=connection, customer_id__isnull=False)
    by_code = Customer.objects.of(locks).filter(code=client.code).first()
    if by_code is not None:
        if linked.filter(customer_id=by_code.id).exists():
            raise AlreadyLinked(f"Customer {by_code.code} is another client there.")
        return by_code.id
    if not client.email or client.id_number:
        # Who has an id number is known by it: an e-mail that fits as well would be somebody else's.
        return None
    free = Customer.objects.of(locks).exclude(id__in=linked.values("customer_id"))
    same = list(free.annotate(lowered=Lower("email")).filter(lowered=client.email.lower()).order_by("id")[:10])
    if not same:
        return None
    if len(same) > 1 or namesakes != 1:
        data = {"customers": [{"id": str(one.id), "code": one.code, "name": one.name} for one in same]}
        raise SeveralMatches(f"{len(same)} customers and {max(namesakes, 1)} clients share {client.email}.", data=data)
    return same[0].id


def take_in(
    locks: Locks, connection: Connection, fetched: Fetched, customer_id: UUID | None, *, actor: Actor, now: datetime
) -> Taken:
    """Link the client with the customer, or with a new one, and take over what Invoice Ninja decides. Locks PARTY.

    An empty text there erases nothing here. Raises AlreadyLinked when either side is another's.
    """
    client = fetched.client
    signer = system_actor(connection, actor)
    found = locks.take(LockOrder.PARTY, Customer.objects.of(locks).filter(id=customer_id)) if customer_id else []
    if customer_id and not found:
        raise Raced
    ref = ref_of_client(locks, connection, client.external_id)
    if ref is not None and (not found or ref.customer_id != found[0].id):
        raise AlreadyLinked("The client is another customer here.")
    columns = {name: value for name, value in client.columns().items() if value}
    if found:
        customer = found[0]
        other = ref_of_customer(locks, connection, customer.id)
        if other is not None and ref is None:
            raise AlreadyLinked(f"Customer {customer.code} is another client there.")
        changes = _change_customer(customer, columns, now)
        result = Result.LINKED if ref is None else Result.UPDATED if changes else Result.UNCHANGED
    else:
        customer, changes = _new_customer(locks, client.code, columns, now), {}
        result = Result.CREATED
    if result is Result.UNCHANGED and ref is not None and ref.content_hash != client.hash():
        result = Result.UPDATED
    ref = _write_ref(locks, connection, ref, customer, fetched, now)
    if result is not Result.UNCHANGED:
        action = {Result.CREATED: "create_customer", Result.LINKED: "link_customer"}.get(result, "sync_customer")
        told = {"external_id": [None, client.external_id]} | changes if result is not Result.UPDATED else changes
        audit = Audit(action, SUBJECT, customer.id, changes_text(told))
        record_audit(locks, [audit], actor=signer if result is Result.UPDATED else actor, now=now)
    return Taken(customer, ref, result)


def _new_customer(locks: Locks, code: str, columns: Mapping[str, Any], now: datetime) -> Customer:
    customer = Customer(id=new_id(), company_id=locks.company_id, code=code, created_at=now, updated_at=now)
    _write_columns(customer, columns)
    with unique_or_refused({"customer_code": "code"}):
        customer.save(force_insert=True)
    return customer


def _change_customer(customer: Customer, columns: Mapping[str, Any], now: datetime) -> Changes:
    changes = _write_columns(customer, columns)
    if changes:
        customer.version, customer.updated_at = customer.version + 1, now
        customer.save()
    return changes


def _write_columns(customer: Customer, columns: Mapping[str, Any]) -> Changes:
    """A new GSTIN brings its state, and makes a party that was not registered one that is."""
    wanted = dict(columns)
    if "gstin" in wanted and wanted["gstin"] != customer.gstin:
        wanted["state_code"] = wanted["gstin"][:2]
        if customer.gst_treatment == GstTreatment.UNREGISTERED:
            wanted["gst_treatment"] = GstTreatment.REGISTERED.value
    return apply_changes(customer, wanted)


def _write_ref(
    locks: Locks, connection: Connection, ref: ExternalRef | None, customer: Customer, fetched: Fetched, now: datetime
) -> ExternalRef:
    client = fetched.client
    is_new = ref is None
    if ref is None:
        ref = ExternalRef(
            id=new_id(),
            company_id=locks.company_id,
            connection=connection,
            entity=Entity.CLIENT.value,
            external_id=client.external_id,
            customer=customer,
        )
    ref.content_hash, ref.data, ref.fetched_at, ref.claimed_at = client.hash(), dict(fetched.data), now, None
    ref.remote_updated_at = datetime.fromtimestamp(client.updated_at, tz=UTC) if client.updated_at else None
    ref.gone_at = (ref.gone_at or now) if client.is_deleted else None
    with unique_or_refused(_LINKS):
        ref.save(force_insert=is_new)
    return ref
