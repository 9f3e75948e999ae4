"""Clients there and customers here: who is whom, and what is taken over. Inside somebody else's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounting.gst import GstTreatment
from connectors.invoice_ninja.remote import Fetched
from connectors.invoice_ninja.translation import RemoteClient
from connectors.models import Connection, ExternalRef
from connectors.problems import AlreadyLinked, SeveralMatches
from connectors.states import Entity
from erp.access import Actor
from erp.audit import Audit
from erp.changing import Changes, apply_changes, changes_text, unique_or_refused
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks, Raced
from erp.models import Company
from erp.models.scoped import HasCompany
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
    """Who a client is now, and what has to be recorded of it; nothing where nothing changed."""

    customer: Customer
    ref: ExternalRef
    result: Result
    audits: Sequence[Audit] = ()


def connection_actor(connection: Connection, company: Company) -> Actor:
    """Who signs what comes from there by itself: the connection, for its company."""
    return Actor("api_key", connection.id, connection.name, "", company)


def client_refs(scope: HasCompany, connection: Connection) -> QuerySet[ExternalRef]:
    """What is known here of the clients of this connection."""
    return ExternalRef.objects.of(scope).filter(connection=connection, entity=Entity.CLIENT.value)


def ref_of_customer(locks: Locks | Actor, connection: Connection, customer_id: UUID) -> ExternalRef | None:
    return ExternalRef.objects.of(locks).filter(connection=connection, customer_id=customer_id).first()


class Matching:
    """Which customers some clients are: read at once for all of them, and the customers locked (rank PARTY) at once.

    By link, else by code, else by an e-mail that one on each side has; `namesakes` are how many clients there have an
    e-mail. Whoever has an id number is known by it: an e-mail that fits as well would be somebody else's.
    """

    def __init__(
        self, locks: Locks, connection: Connection, clients: Sequence[RemoteClient], namesakes: Mapping[str, int]
    ) -> None:
        self._namesakes = namesakes
        linked = client_refs(locks, connection)
        found = linked.filter(external_id__in=[one.external_id for one in clients])
        self.refs = {ref.external_id: ref for ref in found}
        rows = Customer.objects.of(locks)
        by_code = rows.filter(code__in=[one.code for one in clients])
        self._by_code = dict(by_code.values_list("code", "id"))
        emails = {one.email.lower() for one in clients if one.email and not one.id_number}
        self._by_email: dict[str, list[Customer]] = {}
        free = rows.exclude(id__in=linked.values("customer_id")) if emails else rows.none()
        for one in free.annotate(lowered=Lower("email")).filter(lowered__in=emails).order_by("id"):
            self._by_email.setdefault(one.email.lower(), []).append(one)
        self._taken = set(linked.filter(customer_id__in=self._by_code.values()).values_list("customer_id", flat=True))
        named = {ref.customer_id for ref in self.refs.values() if ref.customer_id} | set(self._by_code.values())
        named |= {one.id for some in self._by_email.values() for one in some}
        self._locked = {one.id: one for one in locks.take(LockOrder.PARTY, rows.filter(id__in=named))}

    def customer_of(self, client: RemoteClient) -> Customer | None:
        """None for nobody. Raises AlreadyLinked when the customer with his code is another client, SeveralMatches."""
        customer_id = self._id_of(client)
        if customer_id is None:
            return None
        if customer_id not in self._locked:
            raise Raced
        self._taken.add(customer_id)
        return self._locked[customer_id]

    def _id_of(self, client: RemoteClient) -> UUID | None:
        ref = self.refs.get(client.external_id)
        if ref is not None:
            return ref.customer_id
        by_code = self._by_code.get(client.code)
        if by_code is not None:
            if by_code in self._taken:
                raise AlreadyLinked(f"Customer {client.code} is another client there.")
            return by_code
        same = [] if client.id_number else self._by_email.get(client.email.lower(), [])
        namesakes = self._namesakes.get(client.email.lower(), 1)
        if not same:
            return None
        if len(same) > 1 or namesakes > 1 or same[0].id in self._taken:
            data = {"customers": [{"id": str(one.id), "code": one.code, "name": one.name} for one in same[:10]]}
            text = f"{len(same)} customers here and {namesakes} clients there have the e-mail {client.email}."
            raise SeveralMatches(text, data=data)
        return same[0].id


def take_in(
    locks: Locks,
    connection: Connection,
    fetched: Fetched,
    customer: Customer | None,
    ref: ExternalRef | None,
    now: datetime,
    *,
    fetched_at: datetime | None = None,
) -> Taken:
    """Link the client with the customer, who is locked, or with a new one, and take over what Invoice Ninja decides.

    An empty text there erases nothing here. `ref` is the client's, where it is linked; `fetched_at` is how old the copy is,
    where it is not of now. Raises AlreadyLinked when the customer is another client there, or the client another customer.
    """
    client = fetched.client
    columns = {name: value for name, value in client.columns().items() if value}
    changes: Changes = {}
    if ref is not None and (customer is None or ref.customer_id != customer.id):
        raise AlreadyLinked("The client is another customer here.")
    if customer is None:
        customer, result = _new_customer(locks, client.code, columns, now), Result.CREATED
    else:
        if ref is None and ref_of_customer(locks, connection, customer.id) is not None:
            raise AlreadyLinked(f"Customer {customer.code} is another client there.")
        changes = _change_customer(customer, columns, now)
        is_changed = ref is not None and (bool(changes) or ref.content_hash != client.hash())
        result = Result.LINKED if ref is None else Result.UPDATED if is_changed else Result.UNCHANGED
    ref = _write_ref(locks, connection, ref, customer, fetched, fetched_at or now)
    return Taken(customer, ref, result, _told(customer, client, result, changes))


def _told(customer: Customer, client: RemoteClient, result: Result, changes: Changes) -> list[Audit]:
    if result is Result.UNCHANGED or (result is Result.UPDATED and not changes):
        return []
    action = {Result.CREATED: "create_customer", Result.LINKED: "link_customer"}.get(result, "sync_customer")
    link = {} if result is Result.UPDATED else {"external_id": [None, client.external_id]}
    return [Audit(action, SUBJECT, customer.id, changes_text(link | changes))]


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
