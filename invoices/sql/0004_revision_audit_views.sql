-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i44_credit_releases WITH (security_invoker = true) AS
SELECT w.company_id, w.id::text AS key, 'releases more, another pair, or a release' AS detail
FROM invoices_creditnoteallocation w
JOIN invoices_creditnoteallocation o ON o.company_id = w.company_id AND o.id = w.releases_id
WHERE o.releases_id IS NOT NULL OR o.invoice_id <> w.invoice_id OR o.credit_note_id <> w.credit_note_id
    OR o.amount + w.amount < 0
UNION ALL
SELECT w.company_id, w.id::text, 'a sign that contradicts what it is'
FROM invoices_creditnoteallocation w WHERE (w.amount > 0) <> (w.releases_id IS NULL) OR w.amount = 'NaN'
UNION ALL
SELECT w.company_id, w.releases_id::text, count(*) || ' releases'
FROM invoices_creditnoteallocation w WHERE w.releases_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1;
COMMENT ON VIEW audit_i44_credit_releases IS 'A release of credit takes back one allocation, at most all of it, once';

CREATE VIEW audit_i47_revisions_kept WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, coalesce(r.rows, 0) || ' earlier revisions kept of ' || i.revision - 1 AS detail
FROM invoices_invoice i
LEFT JOIN (SELECT company_id, invoice_id, count(*) AS rows, min(revision) AS first, max(revision) AS last
    FROM invoices_invoicerevision GROUP BY 1, 2) r ON r.company_id = i.company_id AND r.invoice_id = i.id
WHERE i.revision - 1 <> coalesce(r.rows, 0) OR r.first <> 1 OR r.last <> i.revision - 1
UNION ALL
SELECT r.company_id, r.id::text, 'its voucher stands, is of another document, or was reversed on another date'
FROM invoices_invoicerevision r
LEFT JOIN accounting_voucher v ON v.company_id = r.company_id AND v.id = r.voucher_id
LEFT JOIN accounting_voucher m ON m.company_id = v.company_id AND m.reverses_id = v.id
WHERE v.source_kind IS DISTINCT FROM 'invoice' OR v.source_id <> r.invoice_id OR v.source_revision <> r.revision
    OR m.voucher_date IS DISTINCT FROM v.voucher_date;
COMMENT ON VIEW audit_i47_revisions_kept IS 'What each earlier revision said is kept, and its voucher was reversed on its own date';

CREATE VIEW audit_i32_revisions_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'invoices_invoicerevision.invoice_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM invoices_invoicerevision c LEFT JOIN invoices_invoice p ON p.id = c.invoice_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_invoicerevision.voucher_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_invoicerevision c LEFT JOIN accounting_voucher p ON p.id = c.voucher_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_creditnoteallocation.releases_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_creditnoteallocation c
LEFT JOIN invoices_creditnoteallocation p ON p.id = c.releases_id AND p.company_id = c.company_id
WHERE c.releases_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_revisions_stay_apart IS 'No revision, nor release of credit, refers to another company''s row, or to none';
