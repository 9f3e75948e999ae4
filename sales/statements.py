"""The hand-written SQL of sales orders. Every statement names the company. Texts are fixed; values are bound."""

MARK_INVOICED = """order_line AS (
    UPDATE sales_salesorderline l SET posted_qty = l.posted_qty + p.value::numeric
    FROM jsonb_each_text(%(posted_quantities)s::jsonb) AS p
    WHERE l.company_id = %(company)s AND l.id = p.key::uuid
    RETURNING l.id, l.order_id, l.quantity > l.posted_qty AS is_open
), sales_order AS (
    UPDATE sales_salesorder o
    SET status = CASE WHEN p.is_open THEN 'IN_PROGRESS' ELSE 'INVOICED' END,
        invoiced_at = CASE WHEN p.is_open THEN NULL ELSE %(now)s::timestamptz END,
        version = o.version + 1, updated_at = %(now)s
    FROM (SELECT t.order_id, bool_or(t.is_open) OR EXISTS (
                SELECT 1 FROM sales_salesorderline l WHERE l.company_id = %(company)s AND l.order_id = t.order_id
                    AND l.quantity > l.posted_qty AND NOT EXISTS (SELECT 1 FROM order_line s WHERE s.id = l.id)) AS is_open
            FROM order_line t GROUP BY t.order_id) AS p
    WHERE o.company_id = %(company)s AND o.id = p.order_id
    RETURNING 1
)"""
"""The CTEs `order_line` and `sales_order`: a part of the statement that posts an invoice. `posted_quantities` is what
`order_quantities` spells. An order is INVOICED when everything is posted, else IN_PROGRESS. The orders are locked."""

MOVE_QUANTITIES = """
UPDATE sales_salesorderline l
SET invoiced_qty = l.invoiced_qty + p.invoiced, posted_qty = l.posted_qty + p.posted
FROM (SELECT coalesce(i.key, o.key)::uuid AS id, coalesce(i.value::numeric, 0) AS invoiced,
        coalesce(o.value::numeric, 0) AS posted
    FROM jsonb_each_text(%(invoiced)s::jsonb) AS i FULL JOIN jsonb_each_text(%(posted)s::jsonb) AS o ON o.key = i.key) AS p
WHERE l.company_id = %(company)s AND l.order_id = %(order)s AND l.id = p.id
"""
