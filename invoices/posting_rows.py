"""Sales invoices as posting sees them: each with its lines, and with what these meet, read under lock in one query."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec
from django.db import connection
from msgspec import Struct

from erp.access import Actor
from erp.locking import Locks


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


class InvoiceRow(Struct, kw_only=True, frozen=True):
    """An invoice about to be posted, as it is under lock."""

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
    voucher_id: UUID | None
    voucher_number: str | None
    customer_id: UUID
    customer_code: str
    customer_name: str
    credit_days: int
    due_date: date | None
    lines: list[LineRow]


READ_FOR_POSTING = """
SELECT json_build_object('id', i.id, 'invoice_no', i.invoice_no, 'invoice_date', i.invoice_date, 'origin', i.origin,
    'status', i.status, 'fulfilment_status', i.fulfilment_status, 'billing_status', i.billing_status,
    'items_total', i.items_total, 'given_total', i.given_total, 'total_value', i.total_value, 'tax_amount', i.tax_amount,
    'round_off', i.round_off, 'revision', i.revision, 'version', i.version, 'sales_order_id', i.sales_order_id,
    'warehouse_id', coalesce(i.warehouse_id, w.id), 'currency_id', coalesce(i.currency_id, %(base_currency)s),
    'voucher_id', i.voucher_id, 'voucher_number', v.number, 'customer_id', c.id, 'customer_code', c.code,
    'customer_name', c.name, 'credit_days', c.credit_days, 'due_date', i.due_date,
    'lines', (SELECT json_agg(json_build_object('id', l.id, 'line_no', l.line_no, 'quantity', l.quantity,
            'line_total', l.line_total, 'item_code', l.item_code, 'batch_no', l.batch_no, 'cgst', l.cgst, 'sgst', l.sgst,
            'utgst', l.utgst, 'igst', l.igst, 'gst_rate', l.gst_rate, 'order_line_id', l.order_line_id, 'item_id', m.id,
            'tracked', m.tracked, 'batch_required', m.batch_required, 'issue_rule', m.issue_rule, 'batch_id', b.id)
            ORDER BY l.line_no)
        FROM invoices_invoiceitem l
        LEFT JOIN inventory_item m ON m.company_id = l.company_id
            AND (m.id = l.item_id OR (l.item_id IS NULL AND m.sku = l.item_code AND m.is_active))
        LEFT JOIN inventory_batch b ON b.company_id = l.company_id AND b.item_id = m.id AND b.batch_no = l.batch_no
        WHERE l.company_id = i.company_id AND l.invoice_id = i.id))::text
FROM invoices_invoice i
JOIN sales_customer c ON c.company_id = i.company_id AND c.id = i.customer_id
LEFT JOIN inventory_warehouse w ON w.company_id = i.company_id AND w.is_default
LEFT JOIN accounting_voucher v ON v.company_id = i.company_id AND v.id = i.voucher_id
WHERE i.company_id = %(company)s AND i.id = ANY(%(ids)s) AND i.invoice_type = 'SALES'
"""

_decoder = msgspec.json.Decoder(InvoiceRow)


def read_for_posting(locks: Locks, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, InvoiceRow]:
    """The sales invoices with their lines and what these meet, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            READ_FOR_POSTING,
            {"company": locks.company_id, "ids": list(ids), "base_currency": actor.company.base_currency_id},
        )
        rows = [_decoder.decode(text) for (text,) in cursor.fetchall()]
    return {row.id: row for row in rows}
