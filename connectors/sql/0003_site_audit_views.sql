-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i32_sites_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'connectors_site.customer_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM connectors_site c LEFT JOIN sales_customer p ON p.id = c.customer_id AND p.company_id = c.company_id
WHERE p.id IS NULL;
COMMENT ON VIEW audit_i32_sites_stay_apart IS 'No site belongs to another company''s customer, or to none';
