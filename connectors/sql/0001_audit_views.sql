-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i32_connectors_rows_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'connectors_externalref.connection_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM connectors_externalref c LEFT JOIN connectors_connection p ON p.id = c.connection_id AND p.company_id = c.company_id
WHERE c.connection_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'connectors_externalref.customer_id of ' || c.id, 'refers to nothing of its company'
FROM connectors_externalref c LEFT JOIN sales_customer p ON p.id = c.customer_id AND p.company_id = c.company_id
WHERE c.customer_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'connectors_externalref.invoice_id of ' || c.id, 'refers to nothing of its company'
FROM connectors_externalref c LEFT JOIN invoices_invoice p ON p.id = c.invoice_id AND p.company_id = c.company_id
WHERE c.invoice_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'connectors_externalref.payment_id of ' || c.id, 'refers to nothing of its company'
FROM connectors_externalref c LEFT JOIN invoices_payment p ON p.id = c.payment_id AND p.company_id = c.company_id
WHERE c.payment_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'connectors_importrun.connection_id of ' || c.id, 'refers to nothing of its company'
FROM connectors_importrun c LEFT JOIN connectors_connection p ON p.id = c.connection_id AND p.company_id = c.company_id
WHERE c.connection_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'connectors_importrow.run_id of ' || c.id, 'refers to nothing of its company'
FROM connectors_importrow c LEFT JOIN connectors_importrun p ON p.id = c.run_id AND p.company_id = c.company_id
WHERE c.run_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_connectors_rows_stay_apart IS 'No row of connectors refers to another company''s row, or to none';
