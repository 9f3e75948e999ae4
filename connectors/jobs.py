"""Background jobs of connections, run by `manage.py worker`. Each is harmless when it runs twice."""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from django.db import connection as django_connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from connectors.invoice_ninja.access import is_off
from connectors.invoice_ninja.clients import connection_actor
from connectors.invoice_ninja.polling import sync_changed
from connectors.models import Connection
from erp.database import DatabaseRole, conninfo
from erp.locking import one_transaction
from erp.models import Company
from erp.problems import Problem

log = logging.getLogger(__name__)

TO_POLL = "SELECT company_id, id FROM connectors_connection WHERE kind = 'INVOICE_NINJA' AND state = 'OK'"


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="look_for_changed_clients", pass_context=False)
def look_for_changed_clients(timestamp: int) -> None:
    """A job for each connection that is well; the relay sees every company's."""
    with psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True) as relay:
        found = relay.execute(TO_POLL).fetchall()
    for company_id, connection_id in found:
        deferrer = poll_invoice_ninja.configure(queueing_lock=f"poll {connection_id}", lock=f"poll {connection_id}")
        with suppress(AlreadyEnqueued):
            deferrer.defer(company_id=str(company_id), connection_id=str(connection_id))


@app.task(pass_context=False)
def poll_invoice_ninja(company_id: str, connection_id: str) -> None:
    """Follow what has changed there. If the foreign system is away, the next look begins at the same place."""
    try:
        company = Company.objects.select_related("base_currency").filter(id=UUID(company_id), is_active=True).first()
        if company is None:
            return
        with one_transaction(company_id=company.id) as locks:
            connection = Connection.objects.of(locks).filter(id=UUID(connection_id)).first()
        if connection is not None and not is_off(connection):
            sync_changed(connection, actor=connection_actor(connection, company), now=datetime.now(UTC))
    except Problem as problem:
        log.warning("not polled", extra={"connection": connection_id, "code": problem.code})
    finally:
        django_connection.close()
