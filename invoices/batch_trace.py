"""Tracing a batch: from which receipts it came, to which invoices and parties it went, and what came back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from msgspec import Struct

from erp.spelling import quantity_text
from inventory.batch_queries import GoodsBatchPayload, read_batch

# Movements of the batch, one row for each document, day and warehouse, with the number and the party of the document. What
# a movement brought is its layer, what it took or put back its consumption rows. A credit note leads to its invoice.
_TRACE = """
WITH moved AS (
    SELECT m.source_kind, m.source_id, m.kind, m.booking_date, m.warehouse_id, l.quantity, m.id
    FROM inventory_stocklayer l
    JOIN inventory_stockmovement m ON m.company_id = l.company_id AND m.id = l.movement_id
    WHERE l.company_id = %(company)s AND l.batch_id = %(batch)s
    UNION ALL
    SELECT m.source_kind, m.source_id, m.kind, m.booking_date, m.warehouse_id, -c.quantity, m.id
    FROM inventory_stocklayer l
    JOIN inventory_layerconsumption c ON c.company_id = l.company_id AND c.layer_id = l.id
    JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
    WHERE l.company_id = %(company)s AND l.batch_id = %(batch)s
), step AS (
    SELECT source_kind, source_id, kind, booking_date, warehouse_id, sum(quantity) AS quantity, min(id) AS first
    FROM moved GROUP BY 1, 2, 3, 4, 5
)
SELECT s.source_kind, s.source_id, s.kind, s.booking_date, w.id, w.code, s.quantity,
    coalesce(r.receipt_number, d.number, n.credit_note_number, i.invoice_no, ''), coalesce(d.kind, ''),
    i.id, i.invoice_no, i.invoice_date, coalesce(c.id, v.id), coalesce(c.name, v.name)
FROM step s
JOIN inventory_warehouse w ON w.company_id = %(company)s AND w.id = s.warehouse_id
LEFT JOIN purchasing_goodsreceipt r ON s.source_kind = 'goods_receipt' AND r.company_id = %(company)s AND r.id = s.source_id
LEFT JOIN inventory_stockdocument d ON s.source_kind = 'stock_document' AND d.company_id = %(company)s AND d.id = s.source_id
LEFT JOIN invoices_creditnote n ON s.source_kind = 'credit_note' AND n.company_id = %(company)s AND n.id = s.source_id
LEFT JOIN invoices_invoice i ON i.company_id = %(company)s
    AND i.id = CASE s.source_kind WHEN 'invoice' THEN s.source_id WHEN 'credit_note' THEN n.invoice_id END
LEFT JOIN purchasing_supplier v ON v.company_id = %(company)s AND v.id = coalesce(r.supplier_id, i.supplier_id)
LEFT JOIN sales_customer c ON c.company_id = i.company_id AND c.id = i.customer_id
ORDER BY s.booking_date, s.first
"""


class TraceStepPayload(Struct, kw_only=True, frozen=True):
    """What a document did with goods of the batch, on a day, in a warehouse; out of it is negative."""

    source_kind: str
    source: UUID
    number: str
    kind: str
    date: str
    warehouse: UUID
    warehouse_code: str
    quantity: str
    party: UUID | None
    party_name: str | None


class TracedSalePayload(Struct, kw_only=True, frozen=True):
    """An invoice that goods of the batch went out with, and how much of them has come back."""

    invoice: UUID
    invoice_number: str
    invoice_date: str
    party: UUID | None
    party_name: str | None
    date: str
    quantity: str
    returned: str


class BatchTracePayload(Struct, kw_only=True, frozen=True):
    """Where the batch came from (`received`), where it went (`issued`), what came back of that (`returns`), and what else
    happened to it (`other`). Received, less issued, with returns and all else, is what is on hand."""

    batch: GoodsBatchPayload
    received: list[TraceStepPayload]
    issued: list[TracedSalePayload]
    returns: list[TraceStepPayload]
    other: list[TraceStepPayload]


@dataclass(frozen=True, slots=True)
class _Step:
    source_kind: str
    source_id: UUID
    kind: str
    day: date
    warehouse_id: UUID
    warehouse_code: str
    quantity: Decimal
    number: str
    document_kind: str
    invoice_id: UUID | None
    invoice_no: str | None
    invoice_date: date | None
    party_id: UUID | None
    party_name: str | None

    def shown(self) -> TraceStepPayload:
        return TraceStepPayload(
            source_kind=self.source_kind,
            source=self.source_id,
            number=self.number,
            kind=self.document_kind or self.kind,
            date=self.day.isoformat(),
            warehouse=self.warehouse_id,
            warehouse_code=self.warehouse_code,
            quantity=quantity_text(self.quantity),
            party=self.party_id,
            party_name=self.party_name,
        )


def trace_batch(company_id: UUID, batch_id: UUID) -> BatchTracePayload | None:
    """The batch with all that happened to it, the oldest first; None for what does not exist or belongs to others."""
    batch = read_batch(company_id, batch_id)
    if batch is None:
        return None
    parameters: dict[str, Any] = {"company": company_id, "batch": batch_id}
    with connection.cursor() as cursor:
        cursor.execute(_TRACE, parameters)
        steps = [_Step(*row) for row in cursor.fetchall()]
    sales = [step for step in steps if step.kind == "SALE"]
    returns = [step for step in steps if step.invoice_id and step.kind != "SALE"]
    received = [step for step in steps if step.kind in {"RECEIPT", "OPENING"}]
    known = {id(step) for step in (*sales, *returns, *received)}
    return BatchTracePayload(
        batch=batch,
        received=[step.shown() for step in received],
        issued=_issued(sales, returns),
        returns=[step.shown() for step in returns],
        other=[step.shown() for step in steps if id(step) not in known],
    )


def _issued(sales: list[_Step], returns: list[_Step]) -> list[TracedSalePayload]:
    """One row for each invoice, in the order in which they were posted."""
    went: dict[UUID, list[_Step]] = {}
    for step in sales:
        went.setdefault(step.source_id, []).append(step)
    return [
        TracedSalePayload(
            invoice=invoice_id,
            invoice_number=steps[0].number,
            invoice_date=steps[0].invoice_date.isoformat() if steps[0].invoice_date else "",
            party=steps[0].party_id,
            party_name=steps[0].party_name,
            date=steps[0].day.isoformat(),
            quantity=quantity_text(-_sum(steps)),
            returned=quantity_text(_sum([step for step in returns if step.invoice_id == invoice_id])),
        )
        for invoice_id, steps in went.items()
    ]


def _sum(steps: list[_Step]) -> Decimal:
    return sum((step.quantity for step in steps), Decimal("0.000"))
