-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i51_trays_in_use WITH (security_invoker = true) AS
SELECT b.company_id, b.tray_code::text AS key, 'in use of a packing session that is ' || k.status || ', sealed: '
    || b.is_sealed AS detail
FROM fulfilment_box b
JOIN fulfilment_packingsession k ON k.company_id = b.company_id AND k.id = b.session_id
WHERE b.freed_at IS NULL AND NOT fulfilment_boxes_fit(k.company_id, k.id)
UNION ALL
SELECT k.company_id, k.serial::text, 'waits for boxing without a tray'
FROM fulfilment_packingsession k
WHERE k.status = 'PACKING' AND NOT EXISTS (
    SELECT 1 FROM fulfilment_box b WHERE b.company_id = k.company_id AND b.session_id = k.id AND b.freed_at IS NULL)
UNION ALL
SELECT b.company_id, min(b.tray_code), count(*) || ' boxes of one tray'
FROM fulfilment_box b WHERE b.freed_at IS NULL GROUP BY b.company_id, b.tray_id HAVING count(*) > 1
UNION ALL
SELECT c.company_id, c.id::text, 'lies in a box of another invoice'
FROM fulfilment_boxitem c
JOIN fulfilment_box b ON b.company_id = c.company_id AND b.id = c.box_id
JOIN fulfilment_packingsession k ON k.company_id = b.company_id AND k.id = b.session_id
JOIN invoices_invoiceitem l ON l.company_id = c.company_id AND l.id = c.invoice_item_id
WHERE l.invoice_id <> k.invoice_id;
COMMENT ON VIEW audit_i51_trays_in_use IS 'A tray is in use of one packing session that goes on, and holds lines of its invoice only';

CREATE VIEW audit_i32_boxes_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'fulfilment_box.session_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM fulfilment_box c
LEFT JOIN fulfilment_packingsession p ON p.id = c.session_id AND p.company_id = c.company_id WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'fulfilment_box.tray_id of ' || c.id, 'refers to nothing of its company'
FROM fulfilment_box c LEFT JOIN fulfilment_tray p ON p.id = c.tray_id AND p.company_id = c.company_id
WHERE c.tray_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'fulfilment_boxitem.box_id of ' || c.id, 'refers to nothing of its company'
FROM fulfilment_boxitem c LEFT JOIN fulfilment_box p ON p.id = c.box_id AND p.company_id = c.company_id WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'fulfilment_boxitem.invoice_item_id of ' || c.id, 'refers to nothing of its company'
FROM fulfilment_boxitem c
LEFT JOIN invoices_invoiceitem p ON p.id = c.invoice_item_id AND p.company_id = c.company_id WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'fulfilment_packingsession.courier_id of ' || c.id, 'refers to nothing of its company'
FROM fulfilment_packingsession c LEFT JOIN fulfilment_courier p ON p.id = c.courier_id AND p.company_id = c.company_id
WHERE c.courier_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_boxes_stay_apart IS 'No tray in use and nothing in it refers to another company''s row, or to none';
