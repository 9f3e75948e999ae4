-- As audit_views.sql and credit_audit_views.sql had them.
CREATE OR REPLACE VIEW audit_i18_allocation_joins_alike WITH (security_invoker = true) AS
SELECT a.company_id, a.id::text AS key, p.payment_number || ' and ' || i.invoice_no || ' differ in party, currency or direction'
    AS detail
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.id = a.payment_id
JOIN invoices_invoice i ON i.id = a.invoice_id
WHERE p.company_id <> a.company_id OR i.company_id <> a.company_id OR p.customer_id IS DISTINCT FROM i.customer_id
    OR p.supplier_id IS DISTINCT FROM i.supplier_id
    OR p.currency_id IS DISTINCT FROM i.currency_id OR (p.kind = 'RECEIPT') <> (i.invoice_type = 'SALES');

CREATE OR REPLACE VIEW audit_i24_issue_order WITH (security_invoker = true) AS
WITH taken AS (
    SELECT c.company_id, c.layer_id, m.id AS movement_id, m.item_id, m.warehouse_id, m.booking_date,
        item.batch_required AND line.batch_no <> '' AS of_batch, item.issue_rule = 'FIFO' OR item.version > 1 AS by_receipt,
        item.issue_rule = 'FEFO' OR item.version > 1 AS by_expiry
    FROM inventory_layerconsumption c
    JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id AND m.kind = 'SALE'
    JOIN inventory_item item ON item.company_id = m.company_id AND item.id = m.item_id
    LEFT JOIN invoices_invoiceitem line ON line.company_id = m.company_id AND line.id = m.source_line_id
    WHERE c.restores_id IS NULL
), gone AS (
    SELECT c.company_id, c.layer_id, max(c.movement_id) AS last_taken, bool_or(c.restores_id IS NOT NULL) AS restored,
        min(c.movement_id) FILTER (WHERE m.kind = 'SALE' AND c.restores_id IS NULL) AS first_sold
    FROM inventory_layerconsumption c
    JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
    GROUP BY 1, 2
), layer AS (
    SELECT l.company_id, l.id, l.item_id, l.warehouse_id, l.batch_id, l.received_on, l.booked_on, l.quantity, l.movement_id,
        coalesce(b.expiry_date, 'infinity') AS expiry, coalesce(g.restored, false) AS restored,
        CASE WHEN l.quantity_left = 0 THEN g.last_taken ELSE 9223372036854775807 END AS emptied_by,
        b.is_blocked OR EXISTS (SELECT 1 FROM erp_auditentry a WHERE a.company_id = b.company_id AND a.subject_id = b.id)
            AS perhaps_blocked,
        least(min(g.first_sold) OVER (PARTITION BY l.company_id, l.item_id, l.warehouse_id ORDER BY l.received_on, l.id
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING),
            min(g.first_sold) OVER (PARTITION BY l.company_id, l.item_id, l.warehouse_id
                ORDER BY coalesce(b.expiry_date, 'infinity'), l.received_on, l.id
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING),
            min(g.first_sold) OVER (PARTITION BY l.company_id, l.item_id, l.warehouse_id, l.batch_id
                ORDER BY l.received_on, l.id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)) AS sold_behind
    FROM inventory_stocklayer l
    LEFT JOIN inventory_batch b ON b.company_id = l.company_id AND b.id = l.batch_id
    LEFT JOIN gone g ON g.company_id = l.company_id AND g.layer_id = l.id
)
SELECT t.company_id, t.movement_id::text AS key, 'took layer ' || t.layer_id || ' while ' || p.id || ' came first' AS detail
FROM layer p
JOIN taken t ON t.company_id = p.company_id AND t.item_id = p.item_id AND t.warehouse_id = p.warehouse_id AND t.layer_id <> p.id
    AND t.movement_id > p.movement_id AND t.booking_date BETWEEN p.booked_on AND p.expiry
    AND (t.movement_id < p.emptied_by OR p.restored)
JOIN layer l ON l.company_id = t.company_id AND l.id = t.layer_id
WHERE (p.restored OR p.sold_behind < p.emptied_by) AND p.perhaps_blocked IS NOT TRUE
    AND (NOT t.of_batch OR p.batch_id = l.batch_id)
    AND (NOT (t.by_receipt OR t.of_batch) OR (p.received_on, p.id) < (l.received_on, l.id))
    AND (NOT t.by_expiry OR t.of_batch OR (p.expiry, p.received_on, p.id) < (l.expiry, l.received_on, l.id))
    AND (NOT p.restored OR (
        p.quantity > (SELECT coalesce(sum(c.quantity), 0) FROM inventory_layerconsumption c
            WHERE c.company_id = p.company_id AND c.layer_id = p.id AND c.movement_id <= t.movement_id)
        AND NOT EXISTS (
            SELECT 1 FROM inventory_layerconsumption c
            JOIN inventory_stockmovement m ON m.company_id = c.company_id AND m.id = c.movement_id
            WHERE c.company_id = p.company_id AND c.layer_id = p.id AND c.restores_id IS NOT NULL
                AND c.movement_id < t.movement_id AND m.booking_date > t.booking_date)));

CREATE OR REPLACE VIEW audit_i26_tracked_lines_issued WITH (security_invoker = true) AS
SELECT l.company_id, l.id::text AS key, i.invoice_no || ' line ' || l.line_no || ': ' || count(m.id) || ' issues' AS detail
FROM invoices_invoice i
JOIN invoices_invoiceitem l ON l.company_id = i.company_id AND l.invoice_id = i.id
LEFT JOIN inventory_stockmovement m ON m.company_id = l.company_id AND m.source_line_id = l.id AND m.kind = 'SALE'
    AND m.voucher_id = i.voucher_id AND m.item_id = l.item_id AND m.quantity = -l.quantity
WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AND i.invoice_type = 'SALES'
GROUP BY l.company_id, l.id, i.invoice_no
HAVING count(m.id) <> CASE WHEN l.posted_as_tracked THEN 1 ELSE 0 END OR l.posted_as_tracked IS NULL
UNION ALL
SELECT m.company_id, m.id::text, 'an issue of no posted line'
FROM inventory_stockmovement m
LEFT JOIN invoices_invoiceitem l ON l.company_id = m.company_id AND l.id = m.source_line_id
LEFT JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id
LEFT JOIN accounting_voucher r ON r.company_id = m.company_id AND r.reverses_id = m.voucher_id
WHERE m.kind = 'SALE' AND (i.id IS NULL OR (i.voucher_id IS DISTINCT FROM m.voucher_id AND r.id IS NULL)
    OR (l.posted_as_tracked IS NOT TRUE AND r.id IS NULL));

CREATE OR REPLACE VIEW audit_i18_credit_joins_alike WITH (security_invoker = true) AS
SELECT a.company_id, a.id::text AS key, n.credit_note_number || ' and ' || i.invoice_no || ' differ in party or currency'
    AS detail
FROM invoices_creditnoteallocation a
JOIN invoices_creditnote n ON n.id = a.credit_note_id
JOIN invoices_invoice i ON i.id = a.invoice_id
WHERE n.company_id <> a.company_id OR i.company_id <> a.company_id OR n.customer_id IS DISTINCT FROM i.customer_id
    OR n.currency_id IS DISTINCT FROM i.currency_id OR i.invoice_type <> 'SALES'
UNION ALL
SELECT n.company_id, n.id::text, n.credit_note_number || ' is of another customer''s or currency''s invoice'
FROM invoices_creditnote n
JOIN invoices_invoice i ON i.id = n.invoice_id
WHERE n.customer_id IS DISTINCT FROM i.customer_id OR n.currency_id IS DISTINCT FROM i.currency_id
    OR i.invoice_type <> 'SALES';
