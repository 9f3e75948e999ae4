"""Numbers without gaps: one row per company, series and year, the last lock of a transaction."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import connection

from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.problems import Conflict
from erp.rows import as_json

LONGEST_NUMBER = 16
"""Rule 46(b) of the CGST Rules: a tax invoice's number has at most sixteen characters."""


class SeriesExhausted(Conflict):
    """The next number would be longer than GST allows. Choose a shorter prefix."""

    code = "series-exhausted"
    message = "The next number would be longer than 16 characters; choose a shorter prefix."


class Series(NamedTuple):
    """`prefix` as printed (``INV``), `year` the fiscal year's start year, 0 for a series that never resets."""

    prefix: str
    year: int = 0


_TAKE = """
INSERT INTO erp_numberseries AS s (id, company_id, series, year, last_number)
SELECT w.id, %(company)s, w.series, w.year, w.count
FROM jsonb_to_recordset(%(wanted)s::jsonb) AS w (id uuid, series text, year smallint, count int)
ORDER BY w.series, w.year
ON CONFLICT (company_id, series, year) DO UPDATE SET last_number = s.last_number + EXCLUDED.last_number
RETURNING series, year, last_number
"""


def take_numbers(locks: Locks, wanted: Mapping[Series, int]) -> dict[Series, list[str]]:
    """The next n numbers of each series, in one statement. Locks rank SERIES until the transaction ends.

    A rollback or a dry run gives the numbers back, so a series is 1…n without a gap. Raises SeriesExhausted.
    """
    locks.claim(LockOrder.SERIES)
    rows = [
        {"id": new_id(), "series": series.prefix, "year": series.year, "count": count} for series, count in wanted.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"company": locks.company_id, "wanted": as_json(rows)})
        last = {Series(prefix, year): number for prefix, year, number in cursor.fetchall()}
    return {
        series: [spell_number(series, last[series] - count + place) for place in range(1, count + 1)]
        for series, count in wanted.items()
    }


def spell_number(series: Series, number: int) -> str:
    """``INV-2025-00001``, ``SO-00001``: at least five digits, at most sixteen characters in all."""
    year = f"{series.year:04d}-" if series.year else ""
    text = f"{series.prefix}-{year}{number:05d}"
    if len(text) > LONGEST_NUMBER:
        raise SeriesExhausted
    return text
