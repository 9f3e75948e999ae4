DROP TRIGGER invoices_bill_line_begins ON invoices_invoiceitem;
DROP TRIGGER invoices_bill_line_is_counted ON invoices_invoiceitem;
DROP FUNCTION invoices_bill_line_is_counted();
DROP TRIGGER invoices_purchase_is_of_its_order ON invoices_invoice;
DROP FUNCTION invoices_purchase_is_of_its_order();
DROP TRIGGER invoices_purchase_line_begins ON purchasing_purchaseorderline;
DROP TRIGGER invoices_purchase_line_adds_up ON purchasing_purchaseorderline;
DROP FUNCTION invoices_purchase_line_adds_up();
DROP TRIGGER invoices_numbers_used ON erp_numberseries;
CREATE CONSTRAINT TRIGGER invoices_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'INV') EXECUTE FUNCTION invoices_numbers_used();

CREATE OR REPLACE FUNCTION invoices_content_hash(company uuid, invoice uuid) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(i.invoice_type, i.origin, i.invoice_no, i.invoice_date, i.customer_id,
            i.currency_id, i.given_total, i.items_total, i.total_value, i.subtotal, i.tax_amount, i.round_off, i.party_name,
            i.party_gstin, i.billing_address, i.shipping_address, i.company_state_code, i.company_gstin, i.place_of_supply,
            i.apply_gst, i.sales_order_id, i.warehouse_id)::text
        || (SELECT string_agg(jsonb_build_array(l.id, l.line_no, l.name, l.item_code, l.barcode, l.quantity, l.mrp,
                l.line_total, l.item_id, l.order_line_id, l.uom_id, l.hsn_code, l.discount_pct, l.allocated_discount,
                l.import_discount, l.gst_rate, l.cgst, l.sgst, l.utgst, l.igst, l.posted_as_tracked, l.company_name,
                l.packing, l.shelf_location, l.batch_no, l.expiry_date, l.remarks)::text, '' ORDER BY l.line_no)
            FROM invoices_invoiceitem l WHERE l.company_id = company AND l.invoice_id = invoice), 'UTF8'))
    FROM invoices_invoice i WHERE i.company_id = company AND i.id = invoice
$$;

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
        OR (i.invoice_type = 'SALES' AND (e.owner <> i.customer_id::text OR e.other_owner <> i.customer_id::text)))
UNION ALL
SELECT p.company_id, p.payment_number, 'amount ' || p.amount || ', money leg ' || coalesce(sum(e.amount_currency), 0)
FROM invoices_payment p
LEFT JOIN accounting_ledgerentry e ON e.company_id = p.company_id AND e.voucher_id = p.voucher_id
    AND e.account_id = p.account_id
WHERE p.status = 'POSTED'
GROUP BY p.company_id, p.id
HAVING coalesce(sum(e.amount_currency), 0) <> CASE p.kind WHEN 'RECEIPT' THEN p.amount ELSE -p.amount END;

CREATE OR REPLACE VIEW audit_i18_allocation_joins_alike WITH (security_invoker = true) AS
SELECT a.company_id, a.id::text AS key, p.payment_number || ' and ' || i.invoice_no || ' differ in party, currency or direction'
    AS detail
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.id = a.payment_id
JOIN invoices_invoice i ON i.id = a.invoice_id
WHERE p.company_id <> a.company_id OR i.company_id <> a.company_id OR p.customer_id IS DISTINCT FROM i.customer_id
    OR p.currency_id IS DISTINCT FROM i.currency_id OR (p.kind = 'RECEIPT') <> (i.invoice_type = 'SALES');

CREATE OR REPLACE VIEW audit_i28_documents_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id,
    coalesce(x.series, s.series) || ' ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT d.company_id, split_part(d.number, '-', 1) AS series, substring(d.number FROM '^[A-Z]+-([0-9]{4})-')::int AS year,
        count(*) AS rows, max(substring(d.number FROM '([0-9]{5,8})$')::int) AS top
    FROM (SELECT company_id, invoice_no AS number FROM invoices_invoice WHERE origin = 'ISSUED' AND invoice_type = 'SALES'
        UNION ALL SELECT company_id, payment_number FROM invoices_payment) d
    GROUP BY 1, 2, 3) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series IN ('INV', 'RCT', 'PAY')) s
    ON s.company_id = x.company_id AND s.series = x.series AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);

CREATE OR REPLACE VIEW audit_i29_number_once WITH (security_invoker = true) AS
SELECT i.company_id, btrim(i.invoice_no) AS key, count(*) || ' times' AS detail
FROM invoices_invoice i WHERE i.invoice_type = 'SALES' AND i.origin <> 'HISTORY'
GROUP BY i.company_id, btrim(i.invoice_no) HAVING count(*) > 1;

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
