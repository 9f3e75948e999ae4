-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i09_credit_note_has_voucher WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, n.status || ', ' || coalesce(v.rows, 0) || ' standing vouchers' AS detail
FROM invoices_creditnote n
LEFT JOIN (SELECT v.company_id, v.source_id, count(*) AS rows, min(v.id::text) AS voucher
    FROM accounting_voucher v
    LEFT JOIN accounting_voucher r ON r.company_id = v.company_id AND r.reverses_id = v.id
    WHERE v.source_kind = 'credit_note' AND v.reverses_id IS NULL AND r.id IS NULL GROUP BY 1, 2) v
    ON v.company_id = n.company_id AND v.source_id = n.id
WHERE CASE WHEN n.status = 'POSTED' THEN v.rows IS DISTINCT FROM 1 OR v.voucher IS DISTINCT FROM n.voucher_id::text
    ELSE v.rows IS NOT NULL END
UNION ALL
SELECT v.company_id, v.number, 'a voucher without its credit note'
FROM accounting_voucher v
WHERE v.source_kind = 'credit_note' AND NOT EXISTS (
    SELECT 1 FROM invoices_creditnote n WHERE n.company_id = v.company_id AND n.id = v.source_id)
UNION ALL
SELECT n.company_id, n.credit_note_number, 'credits an invoice that is ' || i.status
FROM invoices_creditnote n
JOIN invoices_invoice i ON i.company_id = n.company_id AND i.id = n.invoice_id
WHERE n.status <> 'CANCELLED' AND i.status IN ('DRAFT', 'CANCELLED');
COMMENT ON VIEW audit_i09_credit_note_has_voucher IS 'A credit note is posted if and only if its voucher stands, and its invoice too';

CREATE VIEW audit_i10_credit_note_party_leg WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, 'total ' || n.total_value || ', party leg ' || coalesce(e.amount, 0)
    AS detail
FROM invoices_creditnote n
LEFT JOIN (SELECT e.company_id, e.voucher_id, min(a.owner_id::text) AS owner, max(a.owner_id::text) AS other_owner,
        sum(e.credit - e.debit) AS amount
    FROM accounting_ledgerentry e
    JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
    WHERE e.role = 'RECEIVABLE' GROUP BY 1, 2) e ON e.company_id = n.company_id AND e.voucher_id = n.voucher_id
WHERE n.status = 'POSTED' AND (n.total_value <> coalesce(e.amount, 0) OR e.owner <> n.customer_id::text
    OR e.other_owner <> n.customer_id::text);
COMMENT ON VIEW audit_i10_credit_note_party_leg IS 'The party leg of a credit note''s voucher is its total';

CREATE VIEW audit_i11_credit_note_tax_legs WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, 'tax of the lines and of the voucher differ in a component' AS detail
FROM invoices_creditnote n
JOIN (SELECT company_id, credit_note_id, sum(cgst) AS cgst, sum(sgst) AS sgst, sum(utgst) AS utgst, sum(igst) AS igst
    FROM invoices_creditnoteline GROUP BY 1, 2) l ON l.company_id = n.company_id AND l.credit_note_id = n.id
LEFT JOIN (SELECT e.company_id, e.voucher_id, sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_CGST') AS cgst,
        sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_SGST') AS sgst,
        sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_UTGST') AS utgst,
        sum(e.debit - e.credit) FILTER (WHERE e.role = 'OUTPUT_IGST') AS igst
    FROM accounting_ledgerentry e WHERE e.role LIKE 'OUTPUT\_%' GROUP BY 1, 2) e
    ON e.company_id = n.company_id AND e.voucher_id = n.voucher_id
WHERE n.status = 'POSTED' AND ROW(l.cgst, l.sgst, l.utgst, l.igst)
    <> ROW(coalesce(e.cgst, 0), coalesce(e.sgst, 0), coalesce(e.utgst, 0), coalesce(e.igst, 0));
COMMENT ON VIEW audit_i11_credit_note_tax_legs IS 'The tax legs of a credit note''s voucher are the tax of its lines';

CREATE VIEW audit_i13_credit_note_is_lines WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, n.subtotal || '/' || n.tax_amount || ' in the header, '
        || coalesce(l.net, 0) || '/' || coalesce(l.tax, 0) || ' by ' || coalesce(l.rows, 0) || ' lines' AS detail
FROM invoices_creditnote n
LEFT JOIN (SELECT company_id, credit_note_id, count(*) AS rows, sum(line_total) AS net,
        sum(cgst + sgst + utgst + igst) AS tax
    FROM invoices_creditnoteline GROUP BY 1, 2) l ON l.company_id = n.company_id AND l.credit_note_id = n.id
WHERE l.rows IS NULL OR n.subtotal <> l.net OR n.tax_amount <> l.tax
    OR n.total_value <> n.subtotal + n.tax_amount + n.round_off;
COMMENT ON VIEW audit_i13_credit_note_is_lines IS 'The sums of a credit note are those of its lines, of which there is one';

CREATE VIEW audit_i16_applied_within_credit WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key,
    n.amount_applied || ' of ' || n.total_value || ' applied, rows say ' || coalesce(a.amount, 0) AS detail
FROM invoices_creditnote n
LEFT JOIN (SELECT company_id, credit_note_id, sum(amount) AS amount FROM invoices_creditnoteallocation GROUP BY 1, 2) a
    ON a.company_id = n.company_id AND a.credit_note_id = n.id
WHERE n.amount_applied <> coalesce(a.amount, 0) OR (n.amount_applied BETWEEN 0 AND n.total_value) IS NOT TRUE;
COMMENT ON VIEW audit_i16_applied_within_credit IS 'No more of a credit note is applied than it is worth';

CREATE VIEW audit_i18_credit_joins_alike WITH (security_invoker = true) AS
SELECT a.company_id, a.id::text AS key, n.credit_note_number || ' and ' || i.invoice_no || ' differ in party or currency'
    AS detail
FROM invoices_creditnoteallocation a
JOIN invoices_creditnote n ON n.id = a.credit_note_id
JOIN invoices_invoice i ON i.id = a.invoice_id
WHERE n.company_id <> a.company_id OR i.company_id <> a.company_id OR n.customer_id IS DISTINCT FROM i.customer_id
    OR n.currency_id IS DISTINCT FROM i.currency_id OR i.invoice_type <> 'SALES'
UNION ALL
SELECT n.company_id, n.id::text, n.credit_note_number || ' is of another customer''s or currency''s invoice'
FROM invoices_creditnote n
JOIN invoices_invoice i ON i.id = n.invoice_id
WHERE n.customer_id IS DISTINCT FROM i.customer_id OR n.currency_id IS DISTINCT FROM i.currency_id
    OR i.invoice_type <> 'SALES';
COMMENT ON VIEW audit_i18_credit_joins_alike IS 'A credit note credits and settles invoices of its party and currency';

CREATE VIEW audit_i27_returned_goods WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key,
    coalesce(l.returned_qty, 0) || ' taken back, ' || coalesce(m.quantity, 0) || ' came' AS detail
FROM invoices_creditnote n
CROSS JOIN LATERAL (
    SELECT x.invoice_item_id, x.returned_qty FROM invoices_creditnoteline x
    WHERE x.company_id = n.company_id AND x.credit_note_id = n.id) l
LEFT JOIN LATERAL (
    SELECT sum(s.quantity) AS quantity FROM inventory_stockmovement s
    WHERE s.company_id = n.company_id AND s.voucher_id = n.voucher_id AND s.source_line_id = l.invoice_item_id) m ON true
WHERE n.status = 'POSTED' AND l.returned_qty <> coalesce(m.quantity, 0);
COMMENT ON VIEW audit_i27_returned_goods IS 'What a credit note takes back is what its movements bring';

CREATE VIEW audit_i28_credit_notes_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id, 'CN ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT d.company_id, substring(d.credit_note_number FROM '^CN-([0-9]{4})-')::int AS year, count(*) AS rows,
        max(substring(d.credit_note_number FROM '([0-9]{5,8})$')::int) AS top
    FROM invoices_creditnote d GROUP BY 1, 2) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series = 'CN') s ON s.company_id = x.company_id AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_credit_notes_numbered IS 'Numbers of credit notes of a year are 1…n without a gap';

CREATE VIEW audit_i37_credit_answers_name_real_rows WITH (security_invoker = true) AS
SELECT k.company_id, k.route || ' ' || k.key AS key, 'acknowledged, and absent' AS detail
FROM erp_idempotencykey k
WHERE k.answer LIKE '{%' AND k.route LIKE 'POST api/invoices/%/credit\_note/' AND NOT EXISTS (
    SELECT 1 FROM invoices_creditnote n WHERE n.company_id = k.company_id AND n.id::text = k.answer::jsonb ->> 'id');
COMMENT ON VIEW audit_i37_credit_answers_name_real_rows IS 'A credit note that was acknowledged is there';

CREATE VIEW audit_i42_credited_within_invoice WITH (security_invoker = true) AS
SELECT l.company_id, l.id::text AS key, 'credited ' || c.quantity || ' of ' || l.quantity || ', ' || c.net || ' of '
        || l.line_total - l.import_discount AS detail
FROM invoices_invoiceitem l
JOIN (SELECT c.company_id, c.invoice_item_id, coalesce(sum(c.quantity), 0) AS quantity, sum(c.line_total) AS net,
        sum(c.cgst) AS cgst, sum(c.sgst) AS sgst, sum(c.utgst) AS utgst, sum(c.igst) AS igst,
        bool_or(n.invoice_id <> i.invoice_id) AS astray
    FROM invoices_creditnoteline c
    JOIN invoices_creditnote n ON n.company_id = c.company_id AND n.id = c.credit_note_id
    JOIN invoices_invoiceitem i ON i.company_id = c.company_id AND i.id = c.invoice_item_id
    WHERE n.status <> 'CANCELLED' GROUP BY 1, 2) c ON c.company_id = l.company_id AND c.invoice_item_id = l.id
WHERE c.quantity > l.quantity OR c.net > l.line_total - l.import_discount OR c.cgst > l.cgst OR c.sgst > l.sgst
    OR c.utgst > l.utgst OR c.igst > l.igst OR c.astray
    OR (c.net = l.line_total - l.import_discount
        AND ROW(c.cgst, c.sgst, c.utgst, c.igst) <> ROW(l.cgst, l.sgst, l.utgst, l.igst));
COMMENT ON VIEW audit_i42_credited_within_invoice IS 'No more of a line is credited than was invoiced, and with all its net all its tax';

CREATE VIEW audit_i48_credit_numbers_legal WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, 'dated ' || n.credit_date AS detail
FROM invoices_creditnote n JOIN erp_company c ON c.id = n.company_id
WHERE n.credit_note_number !~ '^[A-Za-z0-9/-]{1,16}$'
    OR substring(n.credit_note_number FROM '-([0-9]{4})-')::int IS DISTINCT FROM extract(year FROM n.credit_date)::int
        - CASE WHEN extract(month FROM n.credit_date) < c.fiscal_year_start THEN 1 ELSE 0 END;
COMMENT ON VIEW audit_i48_credit_numbers_legal IS 'A credit note''s number has the legal form and the year of its date';

CREATE VIEW audit_i32_credit_notes_rows_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'invoices_creditnote.invoice_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM invoices_creditnote c LEFT JOIN invoices_invoice p ON p.id = c.invoice_id AND p.company_id = c.company_id
WHERE c.invoice_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_creditnote.customer_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_creditnote c LEFT JOIN sales_customer p ON p.id = c.customer_id AND p.company_id = c.company_id
WHERE c.customer_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_creditnote.voucher_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_creditnote c LEFT JOIN accounting_voucher p ON p.id = c.voucher_id AND p.company_id = c.company_id
WHERE c.voucher_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_creditnoteline.credit_note_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_creditnoteline c LEFT JOIN invoices_creditnote p ON p.id = c.credit_note_id AND p.company_id = c.company_id
WHERE c.credit_note_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_creditnoteline.invoice_item_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_creditnoteline c LEFT JOIN invoices_invoiceitem p ON p.id = c.invoice_item_id AND p.company_id = c.company_id
WHERE c.invoice_item_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_creditnoteallocation.credit_note_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_creditnoteallocation c LEFT JOIN invoices_creditnote p ON p.id = c.credit_note_id AND p.company_id = c.company_id
WHERE c.credit_note_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'invoices_creditnoteallocation.invoice_id of ' || c.id, 'refers to nothing of its company'
FROM invoices_creditnoteallocation c LEFT JOIN invoices_invoice p ON p.id = c.invoice_id AND p.company_id = c.company_id
WHERE c.invoice_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_credit_notes_rows_stay_apart IS 'No row of credit notes refers to another company''s row, or to none';
