"""Linking customers with clients of Invoice Ninja, one by one: read there first, then written here."""

from datetime import datetime
from uuid import UUID

from connectors.invoice_ninja.clients import (
    SUBJECT,
    Matching,
    Taken,
    client_refs,
    connection_actor,
    ref_of_customer,
    take_in,
)
from connectors.invoice_ninja.remote import Fetched
from connectors.invoice_ninja.standing import note_row, settle_linked
from connectors.models import Connection
from connectors.problems import NotLinked, RemoteNotFound
from connectors.states import RowState, SkipReason
from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import changes_text
from erp.locking import LockOrder, Locks, one_transaction
from erp.performing import use_case
from erp.problems import NotFound
from sales.models import Customer

MISSING = "Customer not found"


def id_there(connection: Connection, customer_id: UUID, *, actor: Actor) -> str:
    """Under which id the customer is known there. Raises NotLinked."""
    with one_transaction(company_id=actor.company_id) as locks:
        ref = ref_of_customer(locks, connection, customer_id)
        if ref is None:
            raise NotLinked
        return ref.external_id


@use_case
def link_customer(
    locks: Locks, *, connection: Connection, customer_id: UUID, fetched: Fetched, actor: Actor, now: datetime
) -> Taken:
    """Link a customer with the client that was read, and take over what is decided there. Locks PARTY.

    Raises NotFound, RemoteNotFound for a client deleted there, AlreadyLinked (409) when either side is taken.
    """
    return linked_with(locks, connection=connection, customer_id=customer_id, fetched=fetched, actor=actor, now=now)


def linked_with(
    locks: Locks, *, connection: Connection, customer_id: UUID, fetched: Fetched, actor: Actor, now: datetime
) -> Taken:
    """As `link_customer`, inside a transaction that does more than that."""
    found = locks.take(LockOrder.PARTY, Customer.objects.of(locks).filter(id=customer_id))
    if not found:
        raise NotFound(MISSING)
    _refuse_deleted(fetched)
    refs = client_refs(locks, connection)
    ref = refs.filter(external_id=fetched.client.external_id).first()
    taken = take_in(locks, connection, fetched, found[0], ref, now)
    settle_linked(locks, connection, {customer_id: fetched.client.external_id})
    record_audit(locks, taken.audits, actor=actor, now=now)
    return taken


@use_case
def unlink_customer(locks: Locks, *, connection: Connection, customer_id: UUID, actor: Actor, now: datetime) -> None:
    """Forget which client the customer is; both stay as they are. Locks PARTY. Raises NotFound, NotLinked.

    What a person undid is not done again by itself: the policy of the connection passes him by.
    """
    if not locks.take(LockOrder.PARTY, Customer.objects.of(locks).filter(id=customer_id)):
        raise NotFound(MISSING)
    ref = ref_of_customer(locks, connection, customer_id)
    if ref is None:
        raise NotLinked
    changes = changes_text({"external_id": [ref.external_id, None]})
    ref.delete()
    note_row(locks, connection, customer_id, state=RowState.SKIPPED, code=SkipReason.UNLINKED.value, now=now)
    record_audit(locks, [Audit("unlink_customer", SUBJECT, customer_id, changes)], actor=actor, now=now)


@use_case
def sync_customer(
    locks: Locks, *, connection: Connection, fetched: Fetched, actor: Actor, now: datetime, only_linked: bool = False
) -> Taken | None:
    """The client as he was read: his customer is updated, or found, or made. A repeat says so. Locks PARTY.

    None for a client whom nobody is, with `only_linked`. What merely changed there is signed by the connection. Raises
    RemoteNotFound for a client deleted there that was never linked, AlreadyLinked, SeveralMatches, AlreadyExists.
    """
    client = fetched.client
    matching = Matching(locks, connection, [client], {client.email.lower(): fetched.namesakes})
    ref = matching.refs.get(client.external_id)
    if ref is None and only_linked:
        return None
    customer = matching.customer_of(client)
    if ref is None:
        _refuse_deleted(fetched)
    taken = take_in(locks, connection, fetched, customer, ref, now)
    if ref is None:
        settle_linked(locks, connection, {taken.customer.id: client.external_id})
    record_audit(locks, taken.audits, actor=actor if ref is None else connection_actor(connection, actor.company), now=now)
    return taken


def _refuse_deleted(fetched: Fetched) -> None:
    if fetched.client.is_deleted:
        raise RemoteNotFound("The client is deleted there.")
