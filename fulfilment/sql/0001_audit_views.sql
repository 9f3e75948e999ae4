-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i51_sessions_agree WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, i.fulfilment_status || ' with picking ' || coalesce(p.status, '–')
    || ', packing ' || coalesce(k.status, '–') || ', delivery ' || coalesce(d.delivery_type || ' ' || d.status, '–') AS detail
FROM invoices_invoice i
LEFT JOIN fulfilment_pickingsession p ON p.company_id = i.company_id AND p.invoice_id = i.id AND p.status <> 'CANCELLED'
LEFT JOIN fulfilment_packingsession k ON k.company_id = i.company_id AND k.invoice_id = i.id AND k.status <> 'CANCELLED'
LEFT JOIN fulfilment_deliverysession d ON d.company_id = i.company_id AND d.invoice_id = i.id AND d.status <> 'CANCELLED'
WHERE i.invoice_type = 'SALES' AND i.origin <> 'HISTORY'
    AND NOT fulfilment_agree(i.fulfilment_status, p.status, k.status, d.status, d.delivery_type)
UNION ALL
SELECT s.company_id, s.invoice_id::text, count(*) || ' current sessions of one section'
FROM (SELECT company_id, invoice_id, 1 AS section FROM fulfilment_pickingsession WHERE status <> 'CANCELLED'
    UNION ALL SELECT company_id, invoice_id, 2 FROM fulfilment_packingsession WHERE status <> 'CANCELLED'
    UNION ALL SELECT company_id, invoice_id, 3 FROM fulfilment_deliverysession WHERE status <> 'CANCELLED') s
GROUP BY s.company_id, s.invoice_id, s.section HAVING count(*) > 1;
COMMENT ON VIEW audit_i51_sessions_agree IS 'An invoice has the sessions that its fulfilment status says, and no others';

CREATE VIEW audit_i51_returns_agree WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, i.fulfilment_status || '/' || i.billing_status || ', '
    || coalesce(r.rows, 0) || ' unresolved returns' AS detail
FROM invoices_invoice i
LEFT JOIN (SELECT b.company_id, b.invoice_id, count(*) AS rows,
        bool_and(CASE b.section WHEN 'PICKING' THEN p.status = 'REVIEW' WHEN 'PACKING' THEN k.status = 'REVIEW'
            ELSE k.status = 'PACKED' END) AS fits
    FROM fulfilment_billingreturn b
    LEFT JOIN fulfilment_pickingsession p ON p.company_id = b.company_id AND p.invoice_id = b.invoice_id
        AND p.status <> 'CANCELLED'
    LEFT JOIN fulfilment_packingsession k ON k.company_id = b.company_id AND k.invoice_id = b.invoice_id
        AND k.status <> 'CANCELLED'
    WHERE b.resolved_at IS NULL GROUP BY 1, 2) r ON r.company_id = i.company_id AND r.invoice_id = i.id
WHERE i.invoice_type = 'SALES' AND i.origin <> 'HISTORY'
    AND CASE WHEN i.billing_status = 'REVIEW' THEN r.rows IS DISTINCT FROM 1 OR r.fits IS NOT TRUE ELSE r.rows IS NOT NULL END;
COMMENT ON VIEW audit_i51_returns_agree IS 'An invoice is in review if and only if one return of its section waits to be resolved';

CREATE VIEW audit_i51_read_copy WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, 'the copy says ' || i.handling::text || ', the sessions '
    || fulfilment_handling(i.company_id, i.id)::text AS detail
FROM invoices_invoice i
WHERE i.invoice_type = 'SALES' AND i.origin <> 'HISTORY' 
    AND (i.fulfilment_status <> 'INVOICED' OR i.handling <> '{}' OR EXISTS (
        SELECT 1 FROM fulfilment_billingreturn r WHERE r.company_id = i.company_id AND r.invoice_id = i.id))
    AND i.handling <> fulfilment_handling(i.company_id, i.id);
COMMENT ON VIEW audit_i51_read_copy IS 'What an invoice shows of its sessions is what they say';

CREATE VIEW audit_i32_sessions_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, c.kind || '.invoice_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM (SELECT 'fulfilment_pickingsession' AS kind, id, company_id, invoice_id FROM fulfilment_pickingsession
    UNION ALL SELECT 'fulfilment_packingsession', id, company_id, invoice_id FROM fulfilment_packingsession
    UNION ALL SELECT 'fulfilment_deliverysession', id, company_id, invoice_id FROM fulfilment_deliverysession
    UNION ALL SELECT 'fulfilment_billingreturn', id, company_id, invoice_id FROM fulfilment_billingreturn) c
LEFT JOIN invoices_invoice p ON p.id = c.invoice_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'fulfilment_deliverysession.courier_id of ' || c.id, 'refers to nothing of its company'
FROM fulfilment_deliverysession c LEFT JOIN fulfilment_courier p ON p.id = c.courier_id AND p.company_id = c.company_id
WHERE c.courier_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_sessions_stay_apart IS 'No session and no return refers to another company''s row, or to none';
