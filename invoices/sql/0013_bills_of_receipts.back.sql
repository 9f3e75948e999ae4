DROP TRIGGER invoices_receipt_is_not_billed ON purchasing_goodsreceipt;
DROP FUNCTION invoices_receipt_is_not_billed();
DROP TRIGGER invoices_receipt_line_changes ON invoices_invoiceitem;
DROP TRIGGER invoices_receipt_line_begins ON invoices_invoiceitem;
DROP TRIGGER invoices_billed_within_receipt ON invoices_invoice;
DROP FUNCTION invoices_billed_within_receipt();
DROP FUNCTION invoices_billed_of_receipt(uuid, uuid);
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

CREATE OR REPLACE VIEW audit_i43_received_not_billed WITH (security_invoker = true) AS
SELECT coalesce(r.company_id, e.company_id) AS company_id, 'GRNI' AS key,
    'received and not billed, less billed and not received ' || coalesce(r.cost, 0) || ', account '
        || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, sum(cost) AS cost FROM (
        SELECT company_id, total_cost AS cost FROM purchasing_goodsreceipt WHERE status = 'POSTED'
        UNION ALL SELECT company_id, -billed_value FROM purchasing_purchaseorderline) x GROUP BY 1) r
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
    WHERE g.company_id = c.company_id AND g.layer_id = c.layer_id AND g.order_line_id = l.purchase_line_id);
