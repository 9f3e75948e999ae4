"""Having tables counted that grow in bulk, so that the planner knows them before autovacuum has looked."""

import logging
from uuid import UUID

from django.db import OperationalError, connection
from psycopg import errors

from erp.locking import one_transaction

log = logging.getLogger(__name__)


def learn_sizes(company_id: UUID) -> None:
    """Count what was never counted, or has grown tenfold since; called between the transactions of what writes in bulk.

    Plans that are kept, those of foreign keys above all, are made anew by it. Where there is nothing to count it costs a
    look into the catalogue. What somebody else counts or cleans meanwhile is left to him: nothing rests on it but speed.
    """
    try:
        with one_transaction(company_id=company_id), connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL statement_timeout = '15min'; SET LOCAL lock_timeout = '500ms'; SELECT erp_learn_sizes()"
            )
    except OperationalError as problem:
        if not isinstance(problem.__cause__, errors.QueryCanceled | errors.LockNotAvailable):
            raise
        log.info("the tables were not counted", extra={"reason": str(problem)[:200]})
