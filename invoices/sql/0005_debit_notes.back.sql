DROP TRIGGER invoices_credit_numbers_used ON erp_numberseries;
CREATE CONSTRAINT TRIGGER invoices_credit_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'CN') EXECUTE FUNCTION invoices_credit_numbers_used();

CREATE OR REPLACE VIEW audit_i10_credit_note_party_leg WITH (security_invoker = true) AS
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

CREATE OR REPLACE VIEW audit_i11_credit_note_tax_legs WITH (security_invoker = true) AS
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

CREATE OR REPLACE VIEW audit_i18_credit_joins_alike WITH (security_invoker = true) AS
SELECT a.company_id, a.id::text AS key, n.credit_note_number || ' and ' || i.invoice_no || ' differ in party or currency'
    AS detail
FROM invoices_creditnoteallocation a
JOIN invoices_creditnote n ON n.id = a.credit_note_id
JOIN invoices_invoice i ON i.id = a.invoice_id
WHERE (n.company_id <> a.company_id OR i.company_id <> a.company_id OR n.customer_id IS DISTINCT FROM i.customer_id
    OR n.currency_id IS DISTINCT FROM i.currency_id OR i.invoice_type <> 'SALES')
    AND a.releases_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM invoices_creditnoteallocation r WHERE r.company_id = a.company_id AND r.releases_id = a.id)
UNION ALL
SELECT n.company_id, n.id::text, n.credit_note_number || ' is of another customer''s or currency''s invoice'
FROM invoices_creditnote n
JOIN invoices_invoice i ON i.id = n.invoice_id
WHERE n.status <> 'CANCELLED' AND (n.customer_id IS DISTINCT FROM i.customer_id OR n.currency_id IS DISTINCT FROM i.currency_id
    OR i.invoice_type <> 'SALES');

CREATE OR REPLACE VIEW audit_i27_returned_goods WITH (security_invoker = true) AS
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

CREATE OR REPLACE VIEW audit_i28_credit_notes_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id, 'CN ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT d.company_id, substring(d.credit_note_number FROM '^CN-([0-9]{4})-')::int AS year, count(*) AS rows,
        max(substring(d.credit_note_number FROM '([0-9]{5,8})$')::int) AS top
    FROM invoices_creditnote d GROUP BY 1, 2) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series = 'CN') s ON s.company_id = x.company_id AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_credit_notes_numbered IS 'Numbers of credit notes of a year are 1…n without a gap';

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
        SELECT n.company_id, n.customer_id, n.amount_applied - n.total_value
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
