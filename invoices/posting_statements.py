"""The hand-written SQL of posting: lock, read, write.

Every statement names the company. Texts are fixed; values are bound.
"""

from accounting.statements import ACCOUNTS_BY_ROLE, PERIOD, RATE_ON, WRITE_VOUCHERS
from erp.audit import INSERT_AUDIT
from erp.outbox import INSERT_EVENTS
from inventory.statements import HOLDING_RATE, WRITE_ISSUES, WRITE_RELEASES
from invoices.statements import DOCUMENT, DOCUMENT_TABLES
from sales.statements import MARK_INVOICED

LOCK_FOR_POSTING = """
WITH company AS MATERIALIZED (
    SELECT 1 FROM erp_company WHERE id = %(company)s FOR SHARE
), invoice AS MATERIALIZED (
    SELECT i.id, i.sales_order_id FROM invoices_invoice i
    WHERE i.company_id = %(company)s AND i.id = ANY(%(ids)s) AND (SELECT count(*) FROM company) > 0
    ORDER BY i.id
    FOR NO KEY UPDATE
), sales_order AS MATERIALIZED (
    SELECT 1 FROM sales_salesorder o
    WHERE o.company_id = %(company)s AND o.id IN (SELECT sales_order_id FROM invoice)
    ORDER BY o.id
    FOR NO KEY UPDATE
)
SELECT (SELECT count(*) FROM invoice), (SELECT count(*) FROM sales_order)
"""
"""Each step asks for the one before, so the rows are locked in the order of the ranks, sorted within each."""

_RATE = RATE_ON.format(currency="i.currency_id", day="coalesce(%(day)s::date, i.invoice_date)")

_ITEM_RATE = HOLDING_RATE.format(item="m", day="i.invoice_date")

READ_FOR_POSTING = f"""
SELECT {ACCOUNTS_BY_ROLE}::text, json_build_object(
    'id', i.id, 'invoice_no', i.invoice_no, 'invoice_date', i.invoice_date, 'origin', i.origin,
    'status', i.status, 'fulfilment_status', i.fulfilment_status, 'billing_status', i.billing_status,
    'items_total', i.items_total, 'given_total', i.given_total, 'total_value', i.total_value, 'tax_amount', i.tax_amount,
    'round_off', i.round_off, 'revision', i.revision, 'version', i.version, 'sales_order_id', i.sales_order_id,
    'warehouse_id', coalesce(i.warehouse_id, w.id), 'currency_id', cur.id, 'currency_code', cur.code,
    'exchange_rate', CASE WHEN cur.id = k.base_currency_id THEN 1 ELSE {_RATE} END,
    'voucher_id', i.voucher_id, 'voucher_number', v.number, 'customer_id', c.id, 'customer_code', c.code,
    'customer_name', c.name, 'credit_days', c.credit_days, 'due_date', i.due_date,
    'receivable_id', r.id, 'period', {PERIOD}, 'document', {DOCUMENT},
    'tax_ground', CASE WHEN g.state_code IS NOT NULL THEN json_build_object('state_code', g.state_code, 'gstin', g.gstin,
        'customer_state', c.state_code, 'customer_gstin', c.gstin, 'treatment', c.gst_treatment) END,
    'lines', (SELECT json_agg(json_build_object('id', l.id, 'line_no', l.line_no, 'quantity', l.quantity,
            'line_total', l.line_total, 'item_code', l.item_code, 'batch_no', l.batch_no, 'cgst', l.cgst, 'sgst', l.sgst,
            'utgst', l.utgst, 'igst', l.igst, 'gst_rate', l.gst_rate, 'order_line_id', l.order_line_id, 'item_id', m.id,
            'tracked', m.tracked, 'batch_required', m.batch_required, 'issue_rule', m.issue_rule, 'batch_id', b.id,
            'item_rate', CASE WHEN g.state_code IS NOT NULL THEN {_ITEM_RATE} END, 'item_hsn', m.hsn_code)
            ORDER BY l.line_no)
        FROM invoices_invoiceitem l
        LEFT JOIN inventory_item m ON m.company_id = l.company_id
            AND (m.id = l.item_id OR (l.item_id IS NULL AND m.sku = l.item_code AND m.is_active))
        LEFT JOIN inventory_batch b ON b.company_id = l.company_id AND b.item_id = m.id AND b.batch_no = l.batch_no
        WHERE l.company_id = i.company_id AND l.invoice_id = i.id))::text
FROM {DOCUMENT_TABLES}
JOIN erp_company k ON k.id = i.company_id
JOIN erp_currency cur ON cur.id = coalesce(i.currency_id, k.base_currency_id)
LEFT JOIN accounting_fiscalyear y ON y.company_id = i.company_id
    AND coalesce(%(day)s::date, i.invoice_date) BETWEEN y.start_date AND y.end_date
LEFT JOIN accounting_ledgeraccount r ON r.company_id = i.company_id AND r.role = 'RECEIVABLE' AND r.owner_id = c.id
LEFT JOIN inventory_warehouse w ON w.company_id = i.company_id AND w.is_default
LEFT JOIN accounting_voucher v ON v.company_id = i.company_id AND v.id = i.voucher_id
LEFT JOIN LATERAL (
    SELECT g.state_code, g.gstin FROM erp_registration g
    WHERE k.import_tax = 'inclusive' AND i.origin = 'IMPORTED' AND g.company_id = i.company_id
        AND (g.valid_to IS NULL OR g.valid_to >= i.invoice_date)
    ORDER BY g.state_code = w.state_code DESC NULLS LAST, g.is_default DESC, g.state_code LIMIT 1
) g ON true
WHERE i.company_id = %(company)s AND i.id = ANY(%(ids)s) AND i.invoice_type = 'SALES'
"""

# Of a revision the version has begun already, with its content. Taxes are given where prices include them.
_DOCUMENTS = f"""line AS (
    UPDATE invoices_invoiceitem l
    SET item_id = p.item_id, import_discount = p.import_discount, posted_as_tracked = p.posted_as_tracked,
        gst_rate = coalesce(p.gst_rate, l.gst_rate), hsn_code = coalesce(p.hsn_code, l.hsn_code),
        cgst = coalesce(p.cgst, l.cgst), sgst = coalesce(p.sgst, l.sgst), utgst = coalesce(p.utgst, l.utgst),
        igst = coalesce(p.igst, l.igst)
    FROM jsonb_populate_recordset(NULL::invoices_invoiceitem, %(lines)s::jsonb) AS p
    WHERE l.company_id = %(company)s AND l.invoice_id = ANY(%(ids)s) AND l.id = p.id
        AND (p.gst_rate IS NOT NULL OR (l.item_id, l.import_discount, l.posted_as_tracked)
            IS DISTINCT FROM (p.item_id, p.import_discount, p.posted_as_tracked))
), header AS (
    UPDATE invoices_invoice i
    SET status = p.status, voucher_id = p.voucher_id, subtotal = p.subtotal, due_date = p.due_date,
        currency_id = p.currency_id, exchange_rate = p.exchange_rate, warehouse_id = p.warehouse_id,
        version = p.version, updated_at = %(now)s,
        tax_amount = coalesce(p.tax_amount, i.tax_amount), place_of_supply = coalesce(p.place_of_supply, i.place_of_supply),
        company_state_code = coalesce(p.company_state_code, i.company_state_code),
        company_gstin = coalesce(p.company_gstin, i.company_gstin)
    FROM jsonb_populate_recordset(NULL::invoices_invoice, %(invoices)s::jsonb) AS p
    WHERE i.company_id = %(company)s AND i.id = ANY(%(ids)s) AND i.id = p.id AND i.version IN (p.version - 1, p.version)
    RETURNING 1
), event AS ({INSERT_EVENTS}
    RETURNING 1
), audit AS ({INSERT_AUDIT}
    RETURNING 1
)
SELECT (SELECT count(*) FROM header), (SELECT count(*) FROM event)
"""

WRITE_POSTED = f"WITH {WRITE_VOUCHERS}, {_DOCUMENTS}"
WRITE_POSTED_WITH_STOCK = f"WITH {WRITE_VOUCHERS}, {WRITE_RELEASES}, {WRITE_ISSUES}, {MARK_INVOICED}, {_DOCUMENTS}"
"""Reservations are given up where they stand and stock follows its movements by trigger, at the end of the statement: so
stock never falls below what is still promised."""

TAKE_OUT_OF_GRNI = """
UPDATE invoices_invoiceitem l SET grni_value = p.grni_value
FROM jsonb_to_recordset(%(taken)s::jsonb) AS p (id uuid, grni_value numeric)
WHERE l.company_id = %(company)s AND l.invoice_id = %(invoice)s AND l.id = p.id
"""
"""What each line of a bill takes out of GRNI; nothing of what is no stock."""
