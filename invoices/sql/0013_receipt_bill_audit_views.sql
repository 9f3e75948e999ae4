-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i30_receipts_billed WITH (security_invoker = true) AS
SELECT g.company_id, r.receipt_number || ' line ' || g.line_no AS key,
    g.quantity || ' came for ' || g.cost || ', ' || b.live || ' is billed, ' || b.posted || ' posted for ' || b.value AS detail
FROM (SELECT DISTINCT company_id, receipt_line_id FROM invoices_invoiceitem WHERE receipt_line_id IS NOT NULL) l
JOIN purchasing_goodsreceiptline g ON g.company_id = l.company_id AND g.id = l.receipt_line_id
JOIN purchasing_goodsreceipt r ON r.company_id = g.company_id AND r.id = g.receipt_id
CROSS JOIN LATERAL invoices_billed_of_receipt(g.company_id, g.id) b
WHERE b.live > g.quantity OR b.value > g.cost OR (b.posted = g.quantity AND b.value <> g.cost)
UNION ALL
SELECT i.company_id, i.invoice_no || ' line ' || l.line_no, 'is of another supplier, item or order than what came, or did not come'
FROM invoices_invoiceitem l
JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id AND i.status <> 'CANCELLED'
LEFT JOIN purchasing_goodsreceiptline g ON g.company_id = l.company_id AND g.id = l.receipt_line_id AND g.item_id = l.item_id
LEFT JOIN purchasing_goodsreceipt r ON r.company_id = g.company_id AND r.id = g.receipt_id AND r.status = 'POSTED'
    AND r.supplier_id = i.supplier_id AND r.purchase_order_id IS NULL
WHERE l.receipt_line_id IS NOT NULL AND r.id IS NULL
UNION ALL
SELECT l.company_id, i.invoice_no || ' line ' || l.line_no, 'is posted, and took nothing out of GRNI'
FROM invoices_invoiceitem l
JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id AND i.status NOT IN ('DRAFT', 'CANCELLED')
WHERE l.receipt_line_id IS NOT NULL AND l.grni_value IS NULL;
COMMENT ON VIEW audit_i30_receipts_billed IS 'Of what came without an order no more is billed than came, nor for more than it cost';

CREATE VIEW audit_i32_billed_receipts_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'invoices_invoiceitem.receipt_line_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM invoices_invoiceitem c
LEFT JOIN purchasing_goodsreceiptline p ON p.id = c.receipt_line_id AND p.company_id = c.company_id
WHERE c.receipt_line_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_billed_receipts_stay_apart IS 'No bill refers to what another company received, or to nothing';
