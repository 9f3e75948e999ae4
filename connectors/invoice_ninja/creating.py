"""Making new customers known there by itself, as the connection's policy says: each once, and nobody who came from there.

Nobody announces a new customer: a look finds those who came since the policy was set, and are linked with nobody. What
became of each is a row of the connection's standing run, committed with his link. Whoever was refused, or is unlinked by
hand, is not tried again; whoever stops in between finds the client by his code at the next look.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast

from connectors.invoice_ninja.access import is_off
from connectors.invoice_ninja.breaking import break_connection
from connectors.invoice_ninja.clients import client_refs, ref_of_customer
from connectors.invoice_ninja.linking import linked_with
from connectors.invoice_ninja.policies import since_of
from connectors.invoice_ninja.pushing import made_known
from connectors.invoice_ninja.remote import Fetched
from connectors.invoice_ninja.standing import note_row, standing_rows
from connectors.models import Connection, Site
from connectors.problems import (
    AlreadyLinked,
    BadCredentials,
    OutcomeUnknown,
    RemoteFailed,
    RemoteNonsense,
    RemoteRefused,
    RemoteUnfit,
    SeveralMatches,
)
from connectors.states import AutoCreate, ConnectionState, Reason, RowState
from erp.access import Actor
from erp.locking import Locks, one_transaction
from erp.performing import use_case
from sales.models import Customer

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Customers of one look; the next look takes the others."""
AWAY_AFTER = 3
"""So many failures in a row are the other system's, and no customer's."""
_MOST_ATTEMPTS = 1000


@dataclass(slots=True)
class Created:
    """Customers who are linked now, and who could not be; those `left` are met again at the next look."""

    linked: int = 0
    conflicts: int = 0
    failed: int = 0
    left: int = 0


def create_clients(connection: Connection, *, actor: Actor, now: datetime) -> Created:
    """Make known who came since the policy was set. Raises ConnectorOff, NoSecret, and as `Transport` when it is away.

    Several who may be meant are a CONFLICT, a refusal there is FAILED; both are for a person, who links or pushes by hand.
    """
    found = Created()
    policy, since = since_of(connection)
    if policy is AutoCreate.OFF or since is None or is_off(connection) or connection.state != ConnectionState.OK:
        return found
    in_a_row = 0
    for customer_id, attempts in _waiting(connection, policy, since, actor):
        try:
            fetched = made_known(connection, customer_id, actor=actor)
            _link(connection=connection, customer_id=customer_id, fetched=fetched, actor=actor, now=now)
            found.linked, in_a_row = found.linked + 1, 0
        except BadCredentials as problem:
            break_connection(connection=connection, message=problem.message, actor=actor, now=now)
            raise
        except (OutcomeUnknown, RemoteFailed, RemoteNonsense) as problem:
            # It may be this one only: the next time the others come before him.
            again = min(attempts + 1, _MOST_ATTEMPTS)
            noted = _Noted(RowState.PENDING, Reason.UNKNOWN_OUTCOME, problem.message, again)
            _note(connection=connection, customer_id=customer_id, noted=noted, actor=actor, now=now)
            found.left, in_a_row = found.left + 1, in_a_row + 1
            if in_a_row == AWAY_AFTER:
                raise
        except (AlreadyLinked, SeveralMatches, RemoteRefused, RemoteUnfit) as problem:
            noted = _refused(problem)
            _note(connection=connection, customer_id=customer_id, noted=noted, actor=actor, now=now)
            if noted.state is RowState.CONFLICT:
                found.conflicts += 1
            else:
                found.failed += 1
            log.warning("a customer was not made known", extra={"customer": str(customer_id), "code": problem.code})
    return found


@dataclass(frozen=True, slots=True)
class _Noted:
    state: RowState
    reason: Reason
    message: str
    attempts: int = 1
    payload: Mapping[str, Any] | None = None


def _refused(problem: AlreadyLinked | SeveralMatches | RemoteRefused | RemoteUnfit) -> _Noted:
    if isinstance(problem, AlreadyLinked):
        return _Noted(RowState.CONFLICT, Reason.DUPLICATE_CLIENT, problem.message)
    if isinstance(problem, SeveralMatches):
        return _Noted(RowState.CONFLICT, Reason.SEVERAL_MATCHES, problem.message, payload=problem.data)
    return _Noted(RowState.FAILED, Reason.REJECTED, f"{problem.message} {problem.errors or ''}".strip())


def _waiting(connection: Connection, policy: AutoCreate, since: datetime, actor: Actor) -> list[tuple[UUID, int]]:
    """Customers and how often they were tried, the least tried first, then the oldest."""
    with one_transaction(company_id=actor.company_id) as locks:
        rows = _wanted(locks, policy, since).exclude(Exists(client_refs(locks, connection).filter(customer=OuterRef("id"))))
        own = standing_rows(locks, connection).filter(external_id=Cast(OuterRef("id"), CharField()))
        rows = rows.exclude(Exists(own.exclude(state=RowState.PENDING.value)))
        ids = list(rows.order_by("created_at", "id").values_list("id", flat=True)[: AT_ONCE * 10])
        tried = standing_rows(locks, connection).filter(state=RowState.PENDING.value)
        attempts = {UUID(key): number for key, number in tried.values_list("external_id", "attempts")}
    return sorted(((one, attempts.get(one, 0)) for one in ids), key=lambda one: one[1])[:AT_ONCE]


def _wanted(locks: Locks, policy: AutoCreate, since: datetime) -> QuerySet[Customer]:
    rows = Customer.objects.of(locks).filter(is_active=True)
    if policy is AutoCreate.ON_CUSTOMER:
        return rows.filter(created_at__gte=since)
    sites = Site.objects.of(locks).filter(customer=OuterRef("id"))
    return rows.filter(Exists(sites.filter(created_at__gte=since))).exclude(Exists(sites.filter(created_at__lt=since)))


@use_case
def _link(locks: Locks, *, connection: Connection, customer_id: UUID, fetched: Fetched, actor: Actor, now: datetime) -> None:
    """The link and the note that he is done with: both or neither. Locks PARTY."""
    taken = linked_with(locks, connection=connection, customer_id=customer_id, fetched=fetched, actor=actor, now=now)
    note_row(
        locks,
        connection,
        customer_id,
        state=RowState.DONE,
        target_id=customer_id,
        target_there=taken.ref.external_id,
        now=now,
    )


@use_case
def _note(locks: Locks, *, connection: Connection, customer_id: UUID, noted: _Noted, actor: Actor, now: datetime) -> None:
    if ref_of_customer(locks, connection, customer_id) is not None:
        return  # somebody was faster
    note_row(
        locks,
        connection,
        customer_id,
        state=noted.state,
        code=noted.reason.value,
        message=noted.message,
        attempts=noted.attempts,
        payload=noted.payload,
        now=now,
    )
