-- A bill may be for goods that came without an order: its line names the line of the receipt. What a bill says includes that.
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
                || CASE WHEN l.purchase_line_id IS NOT NULL THEN jsonb_build_array(l.purchase_line_id, l.grni_value)
                    WHEN l.receipt_line_id IS NOT NULL THEN jsonb_build_array('receipt', l.receipt_line_id, l.grni_value)
                    ELSE '[]' END)::text, '' ORDER BY l.line_no)
            FROM invoices_invoiceitem l WHERE l.company_id = company AND l.invoice_id = invoice), 'UTF8'))
    FROM invoices_invoice i WHERE i.company_id = company AND i.id = invoice
$$;

-- What is billed of a receipt's line, as its live bills say: how much in all, how much is posted, and what that took out of GRNI.
CREATE FUNCTION invoices_billed_of_receipt(company uuid, line uuid, OUT live numeric, OUT posted numeric, OUT value numeric)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(l.quantity), 0), coalesce(sum(l.quantity) FILTER (WHERE i.status <> 'DRAFT'), 0),
        coalesce(sum(l.grni_value) FILTER (WHERE i.status <> 'DRAFT'), 0)
    FROM invoices_invoiceitem l
    JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id AND i.status <> 'CANCELLED'
    WHERE l.company_id = company AND l.receipt_line_id = line
$$;

-- Judged at commit: a line that names a receipt's line is of a bill of its supplier and of its item, and came without an order;
-- no more of it is billed than came, nor for more than it owes, and all of it for all that it owes. Two who bill it at once
-- take turns at the receipt.
CREATE FUNCTION invoices_billed_within_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    billed record;
    came record;
    of_bill uuid := CASE WHEN TG_TABLE_NAME = 'invoices_invoice' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'invoice_id')::uuid END;
BEGIN
    FOR came IN
        SELECT DISTINCT g.id, g.quantity, g.cost, r.id AS receipt_id
        FROM invoices_invoiceitem l
        JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id AND i.status <> 'CANCELLED'
        LEFT JOIN purchasing_goodsreceiptline g ON g.company_id = l.company_id AND g.id = l.receipt_line_id
        LEFT JOIN purchasing_goodsreceipt r ON r.company_id = g.company_id AND r.id = g.receipt_id AND r.status = 'POSTED'
            AND r.supplier_id = i.supplier_id AND r.purchase_order_id IS NULL AND g.item_id = l.item_id
        WHERE l.company_id = NEW.company_id AND l.invoice_id = of_bill AND l.receipt_line_id IS NOT NULL
    LOOP
        IF came.receipt_id IS NULL THEN
            RAISE EXCEPTION 'bill_is_of_its_receipt: a line of bill % is of another supplier, item or order than what came, or did not come', of_bill
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_is_of_its_receipt';
        END IF;
        PERFORM FROM purchasing_goodsreceipt r WHERE r.company_id = NEW.company_id AND r.id = came.receipt_id FOR NO KEY UPDATE;
        SELECT * INTO billed FROM invoices_billed_of_receipt(NEW.company_id, came.id);
        IF billed.live > came.quantity OR billed.value > came.cost
           OR (billed.posted = came.quantity AND billed.value <> came.cost) THEN
            RAISE EXCEPTION 'billed_within_receipt: of line % of a receipt % came for %, % is billed and % posted for %',
                came.id, came.quantity, came.cost, billed.live, billed.posted, billed.value
                USING ERRCODE = 'check_violation', CONSTRAINT = 'billed_within_receipt';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoices_billed_within_receipt AFTER INSERT OR UPDATE ON invoices_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.invoice_type = 'PURCHASE')
    EXECUTE FUNCTION invoices_billed_within_receipt();
CREATE CONSTRAINT TRIGGER invoices_receipt_line_begins AFTER INSERT ON invoices_invoiceitem
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.receipt_line_id IS NOT NULL)
    EXECUTE FUNCTION invoices_billed_within_receipt();
CREATE CONSTRAINT TRIGGER invoices_receipt_line_changes AFTER UPDATE ON invoices_invoiceitem
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.receipt_line_id IS NOT NULL AND (OLD.receipt_line_id IS DISTINCT FROM NEW.receipt_line_id
        OR OLD.quantity <> NEW.quantity OR OLD.item_id IS DISTINCT FROM NEW.item_id
        OR OLD.grni_value IS DISTINCT FROM NEW.grni_value))
    EXECUTE FUNCTION invoices_billed_within_receipt();

-- What is billed is not taken back from under its bill.
CREATE FUNCTION invoices_receipt_is_not_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM purchasing_goodsreceiptline g
            CROSS JOIN LATERAL invoices_billed_of_receipt(g.company_id, g.id) b
            WHERE g.company_id = NEW.company_id AND g.receipt_id = NEW.id AND b.live > 0) THEN
        RAISE EXCEPTION 'receipt_is_not_billed: receipt % is on a bill', NEW.receipt_number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_is_not_billed';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER invoices_receipt_is_not_billed AFTER UPDATE ON purchasing_goodsreceipt
    FOR EACH ROW WHEN (NEW.status = 'REVERSED' AND OLD.status <> 'REVERSED') EXECUTE FUNCTION invoices_receipt_is_not_billed();

-- Violations only; see erp/sql/audit_views.sql. What bills took out of GRNI counts, whether the goods were ordered or not.
CREATE OR REPLACE VIEW audit_i43_received_not_billed WITH (security_invoker = true) AS
SELECT coalesce(r.company_id, e.company_id) AS company_id, 'GRNI' AS key,
    'received and not billed, less billed and not received ' || coalesce(r.cost, 0) || ', account '
        || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, sum(cost) AS cost FROM (
        SELECT company_id, total_cost AS cost FROM purchasing_goodsreceipt WHERE status = 'POSTED'
        UNION ALL SELECT company_id, -billed_value FROM purchasing_purchaseorderline
        UNION ALL SELECT l.company_id, -l.grni_value FROM invoices_invoiceitem l
            JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id AND i.status NOT IN ('DRAFT', 'CANCELLED')
            WHERE l.receipt_line_id IS NOT NULL) x GROUP BY 1) r
FULL JOIN (SELECT company_id, sum(credit - debit) AS balance FROM accounting_ledgerentry WHERE role = 'GRNI' GROUP BY 1) e
    ON e.company_id = r.company_id
WHERE coalesce(r.cost, 0) <> coalesce(e.balance, 0)
UNION ALL
SELECT o.company_id, o.id::text, o.received_qty || ' received for ' || o.received_value || ', ' || o.posted_qty || ' billed for '
        || o.billed_value
FROM purchasing_purchaseorderline o
WHERE (CASE sign(o.received_qty - o.posted_qty) WHEN 0 THEN o.received_value = o.billed_value
    WHEN 1 THEN o.received_value >= o.billed_value ELSE o.received_value <= o.billed_value END) IS NOT TRUE
UNION ALL
SELECT r.company_id, r.receipt_number, r.status || ' for ' || r.total_cost || ', its voucher owes ' || coalesce(e.owed, 0)
FROM purchasing_goodsreceipt r
LEFT JOIN accounting_voucher v ON v.company_id = r.company_id AND v.id = r.voucher_id
LEFT JOIN accounting_voucher undo ON undo.company_id = v.company_id AND undo.reverses_id = v.id
LEFT JOIN LATERAL (SELECT sum(credit - debit) AS owed FROM accounting_ledgerentry
    WHERE company_id = v.company_id AND voucher_id = v.id AND role = 'GRNI') e ON true
WHERE v.source_id IS DISTINCT FROM r.id OR (r.status = 'REVERSED') <> (undo.id IS NOT NULL)
    OR coalesce(e.owed, 0) <> r.total_cost;

CREATE OR REPLACE VIEW audit_i42_returned_to_supplier WITH (security_invoker = true) AS
SELECT n.company_id, n.credit_note_number::text AS key, 'takes from layer ' || c.layer_id || ', which no receipt of the line made'
    AS detail
FROM invoices_creditnote n
JOIN inventory_stockmovement m ON m.company_id = n.company_id AND m.voucher_id = n.voucher_id
JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id
LEFT JOIN invoices_invoiceitem l ON l.company_id = m.company_id AND l.id = m.source_line_id
WHERE n.supplier_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM purchasing_goodsreceiptline g
    WHERE g.company_id = c.company_id AND g.layer_id = c.layer_id
        AND (g.order_line_id = l.purchase_line_id OR g.id = l.receipt_line_id));
