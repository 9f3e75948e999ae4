"""The hand-written SQL of purchase orders. Every statement names the company. Texts are fixed; values are bound."""

MOVE_BILLED = """
UPDATE purchasing_purchaseorderline l
SET invoiced_qty = l.invoiced_qty + p.invoiced, posted_qty = l.posted_qty + p.posted,
    billed_value = l.billed_value + p.billed
FROM jsonb_to_recordset(%(moved)s::jsonb) AS p (id uuid, invoiced numeric, posted numeric, billed numeric)
WHERE l.company_id = %(company)s AND l.order_id = %(order)s AND l.id = p.id
"""
"""What a bill changes on the lines of its order, which is locked; negative when it is undone."""
