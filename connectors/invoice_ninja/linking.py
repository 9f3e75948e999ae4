"""Linking customers with clients of Invoice Ninja, one by one: read there first, then written here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from connectors.invoice_ninja.clients import SUBJECT, Taken, match_client, ref_of_customer, take_in
from connectors.invoice_ninja.remote import Fetched
from connectors.models import Connection
from connectors.problems import NotLinked, RemoteNotFound
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text
from erp.locking import Locks, one_transaction
from erp.performing import use_case
from erp.problems import NotFound
from sales.models import Customer

MISSING = "Customer not found"


@dataclass(frozen=True, slots=True)
class Linked:
    """A customer, and under which id he is known there."""

    customer: Customer
    external_id: str


def find_linked(connection: Connection, customer_id: UUID, *, actor: Actor) -> Linked:
    """What to ask for there. Raises NotFound for a customer that is not there, NotLinked."""
    with one_transaction(company_id=actor.company_id) as locks:
        customer = Customer.objects.of(locks).filter(id=customer_id).first()
        if customer is None:
            raise NotFound(MISSING)
        ref = ref_of_customer(locks, connection, customer.id)
        if ref is None:
            raise NotLinked
        return Linked(customer, ref.external_id)


@use_case
def link_customer(
    locks: Locks, *, connection: Connection, customer_id: UUID, fetched: Fetched, actor: Actor, now: datetime
) -> Taken:
    """Link a customer with the client that was read, and take over what is decided there. Locks PARTY.

    Raises NotFound, RemoteNotFound for a client deleted there, AlreadyLinked (409) when either side is taken.
    """
    if not Customer.objects.of(locks).filter(id=customer_id).exists():
        raise NotFound(MISSING)
    _refuse_deleted(fetched)
    return take_in(locks, connection, fetched, customer_id, actor=actor, now=now)


@use_case
def unlink_customer(locks: Locks, *, connection: Connection, customer_id: UUID, actor: Actor, now: datetime) -> None:
    """Forget which client the customer is; both stay as they are. Raises NotFound, NotLinked."""
    if not Customer.objects.of(locks).filter(id=customer_id).exists():
        raise NotFound(MISSING)
    ref = ref_of_customer(locks, connection, customer_id)
    if ref is None:
        raise NotLinked
    changes = changes_text({"external_id": [ref.external_id, None]})
    ref.delete()
    record_audit(locks, [Audit("unlink_customer", SUBJECT, customer_id, changes)], actor=actor, now=now)


@use_case
def sync_customer(locks: Locks, *, connection: Connection, fetched: Fetched, actor: Actor, now: datetime) -> Taken:
    """The client as he was read: his customer is updated, or found, or made. A repeat says so. Locks PARTY.

    Raises RemoteNotFound for a client deleted there that was never linked, AlreadyLinked, SeveralMatches, AlreadyExists.
    """
    customer_id = match_client(locks, connection, fetched.client, namesakes=fetched.namesakes)
    if customer_id is None:
        _refuse_deleted(fetched)
    return take_in(locks, connection, fetched, customer_id, actor=actor, now=now)


def _refuse_deleted(fetched: Fetched) -> None:
    if fetched.client.is_deleted:
        raise RemoteNotFound("The client is deleted there.")
