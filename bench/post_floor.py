"""The floor of bench/post: one invoice posted by hand, with the guarantees of the product and nothing else."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from bench.documents import NOW

LOCK = """
WITH company AS MATERIALIZED (SELECT 1 FROM erp_company WHERE id = %(company)s FOR SHARE)
SELECT i.status FROM invoices_invoice i
WHERE i.company_id = %(company)s AND i.id = %(invoice)s AND (SELECT count(*) FROM company) > 0 FOR NO KEY UPDATE
"""

LOCK_STOCK = """
SELECT b.id FROM inventory_stockbalance b
JOIN invoices_invoiceitem l ON l.company_id = b.company_id AND l.invoice_id = %(invoice)s
JOIN inventory_item m ON m.company_id = l.company_id AND m.sku = l.item_code AND m.id = b.item_id
JOIN inventory_warehouse w ON w.company_id = b.company_id AND w.is_default AND w.id = b.warehouse_id
WHERE b.company_id = %(company)s ORDER BY b.item_id, b.warehouse_id FOR NO KEY UPDATE OF b
"""

NUMBER = """
UPDATE erp_numberseries SET last_number = last_number + 1
WHERE company_id = %(company)s AND series = 'JV' AND year = 2025 RETURNING last_number
"""

WRITE = """
WITH invoice AS (
    SELECT i.*, w.id AS place, y.id AS year_id, k.base_currency_id AS currency, gen_random_uuid() AS new_voucher,
        (SELECT a.id FROM accounting_ledgeraccount a WHERE a.company_id = i.company_id AND a.owner_id = i.customer_id
            AND a.role = 'RECEIVABLE') AS receivable
    FROM invoices_invoice i
    JOIN erp_company k ON k.id = i.company_id
    JOIN inventory_warehouse w ON w.company_id = i.company_id AND w.is_default
    JOIN accounting_fiscalyear y ON y.company_id = i.company_id AND i.invoice_date BETWEEN y.start_date AND y.end_date
    WHERE i.company_id = %(company)s AND i.id = %(invoice)s AND i.status = 'DRAFT'
), line AS (
    SELECT l.id, l.line_no, l.quantity, m.id AS item_id, i.place, nextval('inventory_stockmovement_id_seq') AS movement_id
    FROM invoice i
    JOIN invoices_invoiceitem l ON l.company_id = i.company_id AND l.invoice_id = i.id
    JOIN inventory_item m ON m.company_id = l.company_id AND m.sku = l.item_code AND m.is_active
), layer AS (
    SELECT l.movement_id, l.quantity AS wanted, y.id, y.received_on, y.quantity, y.value, y.quantity_left, y.value_left,
        sum(y.quantity_left) OVER (PARTITION BY l.id ORDER BY y.received_on, y.id) AS upto
    FROM line l JOIN invoice i ON true
    JOIN inventory_stocklayer y ON y.company_id = i.company_id AND y.item_id = l.item_id AND y.warehouse_id = l.place
        AND y.quantity_left > 0 AND y.booked_on <= i.invoice_date
), taking AS (
    SELECT y.*, least(y.quantity_left, y.wanted - (y.upto - y.quantity_left)) AS taken FROM layer y
    WHERE y.upto - y.quantity_left < y.wanted
), costed AS (
    SELECT t.*, t.value_left - least(t.value_left,
        div(200 * t.value * (t.quantity_left - t.taken) + t.quantity, 2 * t.quantity) / 100) AS cost FROM taking t
), cost AS (
    SELECT sum(cost) AS total FROM costed
), voucher AS (
    INSERT INTO accounting_voucher (id, company_id, kind, number, fiscal_year_id, voucher_date, source_kind, source_id,
        source_revision, total, entry_count, narration, posted_at)
    SELECT i.new_voucher, i.company_id, 'SALES', erp_spelled_number('JV', 2025, %(number)s), i.year_id, i.invoice_date,
        'invoice', i.id, i.revision, i.total_value + c.total, 4, i.invoice_no, %(now)s
    FROM invoice i, cost c
), entry AS (
    INSERT INTO accounting_ledgerentry (company_id, voucher_id, voucher_date, line_no, account_id, debit, credit,
        currency_id, amount_currency, role)
    SELECT i.company_id, i.new_voucher, i.invoice_date, g.line_no, coalesce(a.id, i.receivable),
        CASE g.line_no WHEN 1 THEN i.total_value WHEN 3 THEN c.total ELSE 0 END,
        CASE g.line_no WHEN 2 THEN i.total_value WHEN 4 THEN c.total ELSE 0 END, i.currency,
        CASE g.line_no WHEN 1 THEN i.total_value WHEN 2 THEN -i.total_value WHEN 3 THEN c.total ELSE -c.total END, g.role
    FROM invoice i CROSS JOIN cost c
    CROSS JOIN (VALUES (1, 'RECEIVABLE'), (2, 'SALES'), (3, 'COGS'), (4, 'INVENTORY')) AS g (line_no, role)
    LEFT JOIN accounting_ledgeraccount a ON a.company_id = i.company_id AND a.role = g.role AND a.owner_id IS NULL
        AND g.line_no > 1
), movement AS (
    INSERT INTO inventory_stockmovement (id, company_id, item_id, warehouse_id, kind, quantity, value, booking_date,
        source_kind, source_id, source_line_id, voucher_id, recorded_at)
    SELECT l.movement_id, i.company_id, l.item_id, l.place, 'SALE', -l.quantity,
        -(SELECT sum(c.cost) FROM costed c WHERE c.movement_id = l.movement_id), i.invoice_date, 'invoice', i.id, l.id,
        i.new_voucher, %(now)s
    FROM line l, invoice i
), consumption AS (
    INSERT INTO inventory_layerconsumption (company_id, movement_id, layer_id, quantity, cost)
    SELECT %(company)s, c.movement_id, c.id, c.taken, c.cost FROM costed c ORDER BY c.received_on, c.id
), lines AS (
    UPDATE invoices_invoiceitem t SET item_id = l.item_id, posted_as_tracked = true, import_discount = 0
    FROM line l WHERE t.company_id = %(company)s AND t.id = l.id
), header AS (
    UPDATE invoices_invoice t SET status = 'POSTED', voucher_id = i.new_voucher, subtotal = i.total_value,
        due_date = i.invoice_date, currency_id = i.currency, warehouse_id = i.place, version = i.version + 1,
        updated_at = %(now)s
    FROM invoice i WHERE t.company_id = i.company_id AND t.id = i.id
    RETURNING t.id
), event AS (
    INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)
    SELECT i.company_id, 'invoice_posted', 'invoice', i.id, row_to_json(i)::text, %(now)s FROM invoice i
), audit AS (
    INSERT INTO erp_auditentry (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id,
        changes)
    SELECT i.company_id, %(now)s, 'user', '', '', 'post_invoice', 'invoice', i.id, '' FROM invoice i
)
SELECT count(*) FROM header
"""


def post_by_hand(actor: Any, ids: Sequence[UUID]) -> list[float]:
    """Each id in a transaction of its own, as the serving role; seconds that each took."""
    from erp.database import DatabaseRole, conninfo

    latencies = []
    with psycopg.connect(conninfo(DatabaseRole.APP)) as connection:
        connection.prepare_threshold = 0
        for one in ids:
            began = time.perf_counter()
            named: dict[str, Any] = {"company": actor.company_id, "invoice": one, "now": NOW}
            with connection.transaction():
                connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                connection.execute(LOCK, named)
                connection.execute(LOCK_STOCK, named)
                (number,) = connection.execute(NUMBER, named).fetchone() or (None,)
                written = connection.execute(WRITE, named | {"number": number}).fetchone()
            assert written == (1,), "the floor posts what it is given"
            latencies.append(time.perf_counter() - began)
    return latencies
