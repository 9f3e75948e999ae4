-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i42_returned_to_supplier WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, 'takes from layer ' || c.layer_id || ', which no receipt of the line made'
    AS detail
FROM invoices_creditnote n
JOIN inventory_stockmovement m ON m.company_id = n.company_id AND m.voucher_id = n.voucher_id
JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id
LEFT JOIN invoices_invoiceitem l ON l.company_id = m.company_id AND l.id = m.source_line_id
WHERE n.supplier_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM purchasing_goodsreceiptline g
    WHERE g.company_id = c.company_id AND g.layer_id = c.layer_id AND g.order_line_id = l.purchase_line_id);
COMMENT ON VIEW audit_i42_returned_to_supplier IS 'What goes back to a supplier leaves the very layers that it came in';

CREATE VIEW audit_i32_debit_notes_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'invoices_creditnote.supplier_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM invoices_creditnote c LEFT JOIN purchasing_supplier p ON p.id = c.supplier_id AND p.company_id = c.company_id
WHERE c.supplier_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_debit_notes_stay_apart IS 'No debit note refers to another company''s supplier, or to none';
