-- What of an invoice's base is settled, by money and by credit.
CREATE FUNCTION invoices_settled_base(company uuid, invoice uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT (SELECT coalesce(sum(a.settled_base), 0) FROM invoices_paymentallocation a
            WHERE a.company_id = company AND a.invoice_id = invoice)
        + (SELECT coalesce(sum(a.settled_base), 0) FROM invoices_creditnoteallocation a
            WHERE a.company_id = company AND a.invoice_id = invoice)
$$;

-- Judged at commit: what a voucher of an exchange difference books on the party's account is what its allocation is worth
-- more on the note's side than on the invoice's. A note stays posted, so such a voucher is never undone.
CREATE FUNCTION invoices_difference_of_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind <> 'FX' OR NOT EXISTS (
        SELECT 1 FROM invoices_creditnoteallocation a
        JOIN invoices_creditnote n ON n.company_id = a.company_id AND n.id = a.credit_note_id
        WHERE a.company_id = NEW.company_id AND a.id = NEW.source_id
            AND a.paid_base - a.settled_base = CASE WHEN n.supplier_id IS NULL THEN 1 ELSE -1 END * (
                SELECT coalesce(sum(e.debit - e.credit), 0) FROM accounting_ledgerentry e
                JOIN accounting_ledgeraccount o ON o.company_id = e.company_id AND o.id = e.account_id
                WHERE e.company_id = NEW.company_id AND e.voucher_id = NEW.id
                    AND o.owner_id = coalesce(n.customer_id, n.supplier_id))) THEN
        RAISE EXCEPTION 'difference_of_allocation: voucher % books no difference of its allocation', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'difference_of_allocation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_difference_of_credit AFTER INSERT ON accounting_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.source_kind = 'credit_allocation')
    EXECUTE FUNCTION invoices_difference_of_credit();

-- Laws that notes in another currency are a part of from here on; see 0005_debit_notes.sql, 0006_currencies.sql and
-- 0006_currency_audit_views.sql.
CREATE OR REPLACE VIEW audit_i10_credit_note_party_leg WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, 'total ' || n.total_value || ', party leg ' || coalesce(e.base, 0)
    AS detail
FROM invoices_creditnote n
LEFT JOIN (SELECT e.company_id, e.voucher_id, min(a.owner_id::text) AS owner, max(a.owner_id::text) AS other_owner,
        min(e.role) AS role, max(e.role) AS other_role,
        sum(CASE e.role WHEN 'RECEIVABLE' THEN -e.amount_currency ELSE e.amount_currency END) AS amount,
        sum(CASE e.role WHEN 'RECEIVABLE' THEN e.credit - e.debit ELSE e.debit - e.credit END) AS base
    FROM accounting_ledgerentry e
    JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
    WHERE e.role IN ('RECEIVABLE', 'PAYABLE') GROUP BY 1, 2) e ON e.company_id = n.company_id AND e.voucher_id = n.voucher_id
CROSS JOIN LATERAL (SELECT CASE WHEN n.supplier_id IS NULL THEN 'RECEIVABLE' ELSE 'PAYABLE' END AS role) p
CROSS JOIN LATERAL (SELECT coalesce(sum(CASE p.role WHEN 'RECEIVABLE' THEN x.credit - x.debit ELSE x.debit - x.credit END), 0)
        AS gained
    FROM accounting_ledgerentry x
    WHERE x.company_id = n.company_id AND x.voucher_id = n.voucher_id AND x.role = 'FX_REALISED') f
WHERE n.status = 'POSTED' AND (round(n.total_value * n.exchange_rate, 2) <> coalesce(e.base, 0) + f.gained
    OR (e.base <> 0 AND n.total_value <> e.amount) OR e.owner <> coalesce(n.customer_id, n.supplier_id)::text
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
    OR ROW(round(l.cgst * n.exchange_rate, 2), round(l.sgst * n.exchange_rate, 2), round(l.utgst * n.exchange_rate, 2),
        round(l.igst * n.exchange_rate, 2)) <> ROW(e.cgst, e.sgst, e.utgst, e.igst));
COMMENT ON VIEW audit_i11_credit_note_tax_legs IS 'The tax legs of a credit note''s voucher are the tax of its lines';

CREATE OR REPLACE VIEW audit_i38_parties_tie_out WITH (security_invoker = true) AS
SELECT coalesce(d.company_id, e.company_id) AS company_id, coalesce(d.party, e.party)::text AS key,
    'documents ' || coalesce(d.open, 0) || ', account ' || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, party, sum(open) AS open FROM (
        SELECT i.company_id, coalesce(i.customer_id, i.supplier_id) AS party,
            CASE i.invoice_type WHEN 'SALES' THEN 1 ELSE -1 END * CASE
                WHEN i.currency_id = k.base_currency_id THEN i.total_value - i.amount_received
                ELSE round(i.total_value * i.exchange_rate, 2) - invoices_settled_base(i.company_id, i.id)
                END AS open
        FROM invoices_invoice i JOIN erp_company k ON k.id = i.company_id
        WHERE i.status IN ('POSTED', 'PARTIALLY_PAID')
        UNION ALL
        SELECT p.company_id, coalesce(p.customer_id, p.supplier_id),
            CASE p.kind WHEN 'RECEIPT' THEN -1 ELSE 1 END * CASE
                WHEN p.currency_id = k.base_currency_id THEN p.amount - p.allocated_amount
                ELSE round(p.amount * p.exchange_rate, 2) - (SELECT coalesce(sum(a.paid_base), 0)
                    FROM invoices_paymentallocation a WHERE a.company_id = p.company_id AND a.payment_id = p.id)
                END
        FROM invoices_payment p JOIN erp_company k ON k.id = p.company_id
        WHERE p.status = 'POSTED' AND coalesce(p.customer_id, p.supplier_id) IS NOT NULL
        UNION ALL
        SELECT n.company_id, coalesce(n.customer_id, n.supplier_id),
            CASE WHEN n.supplier_id IS NULL THEN -1 ELSE 1 END * CASE
                WHEN n.currency_id = k.base_currency_id THEN n.total_value - n.amount_applied
                ELSE round(n.total_value * n.exchange_rate, 2) - (SELECT coalesce(sum(a.paid_base), 0)
                    FROM invoices_creditnoteallocation a WHERE a.company_id = n.company_id AND a.credit_note_id = n.id)
                END
        FROM invoices_creditnote n JOIN erp_company k ON k.id = n.company_id
        WHERE n.status = 'POSTED') x
    GROUP BY 1, 2) d
FULL JOIN (SELECT a.company_id, a.owner_id AS party, sum(e.debit - e.credit) AS balance
    FROM accounting_ledgeraccount a
    JOIN accounting_ledgerentry e ON e.company_id = a.company_id AND e.account_id = a.id
    JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
    LEFT JOIN accounting_voucher o ON o.company_id = v.company_id AND o.id = v.reverses_id
    WHERE a.role IN ('RECEIVABLE', 'PAYABLE') AND a.owner_id IS NOT NULL AND coalesce(o.kind, v.kind) <> 'OPENING'
        AND (coalesce(o.kind, v.kind) <> 'FX' OR v.source_kind IN ('payment_allocation', 'credit_allocation'))
    GROUP BY 1, 2) e ON e.company_id = d.company_id AND e.party = d.party
WHERE coalesce(d.open, 0) <> coalesce(e.balance, 0);
COMMENT ON VIEW audit_i38_parties_tie_out IS 'Open documents of a party, less what is not applied, are in base the balance of his account';

CREATE OR REPLACE VIEW audit_i45_settled_in_base WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, i.status || ', booked at ' || round(i.total_value * i.exchange_rate, 2)
        || ' in base, settled ' || coalesce(a.base, 0) AS detail
FROM invoices_invoice i
JOIN erp_company k ON k.id = i.company_id AND k.base_currency_id <> i.currency_id
CROSS JOIN LATERAL (SELECT invoices_settled_base(i.company_id, i.id) AS base) a
WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
    AND ((coalesce(a.base, 0) BETWEEN 0 AND round(i.total_value * i.exchange_rate, 2)) IS NOT TRUE
        OR (i.amount_received = i.total_value AND coalesce(a.base, 0) <> round(i.total_value * i.exchange_rate, 2))
        OR (i.amount_received = 0 AND coalesce(a.base, 0) <> 0))
UNION ALL
SELECT p.company_id, p.payment_number, p.status || ', worth ' || round(p.amount * p.exchange_rate, 2) || ' in base, used '
    || coalesce(a.base, 0)
FROM invoices_payment p
JOIN erp_company k ON k.id = p.company_id AND k.base_currency_id <> p.currency_id
LEFT JOIN LATERAL (SELECT sum(paid_base) AS base FROM invoices_paymentallocation
    WHERE company_id = p.company_id AND payment_id = p.id) a ON true
WHERE p.status = 'POSTED'
    AND ((coalesce(a.base, 0) BETWEEN 0 AND round(p.amount * p.exchange_rate, 2)) IS NOT TRUE
        OR (p.allocated_amount = p.amount AND coalesce(a.base, 0) <> round(p.amount * p.exchange_rate, 2))
        OR (p.allocated_amount = 0 AND coalesce(a.base, 0) <> 0))
UNION ALL
SELECT a.company_id, a.id::text, 'in another currency without its amounts in base, or in our own with them'
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.company_id = a.company_id AND p.id = a.payment_id
JOIN erp_company k ON k.id = a.company_id
WHERE (a.settled_base IS NULL) <> (p.currency_id = k.base_currency_id) OR (a.settled_base IS NULL) <> (a.paid_base IS NULL)
UNION ALL
SELECT n.company_id, n.credit_note_number, n.status || ', worth ' || round(n.total_value * n.exchange_rate, 2)
    || ' in base, used ' || coalesce(a.base, 0)
FROM invoices_creditnote n
JOIN erp_company k ON k.id = n.company_id AND k.base_currency_id <> n.currency_id
LEFT JOIN LATERAL (SELECT sum(paid_base) AS base FROM invoices_creditnoteallocation
    WHERE company_id = n.company_id AND credit_note_id = n.id) a ON true
WHERE n.status = 'POSTED'
    AND ((coalesce(a.base, 0) BETWEEN 0 AND round(n.total_value * n.exchange_rate, 2)) IS NOT TRUE
        OR (n.amount_applied = n.total_value AND coalesce(a.base, 0) <> round(n.total_value * n.exchange_rate, 2))
        OR (n.amount_applied = 0 AND coalesce(a.base, 0) <> 0))
UNION ALL
SELECT a.company_id, a.id::text, 'in another currency without its amounts in base, or in our own with them'
FROM invoices_creditnoteallocation a
JOIN invoices_creditnote n ON n.company_id = a.company_id AND n.id = a.credit_note_id
JOIN erp_company k ON k.id = a.company_id
WHERE (a.settled_base IS NULL) <> (n.currency_id = k.base_currency_id) OR (a.settled_base IS NULL) <> (a.paid_base IS NULL)
UNION ALL
SELECT n.company_id, n.credit_note_number, 'at the rate ' || n.exchange_rate || ', its invoice at ' || i.exchange_rate
FROM invoices_creditnote n
JOIN invoices_invoice i ON i.company_id = n.company_id AND i.id = n.invoice_id
WHERE n.status <> 'CANCELLED' AND n.exchange_rate <> i.exchange_rate
UNION ALL
SELECT i.company_id, i.invoice_no, 'in our own currency at the rate ' || i.exchange_rate
FROM invoices_invoice i JOIN erp_company k ON k.id = i.company_id AND k.base_currency_id = i.currency_id
WHERE i.exchange_rate <> 1;
COMMENT ON VIEW audit_i45_settled_in_base IS 'What is settled in its own currency is settled in base';
