"""The figures of the dashboard: what was made, done and held today, reckoned of the rows as they are. Sales documents only.

Source: "stats" and "Breakdown" in the sales contract. Today is the company's day.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from erp.locking import set_company

_TODAY = """
WITH today AS (
    SELECT d.day, d.day::timestamp AT TIME ZONE c.timezone AS begins,
        (d.day + 1)::timestamp AT TIME ZONE c.timezone AS ends
    FROM erp_company c CROSS JOIN LATERAL (SELECT (%(now)s AT TIME ZONE c.timezone)::date AS day) AS d
    WHERE c.id = %(company)s
)"""

_COMPLETED = """(SELECT count(*) FROM fulfilment_{section}session s
        WHERE s.company_id = %(company)s AND s.ended_at >= t.begins AND s.ended_at < t.ends AND s.status = '{status}'
            AND s.source <> 'ADMIN')"""

_PICKED, _PACKED, _DELIVERED = (
    _COMPLETED.format(section=section, status=status)
    for section, status in (("picking", "PICKED"), ("packing", "PACKED"), ("delivery", "DELIVERED"))
)

STATS = f"""{_TODAY}
SELECT t.day,
    (SELECT count(*) FROM invoices_invoice i WHERE i.company_id = %(company)s AND i.invoice_type = 'SALES'
        AND i.created_at >= t.begins AND i.created_at < t.ends),
    {_PICKED}, {_PACKED}, {_DELIVERED},
    -- Made on an earlier day and not picked yet: waiting, in hand, or sent back out of picking.
    (SELECT count(*) FROM invoices_invoice i WHERE i.company_id = %(company)s AND i.invoice_type = 'SALES'
        AND i.created_at < t.begins AND i.status <> 'CANCELLED' AND i.fulfilment_status IN ('INVOICED', 'PICKING', 'REVIEW')
        AND NOT EXISTS (SELECT FROM fulfilment_pickingsession s
            WHERE s.company_id = i.company_id AND s.invoice_id = i.id AND s.status = 'PICKED')),
    -- Made on an earlier day and picked today.
    (SELECT count(*) FROM fulfilment_pickingsession s
        JOIN invoices_invoice i ON i.company_id = s.company_id AND i.id = s.invoice_id
        WHERE s.company_id = %(company)s AND s.ended_at >= t.begins AND s.ended_at < t.ends AND s.status = 'PICKED'
            AND i.created_at < t.begins)
FROM today t
"""  # noqa: S608  the sections are ours

_AT = """(SELECT count(*) FROM invoices_invoice i WHERE i.company_id = %(company)s AND i.fulfilment_status = '{status}'
        AND i.status <> 'CANCELLED'{more})"""
_OPEN = """(SELECT count(*) FROM fulfilment_{section}session s WHERE s.company_id = %(company)s AND s.ended_at IS NULL
        AND s.status = ANY('{{{statuses}}}'))"""
_WITHOUT_DELIVERY = """ AND NOT EXISTS (SELECT FROM fulfilment_deliverysession s
            WHERE s.company_id = i.company_id AND s.invoice_id = i.id AND s.status <> 'CANCELLED')"""

BREAKDOWN = f"""{_TODAY}
SELECT t.day,
    {_PICKED}, {_OPEN.format(section="picking", statuses="PREPARING")}, {_AT.format(status="INVOICED", more="")},
    {_PACKED}, {_OPEN.format(section="packing", statuses="IN_PROGRESS,CHECKING")},
    {_AT.format(status="PICKED", more="")} + {_OPEN.format(section="packing", statuses="CHECKING_DONE")},
    {_DELIVERED}, {_OPEN.format(section="delivery", statuses="TO_CONSIDER,IN_TRANSIT")},
    {_AT.format(status="PACKED", more=_WITHOUT_DELIVERY)}
FROM today t
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Stats:
    """Of one day. `hold` are invoices of earlier days that were not picked before it: picked on it, or pending."""

    day: date
    total: int
    picked: int
    packed: int
    delivered: int
    hold: int
    hold_completed: int
    hold_pending: int

    def shown(self) -> dict[str, int]:
        """By the names of the published web client."""
        return {
            "totalInvoices": self.total,
            "completedPicking": self.picked,
            "completedPacking": self.packed,
            "completedDelivery": self.delivered,
            "holdInvoices": self.hold,
            "completedHoldInvoices": self.hold_completed,
            "pendingInvoices": self.hold_pending,
        }


@dataclass(frozen=True, slots=True)
class Section:
    """What was finished today, what is in hand, what waits for the section."""

    completed: int
    preparing: int
    pending: int

    def shown(self) -> dict[str, int]:
        return asdict(self)


def read_stats(company_id: UUID, *, now: datetime) -> Stats:
    day, total, picked, packed, delivered, pending, completed = _row(STATS, company_id, now)
    return Stats(day, total, picked, packed, delivered, pending + completed, completed, pending)


def read_breakdown(company_id: UUID, *, now: datetime) -> tuple[date, dict[str, Section]]:
    """The company's day, and the sections in the order of the work."""
    day, *counts = _row(BREAKDOWN, company_id, now)
    sections = [Section(*counts[place : place + 3]) for place in (0, 3, 6)]
    return day, dict(zip(("picking", "packing", "delivery"), sections, strict=True))


def _row(statement: str, company_id: UUID, now: datetime) -> tuple[Any, ...]:
    with transaction.atomic():
        set_company(company_id)
        with connection.cursor() as cursor:
            cursor.execute(statement, {"company": company_id, "now": now})
            row: tuple[Any, ...] = cursor.fetchone()
    return row
