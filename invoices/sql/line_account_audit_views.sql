-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i32_line_accounts_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'invoices_invoiceitem.account_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM invoices_invoiceitem c
LEFT JOIN accounting_ledgeraccount p ON p.id = c.account_id AND p.company_id = c.company_id
WHERE c.account_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_line_accounts_stay_apart IS 'A bill''s line names an account of its own company';

-- Of accounts without a role, on which a bill books nothing but the lines that name them.
CREATE VIEW audit_i13_lines_on_their_accounts WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no || ' on ' || a.code AS key,
    'its lines name it for ' || s.net || ', the voucher has ' || s.amount AS detail
FROM invoices_invoice i
CROSS JOIN LATERAL (
    SELECT x.account_id, sum(x.net) AS net, sum(x.amount) AS amount FROM (
        SELECT l.account_id, l.line_total - l.import_discount AS net, 0 AS amount FROM invoices_invoiceitem l
        JOIN accounting_ledgeraccount o ON o.company_id = l.company_id AND o.id = l.account_id AND o.role IS NULL
        WHERE l.company_id = i.company_id AND l.invoice_id = i.id
        UNION ALL
        SELECT e.account_id, 0, e.debit - e.credit FROM accounting_ledgerentry e
        JOIN accounting_ledgeraccount o ON o.company_id = e.company_id AND o.id = e.account_id AND o.role IS NULL
        WHERE e.company_id = i.company_id AND e.voucher_id = i.voucher_id) x
    GROUP BY x.account_id) s
JOIN accounting_ledgeraccount a ON a.company_id = i.company_id AND a.id = s.account_id
WHERE i.invoice_type = 'PURCHASE' AND i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID') AND s.net <> s.amount;
COMMENT ON VIEW audit_i13_lines_on_their_accounts IS 'A posted bill stands on the accounts that its lines name, with their net';
