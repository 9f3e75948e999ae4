"""The floor of bench/uisp: a history written by hand with full books, by COPY and a statement for each table.

It reads the export at once, validates nothing, skips what is neither issued nor money, knows no row again, keeps no trace of
where a row came from, and takes every customer and number for new. Same rows otherwise, same constraints, triggers, roles
and durability, about 2,000 rows of whole clients to a transaction.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

BATCH_ROWS = 2000

TABLES = """
CREATE TEMPORARY TABLE h_input (entity text, body jsonb) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE h_client (there text PRIMARY KEY, id uuid, account uuid, code text, name text)
    ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE h_invoice (there text PRIMARY KEY, id uuid, voucher uuid, no text, day date, due date, total numeric,
    net numeric, paid numeric, client text, body jsonb) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE h_line (invoice text, line_no int, name text, code text, quantity numeric, rate numeric,
    discount numeric, net numeric) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE h_payment (there text PRIMARY KEY, id uuid, voucher uuid, day date, amount numeric, shared numeric,
    client text, cash bool, body jsonb) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE h_voucher (id uuid PRIMARY KEY, kind text, source text, source_id uuid, day date, year int,
    amount numeric, net numeric, client text, cash bool, n bigint) ON COMMIT DELETE ROWS;
"""
_DAY = "((body->>'createdDate')::timestamptz AT TIME ZONE 'Asia/Manila')::date"
READ = f"""
INSERT INTO h_client SELECT body->>'id', gen_random_uuid(), gen_random_uuid(),
    coalesce(body->>'userIdent', 'UISP-' || (body->>'id')), coalesce(body->>'companyName',
        nullif(concat_ws(' ', body->>'firstName', body->>'lastName'), ''), 'Client ' || (body->>'id'))
FROM h_input WHERE entity = 'client';
INSERT INTO h_line SELECT body->>'id', place, item->>'label', 'UISP-' || upper(item->>'type'),
    (item->>'quantity')::numeric, round((item->>'price')::numeric, 4), coalesce((body->>'discount')::numeric, 0),
    round(round((item->>'quantity')::numeric * (item->>'price')::numeric, 2)
        * (100 - coalesce((body->>'discount')::numeric, 0)) / 100, 2)
FROM h_input CROSS JOIN LATERAL jsonb_array_elements(body->'items') WITH ORDINALITY AS i (item, place)
WHERE entity = 'invoice';
INSERT INTO h_invoice SELECT body->>'id', gen_random_uuid(), gen_random_uuid(), body->>'number', {_DAY},
    {_DAY} + (body->>'maturityDays')::int, round((body->>'total')::numeric, 2), l.net,
    round((body->>'amountPaid')::numeric, 2), body->>'clientId', body
FROM h_input JOIN (SELECT invoice, sum(net) AS net FROM h_line GROUP BY 1) l ON l.invoice = body->>'id'
WHERE entity = 'invoice';
INSERT INTO h_payment SELECT body->>'id', gen_random_uuid(), gen_random_uuid(), {_DAY}, round((body->>'amount')::numeric, 2),
    round((body->>'amount')::numeric, 2) - round((body->>'creditAmount')::numeric, 2), body->>'clientId',
    body->>'methodId' = '6efe0fa8-36b2-4dd1-b049-427bffc7d369', body
FROM h_input WHERE entity = 'payment';
INSERT INTO h_voucher SELECT v.*, row_number() OVER (PARTITION BY year ORDER BY day) FROM (
    SELECT voucher, 'SALES', 'invoice', id, day, extract(year FROM day - interval '3 months')::int AS year, total, net,
        client, NULL::bool FROM h_invoice
    UNION ALL SELECT voucher, 'RECEIPT', 'payment', id, day, extract(year FROM day - interval '3 months')::int, amount, NULL,
        client, cash FROM h_payment) v;
"""
NUMBERS = """
INSERT INTO erp_numberseries AS s (id, company_id, series, year, last_number)
SELECT gen_random_uuid(), %(company)s, 'JV', year, count(*) FROM h_voucher GROUP BY year
UNION ALL SELECT gen_random_uuid(), %(company)s, 'RCT', year, count(*) FROM h_voucher WHERE kind = 'RECEIPT' GROUP BY year
ON CONFLICT (company_id, series, year) DO UPDATE SET last_number = s.last_number + EXCLUDED.last_number
"""
_NUMBER = """erp_spelled_number('JV', v.year, (SELECT s.last_number FROM erp_numberseries s WHERE s.company_id = %(company)s
        AND s.series = 'JV' AND s.year = v.year) - v.n::int + 1)"""
_PLACE = "row_number() OVER (PARTITION BY p.year ORDER BY p.id) - 1"
WRITE = (
    """
INSERT INTO sales_customer (id, company_id, code, name, email, phone1, address1, area, pincode, created_at, updated_at)
SELECT c.id, %(company)s, c.code, c.name, '', '', i.body->>'street1', i.body->>'city', i.body->>'zipCode', %(now)s, %(now)s
FROM h_client c JOIN h_input i ON i.entity = 'client' AND i.body->>'id' = c.there
""",
    """
INSERT INTO accounting_ledgeraccount (id, company_id, code, name, type, role, owner_id, parent_id, is_group, is_control,
    is_active)
SELECT c.account, %(company)s, parent.code || '-' || c.code, c.name, parent.type, parent.role, c.id, parent.id, false, true,
    true
FROM h_client c JOIN accounting_ledgeraccount parent ON parent.company_id = %(company)s AND parent.role = 'RECEIVABLE'
    AND parent.owner_id IS NULL
""",
    f"""
INSERT INTO accounting_voucher (id, company_id, kind, number, fiscal_year_id, voucher_date, source_kind, source_id,
    source_revision, total, entry_count, narration, posted_at)
SELECT v.id, %(company)s, v.kind, {_NUMBER}, y.id, v.day, v.source, v.source_id, 1,
    v.amount + greatest(coalesce(v.net, v.amount) - v.amount, 0), CASE WHEN v.amount = 0 AND v.net = 0 THEN 0
        WHEN v.net <> v.amount THEN 2 + (v.net <> 0 AND v.amount <> 0)::int ELSE 2 END, c.name,
    %(now)s
FROM h_voucher v JOIN h_client c ON c.there = v.client
JOIN accounting_fiscalyear y ON y.company_id = %(company)s AND v.day BETWEEN y.start_date AND y.end_date
""",
    """
INSERT INTO accounting_ledgerentry (company_id, voucher_id, voucher_date, line_no, account_id, debit, credit, currency_id,
    amount_currency, role)
SELECT %(company)s, v.id, v.day, row_number() OVER (PARTITION BY v.id ORDER BY l.place), coalesce(a.id, c.account),
    greatest(l.amount, 0), greatest(-l.amount, 0), k.base_currency_id, l.amount, l.role
FROM h_voucher v JOIN h_client c ON c.there = v.client JOIN erp_company k ON k.id = %(company)s
CROSS JOIN LATERAL (VALUES
    (1, 'RECEIVABLE', CASE v.kind WHEN 'SALES' THEN v.amount ELSE -v.amount END),
    (2, CASE WHEN v.kind = 'SALES' THEN 'SALES' WHEN v.cash THEN 'CASH' ELSE 'BANK' END, coalesce(-v.net, v.amount)),
    (3, 'ROUNDING', v.net - v.amount)) AS l (place, role, amount)
LEFT JOIN accounting_ledgeraccount a ON a.company_id = %(company)s AND a.role = l.role AND a.owner_id IS NULL
    AND l.role <> 'RECEIVABLE'
WHERE l.amount <> 0
""",
    """
INSERT INTO invoices_invoice (id, company_id, invoice_type, origin, invoice_no, invoice_date, due_date, customer_id,
    created_by, priority, given_total, items_total, total_value, subtotal, round_off, amount_received, temp_name, remarks,
    notes, fulfilment_status, billing_status, status, currency_id, exchange_rate, voucher_id, version, created_at,
    updated_at)
SELECT i.id, %(company)s, 'SALES', 'HISTORY', i.no, i.day, i.due, c.id, '', 'MEDIUM', i.total, i.net, i.total, i.net,
    i.total - i.net, i.paid, '', '', '', 'DELIVERED', 'BILLED',
    CASE WHEN i.paid = i.total THEN 'PAID' WHEN i.paid > 0 THEN 'PARTIALLY_PAID' ELSE 'POSTED' END, k.base_currency_id, 1,
    i.voucher, 1, %(now)s, %(now)s
FROM h_invoice i JOIN h_client c ON c.there = i.client JOIN erp_company k ON k.id = %(company)s
""",
    """
INSERT INTO invoices_invoiceitem (id, company_id, invoice_id, line_no, name, item_code, barcode, quantity, mrp, line_total,
    item_id, discount_pct, posted_as_tracked, company_name, packing, shelf_location, batch_no, remarks)
SELECT gen_random_uuid(), %(company)s, i.id, l.line_no, l.name, l.code, '', l.quantity, l.rate, l.net, m.id, l.discount,
    false, '', '', '', '', ''
FROM h_line l JOIN h_invoice i ON i.there = l.invoice
LEFT JOIN inventory_item m ON m.company_id = %(company)s AND m.sku = l.code
""",
    f"""
INSERT INTO invoices_payment (id, company_id, payment_number, kind, status, customer_id, payment_date, mode, account_id,
    currency_id, exchange_rate, amount, allocated_amount, reference_number, notes, voucher_id, version, created_at,
    updated_at)
SELECT p.id, %(company)s, erp_spelled_number('RCT', p.year, s.last_number - p.place::int), 'RECEIPT', 'POSTED', c.id, p.day,
    CASE WHEN p.cash THEN 'CASH' ELSE 'BANK_TRANSFER' END, a.id, k.base_currency_id, 1, p.amount, p.shared, '', '',
    p.voucher, 1, %(now)s, %(now)s
FROM (SELECT p.*, {_PLACE} AS place FROM (
    SELECT h_payment.*, extract(year FROM day - interval '3 months')::int AS year FROM h_payment) p) p
JOIN h_client c ON c.there = p.client JOIN erp_company k ON k.id = %(company)s
JOIN erp_numberseries s ON s.company_id = %(company)s AND s.series = 'RCT' AND s.year = p.year
JOIN accounting_ledgeraccount a ON a.company_id = %(company)s AND a.role = CASE WHEN p.cash THEN 'CASH' ELSE 'BANK' END
""",
    """
INSERT INTO invoices_paymentallocation (id, company_id, payment_id, invoice_id, amount, allocation_date, created_at)
SELECT gen_random_uuid(), %(company)s, p.id, i.id, round((s->>'amount')::numeric, 2), greatest(p.day, i.day), %(now)s
FROM h_payment p CROSS JOIN LATERAL jsonb_array_elements(p.body->'paymentCovers') AS s
JOIN h_invoice i ON i.there = s->>'invoiceId'
""",
    """
INSERT INTO erp_auditentry (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id, changes)
SELECT %(company)s, %(now)s, 'user', 'bench', '', 'migrate_' || kind, kind, id, ''
FROM (SELECT 'customer' AS kind, id FROM h_client UNION ALL SELECT 'invoice', id FROM h_invoice
    UNION ALL SELECT 'payment', id FROM h_payment) d
""",
)


def write_by_hand(folder: Path, company: str) -> int:
    """Answers how many invoices were written."""
    from erp.database import DatabaseRole, conninfo

    written = 0
    with psycopg.connect(conninfo(DatabaseRole.APP), autocommit=True) as connection:
        connection.execute(TABLES)
        for rows in _batches(folder):
            named: dict[str, Any] = {"company": UUID(company), "now": datetime.now(UTC)}
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.company_id', %s, true)", (company,))
                with cursor.copy("COPY h_input (entity, body) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                cursor.execute(READ)
                cursor.execute("ANALYZE h_client, h_invoice, h_line, h_payment, h_voucher")
                cursor.execute(NUMBERS, named)
                for statement in WRITE:
                    cursor.execute(statement, named, prepare=True)
                written += sum(entity == "invoice" for entity, _ in rows)
            # As the migration does: without it the tables are planned for as if they were empty.
            connection.execute("SELECT erp_learn_sizes()")
    return written


def _batches(folder: Path) -> Iterator[list[tuple[str, str]]]:
    """Rows of whole clients, as the files have them."""
    of_clients: defaultdict[Any, list[tuple[str, str]]] = defaultdict(list)
    for entity in ("client", "invoice", "payment"):
        for row in json.loads((folder / f"{entity}s_export.json").read_bytes()):
            if entity != "invoice" or row["status"] in {1, 2, 3}:
                of_clients[row["id"] if entity == "client" else row["clientId"]].append((entity, json.dumps(row)))
    batch: list[tuple[str, str]] = []
    for rows in of_clients.values():
        batch += rows
        if len(batch) >= BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
