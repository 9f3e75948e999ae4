"""Background jobs, run by `manage.py worker`. Jobs repeat after a crash, so each is harmless when it runs twice."""

from datetime import UTC, datetime, timedelta

import psycopg
from procrastinate.contrib.django import app

from erp.database import DatabaseRole, conninfo

REMEMBER_ANSWERS_FOR = timedelta(days=35)
"""A little longer than the 30 days that clients are promised."""

_BATCH = 5_000

FORGET_ANSWERS = """
DELETE FROM erp_idempotencykey WHERE id IN (
    SELECT id FROM erp_idempotencykey WHERE created_at < %(before)s ORDER BY created_at LIMIT %(batch)s
)
"""


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="forget_answers", pass_context=False)
def forget_answers(timestamp: int) -> None:
    """Forget idempotency keys that nobody may repeat any more; `timestamp` is the second the run was due."""
    forget_answers_before(datetime.fromtimestamp(timestamp, tz=UTC) - REMEMBER_ANSWERS_FOR)


def forget_answers_before(before: datetime) -> int:
    """Delete them in batches, as the relay, which sees every company's; answers how many."""
    forgotten = 0
    with psycopg.connect(conninfo(DatabaseRole.RELAY), autocommit=True) as connection:
        while True:
            deleted = connection.execute(FORGET_ANSWERS, {"before": before, "batch": _BATCH}).rowcount
            forgotten += deleted
            if deleted < _BATCH:
                return forgotten
