"""The hand-written SQL of the invoice: reading whole documents, and writing many in one statement.

Every statement names the company. Texts are fixed; values are bound.
"""

from erp.audit import INSERT_AUDIT
from erp.outbox import INSERT_EVENTS

_CUSTOMER = """json_build_object('id', c.id, 'version', c.version, 'code', c.code, 'name', c.name, 'area', c.area,
        'address1', c.address1, 'address2', c.address2, 'address3', c.address3, 'pincode', c.pincode,
        'phone1', c.phone1, 'phone2', c.phone2, 'email', c.email)"""

_SALESMAN = "json_build_object('id', s.id, 'name', s.name, 'phone', s.phone)"

# As `Actor.name`: who has no name is called by his address.
_CREATOR = "json_build_object('id', u.id, 'email', u.email, 'name', coalesce(nullif(u.name, ''), u.email))"

DOCUMENT = f"""json_build_object(
        'id', i.id, 'serial', i.serial, 'origin', i.origin, 'invoice_no', i.invoice_no, 'invoice_date', i.invoice_date,
        'customer', {_CUSTOMER},
        'salesman', CASE WHEN s.id IS NOT NULL THEN {_SALESMAN} END,
        'created_by', i.created_by,
        'created_user', CASE WHEN u.id IS NOT NULL THEN {_CREATOR} END,
        'priority', i.priority, 'given_total', i.given_total, 'items_total', i.items_total, 'total_value', i.total_value,
        'temp_name', i.temp_name, 'remarks', i.remarks, 'fulfilment_status', i.fulfilment_status,
        'billing_status', i.billing_status, 'status', i.status, 'handling', i.handling, 'revision', i.revision,
        'version', i.version,
        'created_at', i.created_at, 'updated_at', i.updated_at,
        'items', (SELECT coalesce(json_agg(json_build_object(
                'id', l.id, 'line_no', l.line_no, 'name', l.name, 'item_code', l.item_code, 'barcode', l.barcode,
                'quantity', l.quantity, 'mrp', l.mrp, 'line_total', l.line_total, 'company_name', l.company_name,
                'packing', l.packing, 'shelf_location', l.shelf_location, 'batch_no', l.batch_no,
                'expiry_date', l.expiry_date, 'remarks', l.remarks) ORDER BY l.line_no), '[]')
            FROM invoices_invoiceitem l
            WHERE %(with_items)s AND l.company_id = i.company_id AND l.invoice_id = i.id))"""
"""A sales document as JSON of `invoices.content.InvoiceContent`, of `DOCUMENT_TABLES`; items only `with_items`."""

DOCUMENT_TABLES = """invoices_invoice i
JOIN sales_customer c ON c.company_id = i.company_id AND c.id = i.customer_id
LEFT JOIN sales_salesman s ON s.company_id = i.company_id AND s.id = i.salesman_id
LEFT JOIN erp_user u ON u.id = i.created_user_id"""

READ_BY_IDS = f"""
SELECT {DOCUMENT}::text FROM {DOCUMENT_TABLES} WHERE i.company_id = %(company)s AND i.id = ANY(%(ids)s)
"""
"""Sales documents by id, in no order."""

_NUMBERED = "i.invoice_type = 'SALES' AND (i.origin <> 'HISTORY' OR i.status <> 'CANCELLED')"
"""Whose number is taken, in the words of `invoice_sales_number`, so that its index answers."""

READ_PRESENT = f"""
SELECT
    (SELECT json_agg({DOCUMENT}) FROM {DOCUMENT_TABLES}
        WHERE i.company_id = %(company)s AND i.invoice_no = ANY(%(numbers)s) AND {_NUMBERED})::text,
    (SELECT json_agg({_CUSTOMER}) FROM sales_customer c
        WHERE c.company_id = %(company)s AND c.code = ANY(%(codes)s))::text,
    (SELECT json_agg({_SALESMAN}) FROM sales_salesman s
        WHERE s.company_id = %(company)s AND s.name = ANY(%(names)s))::text,
    (SELECT array_agg(nextval('invoices_invoice_serial_seq')) FROM unnest(%(numbers)s::text[]) AS n (number)
        WHERE NOT EXISTS (SELECT 1 FROM invoices_invoice i WHERE i.company_id = %(company)s AND i.invoice_no = n.number
            AND {_NUMBERED}))
"""
"""All that an import must know, in one round trip: the documents with these numbers, the customers, the salesmen, and a
serial for each number that is new (so that the event can be written together with its invoice)."""

_NEW_SALESMEN = """INSERT INTO sales_salesman (id, company_id, name, created_at)
    SELECT p.id, %(company)s, p.name, %(now)s
    FROM jsonb_populate_recordset(NULL::sales_salesman, %(new_salesmen)s::jsonb) AS p
    ORDER BY p.name"""

_NEW_CUSTOMERS = """INSERT INTO sales_customer (id, company_id, code, name, area, address1, address2, address3, pincode,
        phone1, phone2, email, version, created_at, updated_at)
    SELECT p.id, %(company)s, p.code, p.name, p.area, p.address1, p.address2, p.address3, p.pincode, p.phone1, p.phone2,
        p.email, p.version, %(now)s, %(now)s
    FROM jsonb_populate_recordset(NULL::sales_customer, %(new_customers)s::jsonb) AS p
    ORDER BY p.code"""

MAKE_SALESMEN = f"{_NEW_SALESMEN} ON CONFLICT DO NOTHING"
MAKE_CUSTOMERS = f"{_NEW_CUSTOMERS} ON CONFLICT DO NOTHING"
"""Parties that are missing, for an attempt that locks before it reads; those that are there stay as they are."""

# Parties come first and sorted, invoices after them: `parties` is asked for its count before an invoice is touched.
_PARTIES = f"""
new_salesman AS (
    {_NEW_SALESMEN}
    RETURNING 1
), new_customer AS (
    {_NEW_CUSTOMERS}
    RETURNING 1
), changed_customer AS (
    UPDATE sales_customer c
    SET name = p.name, area = p.area, address1 = p.address1, address2 = p.address2, address3 = p.address3,
        pincode = p.pincode, phone1 = p.phone1, phone2 = p.phone2, email = p.email, version = p.version, updated_at = %(now)s
    FROM (
        SELECT p.*
        FROM jsonb_populate_recordset(NULL::sales_customer, %(changed_customers)s::jsonb) AS p
        JOIN sales_customer present ON present.company_id = %(company)s AND present.id = p.id
            AND present.version = p.version - 1
        ORDER BY p.id
        FOR NO KEY UPDATE OF present
    ) AS p
    WHERE c.company_id = %(company)s AND c.id = p.id AND c.version = p.version - 1
    RETURNING 1
), parties AS (
    SELECT (SELECT count(*) FROM new_salesman) + (SELECT count(*) FROM new_customer)
        + (SELECT count(*) FROM changed_customer) AS written
)"""

_RECORDS = f"""
event AS ({INSERT_EVENTS}
    RETURNING 1
), audit AS ({INSERT_AUDIT}
    RETURNING 1
)
SELECT (SELECT written FROM parties), (SELECT count(*) FROM header), (SELECT count(*) FROM event)
"""

INSERT_DOCUMENTS = f"""
WITH {_PARTIES}, header AS (
    INSERT INTO invoices_invoice (id, company_id, serial, invoice_type, origin, invoice_no, invoice_date, customer_id,
        salesman_id, created_by, created_user_id, priority, given_total, items_total, total_value, temp_name, remarks,
        fulfilment_status, billing_status, status, version, created_at, updated_at)
    SELECT d.id, %(company)s, d.serial, 'SALES', d.origin, d.invoice_no, d.invoice_date, d.customer_id, d.salesman_id,
        d.created_by, d.created_user_id, d.priority, d.given_total, d.items_total, d.total_value, d.temp_name, d.remarks,
        d.fulfilment_status, d.billing_status, d.status, d.version, %(now)s, %(now)s
    FROM jsonb_populate_recordset(NULL::invoices_invoice, %(documents)s::jsonb) AS d
    WHERE (SELECT written FROM parties) >= 0
    ORDER BY d.invoice_no
    RETURNING 1
), line AS (
    INSERT INTO invoices_invoiceitem (id, company_id, invoice_id, line_no, name, item_code, barcode, quantity, mrp,
        line_total, company_name, packing, shelf_location, batch_no, expiry_date, remarks)
    SELECT l.id, %(company)s, l.invoice_id, l.line_no, l.name, l.item_code, l.barcode, l.quantity, l.mrp, l.line_total,
        l.company_name, l.packing, l.shelf_location, l.batch_no, l.expiry_date, l.remarks
    FROM jsonb_populate_recordset(NULL::invoices_invoiceitem, %(lines)s::jsonb) AS l
    WHERE (SELECT count(*) FROM header) >= 0
    RETURNING 1
), {_RECORDS}"""
"""New invoices with their parties, lines, events and audit entries. Refused as a whole by a unique key when somebody else
was first with a number, a code or a name."""

UPDATE_DOCUMENTS = f"""
WITH {_PARTIES}, document AS (
    SELECT * FROM jsonb_populate_recordset(NULL::invoices_invoice, %(documents)s::jsonb)
), locked AS (
    SELECT i.id, i.revision AS revision_before
    FROM invoices_invoice i JOIN document d ON d.id = i.id
    WHERE i.company_id = %(company)s AND i.version = d.version - 1 AND (SELECT written FROM parties) >= 0
    ORDER BY i.id
    FOR NO KEY UPDATE OF i
), header AS (
    UPDATE invoices_invoice i
    SET invoice_date = d.invoice_date, customer_id = d.customer_id, salesman_id = d.salesman_id, created_by = d.created_by,
        created_user_id = d.created_user_id, priority = d.priority, given_total = d.given_total,
        items_total = d.items_total, total_value = d.total_value, temp_name = d.temp_name, remarks = d.remarks,
        fulfilment_status = d.fulfilment_status, billing_status = d.billing_status, handling = d.handling,
        status = d.status, revision = d.revision,
        subtotal = CASE WHEN d.revision > revision_before THEN d.total_value ELSE i.subtotal END,
        tax_amount = CASE WHEN d.revision > revision_before THEN 0 ELSE i.tax_amount END,
        version = d.version, updated_at = %(now)s
    FROM document d JOIN locked ON locked.id = d.id
    WHERE i.company_id = %(company)s AND i.id = d.id
    RETURNING i.id, d.revision > revision_before AS revised
), line AS (
    SELECT l.*, header.revised FROM jsonb_populate_recordset(NULL::invoices_invoiceitem, %(lines)s::jsonb) AS l
    JOIN header ON header.id = l.invoice_id
), gone AS (
    DELETE FROM invoices_invoiceitem old
    USING header
    WHERE old.company_id = %(company)s AND old.invoice_id = header.id
        AND old.id NOT IN (SELECT id FROM line)
    RETURNING 1
), kept AS (
    UPDATE invoices_invoiceitem old
    SET line_no = l.line_no, name = l.name, item_code = l.item_code, barcode = l.barcode, quantity = l.quantity,
        mrp = l.mrp, line_total = l.line_total, company_name = l.company_name, packing = l.packing,
        shelf_location = l.shelf_location, batch_no = l.batch_no, expiry_date = l.expiry_date, remarks = l.remarks,
        import_discount = CASE WHEN l.revised THEN l.import_discount ELSE old.import_discount END,
        item_id = CASE WHEN l.revised AND old.item_code <> l.item_code THEN NULL ELSE old.item_id END,
        posted_as_tracked = CASE WHEN l.revised THEN NULL ELSE old.posted_as_tracked END,
        gst_rate = CASE WHEN l.revised THEN NULL ELSE old.gst_rate END,
        cgst = CASE WHEN l.revised THEN 0 ELSE old.cgst END, sgst = CASE WHEN l.revised THEN 0 ELSE old.sgst END,
        utgst = CASE WHEN l.revised THEN 0 ELSE old.utgst END, igst = CASE WHEN l.revised THEN 0 ELSE old.igst END
    FROM line l
    WHERE old.company_id = %(company)s AND old.id = l.id AND old.invoice_id = l.invoice_id
    RETURNING old.id
), added AS (
    INSERT INTO invoices_invoiceitem (id, company_id, invoice_id, line_no, name, item_code, barcode, quantity, mrp,
        line_total, import_discount, company_name, packing, shelf_location, batch_no, expiry_date, remarks)
    SELECT l.id, %(company)s, l.invoice_id, l.line_no, l.name, l.item_code, l.barcode, l.quantity, l.mrp, l.line_total,
        l.import_discount, l.company_name, l.packing, l.shelf_location, l.batch_no, l.expiry_date, l.remarks
    FROM line l WHERE l.id NOT IN (SELECT id FROM kept)
    RETURNING 1
), {_RECORDS}"""
"""Invoices in their next version, from the version before; what has moved on meanwhile is left out and missing in the
count. Lines that continue keep their row, others go and come.

A posted invoice in its next revision forgets what posting found out of its lines; its sums are given, so that they add up at
the end of the statement, and it is posted again in the same transaction."""
