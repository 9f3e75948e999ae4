"""Companies with stock and drafts, for benches of posting and of judging; written set-based, every trigger on."""

import os
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

NOW = datetime(2026, 3, 31, tzinfo=UTC)
FIRST_DAY = date(2025, 4, 1)

_CUSTOMERS = """
INSERT INTO sales_customer (id, company_id, code, name, created_at, updated_at)
SELECT gen_random_uuid(), %(company)s, 'C-' || lpad(n::text, 5, '0'), 'Customer ' || n, %(now)s, %(now)s
FROM generate_series(1, 500) AS n
"""
_DRAFTS = """
WITH customer AS (
    SELECT id, row_number() OVER (ORDER BY code) AS place, count(*) OVER () AS many FROM sales_customer
    WHERE company_id = %(company)s
), invoice AS (
    INSERT INTO invoices_invoice (id, company_id, invoice_type, origin, invoice_no, invoice_date, customer_id, created_by,
        priority, items_total, total_value, temp_name, remarks, fulfilment_status, billing_status, status, version,
        created_at, updated_at)
    SELECT gen_random_uuid(), %(company)s, 'SALES', 'IMPORTED', 'B-' || n,
        %(first_day)s::date + (n * %(days)s / %(whole)s)::int,
        c.id, '', 'MEDIUM', 60.30, 60.30, '', '', 'INVOICED', 'BILLED', 'DRAFT', 1, %(now)s, %(now)s
    FROM generate_series(%(first)s, %(last)s) AS n JOIN customer c ON c.place = 1 + n %% c.many
    RETURNING id, substring(invoice_no FROM 3)::int AS n
), line AS (
    INSERT INTO invoices_invoiceitem (id, company_id, invoice_id, line_no, name, item_code, barcode, quantity, mrp,
        line_total, company_name, packing, shelf_location, batch_no, remarks)
    SELECT gen_random_uuid(), %(company)s, i.id, l, 'Article', 'B-' || 1 + (i.n * 7 + l * 31) %% %(items)s, '', l, 10.05,
        l * 10.05, '', '', '', '', ''
    FROM invoice i, generate_series(1, 3) AS l
), event AS (
    INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)
    SELECT %(company)s, 'invoice_created', 'invoice', id, '{}', %(now)s FROM invoice
)
INSERT INTO erp_auditentry (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id, changes)
SELECT %(company)s, %(now)s, 'user', '', '', 'import_invoice', 'invoice', id, '' FROM invoice
"""


def found_shop(code: str, *, invoices: int, items: int) -> Any:
    """A company with customers and with stock enough for so many drafts, in 24 layers of each item; its owner."""
    from companies.founding import Person, found_company, take_in
    from erp.access import Actor
    from erp.locking import one_transaction
    from erp.rights import Role
    from inventory.adjusting import OpeningLine, open_stock
    from inventory.models import Item, Uom

    company = found_company(code=code, name="Bench", now=NOW)
    user = take_in(company=company, person=Person(f"owner@{code.lower()}.example", "Owner", "bench bench bench", Role.OWNER))
    actor = Actor("user", user.id, "Owner", user.email, company, Role.OWNER)
    execute(_CUSTOMERS, company=company.id)
    with one_transaction(company_id=company.id):
        piece = Uom.unscoped.get(company=company, code="PCS")
        Item.unscoped.bulk_create(
            Item(company=company, sku=f"B-{number}", name="Article", uom=piece, gst_rate=Decimal(18))
            for number in range(1, items + 1)
        )
    stocked = list(Item.unscoped.filter(company=company).order_by("id"))
    pieces = Decimal(invoices * 6 // items // 20 + 10)
    for turn in range(24):
        lines = [
            OpeningLine(item.id, pieces, (pieces * (500 + turn * 7) / 100).quantize(Decimal("0.01"))) for item in stocked
        ]
        open_stock(
            actor=actor, now=NOW, document_date=FIRST_DAY, lines=lines, reason="Opening stock",
        )  # fmt: skip
    return actor


def write_drafts(company: UUID, *, invoices: int, items: int, days: int = 360) -> None:
    """Imported drafts of three lines of stocked items, over so many days, set-based and every trigger on."""
    start = time.monotonic()
    for first in range(1, invoices + 1, 4000):
        last = min(first + 3999, invoices)
        execute(_DRAFTS, company=company, first=first, last=last, whole=invoices, items=items, days=days,
                 first_day=FIRST_DAY)  # fmt: skip
    execute("VACUUM (ANALYZE)", company=company)
    print(f"{invoices:,} drafts of 3 lines written in {time.monotonic() - start:.0f} s")


def execute(statements: str, **parameters: Any) -> None:
    """All statements in one transaction (VACUUM by itself), with client-side parameters."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=statements.startswith("VACUUM")) as connection:
        psycopg.ClientCursor(connection).execute(
            statements.encode(), None if "%" not in statements else parameters | {"now": NOW}
        )
