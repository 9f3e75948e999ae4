DROP TRIGGER invoices_difference_of_allocation ON accounting_voucher;
DROP FUNCTION invoices_difference_of_allocation();

-- The laws as they were in base currency alone.
CREATE OR REPLACE VIEW audit_i10_party_leg WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, 'total ' || i.total_value || ', party leg ' || coalesce(e.amount, 0) AS detail
FROM invoices_invoice i
LEFT JOIN (SELECT e.company_id, e.voucher_id, min(a.owner_id::text) AS owner, max(a.owner_id::text) AS other_owner,
        sum(CASE e.currency_id WHEN c.base_currency_id THEN e.debit - e.credit ELSE e.amount_currency END) AS amount
    FROM accounting_ledgerentry e
    JOIN erp_company c ON c.id = e.company_id
    JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
    WHERE e.role IN ('RECEIVABLE', 'PAYABLE') GROUP BY 1, 2) e ON e.company_id = i.company_id AND e.voucher_id = i.voucher_id
WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
    AND (CASE i.invoice_type WHEN 'SALES' THEN i.total_value ELSE -i.total_value END <> coalesce(e.amount, 0)
        OR e.owner <> coalesce(i.customer_id, i.supplier_id)::text OR e.other_owner <> coalesce(i.customer_id, i.supplier_id)::text)
UNION ALL
SELECT p.company_id, p.payment_number, 'amount ' || p.amount || ', money leg ' || coalesce(sum(e.amount_currency), 0)
FROM invoices_payment p
LEFT JOIN accounting_ledgerentry e ON e.company_id = p.company_id AND e.voucher_id = p.voucher_id
    AND e.account_id = p.account_id
WHERE p.status = 'POSTED'
GROUP BY p.company_id, p.id
HAVING coalesce(sum(e.amount_currency), 0) <> CASE p.kind WHEN 'RECEIPT' THEN p.amount ELSE -p.amount END;

CREATE OR REPLACE VIEW audit_i11_tax_legs WITH (security_invoker = true) AS
WITH line AS (
    SELECT l.company_id, l.invoice_id, sum(l.cgst) AS cgst, sum(l.sgst) AS sgst, sum(l.utgst) AS utgst, sum(l.igst) AS igst
    FROM invoices_invoiceitem l GROUP BY 1, 2
), leg AS (
    SELECT e.company_id, e.voucher_id,
        coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%\_CGST'), 0) AS cgst,
        coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%\_SGST'), 0) AS sgst,
        coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%\_UTGST'), 0) AS utgst,
        coalesce(sum(abs(e.amount_currency)) FILTER (WHERE e.role LIKE '%\_IGST'), 0) AS igst
    FROM accounting_ledgerentry e WHERE e.role LIKE 'INPUT\_%' OR e.role LIKE 'OUTPUT\_%' GROUP BY 1, 2
)
SELECT i.company_id, i.invoice_no::text AS key, 'tax of the lines and of the voucher differ in a component' AS detail
FROM invoices_invoice i
JOIN line l ON l.company_id = i.company_id AND l.invoice_id = i.id
LEFT JOIN leg e ON e.company_id = i.company_id AND e.voucher_id = i.voucher_id
WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
    AND ROW(l.cgst, l.sgst, l.utgst, l.igst)
        <> ROW(coalesce(e.cgst, 0), coalesce(e.sgst, 0), coalesce(e.utgst, 0), coalesce(e.igst, 0));

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
