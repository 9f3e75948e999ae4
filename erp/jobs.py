"""Background jobs, run by `manage.py worker`. Jobs repeat after a crash, so each is harmless when it runs twice."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from django.db import connection as django_connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import JobDeferrer

from erp.database import DatabaseRole, conninfo
from erp.problems import Throttled
from erp.sweeping import sweep_files
from erp.webhooks.delivering import deliver
from erp.webhooks.hinting import endpoints_with_work

REMEMBER_ANSWERS_FOR = timedelta(days=35)
"""A little longer than the 30 days that clients are promised."""

_BATCH = 5_000

FORGET_ANSWERS = """
DELETE FROM erp_idempotencykey WHERE id IN (
    SELECT id FROM erp_idempotencykey WHERE created_at < %(before)s ORDER BY created_at LIMIT %(batch)s
)
"""

FORGET_COUNTS = """
DELETE FROM erp_throttle WHERE id IN (
    SELECT id FROM erp_throttle WHERE ends_at < %(before)s ORDER BY ends_at LIMIT %(batch)s
)
"""


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="forget_answers", pass_context=False)
def forget_answers(timestamp: int) -> None:
    """Forget idempotency keys that nobody may repeat any more; `timestamp` is the second the run was due."""
    forget_answers_before(datetime.fromtimestamp(timestamp, tz=UTC) - REMEMBER_ANSWERS_FOR)


def forget_answers_before(before: datetime) -> int:
    """Delete them in batches, as the relay, which sees every company's; answers how many."""
    return _delete_in_batches(FORGET_ANSWERS, before)


def _delete_in_batches(statement: str, before: datetime) -> int:
    forgotten = 0
    with psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True) as connection:
        while True:
            deleted = connection.execute(statement, {"before": before, "batch": _BATCH}).rowcount
            forgotten += deleted
            if deleted < _BATCH:
                return forgotten


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="forget_counts", pass_context=False)
def forget_counts(timestamp: int) -> None:
    """Forget what was counted in windows that are over."""
    _delete_in_batches(FORGET_COUNTS, datetime.fromtimestamp(timestamp, tz=UTC))


@app.periodic(cron="23 2 * * *")
@app.task(queueing_lock="sweep_orphans", pass_context=False)
def sweep_orphans(timestamp: int) -> None:
    """Remove files that no row names; the worker has to see the folder that the others see."""
    try:
        sweep_files(now=datetime.fromtimestamp(timestamp, tz=UTC))
    finally:
        django_connection.close()


# ── Webhooks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

KEEP_DELIVERIES_FOR = timedelta(days=30)
_ROUNDS = 50
_ASK_AGAIN_S = 1

FORGET_DELIVERIES = """
DELETE FROM erp_webhookdelivery WHERE id IN (
    SELECT id FROM erp_webhookdelivery WHERE created_at < %(before)s AND state <> 'PENDING'
    ORDER BY created_at LIMIT %(batch)s
)
"""


@app.task(pass_context=False)
def deliver_webhook(company_id: str, endpoint_id: str) -> None:
    """Deliver what is due to one endpoint, and come back for what is left.

    While somebody else delivers to it this one asks again a second later: he may have looked just before the news.
    """
    ids = UUID(company_id), UUID(endpoint_id)
    try:
        more = deliver(company_id=ids[0], endpoint_id=ids[1], clock=lambda: datetime.now(UTC), rounds=_ROUNDS)
    except Throttled:
        _enqueue(*ids, in_s=_ASK_AGAIN_S)
        return
    finally:
        django_connection.close()
    if more:
        _enqueue(*ids)


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="look_for_webhooks", pass_context=False)
def look_for_webhooks(timestamp: int) -> None:
    """Find endpoints with something to be sent: retries that are due, and news whose hint was lost."""
    for company_id, endpoint_id in endpoints_with_work():
        _enqueue(company_id, endpoint_id)


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="forget_deliveries", pass_context=False)
def forget_deliveries(timestamp: int) -> None:
    """Forget deliveries that are over and older than 30 days."""
    before = datetime.fromtimestamp(timestamp, tz=UTC) - KEEP_DELIVERIES_FOR
    _delete_in_batches(FORGET_DELIVERIES, before)


def _delivery_job(endpoint_id: UUID, *, in_s: int = 0) -> JobDeferrer:
    """A job for the endpoint, of which one waits at a time; another may be running."""
    lock = f"webhook {endpoint_id}"
    if in_s:
        return deliver_webhook.configure(queueing_lock=lock, schedule_in={"seconds": in_s})
    return deliver_webhook.configure(queueing_lock=lock)


async def hint_of_webhook(company_id: UUID, endpoint_id: UUID) -> None:
    """Enqueue a delivery, unless one waits already."""
    with suppress(AlreadyEnqueued):
        await _delivery_job(endpoint_id).defer_async(company_id=str(company_id), endpoint_id=str(endpoint_id))


def _enqueue(company_id: UUID, endpoint_id: UUID, *, in_s: int = 0) -> None:
    with suppress(AlreadyEnqueued):
        _delivery_job(endpoint_id, in_s=in_s).defer(company_id=str(company_id), endpoint_id=str(endpoint_id))
