"""The hand-written SQL of fulfilment. Every statement names the company; texts are fixed, values are bound."""

MOVE_INVOICE = """
UPDATE invoices_invoice i
SET fulfilment_status = %(status)s, billing_status = %(billing)s, version = version + 1, updated_at = %(now)s,
    handling = fulfilment_handling(i.company_id, i.id)
WHERE i.company_id = %(company)s AND i.id = %(invoice)s AND i.version = %(version)s
RETURNING i.handling::text
"""
"""The invoice after a step whose sessions are written: its statuses, and the read copy of the sessions."""

READ_COPY = "SELECT fulfilment_handling(%(company)s, %(invoice)s)::text"
"""The same copy, for the writer of whole documents."""
