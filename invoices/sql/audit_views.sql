-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i09_posted_has_voucher WITH (security_invoker = true) AS
WITH standing AS (
    SELECT v.company_id, v.source_kind, v.source_id, count(*) AS rows, min(v.id::text) AS voucher,
        min(v.source_revision) AS revision
    FROM accounting_voucher v
    LEFT JOIN accounting_voucher r ON r.company_id = v.company_id AND r.reverses_id = v.id
    WHERE v.reverses_id IS NULL AND r.id IS NULL GROUP BY 1, 2, 3
)
SELECT i.company_id, i.invoice_no::text AS key, i.status || ', ' || coalesce(s.rows, 0) || ' standing vouchers' AS detail
FROM invoices_invoice i
LEFT JOIN standing s ON s.company_id = i.company_id AND s.source_kind = 'invoice' AND s.source_id = i.id
WHERE CASE WHEN i.status IN ('DRAFT', 'CANCELLED') THEN s.rows IS NOT NULL
    ELSE s.rows IS DISTINCT FROM 1 OR s.voucher IS DISTINCT FROM i.voucher_id::text OR s.revision <> i.revision END
UNION ALL
SELECT p.company_id, p.payment_number, p.status || ', ' || coalesce(s.rows, 0) || ' standing vouchers'
FROM invoices_payment p
LEFT JOIN standing s ON s.company_id = p.company_id AND s.source_kind = 'payment' AND s.source_id = p.id
WHERE CASE WHEN p.status = 'POSTED' THEN s.rows IS DISTINCT FROM 1 OR s.voucher IS DISTINCT FROM p.voucher_id::text
    ELSE s.rows IS NOT NULL END
UNION ALL
SELECT s.company_id, s.source_kind || ' ' || s.source_id, 'a voucher without its document'
FROM standing s
WHERE (s.source_kind = 'invoice' AND NOT EXISTS (
        SELECT 1 FROM invoices_invoice i WHERE i.company_id = s.company_id AND i.id = s.source_id))
    OR (s.source_kind = 'payment' AND NOT EXISTS (
        SELECT 1 FROM invoices_payment p WHERE p.company_id = s.company_id AND p.id = s.source_id));
COMMENT ON VIEW audit_i09_posted_has_voucher IS 'A document is posted if and only if exactly one voucher of it stands';

CREATE VIEW audit_i10_party_leg WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, 'total ' || i.total_value || ', party leg ' || coalesce(e.amount, 0) AS detail
FROM invoices_invoice i
LEFT JOIN (SELECT e.company_id, e.voucher_id, min(a.owner_id::text) AS owner, max(a.owner_id::text) AS other_owner,
        sum(CASE e.currency_id WHEN c.base_currency_id THEN e.debit - e.credit ELSE e.amount_currency END) AS amount
    FROM accounting_ledgerentry e
    JOIN erp_company c ON c.id = e.company_id
    JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
    WHERE e.role IN ('RECEIVABLE', 'PAYABLE') GROUP BY 1, 2) e ON e.company_id = i.company_id AND e.voucher_id = i.voucher_id
WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
    AND (CASE i.invoice_type WHEN 'SALES' THEN i.total_value ELSE -i.total_value END <> coalesce(e.amount, 0)
        OR (i.invoice_type = 'SALES' AND (e.owner <> i.customer_id::text OR e.other_owner <> i.customer_id::text)))
UNION ALL
SELECT p.company_id, p.payment_number, 'amount ' || p.amount || ', money leg ' || coalesce(sum(e.amount_currency), 0)
FROM invoices_payment p
LEFT JOIN accounting_ledgerentry e ON e.company_id = p.company_id AND e.voucher_id = p.voucher_id
    AND e.account_id = p.account_id
WHERE p.status = 'POSTED'
GROUP BY p.company_id, p.id
HAVING coalesce(sum(e.amount_currency), 0) <> CASE p.kind WHEN 'RECEIPT' THEN p.amount ELSE -p.amount END;
COMMENT ON VIEW audit_i10_party_leg IS 'The party leg of a voucher is the total of its document';

CREATE VIEW audit_i11_tax_legs WITH (security_invoker = true) AS
WITH line AS (
    SELECT l.company_id, l.invoice_id, sum(l.cgst) AS cgst, sum(l.sgst) AS sgst, sum(l.utgst) AS utgst, sum(l.igst) AS igst
    FROM invoices_invoiceitem l GROUP BY 1, 2
), leg AS (
    SELECT e.company_id, e.voucher_id,
        coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%\_CGST'), 0) AS cgst,
        coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%\_SGST'), 0) AS sgst,
        coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%\_UTGST'), 0) AS utgst,
        coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%\_IGST'), 0) AS igst
    FROM accounting_ledgerentry e WHERE e.role LIKE 'INPUT\_%' OR e.role LIKE 'OUTPUT\_%' GROUP BY 1, 2
)
SELECT i.company_id, i.invoice_no::text AS key, 'tax of the lines and of the voucher differ in a component' AS detail
FROM invoices_invoice i
JOIN line l ON l.company_id = i.company_id AND l.invoice_id = i.id
LEFT JOIN leg e ON e.company_id = i.company_id AND e.voucher_id = i.voucher_id
WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
    AND ROW(l.cgst, l.sgst, l.utgst, l.igst)
        <> ROW(coalesce(e.cgst, 0), coalesce(e.sgst, 0), coalesce(e.utgst, 0), coalesce(e.igst, 0));
COMMENT ON VIEW audit_i11_tax_legs IS 'The tax legs of a voucher are the tax of its lines, component by component';

CREATE VIEW audit_i12_total_adds_up WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key,
    i.total_value || ' is not ' || i.subtotal || ' + ' || i.tax_amount || ' + ' || i.round_off AS detail
FROM invoices_invoice i
WHERE (i.total_value = i.subtotal + i.tax_amount + i.round_off AND abs(i.round_off) <= 0.50 AND i.total_value >= 0) IS FALSE
    OR (i.subtotal IS NULL AND i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')) OR i.total_value = 'NaN';
COMMENT ON VIEW audit_i12_total_adds_up IS 'Total is subtotal, tax and a round-off of at most 0.50';

CREATE VIEW audit_i13_header_is_lines WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key,
    i.items_total || '/' || i.tax_amount || ' in the header, ' || coalesce(l.total, 0) || '/' || coalesce(l.tax, 0)
        || ' by ' || coalesce(l.rows, 0) || ' lines' AS detail
FROM invoices_invoice i
LEFT JOIN (SELECT company_id, invoice_id, count(*) AS rows, sum(line_total) AS total,
        sum(line_total - import_discount) AS net, sum(cgst + sgst + utgst + igst) AS tax
    FROM invoices_invoiceitem GROUP BY 1, 2) l ON l.company_id = i.company_id AND l.invoice_id = i.id
WHERE l.rows IS NULL OR i.items_total <> l.total OR i.tax_amount <> l.tax OR i.subtotal <> l.net;
COMMENT ON VIEW audit_i13_header_is_lines IS 'The sums of the header are those of its lines, of which there is one';

CREATE VIEW audit_i14_line_arithmetic WITH (security_invoker = true) AS
SELECT l.company_id, l.id::text AS key, l.quantity || ' × ' || l.mrp || ' − ' || l.discount_pct || ' % − '
        || l.allocated_discount || ' is not ' || l.line_total AS detail
FROM invoices_invoiceitem l
WHERE (l.line_total = round(l.quantity * l.mrp * (100 - l.discount_pct) / 100, 2) - l.allocated_discount
        AND l.line_total >= 0 AND l.quantity > 0 AND l.quantity < 1e9) IS NOT TRUE;
COMMENT ON VIEW audit_i14_line_arithmetic IS 'A line is quantity × rate less its discounts, rounded once';

CREATE VIEW audit_i15_received WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key,
    i.amount_received || ' of ' || i.total_value || ' received, allocations ' || coalesce(a.amount, 0) AS detail
FROM invoices_invoice i
LEFT JOIN (SELECT company_id, invoice_id, sum(amount) AS amount FROM invoices_paymentallocation GROUP BY 1, 2) a
    ON a.company_id = i.company_id AND a.invoice_id = i.id
WHERE i.amount_received <> coalesce(a.amount, 0) OR (i.amount_received BETWEEN 0 AND i.total_value) IS NOT TRUE
UNION ALL
SELECT a.company_id, a.id::text, 'allocated from a ' || p.status || ' payment'
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.company_id = a.company_id AND p.id = a.payment_id
WHERE p.status <> 'POSTED' AND a.releases_id IS NULL AND NOT EXISTS (
    SELECT 1 FROM invoices_paymentallocation r WHERE r.company_id = a.company_id AND r.releases_id = a.id);
COMMENT ON VIEW audit_i15_received IS 'What an invoice received is the sum of its allocations from posted sources';

CREATE VIEW audit_i16_allocated_within_payment WITH (security_invoker = true) AS
SELECT p.company_id, p.payment_number::text AS key,
    p.allocated_amount || ' of ' || p.amount || ' allocated, rows say ' || coalesce(a.amount, 0) AS detail
FROM invoices_payment p
LEFT JOIN (SELECT company_id, payment_id, sum(amount) AS amount FROM invoices_paymentallocation GROUP BY 1, 2) a
    ON a.company_id = p.company_id AND a.payment_id = p.id
WHERE p.allocated_amount <> coalesce(a.amount, 0) OR (p.allocated_amount BETWEEN 0 AND p.amount) IS NOT TRUE;
COMMENT ON VIEW audit_i16_allocated_within_payment IS 'No more of a payment is allocated than it has';

CREATE VIEW audit_i17_status_follows_money WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, i.status || ' with ' || i.amount_received || ' of ' || i.total_value AS detail
FROM invoices_invoice i
WHERE i.status <> CASE
    WHEN i.status IN ('DRAFT', 'CANCELLED') AND i.amount_received = 0 THEN i.status
    WHEN i.amount_received = i.total_value THEN 'PAID'
    WHEN i.amount_received > 0 AND i.amount_received < i.total_value THEN 'PARTIALLY_PAID'
    WHEN i.amount_received = 0 THEN 'POSTED'
    ELSE '?' END;
COMMENT ON VIEW audit_i17_status_follows_money IS 'The status of an invoice follows the money';

CREATE VIEW audit_i18_allocation_joins_alike WITH (security_invoker = true) AS
SELECT a.company_id, a.id::text AS key, p.payment_number || ' and ' || i.invoice_no || ' differ in party, currency or direction'
    AS detail
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.id = a.payment_id
JOIN invoices_invoice i ON i.id = a.invoice_id
WHERE p.company_id <> a.company_id OR i.company_id <> a.company_id OR p.customer_id IS DISTINCT FROM i.customer_id
    OR p.currency_id IS DISTINCT FROM i.currency_id OR (p.kind = 'RECEIPT') <> (i.invoice_type = 'SALES');
COMMENT ON VIEW audit_i18_allocation_joins_alike IS 'A payment settles invoices of its company, party, currency and direction';

-- A layer is suspect when one behind it, in any order that might count, was sold from before it was empty; or when something was
-- put back into it. Only suspects are replayed issue by issue.
CREATE VIEW audit_i24_issue_order WITH (security_invoker = true) AS
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
COMMENT ON VIEW audit_i24_issue_order IS 'Sales took the layers that their rule (FIFO, FEFO, batch) says, in posting order';

CREATE VIEW audit_i24_issue_cost WITH (security_invoker = true) AS
SELECT t.company_id, t.id::text AS key, 'cost ' || t.cost || ', by the layer ' || t.value
        - div(200 * t.value * (t.quantity - t.gone) + t.quantity, 2 * t.quantity) / 100 - t.spent || ' in all' AS detail
FROM (SELECT c.company_id, c.id, c.cost, c.movement_id, l.quantity, l.value, sum(c.quantity) OVER w AS gone,
        sum(c.cost) OVER w - c.cost AS spent,
        min(c.movement_id) FILTER (WHERE c.restores_id IS NOT NULL) OVER (PARTITION BY c.company_id, c.layer_id) AS restored
    FROM inventory_layerconsumption c
    JOIN inventory_stocklayer l ON l.company_id = c.company_id AND l.id = c.layer_id
    WINDOW w AS (PARTITION BY c.company_id, c.layer_id ORDER BY c.movement_id, c.id)) t
WHERE (t.restored IS NULL OR t.movement_id < t.restored)
    AND t.spent + t.cost <> t.value - div(200 * t.value * (t.quantity - t.gone) + t.quantity, 2 * t.quantity) / 100;
COMMENT ON VIEW audit_i24_issue_cost IS 'What is left of a layer after each issue is its rounded share of the value';

CREATE VIEW audit_i26_tracked_lines_issued WITH (security_invoker = true) AS
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
COMMENT ON VIEW audit_i26_tracked_lines_issued IS 'A posted tracked line has one issue of its quantity, and no other has one';

CREATE VIEW audit_i28_documents_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id,
    coalesce(x.series, s.series) || ' ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT d.company_id, split_part(d.number, '-', 1) AS series, substring(d.number FROM '^[A-Z]+-([0-9]{4})-')::int AS year,
        count(*) AS rows, max(substring(d.number FROM '([0-9]{5,8})$')::int) AS top
    FROM (SELECT company_id, invoice_no AS number FROM invoices_invoice WHERE origin = 'ISSUED' AND invoice_type = 'SALES'
        UNION ALL SELECT company_id, payment_number FROM invoices_payment) d
    GROUP BY 1, 2, 3) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series IN ('INV', 'RCT', 'PAY')) s
    ON s.company_id = x.company_id AND s.series = x.series AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_documents_numbered IS 'Numbers of invoices and payments of a year are 1…n without a gap';

CREATE VIEW audit_i29_number_once WITH (security_invoker = true) AS
SELECT i.company_id, btrim(i.invoice_no) AS key, count(*) || ' times' AS detail
FROM invoices_invoice i WHERE i.invoice_type = 'SALES' AND i.origin <> 'HISTORY'
GROUP BY i.company_id, btrim(i.invoice_no) HAVING count(*) > 1;
COMMENT ON VIEW audit_i29_number_once IS 'The number of a sales invoice is unique in its company';

CREATE VIEW audit_i30_order_lines_invoiced WITH (security_invoker = true) AS
SELECT o.company_id, o.id::text AS key,
    o.invoiced_qty || '/' || o.posted_qty || ' on the order, ' || coalesce(s.invoiced, 0) || '/' || coalesce(s.posted, 0)
        || ' on its invoices' AS detail
FROM sales_salesorderline o
LEFT JOIN (SELECT l.company_id, l.order_line_id, sum(l.quantity) FILTER (WHERE i.status <> 'CANCELLED') AS invoiced,
        sum(l.quantity) FILTER (WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')) AS posted
    FROM invoices_invoiceitem l JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id
    WHERE l.order_line_id IS NOT NULL GROUP BY 1, 2) s ON s.company_id = o.company_id AND s.order_line_id = o.id
WHERE o.invoiced_qty <> coalesce(s.invoiced, 0) OR o.posted_qty <> coalesce(s.posted, 0);
COMMENT ON VIEW audit_i30_order_lines_invoiced IS 'What an order line says is invoiced and posted stands on its live invoices';

CREATE VIEW audit_i31_event_per_version WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, coalesce(e.rows, 0) || ' events, version ' || i.version AS detail
FROM invoices_invoice i
JOIN erp_eventchannel c ON c.company_id = i.company_id
LEFT JOIN (SELECT company_id, subject_id, count(*) AS rows FROM erp_outboxevent WHERE subject_kind = 'invoice' GROUP BY 1, 2) e
    ON e.company_id = i.company_id AND e.subject_id = i.id
WHERE i.origin <> 'HISTORY'
    AND (coalesce(e.rows, 0) > i.version OR (c.floor = 0 AND coalesce(e.rows, 0) <> i.version))
UNION ALL
SELECT e.company_id, e.id::text, 'an event of no invoice'
FROM erp_outboxevent e
WHERE e.subject_kind = 'invoice'
    AND NOT EXISTS (SELECT 1 FROM invoices_invoice i WHERE i.company_id = e.company_id AND i.id = e.subject_id);
COMMENT ON VIEW audit_i31_event_per_version IS 'One event per version of an invoice, and none without one';

CREATE VIEW audit_i37_answers_name_real_rows WITH (security_invoker = true) AS
SELECT k.company_id, k.route || ' ' || k.key AS key, 'acknowledged, and absent' AS detail
FROM erp_idempotencykey k
WHERE k.answer LIKE '{%' AND CASE
    WHEN k.route LIKE '%sales/import/invoice/' THEN NOT EXISTS (SELECT 1 FROM invoices_invoice i
        WHERE i.company_id = k.company_id AND i.serial = (k.answer::jsonb #>> '{data,id}')::bigint)
    WHEN k.route = 'POST api/payments/' THEN NOT EXISTS (SELECT 1 FROM invoices_payment p
        WHERE p.company_id = k.company_id AND p.id::text = k.answer::jsonb ->> 'id')
    WHEN k.route = 'POST api/orders/' THEN NOT EXISTS (SELECT 1 FROM sales_salesorder o
        WHERE o.company_id = k.company_id AND o.id::text = k.answer::jsonb ->> 'id')
    WHEN k.route LIKE 'POST api/invoices/from\_%' THEN NOT EXISTS (SELECT 1 FROM invoices_invoice i
        WHERE i.company_id = k.company_id AND i.id::text = k.answer::jsonb ->> 'id')
    WHEN k.answer::jsonb ? 'voucher_id' THEN NOT EXISTS (SELECT 1 FROM accounting_voucher v
        WHERE v.company_id = k.company_id AND v.id::text = k.answer::jsonb ->> 'voucher_id')
    ELSE false END;
COMMENT ON VIEW audit_i37_answers_name_real_rows IS 'What was acknowledged is there';

CREATE VIEW audit_i38_parties_tie_out WITH (security_invoker = true) AS
SELECT coalesce(d.company_id, e.company_id) AS company_id, coalesce(d.party, e.party)::text AS key,
    'documents ' || coalesce(d.open, 0) || ', account ' || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, party, sum(open) AS open FROM (
        SELECT i.company_id, i.customer_id AS party, i.total_value - i.amount_received AS open
        FROM invoices_invoice i WHERE i.status IN ('POSTED', 'PARTIALLY_PAID') AND i.invoice_type = 'SALES'
        UNION ALL
        SELECT p.company_id, p.customer_id, CASE p.kind WHEN 'RECEIPT' THEN -1 ELSE 1 END * (p.amount - p.allocated_amount)
        FROM invoices_payment p WHERE p.status = 'POSTED' AND p.customer_id IS NOT NULL) x
    GROUP BY 1, 2) d
FULL JOIN (SELECT a.company_id, a.owner_id AS party, sum(e.debit - e.credit) AS balance
    FROM accounting_ledgeraccount a
    JOIN accounting_ledgerentry e ON e.company_id = a.company_id AND e.account_id = a.id
    JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
    LEFT JOIN accounting_voucher o ON o.company_id = v.company_id AND o.id = v.reverses_id
    WHERE a.role = 'RECEIVABLE' AND a.owner_id IS NOT NULL AND coalesce(o.kind, v.kind) NOT IN ('OPENING', 'FX')
    GROUP BY 1, 2) e ON e.company_id = d.company_id AND e.party = d.party
WHERE coalesce(d.open, 0) <> coalesce(e.balance, 0);
COMMENT ON VIEW audit_i38_parties_tie_out IS 'Open documents of a customer, less his credit, are the balance of his account';

CREATE VIEW audit_i44_releases WITH (security_invoker = true) AS
SELECT w.company_id, w.id::text AS key, 'releases more, twice, another pair, or a release' AS detail
FROM invoices_paymentallocation w
JOIN invoices_paymentallocation o ON o.company_id = w.company_id AND o.id = w.releases_id
WHERE o.releases_id IS NOT NULL OR o.invoice_id <> w.invoice_id OR o.payment_id IS DISTINCT FROM w.payment_id
    OR o.amount + w.amount < 0 OR w.amount >= 0
UNION ALL
SELECT w.company_id, w.id::text, 'a sign that contradicts what it is'
FROM invoices_paymentallocation w WHERE (w.amount > 0) <> (w.releases_id IS NULL) OR w.amount = 'NaN'
UNION ALL
SELECT w.company_id, w.releases_id::text, count(*) || ' releases'
FROM invoices_paymentallocation w WHERE w.releases_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1;
COMMENT ON VIEW audit_i44_releases IS 'A release takes back one allocation, at most all of it, once';

CREATE VIEW audit_i46_tax_of_one_kind WITH (security_invoker = true) AS
SELECT l.company_id, l.id::text AS key,
    'CGST ' || l.cgst || ', SGST ' || l.sgst || ', UTGST ' || l.utgst || ', IGST ' || l.igst AS detail
FROM invoices_invoiceitem l
WHERE l.cgst <> l.sgst + l.utgst OR (l.sgst <> 0 AND l.utgst <> 0) OR (l.igst <> 0 AND l.cgst <> 0)
    OR least(l.cgst, l.sgst, l.utgst, l.igst) < 0 OR 'NaN' IN (l.cgst, l.sgst, l.utgst, l.igst);
COMMENT ON VIEW audit_i46_tax_of_one_kind IS 'CGST equals SGST or UTGST on every line, and never meets IGST';

CREATE VIEW audit_i47_posted_content WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, CASE WHEN s.id IS NULL THEN 'posted without a seal'
    ELSE 'says other things than when it was posted' END AS detail
FROM invoices_invoice i
LEFT JOIN invoices_contentseal s ON s.company_id = i.company_id AND s.invoice_id = i.id AND s.revision = i.revision
WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
    AND s.content_hash IS DISTINCT FROM invoices_content_hash(i.company_id, i.id);
COMMENT ON VIEW audit_i47_posted_content IS 'What is posted says what it said, but for a new revision';

CREATE VIEW audit_i48_own_numbers_legal WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, 'dated ' || i.invoice_date AS detail
FROM invoices_invoice i JOIN erp_company c ON c.id = i.company_id
WHERE i.origin = 'ISSUED' AND (i.invoice_no !~ '^[A-Za-z0-9/-]{1,16}$'
    OR substring(i.invoice_no FROM '-([0-9]{4})-')::int IS DISTINCT FROM extract(year FROM i.invoice_date)::int
        - CASE WHEN extract(month FROM i.invoice_date) < c.fiscal_year_start THEN 1 ELSE 0 END)
UNION ALL
SELECT p.company_id, p.payment_number, 'dated ' || p.payment_date
FROM invoices_payment p JOIN erp_company c ON c.id = p.company_id
WHERE p.payment_number !~ '^[A-Za-z0-9/-]{1,16}$'
    OR substring(p.payment_number FROM '-([0-9]{4})-')::int IS DISTINCT FROM extract(year FROM p.payment_date)::int
        - CASE WHEN extract(month FROM p.payment_date) < c.fiscal_year_start THEN 1 ELSE 0 END;
COMMENT ON VIEW audit_i48_own_numbers_legal IS 'Our numbers have at most 16 legal characters and the fiscal year of their date';

CREATE VIEW audit_i54_writes_are_audited WITH (security_invoker = true) AS
SELECT v.company_id, v.number::text AS key, v.source_kind || ' ' || v.source_id || ' was booked by nobody' AS detail
FROM accounting_voucher v
WHERE NOT EXISTS (SELECT 1 FROM erp_auditentry a
    WHERE a.company_id = v.company_id AND a.subject_id = v.source_id AND a.at = v.posted_at)
UNION ALL
SELECT i.company_id, i.invoice_no, 'no entry says who made it'
FROM invoices_invoice i
WHERE NOT EXISTS (SELECT 1 FROM erp_auditentry a WHERE a.company_id = i.company_id AND a.subject_id = i.id);
COMMENT ON VIEW audit_i54_writes_are_audited IS 'Whatever was booked or written names who did it';

CREATE VIEW audit_i32_invoices_rows_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'invoices_invoice.customer_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM invoices_invoice c LEFT JOIN sales_customer p ON p.id = c.customer_id AND p.company_id = c.company_id
WHERE c.customer_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoice.salesman_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoice c LEFT JOIN sales_salesman p ON p.id = c.salesman_id AND p.company_id = c.company_id
WHERE c.salesman_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoice.sales_order_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoice c LEFT JOIN sales_salesorder p ON p.id = c.sales_order_id AND p.company_id = c.company_id
WHERE c.sales_order_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoice.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoice c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE c.warehouse_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoice.voucher_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoice c LEFT JOIN accounting_voucher p ON p.id = c.voucher_id AND p.company_id = c.company_id
WHERE c.voucher_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoiceitem.invoice_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoiceitem c LEFT JOIN invoices_invoice p ON p.id = c.invoice_id AND p.company_id = c.company_id
WHERE c.invoice_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoiceitem.item_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoiceitem c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE c.item_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoiceitem.order_line_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoiceitem c LEFT JOIN sales_salesorderline p ON p.id = c.order_line_id AND p.company_id = c.company_id
WHERE c.order_line_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoiceitem.uom_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoiceitem c LEFT JOIN inventory_uom p ON p.id = c.uom_id AND p.company_id = c.company_id
WHERE c.uom_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_contentseal.invoice_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_contentseal c LEFT JOIN invoices_invoice p ON p.id = c.invoice_id AND p.company_id = c.company_id
WHERE c.invoice_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_payment.customer_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_payment c LEFT JOIN sales_customer p ON p.id = c.customer_id AND p.company_id = c.company_id
WHERE c.customer_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_payment.account_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_payment c LEFT JOIN accounting_ledgeraccount p ON p.id = c.account_id AND p.company_id = c.company_id
WHERE c.account_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_payment.voucher_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_payment c LEFT JOIN accounting_voucher p ON p.id = c.voucher_id AND p.company_id = c.company_id
WHERE c.voucher_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_paymentallocation.payment_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_paymentallocation c LEFT JOIN invoices_payment p ON p.id = c.payment_id AND p.company_id = c.company_id
WHERE c.payment_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_paymentallocation.invoice_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_paymentallocation c LEFT JOIN invoices_invoice p ON p.id = c.invoice_id AND p.company_id = c.company_id
WHERE c.invoice_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_paymentallocation.releases_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_paymentallocation c LEFT JOIN invoices_paymentallocation p ON p.id = c.releases_id AND p.company_id = c.company_id
WHERE c.releases_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_invoices_rows_stay_apart IS 'No row of invoices refers to another company''s row, or to none';
