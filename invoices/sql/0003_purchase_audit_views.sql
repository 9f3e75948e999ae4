-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i30_purchase_lines_billed WITH (security_invoker = true) AS
WITH billed AS (
    SELECT l.company_id, l.purchase_line_id, sum(l.quantity) FILTER (WHERE i.status <> 'CANCELLED') AS invoiced,
        sum(l.quantity) FILTER (WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')) AS posted
    FROM invoices_invoiceitem l JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id
    WHERE l.purchase_line_id IS NOT NULL GROUP BY 1, 2
)
SELECT o.company_id, o.id::text AS key,
    o.invoiced_qty || '/' || o.posted_qty || ' on the order, ' || coalesce(s.invoiced, 0) || '/' || coalesce(s.posted, 0)
        || ' on its bills' AS detail
FROM purchasing_purchaseorderline o
LEFT JOIN billed s ON s.company_id = o.company_id AND s.purchase_line_id = o.id
WHERE o.invoiced_qty <> coalesce(s.invoiced, 0) OR o.posted_qty <> coalesce(s.posted, 0)
UNION ALL
SELECT i.company_id, i.invoice_no || ' line ' || l.line_no, 'is of another order, supplier or item'
FROM invoices_invoice i
JOIN invoices_invoiceitem l ON l.company_id = i.company_id AND l.invoice_id = i.id
LEFT JOIN purchasing_purchaseorderline o ON o.company_id = l.company_id AND o.id = l.purchase_line_id
LEFT JOIN purchasing_purchaseorder d ON d.company_id = o.company_id AND d.id = o.order_id
WHERE (i.invoice_type = 'PURCHASE' AND (l.order_line_id IS NOT NULL OR o.order_id IS DISTINCT FROM i.purchase_order_id
        OR d.supplier_id <> i.supplier_id OR o.item_id IS DISTINCT FROM l.item_id))
    OR (i.invoice_type = 'SALES' AND l.purchase_line_id IS NOT NULL);
COMMENT ON VIEW audit_i30_purchase_lines_billed IS 'What a line of a purchase order says is billed stands on its live bills';

CREATE VIEW audit_i43_bills_take_out_of_grni WITH (security_invoker = true) AS
SELECT o.company_id, o.id::text AS key, 'billed for ' || o.billed_value || ', its bills say ' || coalesce(s.value, 0) AS detail
FROM purchasing_purchaseorderline o
LEFT JOIN (SELECT l.company_id, l.purchase_line_id, sum(l.grni_value) AS value
    FROM invoices_invoiceitem l JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id
    WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AND l.purchase_line_id IS NOT NULL GROUP BY 1, 2) s
    ON s.company_id = o.company_id AND s.purchase_line_id = o.id
WHERE o.billed_value <> coalesce(s.value, 0)
UNION ALL
SELECT i.company_id, i.invoice_no, 'lines take ' || coalesce(l.value, 0) || ' out of GRNI, the voucher ' || coalesce(e.value, 0)
FROM invoices_invoice i
LEFT JOIN LATERAL (SELECT sum(l.grni_value) AS value FROM invoices_invoiceitem l
    WHERE l.company_id = i.company_id AND l.invoice_id = i.id) l ON true
LEFT JOIN LATERAL (SELECT sum(e.debit - e.credit) AS value FROM accounting_ledgerentry e
    WHERE e.company_id = i.company_id AND e.voucher_id = i.voucher_id AND e.role = 'GRNI') e ON true
WHERE i.invoice_type = 'PURCHASE' AND i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
    AND coalesce(l.value, 0) <> coalesce(e.value, 0);
COMMENT ON VIEW audit_i43_bills_take_out_of_grni IS 'What bills take out of GRNI stands on their lines, and on the order''s';

CREATE VIEW audit_i32_purchases_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'invoices_invoice.supplier_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM invoices_invoice c LEFT JOIN purchasing_supplier p ON p.id = c.supplier_id AND p.company_id = c.company_id
WHERE c.supplier_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoice.purchase_order_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoice c LEFT JOIN purchasing_purchaseorder p ON p.id = c.purchase_order_id AND p.company_id = c.company_id
WHERE c.purchase_order_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoiceitem.purchase_line_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoiceitem c
LEFT JOIN purchasing_purchaseorderline p ON p.id = c.purchase_line_id AND p.company_id = c.company_id
WHERE c.purchase_line_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_payment.supplier_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_payment c LEFT JOIN purchasing_supplier p ON p.id = c.supplier_id AND p.company_id = c.company_id
WHERE c.supplier_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_purchases_stay_apart IS 'No bill and no money out refers to another company''s row, or to none';
