-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i28_orders_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id, 'SO' AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT o.company_id, count(*) AS rows,
        max(coalesce(substring(o.order_number FROM '^SO-([0-9]{5,8})$'), '0')::int) AS top
    FROM sales_salesorder o GROUP BY o.company_id) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series = 'SO') s ON s.company_id = x.company_id
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_orders_numbered IS 'Order numbers are 1…n without a gap';

CREATE VIEW audit_i30_order_lines_within WITH (security_invoker = true) AS
SELECT l.company_id, l.id::text AS key,
    l.posted_qty || ' posted, ' || l.invoiced_qty || ' invoiced, ' || l.quantity || ' ordered' AS detail
FROM sales_salesorderline l
WHERE (0 <= l.posted_qty AND l.posted_qty <= l.invoiced_qty AND l.invoiced_qty <= l.quantity) IS NOT TRUE;
COMMENT ON VIEW audit_i30_order_lines_within IS 'No more is posted than invoiced, nor invoiced than ordered';

CREATE VIEW audit_i41_reserved_within_order WITH (security_invoker = true) AS
SELECT r.company_id, r.id::text AS key,
    r.quantity || ' reserved, ' || coalesce(l.quantity - l.posted_qty, 0) || ' not posted' AS detail
FROM inventory_reservation r
LEFT JOIN sales_salesorderline l ON l.company_id = r.company_id AND l.id = r.source_id
WHERE r.source_kind = 'sales_order_line'
    AND (l.id IS NULL OR r.quantity > l.quantity - l.posted_qty OR r.item_id <> l.item_id);
COMMENT ON VIEW audit_i41_reserved_within_order IS 'A reservation is no more than its order line has not posted';

CREATE VIEW audit_i32_sales_rows_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'sales_salesorder.customer_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM sales_salesorder c LEFT JOIN sales_customer p ON p.id = c.customer_id AND p.company_id = c.company_id
WHERE c.customer_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'sales_salesorder.salesman_id of ' || c.id, 'refers to nothing of its company'
FROM sales_salesorder c LEFT JOIN sales_salesman p ON p.id = c.salesman_id AND p.company_id = c.company_id
WHERE c.salesman_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'sales_salesorder.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM sales_salesorder c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE c.warehouse_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'sales_salesorderline.order_id of ' || c.id, 'refers to nothing of its company'
FROM sales_salesorderline c LEFT JOIN sales_salesorder p ON p.id = c.order_id AND p.company_id = c.company_id
WHERE c.order_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'sales_salesorderline.item_id of ' || c.id, 'refers to nothing of its company'
FROM sales_salesorderline c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE c.item_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'sales_salesorderline.uom_id of ' || c.id, 'refers to nothing of its company'
FROM sales_salesorderline c LEFT JOIN inventory_uom p ON p.id = c.uom_id AND p.company_id = c.company_id
WHERE c.uom_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_sales_rows_stay_apart IS 'No row of sales refers to another company''s row, or to none';
