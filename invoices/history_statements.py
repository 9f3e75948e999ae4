"""The hand-written SQL of history: whole documents at a time. Every statement names the company; values are bound."""

from erp.audit import INSERT_AUDIT

INSERT_INVOICES = f"""
WITH header AS (
    INSERT INTO invoices_invoice (id, company_id, invoice_type, origin, invoice_no, invoice_date, due_date, customer_id,
        created_by, priority, given_total, items_total, total_value, subtotal, round_off, amount_received, temp_name,
        remarks, notes, fulfilment_status, billing_status, status, currency_id, exchange_rate, voucher_id, version,
        created_at, updated_at)
    SELECT d.id, %(company)s, 'SALES', 'HISTORY', d.invoice_no, d.invoice_date, d.due_date, d.customer_id, '', 'MEDIUM',
        d.given_total, d.items_total, d.total_value, d.items_total, d.round_off, d.amount_received, '', d.remarks, d.notes,
        'DELIVERED', 'BILLED', d.status, %(currency)s, 1, d.voucher_id, 1, %(now)s, %(now)s
    FROM jsonb_populate_recordset(NULL::invoices_invoice, %(invoices)s::jsonb) AS d
    ORDER BY d.id
    RETURNING 1
), line AS (
    INSERT INTO invoices_invoiceitem (id, company_id, invoice_id, line_no, name, item_code, barcode, quantity, mrp,
        line_total, item_id, account_id, discount_pct, posted_as_tracked, company_name, packing, shelf_location, batch_no,
        remarks)
    SELECT l.id, %(company)s, l.invoice_id, l.line_no, l.name, l.item_code, '', l.quantity, l.mrp, l.line_total, l.item_id,
        l.account_id, l.discount_pct, false, '', '', '', '', l.remarks
    FROM jsonb_populate_recordset(NULL::invoices_invoiceitem, %(lines)s::jsonb) AS l
    WHERE (SELECT count(*) FROM header) >= 0
    RETURNING 1
), audit AS ({INSERT_AUDIT}
    RETURNING 1
)
SELECT (SELECT count(*) FROM header), (SELECT count(*) FROM line)
"""
"""Delivered without sessions and billed: history never enters a picking list."""

INSERT_PAYMENTS = f"""
WITH payment AS (
    INSERT INTO invoices_payment (id, company_id, payment_number, kind, status, customer_id, payment_date, mode, account_id,
        currency_id, exchange_rate, amount, allocated_amount, reference_number, notes, voucher_id, version, created_at,
        updated_at)
    SELECT d.id, %(company)s, d.payment_number, 'RECEIPT', 'POSTED', d.customer_id, d.payment_date, d.mode, d.account_id,
        %(currency)s, 1, d.amount, d.allocated_amount, d.reference_number, d.notes, d.voucher_id, 1, %(now)s, %(now)s
    FROM jsonb_populate_recordset(NULL::invoices_payment, %(payments)s::jsonb) AS d
    ORDER BY d.id
    RETURNING 1
), audit AS ({INSERT_AUDIT}
    RETURNING 1
)
SELECT count(*) FROM payment
"""

RECEIVE = """
UPDATE invoices_invoice i
SET amount_received = i.amount_received + r.amount, version = i.version + 1, updated_at = %(now)s,
    status = CASE WHEN i.amount_received + r.amount = i.total_value THEN 'PAID' ELSE 'PARTIALLY_PAID' END
FROM jsonb_to_recordset(%(received)s::jsonb) AS r (invoice_id uuid, amount numeric)
WHERE i.company_id = %(company)s AND i.id = r.invoice_id
"""
"""What older invoices of a history get from payments that came later."""

INSERT_ALLOCATIONS = """
INSERT INTO invoices_paymentallocation (id, company_id, payment_id, invoice_id, amount, allocation_date, created_at)
SELECT a.id, %(company)s, a.payment_id, a.invoice_id, a.amount, a.allocation_date, %(now)s
FROM jsonb_populate_recordset(NULL::invoices_paymentallocation, %(allocations)s::jsonb) AS a
ORDER BY a.id
"""
