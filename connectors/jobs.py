"""Background jobs of connections, run by `manage.py worker`. Each is harmless when it runs twice."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from django.db import connection as django_connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from connectors.invoice_ninja.access import is_off
from connectors.invoice_ninja.clients import connection_actor
from connectors.invoice_ninja.creating import create_clients
from connectors.invoice_ninja.polling import sync_changed
from connectors.models import Connection
from erp.database import DatabaseRole, conninfo
from erp.locking import one_transaction
from erp.models import Company
from erp.problems import Problem

log = logging.getLogger(__name__)

TO_POLL = "SELECT company_id, id FROM connectors_connection WHERE kind = 'INVOICE_NINJA' AND state = 'OK'"


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="look_for_new_customers", pass_context=False)
def look_for_new_customers(timestamp: int) -> None:
    """A job for each connection that is well; what its policy is, the job reads as its company."""
    for company_id, connection_id in _well():
        name = f"create {connection_id}"
        with suppress(AlreadyEnqueued):
            create_there.configure(queueing_lock=name, lock=name).defer(
                company_id=str(company_id), connection_id=str(connection_id)
            )


@app.task(pass_context=False)
def create_there(company_id: str, connection_id: str) -> None:
    """Make new customers known there. If the foreign system is away, the next look finds the same ones."""
    _perform(company_id, connection_id, create_clients)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="look_for_changed_clients", pass_context=False)
def look_for_changed_clients(timestamp: int) -> None:
    """A job for each connection that is well; the relay sees every company's."""
    for company_id, connection_id in _well():
        deferrer = poll_invoice_ninja.configure(queueing_lock=f"poll {connection_id}", lock=f"poll {connection_id}")
        with suppress(AlreadyEnqueued):
            deferrer.defer(company_id=str(company_id), connection_id=str(connection_id))


@app.task(pass_context=False)
def poll_invoice_ninja(company_id: str, connection_id: str) -> None:
    """Follow what has changed there. If the foreign system is away, the next look begins at the same place."""
    _perform(company_id, connection_id, sync_changed)


def _well() -> list[tuple[UUID, UUID]]:
    """Company and id of each connection that is well; the relay sees every company's."""
    with psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True) as relay:
        found: list[tuple[UUID, UUID]] = relay.execute(TO_POLL).fetchall()
    return found


def _perform(company_id: str, connection_id: str, work: Callable[..., object]) -> None:
    """Do the work as the connection, unless it, or its company, is off meanwhile."""
    try:
        company = Company.objects.select_related("base_currency").filter(id=UUID(company_id), is_active=True).first()
        if company is None:
            return
        with one_transaction(company_id=company.id) as locks:
            connection = Connection.objects.of(locks).filter(id=UUID(connection_id)).first()
        if connection is not None and not is_off(connection):
            work(connection, actor=connection_actor(connection, company), now=datetime.now(UTC))
    except Problem as problem:
        log.warning("not done", extra={"connection": connection_id, "work": work.__name__, "code": problem.code})
    finally:
        django_connection.close()
