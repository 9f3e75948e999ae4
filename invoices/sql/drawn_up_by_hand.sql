-- A bill may be of no order: then its lines are of none either, and name whatever item they like.
CREATE OR REPLACE FUNCTION invoices_purchase_is_of_its_order() RETURNS trigger LANGUAGE plpgsql AS $$
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
                OR o.order_id IS DISTINCT FROM doc.purchase_order_id
                OR (o.id IS NOT NULL AND o.item_id IS DISTINCT FROM l.item_id))) THEN
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

CREATE OR REPLACE VIEW audit_i30_purchase_lines_billed WITH (security_invoker = true) AS
WITH billed AS (
    SELECT l.company_id, l.purchase_line_id, sum(l.quantity) FILTER (WHERE i.status <> 'CANCELLED') AS invoiced,
        sum(l.quantity) FILTER (WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')) AS posted
    FROM invoices_invoiceitem l JOIN invoices_invoice i ON i.company_id = l.company_id AND i.id = l.invoice_id
    WHERE l.purchase_line_id IS NOT NULL GROUP BY 1, 2
)
SELECT o.company_id, o.id::text AS key,
    o.invoiced_qty || '/' || o.posted_qty || ' on the order, ' || coalesce(s.invoiced, 0) || '/' || coalesce(s.posted, 0)
        || ' on its bills' AS detail
FROM purchasing_purchaseorderline o
LEFT JOIN billed s ON s.company_id = o.company_id AND s.purchase_line_id = o.id
WHERE o.invoiced_qty <> coalesce(s.invoiced, 0) OR o.posted_qty <> coalesce(s.posted, 0)
UNION ALL
SELECT i.company_id, i.invoice_no || ' line ' || l.line_no, 'is of another order, supplier or item'
FROM invoices_invoice i
JOIN invoices_invoiceitem l ON l.company_id = i.company_id AND l.invoice_id = i.id
LEFT JOIN purchasing_purchaseorderline o ON o.company_id = l.company_id AND o.id = l.purchase_line_id
LEFT JOIN purchasing_purchaseorder d ON d.company_id = o.company_id AND d.id = o.order_id
WHERE (i.invoice_type = 'PURCHASE' AND (l.order_line_id IS NOT NULL OR o.order_id IS DISTINCT FROM i.purchase_order_id
        OR d.supplier_id <> i.supplier_id OR (o.id IS NOT NULL AND o.item_id IS DISTINCT FROM l.item_id)))
    OR (i.invoice_type = 'SALES' AND l.purchase_line_id IS NOT NULL);
