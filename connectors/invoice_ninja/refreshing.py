"""How a customer stands there: from the copy here, which is an hour old at most, and fetched anew by one at a time.

Who comes while another fetches, and everybody when it fails, gets the old copy and is told that it is stale.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from connectors.invoice_ninja.access import connection_of, is_off
from connectors.invoice_ninja.breaking import break_connection
from connectors.invoice_ninja.clients import ref_of_customer
from connectors.invoice_ninja.linking import MISSING, sync_customer
from connectors.invoice_ninja.remote import fetch_client
from connectors.models import Connection, ExternalRef
from connectors.problems import BadCredentials, RemoteNotFound
from connectors.states import ConnectionState
from erp.access import Actor
from erp.locking import Locks, one_transaction
from erp.performing import use_case
from erp.problems import NotFound, Problem
from sales.models import Customer

log = logging.getLogger(__name__)

FRESH_FOR = timedelta(seconds=3600)
CLAIM_FOR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Billing:
    """The customer and his copy; without `ref` he is not linked, or the connection is off.

    `is_stale`: older than it should be. `problem` is the code of what kept us from fetching it.
    """

    customer: Customer
    connection: Connection | None = None
    ref: ExternalRef | None = None
    is_stale: bool = False
    problem: str = ""


def billing_status(*, customer_id: UUID, actor: Actor, now: datetime, refresh: bool = False) -> Billing:
    """The copy, fetched anew when it is over an hour old, or when that is asked for. Raises NotFound.

    Fetching also takes over what Invoice Ninja decides of the customer. No transaction is open meanwhile.
    """
    here = _look(customer_id, actor)
    if here.ref is None or here.connection is None or not (refresh or _is_old(here.ref, now)):
        return here
    if here.connection.state == ConnectionState.BROKEN and not refresh:
        return replace(here, is_stale=True, problem=BadCredentials.code)
    if not _claim(here.ref, actor, now):
        return replace(here, is_stale=True)
    try:
        fetched = fetch_client(here.connection, here.ref.external_id)
        # Unless he was unlinked meanwhile.
        sync_customer(connection=here.connection, fetched=fetched, actor=actor, now=now, only_linked=True)
    except Problem as problem:
        # The claim stays: for some seconds nobody hurries to fail as well.
        if isinstance(problem, RemoteNotFound):
            _mark_gone(ref=here.ref, actor=actor, now=now)
        elif isinstance(problem, BadCredentials):
            break_connection(connection=here.connection, message=problem.message, actor=actor, now=now)
        log.info("client not refreshed", extra={"customer": str(customer_id), "code": problem.code})
        return replace(_look(customer_id, actor), is_stale=True, problem=problem.code)
    return _look(customer_id, actor)


def _look(customer_id: UUID, actor: Actor) -> Billing:
    with one_transaction(company_id=actor.company_id) as locks:
        customer = Customer.objects.of(locks).filter(id=customer_id).first()
        if customer is None:
            raise NotFound(MISSING)
        connection = connection_of(locks)
        if connection is None or is_off(connection):
            return Billing(customer, connection)
        return Billing(customer, connection, ref_of_customer(locks, connection, customer.id))


def _is_old(ref: ExternalRef, now: datetime) -> bool:
    return now - ref.fetched_at >= FRESH_FOR


def _claim(ref: ExternalRef, actor: Actor, now: datetime) -> bool:
    """Whether nobody else is fetching it."""
    with one_transaction(company_id=actor.company_id) as locks:
        free = Q(claimed_at=None) | Q(claimed_at__lte=now - CLAIM_FOR)
        return ExternalRef.objects.of(locks).filter(free, id=ref.id).update(claimed_at=now) == 1


@use_case
def _mark_gone(locks: Locks, *, ref: ExternalRef, actor: Actor, now: datetime) -> None:
    """It is not there any more; nothing of ours is deleted for that."""
    ExternalRef.objects.of(locks).filter(id=ref.id, gone_at=None).update(gone_at=now)
