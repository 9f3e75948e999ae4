-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i28_purchase_orders_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id, 'PO' AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT o.company_id, count(*) AS rows,
        max(coalesce(substring(o.order_number FROM '^PO-([0-9]{5,8})$'), '0')::int) AS top
    FROM purchasing_purchaseorder o GROUP BY o.company_id) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series = 'PO') s ON s.company_id = x.company_id
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_purchase_orders_numbered IS 'Numbers of purchase orders are 1…n without a gap';

CREATE VIEW audit_i30_purchase_orders_received WITH (security_invoker = true) AS
SELECT o.company_id, o.id::text AS key,
    o.received_qty || ' of ' || o.quantity || ' received, receipts say ' || coalesce(came.quantity, 0) AS detail
FROM purchasing_purchaseorderline o
LEFT JOIN (SELECT l.company_id, l.order_line_id, sum(l.quantity) AS quantity
    FROM purchasing_goodsreceiptline l
    JOIN purchasing_goodsreceipt r ON r.company_id = l.company_id AND r.id = l.receipt_id AND r.status = 'POSTED'
    GROUP BY 1, 2) came ON came.company_id = o.company_id AND came.order_line_id = o.id
WHERE o.received_qty <> coalesce(came.quantity, 0) OR (o.received_qty BETWEEN 0 AND o.quantity) IS NOT TRUE
UNION ALL
SELECT l.company_id, r.receipt_number || ' line ' || l.line_no, 'came for another order, supplier or item'
FROM purchasing_goodsreceiptline l
JOIN purchasing_goodsreceipt r ON r.company_id = l.company_id AND r.id = l.receipt_id
LEFT JOIN purchasing_purchaseorderline o ON o.company_id = l.company_id AND o.id = l.order_line_id
LEFT JOIN purchasing_purchaseorder d ON d.company_id = o.company_id AND d.id = o.order_id
WHERE (l.order_line_id IS NOT NULL OR r.purchase_order_id IS NOT NULL)
    AND (o.order_id IS DISTINCT FROM r.purchase_order_id OR d.supplier_id <> r.supplier_id OR o.item_id <> l.item_id)
UNION ALL
SELECT d.company_id, d.order_number, 'is ' || d.status || ', and what has come says otherwise'
FROM purchasing_purchaseorder d
WHERE (d.status = 'IN_PROGRESS') <> EXISTS (SELECT 1 FROM purchasing_purchaseorderline o
    WHERE o.company_id = d.company_id AND o.order_id = d.id AND o.received_qty > 0);
COMMENT ON VIEW audit_i30_purchase_orders_received IS 'What a purchase order says has come is on its receipts that stand';

CREATE VIEW audit_i32_purchase_orders_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'purchasing_purchaseorder.supplier_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM purchasing_purchaseorder c LEFT JOIN purchasing_supplier p ON p.id = c.supplier_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_purchaseorder.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_purchaseorder c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_purchaseorderline.order_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_purchaseorderline c
LEFT JOIN purchasing_purchaseorder p ON p.id = c.order_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_purchaseorderline.item_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_purchaseorderline c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_purchaseorderline.uom_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_purchaseorderline c LEFT JOIN inventory_uom p ON p.id = c.uom_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_goodsreceipt.purchase_order_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_goodsreceipt c
LEFT JOIN purchasing_purchaseorder p ON p.id = c.purchase_order_id AND p.company_id = c.company_id
WHERE c.purchase_order_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_goodsreceiptline.order_line_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_goodsreceiptline c
LEFT JOIN purchasing_purchaseorderline p ON p.id = c.order_line_id AND p.company_id = c.company_id
WHERE c.order_line_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_purchase_orders_stay_apart IS 'No purchase order, nor what came for it, refers to another company''s row, or to none';
