CREATE OR REPLACE VIEW audit_i15_received WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key,
    i.amount_received || ' of ' || i.total_value || ' received, allocations ' || coalesce(a.amount, 0) AS detail
FROM invoices_invoice i
LEFT JOIN (SELECT company_id, invoice_id, sum(amount) AS amount FROM invoices_paymentallocation GROUP BY 1, 2) a
    ON a.company_id = i.company_id AND a.invoice_id = i.id
WHERE i.amount_received <> coalesce(a.amount, 0) OR (i.amount_received BETWEEN 0 AND i.total_value) IS NOT TRUE
UNION ALL
SELECT a.company_id, a.id::text, 'allocated from a ' || p.status || ' payment'
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.company_id = a.company_id AND p.id = a.payment_id
WHERE p.status <> 'POSTED' AND a.releases_id IS NULL AND NOT EXISTS (
    SELECT 1 FROM invoices_paymentallocation r WHERE r.company_id = a.company_id AND r.releases_id = a.id);

CREATE OR REPLACE VIEW audit_i38_parties_tie_out WITH (security_invoker = true) AS
SELECT coalesce(d.company_id, e.company_id) AS company_id, coalesce(d.party, e.party)::text AS key,
    'documents ' || coalesce(d.open, 0) || ', account ' || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, party, sum(open) AS open FROM (
        SELECT i.company_id, i.customer_id AS party, i.total_value - i.amount_received AS open
        FROM invoices_invoice i WHERE i.status IN ('POSTED', 'PARTIALLY_PAID') AND i.invoice_type = 'SALES'
        UNION ALL
        SELECT p.company_id, p.customer_id, CASE p.kind WHEN 'RECEIPT' THEN -1 ELSE 1 END * (p.amount - p.allocated_amount)
        FROM invoices_payment p WHERE p.status = 'POSTED' AND p.customer_id IS NOT NULL) x
    GROUP BY 1, 2) d
FULL JOIN (SELECT a.company_id, a.owner_id AS party, sum(e.debit - e.credit) AS balance
    FROM accounting_ledgeraccount a
    JOIN accounting_ledgerentry e ON e.company_id = a.company_id AND e.account_id = a.id
    JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
    LEFT JOIN accounting_voucher o ON o.company_id = v.company_id AND o.id = v.reverses_id
    WHERE a.role = 'RECEIVABLE' AND a.owner_id IS NOT NULL AND coalesce(o.kind, v.kind) NOT IN ('OPENING', 'FX')
    GROUP BY 1, 2) e ON e.company_id = d.company_id AND e.party = d.party
WHERE coalesce(d.open, 0) <> coalesce(e.balance, 0);

DROP TRIGGER invoices_credit_voucher_has_note ON accounting_voucher;
DROP FUNCTION invoices_credit_voucher_has_note();
DROP TRIGGER invoices_credit_number_of_its_series ON invoices_creditnote;
DROP TRIGGER invoices_credit_numbers_used ON erp_numberseries;
DROP FUNCTION invoices_credit_numbers_used();
DROP FUNCTION invoices_settled(uuid, uuid);
