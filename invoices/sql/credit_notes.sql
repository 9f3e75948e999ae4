-- What settles an invoice: payments, releases negative, and credit notes.
CREATE FUNCTION invoices_settled(company uuid, invoice uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT (SELECT coalesce(sum(a.amount), 0) FROM invoices_paymentallocation a
            WHERE a.company_id = company AND a.invoice_id = invoice)
        + (SELECT coalesce(sum(a.amount), 0) FROM invoices_creditnoteallocation a
            WHERE a.company_id = company AND a.invoice_id = invoice)
$$;

-- Judged at commit: every number that was taken from the series is used, so a series is 1…n without a gap.
CREATE FUNCTION invoices_credit_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN OLD.last_number ELSE 0 END + 1, NEW.last_number) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM invoices_creditnote d
            WHERE d.company_id = NEW.company_id AND d.credit_note_number = erp_spelled_number(NEW.series, NEW.year, n))) THEN
        RAISE EXCEPTION 'numbers_are_used: a number of % % was taken and not used', NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_used';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_credit_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'CN') EXECUTE FUNCTION invoices_credit_numbers_used();

CREATE TRIGGER invoices_credit_number_of_its_series BEFORE INSERT ON invoices_creditnote
    FOR EACH ROW EXECUTE FUNCTION erp_number_of_its_series('credit_note_number');

-- Judged at commit, from the voucher's side: a voucher of a credit note is the one that its posted note names.
CREATE FUNCTION invoices_credit_voucher_has_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM invoices_creditnote n
        WHERE n.company_id = NEW.company_id AND n.id = NEW.source_id AND n.status = 'POSTED' AND n.voucher_id = NEW.id) THEN
        RAISE EXCEPTION 'posted_has_voucher: voucher % is not the one of its credit note', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_has_voucher';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_credit_voucher_has_note AFTER INSERT ON accounting_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.source_kind = 'credit_note')
    EXECUTE FUNCTION invoices_credit_voucher_has_note();

-- Laws that credit notes are a part of from here on; see audit_views.sql.
CREATE OR REPLACE VIEW audit_i15_received WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key,
    i.amount_received || ' of ' || i.total_value || ' received, allocations ' || coalesce(a.amount, 0) AS detail
FROM invoices_invoice i
LEFT JOIN (SELECT company_id, invoice_id, sum(amount) AS amount FROM (
        SELECT company_id, invoice_id, amount FROM invoices_paymentallocation
        UNION ALL SELECT company_id, invoice_id, amount FROM invoices_creditnoteallocation) x
    GROUP BY 1, 2) a
    ON a.company_id = i.company_id AND a.invoice_id = i.id
WHERE i.amount_received <> coalesce(a.amount, 0) OR (i.amount_received BETWEEN 0 AND i.total_value) IS NOT TRUE
UNION ALL
SELECT a.company_id, a.id::text, 'allocated from a ' || p.status || ' payment'
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.company_id = a.company_id AND p.id = a.payment_id
WHERE p.status <> 'POSTED' AND a.releases_id IS NULL AND NOT EXISTS (
    SELECT 1 FROM invoices_paymentallocation r WHERE r.company_id = a.company_id AND r.releases_id = a.id)
UNION ALL
SELECT a.company_id, a.id::text, 'applied from a ' || n.status || ' credit note'
FROM invoices_creditnoteallocation a
JOIN invoices_creditnote n ON n.company_id = a.company_id AND n.id = a.credit_note_id
WHERE n.status <> 'POSTED';

CREATE OR REPLACE VIEW audit_i38_parties_tie_out WITH (security_invoker = true) AS
SELECT coalesce(d.company_id, e.company_id) AS company_id, coalesce(d.party, e.party)::text AS key,
    'documents ' || coalesce(d.open, 0) || ', account ' || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, party, sum(open) AS open FROM (
        SELECT i.company_id, i.customer_id AS party, i.total_value - i.amount_received AS open
        FROM invoices_invoice i WHERE i.status IN ('POSTED', 'PARTIALLY_PAID') AND i.invoice_type = 'SALES'
        UNION ALL
        SELECT p.company_id, p.customer_id, CASE p.kind WHEN 'RECEIPT' THEN -1 ELSE 1 END * (p.amount - p.allocated_amount)
        FROM invoices_payment p WHERE p.status = 'POSTED' AND p.customer_id IS NOT NULL
        UNION ALL
        SELECT n.company_id, n.customer_id, n.amount_applied - n.total_value
        FROM invoices_creditnote n WHERE n.status = 'POSTED') x
    GROUP BY 1, 2) d
FULL JOIN (SELECT a.company_id, a.owner_id AS party, sum(e.debit - e.credit) AS balance
    FROM accounting_ledgeraccount a
    JOIN accounting_ledgerentry e ON e.company_id = a.company_id AND e.account_id = a.id
    JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
    LEFT JOIN accounting_voucher o ON o.company_id = v.company_id AND o.id = v.reverses_id
    WHERE a.role = 'RECEIVABLE' AND a.owner_id IS NOT NULL AND coalesce(o.kind, v.kind) NOT IN ('OPENING', 'FX')
    GROUP BY 1, 2) e ON e.company_id = d.company_id AND e.party = d.party
WHERE coalesce(d.open, 0) <> coalesce(e.balance, 0);
