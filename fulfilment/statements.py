"""The hand-written SQL of fulfilment. Every statement names the company; texts are fixed, values are bound."""

MOVE_INVOICES = """
UPDATE invoices_invoice i
SET fulfilment_status = m.status, billing_status = m.billing, version = i.version + 1, updated_at = %(now)s,
    handling = fulfilment_handling(i.company_id, i.id)
FROM unnest(%(invoices)s::uuid[], %(versions)s::bigint[], %(statuses)s::text[], %(billings)s::text[])
    AS m (id, version, status, billing)
WHERE i.company_id = %(company)s AND i.id = m.id AND i.version = m.version
RETURNING i.id, i.handling::text
"""
"""The invoices after a step whose sessions are written: their statuses, and the read copy of the sessions."""

READ_COPY = "SELECT fulfilment_handling(%(company)s, %(invoice)s)::text"
"""The same copy, for the writer of whole documents."""
