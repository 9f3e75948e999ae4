"""Sales invoices as posting sees them: locked in one statement, then read with all they meet in another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from msgspec import Struct

from accounting.kinds import AccountRole
from accounting.periods import Period
from erp.access import Actor
from erp.locking import LockOrder, Locks
from invoices.content import InvoiceContent
from invoices.posting_rules import SALES_ROLES
from invoices.posting_statements import LOCK_FOR_POSTING, READ_FOR_POSTING


class LineRow(Struct, kw_only=True, frozen=True):
    """A line as stored, with the item it meets: its own, else the active one whose SKU is its code."""

    id: UUID
    line_no: int
    quantity: Decimal
    line_total: Decimal
    item_code: str
    batch_no: str
    cgst: Decimal
    sgst: Decimal
    utgst: Decimal
    igst: Decimal
    gst_rate: Decimal | None
    order_line_id: UUID | None
    item_id: UUID | None
    tracked: bool | None
    batch_required: bool | None
    issue_rule: str | None
    batch_id: UUID | None
    item_rate: Decimal | None = None
    item_hsn: str | None = None
    tax_inside: Decimal = Decimal("0.00")


class TaxGround(Struct, kw_only=True, frozen=True):
    """What the tax inside imported prices follows from: our registration, and the customer's state."""

    state_code: str
    gstin: str
    customer_state: str
    customer_gstin: str
    treatment: str


class InvoiceRow(Struct, kw_only=True, frozen=True):
    """An invoice about to be posted, as it is under lock.

    `period` is that of the day it would be booked on; `receivable_id` its customer's account, once there is one; `document`
    what is shown and announced of it. `exchange_rate` is that of the day for its currency, 1 for the company's own, None
    when there is none; `tax_ground` is there for an imported one whose prices include the tax.
    """

    id: UUID
    invoice_no: str
    invoice_date: date
    origin: str
    status: str
    fulfilment_status: str | None
    billing_status: str | None
    items_total: Decimal
    given_total: Decimal | None
    total_value: Decimal
    tax_amount: Decimal
    round_off: Decimal
    revision: int
    version: int
    sales_order_id: UUID | None
    warehouse_id: UUID | None
    currency_id: UUID
    currency_code: str
    exchange_rate: Decimal | None
    voucher_id: UUID | None
    voucher_number: str | None
    customer_id: UUID
    customer_code: str
    customer_name: str
    credit_days: int
    due_date: date | None
    receivable_id: UUID | None
    period: Period
    document: InvoiceContent
    lines: list[LineRow]
    tax_ground: TaxGround | None = None


@dataclass(frozen=True, slots=True)
class ForPosting:
    """Invoices by id, and the accounts that their postings may need, by role."""

    invoices: Mapping[UUID, InvoiceRow]
    accounts: Mapping[AccountRole, UUID]


_decoder = msgspec.json.Decoder(InvoiceRow)


def lock_for_posting(locks: Locks, ids: Sequence[UUID]) -> None:
    """Lock the company (share), these invoices and their orders, in one statement. Ranks COMPANY, INVOICE, SALES_ORDER."""
    for rank in (LockOrder.COMPANY, LockOrder.INVOICE, LockOrder.SALES_ORDER):
        locks.claim(rank)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_FOR_POSTING, {"company": locks.company_id, "ids": list(ids)})


def read_for_posting(locks: Locks, actor: Actor, ids: Sequence[UUID], *, day: date | None) -> ForPosting:
    """The sales invoices with their lines and what these meet, in one query, after `lock_for_posting`.

    `day` is when they are to be booked, None for the date of each.
    """
    parameters: dict[str, Any] = {
        "company": locks.company_id,
        "ids": list(ids),
        "day": day,
        "roles": [role.value for role in SALES_ROLES],
        "with_items": True,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ_FOR_POSTING, parameters)
        found = cursor.fetchall()
    rows = [_decoder.decode(text) for _, text in found]
    accounts = msgspec.json.decode(found[0][0], type=dict[AccountRole, UUID]) if found else {}
    return ForPosting({row.id: row for row in rows}, accounts)
