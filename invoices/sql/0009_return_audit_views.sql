-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i27_returned_elsewhere WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key,
    l.quantity || ' returned, ' || m.quantity || ' moved on into the warehouse it names' AS detail
FROM invoices_creditnote n
CROSS JOIN LATERAL (SELECT coalesce(sum(x.returned_qty), 0) AS quantity FROM invoices_creditnoteline x
    WHERE x.company_id = n.company_id AND x.credit_note_id = n.id) l
CROSS JOIN LATERAL (SELECT coalesce(sum(s.quantity), 0) AS quantity FROM inventory_stockmovement s
    WHERE s.company_id = n.company_id AND s.source_id = n.transfer_id AND s.warehouse_id = n.warehouse_id
        AND s.kind = 'TRANSFER' AND s.quantity > 0) m
WHERE n.status = 'POSTED' AND n.warehouse_id IS NOT NULL AND l.quantity <> m.quantity;
COMMENT ON VIEW audit_i27_returned_elsewhere IS 'What comes back into another warehouse is moved there by the transfer that its note names';

CREATE VIEW audit_i32_returns_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'invoices_creditnote.warehouse_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM invoices_creditnote c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE c.warehouse_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_creditnote.transfer_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_creditnote c LEFT JOIN inventory_stockdocument p ON p.id = c.transfer_id AND p.company_id = c.company_id
WHERE c.transfer_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_returns_stay_apart IS 'No note refers to another company''s warehouse or transfer, or to none';
