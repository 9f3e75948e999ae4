"""Reading the reports under ``/api/sales/``: billed by salesman, items billed, numbers that are missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from erp.access import Actor
from invoices.number_gaps import Gap, gaps
from invoices.sales_report_statements import (
    BILLED_BY_SALESMAN,
    BILLED_IN_ALL,
    BILLED_ITEMS,
    KNOWN_NUMBERS,
    NUMBERED,
)

MOST_ROWS = 100_000
SORTS: Mapping[str, str] = {
    "bill_no": "i.invoice_no",
    "invoice_date": "i.invoice_date",
    "item_name": "l.name",
    "item_code": "l.item_code",
    "customer_name": "c.name",
    "customer_location": "c.area",
    "company_name": "l.company_name",
    "quantity": "l.quantity",
    "rate": "l.mrp",
    "invoiceTotal": "i.total_value",
}
"""What items billed are sorted by: the name in the answer → the column."""


class SalesmansBills(NamedTuple):
    """What a salesman billed; of those without one, `id` and `name` are None."""

    id: UUID | None
    name: str | None
    bill_count: int
    item_count: int
    total_amount: Decimal
    first_invoice_date: date
    last_invoice_date: date


class BilledItem(NamedTuple):
    bill_no: str
    invoice_date: date
    item_name: str
    item_code: str
    customer_name: str
    customer_location: str
    temp_name: str
    company_name: str
    quantity: Decimal
    rate: Decimal
    total_value: Decimal
    packing: str
    barcode: str
    shelf_location: str


class BilledInAll(NamedTuple):
    total_bills: int
    total_line_items: int
    total_quantity: Decimal
    total_revenue: Decimal


class NumberedBill(NamedTuple):
    invoice_no: str
    invoice_date: date
    customer_name: str
    total_value: Decimal
    fulfilment_status: str
    priority: str


@dataclass(frozen=True, slots=True)
class Numbering:
    """The bills of a period, and the numbers between them that no bill has, of whatever day."""

    bills: list[NumberedBill]
    missing: list[Gap]


def billed_by_salesman(
    actor: Actor, *, billing_status: str, made_from: datetime | None, made_until: datetime | None
) -> list[SalesmansBills]:
    """Whoever billed most comes first."""
    asked = {"billing_status": billing_status, "made_from": made_from, "made_until": made_until}
    return [SalesmansBills(*row) for row in _rows(BILLED_BY_SALESMAN, actor, asked)]


def items_billed(
    actor: Actor, *, first: date, last: date, sort: str, descending: bool
) -> tuple[list[BilledItem], BilledInAll]:
    """Every line billed in the period, at most 100,001, and what all bills come to."""
    period = {"first": first, "last": last}
    statement = BILLED_ITEMS.format(column=SORTS[sort], direction="DESC" if descending else "ASC")
    items = [BilledItem(*row) for row in _rows(statement, actor, period | {"most": MOST_ROWS + 1})]
    (total,) = _rows(BILLED_IN_ALL, actor, period)
    return items, BilledInAll(*total)


def numbering(actor: Actor, *, first: date, last: date, series: str) -> Numbering:
    """The bills of a period whose numbers begin with `series`, at most 100,001, and the gaps. Raises SpanTooWide."""
    asked = {"first": first, "last": last, "series": series, "most": MOST_ROWS + 1}
    bills = [NumberedBill(*row) for row in _rows(NUMBERED, actor, asked)]
    missing = gaps((bill.invoice_no for bill in bills), at_most=MOST_ROWS)
    known = {number for (number,) in _rows(KNOWN_NUMBERS, actor, {"numbers": [gap.invoice_no for gap in missing]})}
    return Numbering(bills, [gap for gap in missing if gap.invoice_no not in known])


def _rows(statement: str, actor: Actor, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | {"company": actor.company_id})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
