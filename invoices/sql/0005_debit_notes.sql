-- A debit note takes its number of a series of its own; each is used as the credit notes' are.
DROP TRIGGER invoices_credit_numbers_used ON erp_numberseries;
CREATE CONSTRAINT TRIGGER invoices_credit_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'CN' OR NEW.series = 'DN')
    EXECUTE FUNCTION invoices_credit_numbers_used();

-- Laws that debit notes are a part of from here on; see credit_audit_views.sql and 0003_purchases.sql.

CREATE OR REPLACE VIEW audit_i10_credit_note_party_leg WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, 'total ' || n.total_value || ', party leg ' || coalesce(e.amount, 0)
    AS detail
FROM invoices_creditnote n
LEFT JOIN (SELECT e.company_id, e.voucher_id, min(a.owner_id::text) AS owner, max(a.owner_id::text) AS other_owner,
        min(e.role) AS role, max(e.role) AS other_role,
        sum(CASE e.role WHEN 'RECEIVABLE' THEN e.credit - e.debit ELSE e.debit - e.credit END) AS amount
    FROM accounting_ledgerentry e
    JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
    WHERE e.role IN ('RECEIVABLE', 'PAYABLE') GROUP BY 1, 2) e ON e.company_id = n.company_id AND e.voucher_id = n.voucher_id
CROSS JOIN LATERAL (SELECT CASE WHEN n.supplier_id IS NULL THEN 'RECEIVABLE' ELSE 'PAYABLE' END AS role) p
WHERE n.status = 'POSTED' AND (n.total_value <> coalesce(e.amount, 0) OR e.owner <> coalesce(n.customer_id, n.supplier_id)::text
    OR e.other_owner <> coalesce(n.customer_id, n.supplier_id)::text
    OR e.role <> p.role OR e.other_role <> p.role);
COMMENT ON VIEW audit_i10_credit_note_party_leg IS 'The party leg of a credit note''s voucher is its total';

CREATE OR REPLACE VIEW audit_i11_credit_note_tax_legs WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, 'tax of the lines and of the voucher differ in a component' AS detail
FROM invoices_creditnote n
JOIN (SELECT company_id, credit_note_id, sum(cgst) AS cgst, sum(sgst) AS sgst, sum(utgst) AS utgst, sum(igst) AS igst
    FROM invoices_creditnoteline GROUP BY 1, 2) l ON l.company_id = n.company_id AND l.credit_note_id = n.id
LEFT JOIN LATERAL (SELECT s.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = s.side || 'CGST'), 0) AS cgst,
        s.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = s.side || 'SGST'), 0) AS sgst,
        s.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = s.side || 'UTGST'), 0) AS utgst,
        s.sign * coalesce(sum(e.debit - e.credit) FILTER (WHERE e.role = s.side || 'IGST'), 0) AS igst,
        count(*) FILTER (WHERE e.role NOT LIKE s.side || '%') AS astray
    FROM (SELECT CASE WHEN n.supplier_id IS NULL THEN 1 ELSE -1 END AS sign,
            CASE WHEN n.supplier_id IS NULL THEN 'OUTPUT_' ELSE 'INPUT_' END AS side) s
    LEFT JOIN accounting_ledgerentry e ON e.company_id = n.company_id AND e.voucher_id = n.voucher_id AND e.role LIKE '%PUT\_%'
    GROUP BY s.sign, s.side) e ON true
WHERE n.status = 'POSTED' AND (e.astray > 0
    OR ROW(l.cgst, l.sgst, l.utgst, l.igst) <> ROW(e.cgst, e.sgst, e.utgst, e.igst));
COMMENT ON VIEW audit_i11_credit_note_tax_legs IS 'The tax legs of a credit note''s voucher are the tax of its lines';

CREATE OR REPLACE VIEW audit_i18_credit_joins_alike WITH (security_invoker = true) AS
SELECT a.company_id, a.id::text AS key, n.credit_note_number || ' and ' || i.invoice_no || ' differ in party or currency'
    AS detail
FROM invoices_creditnoteallocation a
JOIN invoices_creditnote n ON n.id = a.credit_note_id
JOIN invoices_invoice i ON i.id = a.invoice_id
WHERE (n.company_id <> a.company_id OR i.company_id <> a.company_id OR n.customer_id IS DISTINCT FROM i.customer_id
    OR n.supplier_id IS DISTINCT FROM i.supplier_id OR n.currency_id IS DISTINCT FROM i.currency_id)
    AND a.releases_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM invoices_creditnoteallocation r WHERE r.company_id = a.company_id AND r.releases_id = a.id)
UNION ALL
SELECT n.company_id, n.id::text, n.credit_note_number || ' is of another party''s or currency''s invoice'
FROM invoices_creditnote n
JOIN invoices_invoice i ON i.id = n.invoice_id
WHERE n.status <> 'CANCELLED' AND (n.customer_id IS DISTINCT FROM i.customer_id
    OR n.supplier_id IS DISTINCT FROM i.supplier_id OR n.currency_id IS DISTINCT FROM i.currency_id);

CREATE OR REPLACE VIEW audit_i27_returned_goods WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key,
    coalesce(l.returned_qty, 0) || ' returned, ' || coalesce(m.quantity, 0) || ' moved' AS detail
FROM invoices_creditnote n
CROSS JOIN LATERAL (
    SELECT x.invoice_item_id, x.returned_qty FROM invoices_creditnoteline x
    WHERE x.company_id = n.company_id AND x.credit_note_id = n.id) l
LEFT JOIN LATERAL (
    SELECT sum(s.quantity) AS quantity FROM inventory_stockmovement s
    WHERE s.company_id = n.company_id AND s.voucher_id = n.voucher_id AND s.source_line_id = l.invoice_item_id) m ON true
WHERE n.status = 'POSTED' AND CASE WHEN n.supplier_id IS NULL THEN 1 ELSE -1 END * l.returned_qty <> coalesce(m.quantity, 0);
COMMENT ON VIEW audit_i27_returned_goods IS 'What a credit or debit note returns is what its movements move';

CREATE OR REPLACE VIEW audit_i28_credit_notes_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id, coalesce(x.series, s.series) || ' ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT d.company_id, split_part(d.credit_note_number, '-', 1) AS series,
        substring(d.credit_note_number FROM '^[A-Z]+-([0-9]{4})-')::int AS year, count(*) AS rows,
        max(substring(d.credit_note_number FROM '([0-9]{5,8})$')::int) AS top
    FROM invoices_creditnote d GROUP BY 1, 2, 3) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series IN ('CN', 'DN')) s
    ON s.company_id = x.company_id AND s.series = x.series AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_credit_notes_numbered IS 'Numbers of credit notes, and of debit notes, of a year are 1…n without a gap';

CREATE OR REPLACE VIEW audit_i38_parties_tie_out WITH (security_invoker = true) AS
SELECT coalesce(d.company_id, e.company_id) AS company_id, coalesce(d.party, e.party)::text AS key,
    'documents ' || coalesce(d.open, 0) || ', account ' || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, party, sum(open) AS open FROM (
        SELECT i.company_id, i.customer_id AS party, i.total_value - i.amount_received AS open
        FROM invoices_invoice i WHERE i.status IN ('POSTED', 'PARTIALLY_PAID') AND i.invoice_type = 'SALES'
        UNION ALL
        SELECT i.company_id, i.supplier_id, i.amount_received - i.total_value
        FROM invoices_invoice i WHERE i.status IN ('POSTED', 'PARTIALLY_PAID') AND i.invoice_type = 'PURCHASE'
        UNION ALL
        SELECT p.company_id, coalesce(p.customer_id, p.supplier_id),
            CASE p.kind WHEN 'RECEIPT' THEN -1 ELSE 1 END * (p.amount - p.allocated_amount)
        FROM invoices_payment p WHERE p.status = 'POSTED' AND coalesce(p.customer_id, p.supplier_id) IS NOT NULL
        UNION ALL
        SELECT n.company_id, coalesce(n.customer_id, n.supplier_id),
            CASE WHEN n.supplier_id IS NULL THEN 1 ELSE -1 END * (n.amount_applied - n.total_value)
        FROM invoices_creditnote n WHERE n.status = 'POSTED') x
    GROUP BY 1, 2) d
FULL JOIN (SELECT a.company_id, a.owner_id AS party, sum(e.debit - e.credit) AS balance
    FROM accounting_ledgeraccount a
    JOIN accounting_ledgerentry e ON e.company_id = a.company_id AND e.account_id = a.id
    JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
    LEFT JOIN accounting_voucher o ON o.company_id = v.company_id AND o.id = v.reverses_id
    WHERE a.role IN ('RECEIVABLE', 'PAYABLE') AND a.owner_id IS NOT NULL AND coalesce(o.kind, v.kind) NOT IN ('OPENING', 'FX')
    GROUP BY 1, 2) e ON e.company_id = d.company_id AND e.party = d.party
WHERE coalesce(d.open, 0) <> coalesce(e.balance, 0);
COMMENT ON VIEW audit_i38_parties_tie_out IS 'Open documents of a party, less what is not applied, are the balance of his account';
