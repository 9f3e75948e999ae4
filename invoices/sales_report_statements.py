"""The hand-written SQL of the reports under ``/api/sales/``: who billed how much, and what. Sales documents only.

What was CANCELLED in the books was billed to nobody. Amounts are in base currency: a document in another one counts at its
rate, and with nothing as long as it has none.
"""

BILLED_BY_SALESMAN = """
SELECT s.id, s.name, count(*)::int AS bill_count, coalesce(sum(lines.count), 0)::int AS item_count,
    coalesce(sum(round(i.total_value * i.exchange_rate, 2)), 0) AS total_amount,
    min(i.invoice_date) AS first_invoice_date, max(i.invoice_date) AS last_invoice_date
FROM invoices_invoice i
LEFT JOIN sales_salesman s ON s.company_id = i.company_id AND s.id = i.salesman_id
CROSS JOIN LATERAL (
    SELECT count(*) FROM invoices_invoiceitem l WHERE l.company_id = i.company_id AND l.invoice_id = i.id) AS lines
WHERE i.company_id = %(company)s AND i.invoice_type = 'SALES' AND i.status <> 'CANCELLED'
    AND i.billing_status = %(billing_status)s
    AND (%(made_from)s::timestamptz IS NULL OR i.created_at >= %(made_from)s)
    AND (%(made_until)s::timestamptz IS NULL OR i.created_at < %(made_until)s)
GROUP BY s.id, s.name
ORDER BY total_amount DESC, s.name NULLS LAST
"""

_BILLED = """
FROM invoices_invoice i
JOIN invoices_invoiceitem l ON l.company_id = i.company_id AND l.invoice_id = i.id
JOIN sales_customer c ON c.company_id = i.company_id AND c.id = i.customer_id
WHERE i.company_id = %(company)s AND i.invoice_type = 'SALES' AND i.status <> 'CANCELLED'
    AND i.invoice_date BETWEEN %(first)s AND %(last)s
"""

BILLED_ITEMS = (
    """
SELECT i.invoice_no AS bill_no, i.invoice_date, l.name AS item_name, l.item_code, c.name AS customer_name,
    c.area AS customer_location, i.temp_name, l.company_name, l.quantity, l.mrp AS rate, i.total_value, l.packing, l.barcode,
    l.shelf_location
"""
    + _BILLED
    + "ORDER BY {column} {direction}, i.serial {direction}, l.line_no LIMIT %(most)s"
)
"""A line of a bill to a row; the column to sort by is one of ours."""

BILLED_IN_ALL = """
SELECT count(*)::int AS total_bills, coalesce(sum(lines.count), 0)::int AS total_line_items,
    coalesce(sum(lines.quantity), 0) AS total_quantity,
    coalesce(sum(round(i.total_value * i.exchange_rate, 2)), 0) AS total_revenue
FROM invoices_invoice i
CROSS JOIN LATERAL (SELECT count(*), sum(l.quantity) AS quantity FROM invoices_invoiceitem l
    WHERE l.company_id = i.company_id AND l.invoice_id = i.id) AS lines
WHERE i.company_id = %(company)s AND i.invoice_type = 'SALES' AND i.status <> 'CANCELLED'
    AND i.invoice_date BETWEEN %(first)s AND %(last)s
"""
"""Each bill once, however many lines it has."""

NUMBERED = """
SELECT i.invoice_no, i.invoice_date, c.name AS customer_name, i.total_value, i.fulfilment_status, i.priority
FROM invoices_invoice i
JOIN sales_customer c ON c.company_id = i.company_id AND c.id = i.customer_id
WHERE i.company_id = %(company)s AND i.invoice_type = 'SALES' AND i.origin <> 'HISTORY'
    AND i.invoice_date BETWEEN %(first)s AND %(last)s AND starts_with(i.invoice_no, %(series)s)
ORDER BY i.invoice_no LIMIT %(most)s
"""

KNOWN_NUMBERS = """
SELECT i.invoice_no FROM invoices_invoice i
WHERE i.company_id = %(company)s AND i.invoice_type = 'SALES' AND i.origin <> 'HISTORY' AND i.invoice_no = ANY(%(numbers)s)
"""
