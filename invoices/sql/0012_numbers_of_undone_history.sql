-- Violations only; see erp/sql/audit_views.sql. A number of history is free again when its migration was undone.
CREATE OR REPLACE VIEW audit_i29_number_once WITH (security_invoker = true) AS
SELECT i.company_id, btrim(i.invoice_no) AS key, count(*) || ' times' AS detail
FROM invoices_invoice i WHERE i.invoice_type = 'SALES' AND (i.origin <> 'HISTORY' OR i.status <> 'CANCELLED')
GROUP BY i.company_id, btrim(i.invoice_no) HAVING count(*) > 1
UNION ALL
SELECT i.company_id, i.invoice_no, 'our number, ' || count(*) || ' times'
FROM invoices_invoice i WHERE i.invoice_type = 'PURCHASE' GROUP BY 1, 2 HAVING count(*) > 1
UNION ALL
SELECT i.company_id, i.supplier_id || ' ' || i.supplier_invoice_number || ' of ' || i.supplier_invoice_year, count(*) || ' times'
FROM invoices_invoice i WHERE i.invoice_type = 'PURCHASE' AND i.status <> 'CANCELLED'
GROUP BY i.company_id, i.supplier_id, i.supplier_invoice_number, i.supplier_invoice_year HAVING count(*) > 1
UNION ALL
SELECT i.company_id, i.invoice_no, 'dated ' || i.supplier_invoice_date || ', counted in ' || i.supplier_invoice_year
FROM invoices_invoice i JOIN erp_company c ON c.id = i.company_id
WHERE i.supplier_invoice_year <> extract(year FROM i.supplier_invoice_date)::int
    - CASE WHEN extract(month FROM i.supplier_invoice_date) < c.fiscal_year_start THEN 1 ELSE 0 END;
