-- What a posted invoice says, as a hash; of a purchase also whose it is and what it took out of GRNI. What was sealed before
-- says what it said.
CREATE OR REPLACE FUNCTION invoices_content_hash(company uuid, invoice uuid) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to((jsonb_build_array(i.invoice_type, i.origin, i.invoice_no, i.invoice_date, i.customer_id,
            i.currency_id, i.given_total, i.items_total, i.total_value, i.subtotal, i.tax_amount, i.round_off, i.party_name,
            i.party_gstin, i.billing_address, i.shipping_address, i.company_state_code, i.company_gstin, i.place_of_supply,
            i.apply_gst, i.sales_order_id, i.warehouse_id)
            || CASE WHEN i.invoice_type = 'PURCHASE' THEN jsonb_build_array(i.supplier_id, i.purchase_order_id,
                i.supplier_invoice_number, i.supplier_invoice_date) ELSE '[]' END)::text
        || (SELECT string_agg((jsonb_build_array(l.id, l.line_no, l.name, l.item_code, l.barcode, l.quantity, l.mrp,
                l.line_total, l.item_id, l.order_line_id, l.uom_id, l.hsn_code, l.discount_pct, l.allocated_discount,
                l.import_discount, l.gst_rate, l.cgst, l.sgst, l.utgst, l.igst, l.posted_as_tracked, l.company_name,
                l.packing, l.shelf_location, l.batch_no, l.expiry_date, l.remarks)
                || CASE WHEN l.purchase_line_id IS NULL THEN '[]' ELSE jsonb_build_array(l.purchase_line_id, l.grni_value) END)::text, '' ORDER BY l.line_no)
            FROM invoices_invoiceitem l WHERE l.company_id = company AND l.invoice_id = invoice), 'UTF8'))
    FROM invoices_invoice i WHERE i.company_id = company AND i.id = invoice
$$;

DROP TRIGGER invoices_numbers_used ON erp_numberseries;
CREATE CONSTRAINT TRIGGER invoices_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'INV' OR NEW.series = 'PINV') EXECUTE FUNCTION invoices_numbers_used();

-- Judged at commit: what a line of a purchase order says is invoiced and posted, and out of GRNI, is what its live bills carry.
CREATE FUNCTION invoices_purchase_line_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM purchasing_purchaseorderline o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.quantity) FILTER (WHERE i.status <> 'CANCELLED'), 0) AS invoiced,
                coalesce(sum(l.quantity) FILTER (WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')), 0) AS posted,
                coalesce(sum(l.grni_value) FILTER (WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')), 0) AS value
            FROM invoices_invoiceitem l
            JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id
            WHERE l.company_id = o.company_id AND l.purchase_line_id = o.id) s
        WHERE o.company_id = NEW.company_id AND o.id = NEW.id
            AND (o.invoiced_qty <> s.invoiced OR o.posted_qty <> s.posted OR o.billed_value <> s.value)) THEN
        RAISE EXCEPTION 'purchase_line_adds_up: what is billed of order line % differs from its bills', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_line_adds_up';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_purchase_line_begins AFTER INSERT ON purchasing_purchaseorderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.invoiced_qty <> 0 OR NEW.posted_qty <> 0 OR NEW.billed_value <> 0)
    EXECUTE FUNCTION invoices_purchase_line_adds_up();
CREATE CONSTRAINT TRIGGER invoices_purchase_line_adds_up AFTER UPDATE ON purchasing_purchaseorderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.invoiced_qty <> NEW.invoiced_qty OR OLD.posted_qty <> NEW.posted_qty OR OLD.billed_value <> NEW.billed_value)
    EXECUTE FUNCTION invoices_purchase_line_adds_up();

-- Judged at commit: a line of a bill is of the bill's order, whose line counts it.
CREATE FUNCTION invoices_bill_line_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM invoices_invoice i
        LEFT JOIN purchasing_purchaseorderline o ON o.company_id = i.company_id AND o.id = NEW.purchase_line_id
        WHERE i.company_id = NEW.company_id AND i.id = NEW.invoice_id AND (i.invoice_type <> 'PURCHASE'
            OR o.order_id IS DISTINCT FROM i.purchase_order_id OR o.item_id IS DISTINCT FROM NEW.item_id)) THEN
        RAISE EXCEPTION 'purchase_is_of_its_order: line % is not of the order of its bill', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_is_of_its_order';
    END IF;
    IF (SELECT o.invoiced_qty FROM purchasing_purchaseorderline o
            WHERE o.company_id = NEW.company_id AND o.id = NEW.purchase_line_id)
        <> (SELECT sum(l.quantity) FROM invoices_invoiceitem l
            JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id AND i.status <> 'CANCELLED'
            WHERE l.company_id = NEW.company_id AND l.purchase_line_id = NEW.purchase_line_id) THEN
        RAISE EXCEPTION 'purchase_line_adds_up: what is billed of order line % differs from its bills', NEW.purchase_line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_line_adds_up';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_bill_line_begins AFTER INSERT ON invoices_invoiceitem
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.purchase_line_id IS NOT NULL)
    EXECUTE FUNCTION invoices_bill_line_is_counted();
CREATE CONSTRAINT TRIGGER invoices_bill_line_is_counted AFTER UPDATE ON invoices_invoiceitem
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.purchase_line_id IS DISTINCT FROM NEW.purchase_line_id
        OR (NEW.purchase_line_id IS NOT NULL AND (OLD.quantity <> NEW.quantity OR OLD.item_id <> NEW.item_id)))
    EXECUTE FUNCTION invoices_bill_line_is_counted();

-- Judged at commit, once per bill: its lines are of its order, whose supplier and items they name, and the order counts them;
-- a posted one took out of GRNI what its lines say.
CREATE FUNCTION invoices_purchase_is_of_its_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    doc invoices_invoice;
BEGIN
    SELECT i.* INTO doc FROM invoices_invoice i WHERE i.company_id = NEW.company_id AND i.id = NEW.id;
    IF doc.purchase_order_id IS NOT NULL AND doc.supplier_id IS DISTINCT FROM (
            SELECT d.supplier_id FROM purchasing_purchaseorder d
            WHERE d.company_id = doc.company_id AND d.id = doc.purchase_order_id)
       OR EXISTS (
            SELECT 1 FROM invoices_invoiceitem l
            LEFT JOIN purchasing_purchaseorderline o ON o.company_id = l.company_id AND o.id = l.purchase_line_id
            WHERE l.company_id = doc.company_id AND l.invoice_id = doc.id AND (l.order_line_id IS NOT NULL
                OR o.order_id IS DISTINCT FROM doc.purchase_order_id OR o.item_id IS DISTINCT FROM l.item_id)) THEN
        RAISE EXCEPTION 'purchase_is_of_its_order: bill % has a line, or a supplier, that is not its order''s', doc.invoice_no
            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_is_of_its_order';
    END IF;
    IF EXISTS (
        SELECT 1 FROM invoices_invoiceitem l
        JOIN purchasing_purchaseorderline o ON o.company_id = l.company_id AND o.id = l.purchase_line_id
        CROSS JOIN LATERAL (
            SELECT sum(b.quantity) FILTER (WHERE i.status <> 'CANCELLED') AS invoiced,
                sum(b.quantity) FILTER (WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')) AS posted,
                sum(b.grni_value) FILTER (WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')) AS value
            FROM invoices_invoiceitem b
            JOIN invoices_invoice i ON i.company_id = b.company_id AND i.id = b.invoice_id
            WHERE b.company_id = o.company_id AND b.purchase_line_id = o.id) s
        WHERE l.company_id = doc.company_id AND l.invoice_id = doc.id AND (o.invoiced_qty <> coalesce(s.invoiced, 0)
            OR o.posted_qty <> coalesce(s.posted, 0) OR o.billed_value <> coalesce(s.value, 0))) THEN
        RAISE EXCEPTION 'purchase_line_adds_up: what is billed of the order of % differs from its bills', doc.invoice_no
            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_line_adds_up';
    END IF;
    IF doc.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
       AND (SELECT coalesce(sum(l.grni_value), 0) FROM invoices_invoiceitem l
            WHERE l.company_id = doc.company_id AND l.invoice_id = doc.id)
        <> (SELECT coalesce(sum(e.debit - e.credit), 0) FROM accounting_ledgerentry e
            WHERE e.company_id = doc.company_id AND e.voucher_id = doc.voucher_id AND e.role = 'GRNI') THEN
        RAISE EXCEPTION 'grni_of_its_lines: the voucher of bill % takes something else out of GRNI', doc.invoice_no
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grni_of_its_lines';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_purchase_is_of_its_order AFTER INSERT OR UPDATE ON invoices_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.invoice_type = 'PURCHASE')
    EXECUTE FUNCTION invoices_purchase_is_of_its_order();

-- Laws that purchases are a part of from here on; see audit_views.sql and 0009_credit_notes.sql.
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

CREATE OR REPLACE VIEW audit_i18_allocation_joins_alike WITH (security_invoker = true) AS
SELECT a.company_id, a.id::text AS key, p.payment_number || ' and ' || i.invoice_no || ' differ in party, currency or direction'
    AS detail
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.id = a.payment_id
JOIN invoices_invoice i ON i.id = a.invoice_id
WHERE p.company_id <> a.company_id OR i.company_id <> a.company_id OR p.customer_id IS DISTINCT FROM i.customer_id
    OR p.supplier_id IS DISTINCT FROM i.supplier_id
    OR p.currency_id IS DISTINCT FROM i.currency_id OR (p.kind = 'RECEIPT') <> (i.invoice_type = 'SALES');

CREATE OR REPLACE VIEW audit_i28_documents_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id,
    coalesce(x.series, s.series) || ' ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT d.company_id, split_part(d.number, '-', 1) AS series, substring(d.number FROM '^[A-Z]+-([0-9]{4})-')::int AS year,
        count(*) AS rows, max(substring(d.number FROM '([0-9]{5,8})$')::int) AS top
    FROM (SELECT company_id, invoice_no AS number FROM invoices_invoice WHERE origin = 'ISSUED'
        UNION ALL SELECT company_id, payment_number FROM invoices_payment) d
    GROUP BY 1, 2, 3) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series IN ('INV', 'PINV', 'RCT', 'PAY')) s
    ON s.company_id = x.company_id AND s.series = x.series AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);

CREATE OR REPLACE VIEW audit_i29_number_once WITH (security_invoker = true) AS
SELECT i.company_id, btrim(i.invoice_no) AS key, count(*) || ' times' AS detail
FROM invoices_invoice i WHERE i.invoice_type = 'SALES' AND i.origin <> 'HISTORY'
GROUP BY i.company_id, btrim(i.invoice_no) HAVING count(*) > 1
UNION ALL
SELECT i.company_id, i.invoice_no, 'our number, ' || count(*) || ' times'
FROM invoices_invoice i WHERE i.invoice_type = 'PURCHASE' GROUP BY 1, 2 HAVING count(*) > 1
UNION ALL
SELECT i.company_id, i.supplier_id || ' ' || i.supplier_invoice_number || ' of ' || i.supplier_invoice_year, count(*) || ' times'
FROM invoices_invoice i WHERE i.invoice_type = 'PURCHASE' AND i.status <> 'CANCELLED'
GROUP BY i.company_id, i.supplier_id, i.supplier_invoice_number, i.supplier_invoice_year HAVING count(*) > 1
UNION ALL
SELECT i.company_id, i.invoice_no, 'dated ' || i.supplier_invoice_date || ', counted in ' || i.supplier_invoice_year
FROM invoices_invoice i JOIN erp_company c ON c.id = i.company_id
WHERE i.supplier_invoice_year <> extract(year FROM i.supplier_invoice_date)::int
    - CASE WHEN extract(month FROM i.supplier_invoice_date) < c.fiscal_year_start THEN 1 ELSE 0 END;
COMMENT ON VIEW audit_i29_number_once IS 'A sales number is unique in its company, a supplier''s with him and in its year';

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
