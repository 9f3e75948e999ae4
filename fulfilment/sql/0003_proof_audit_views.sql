-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i32_proofs_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, c.what || ' of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM (SELECT company_id, id, 'fulfilment_deliverysession.courier_slip_id' AS what, courier_slip_id AS file
    FROM fulfilment_deliverysession
    UNION ALL SELECT company_id, id, 'fulfilment_deliverysession.attachment_id', attachment_id FROM fulfilment_deliverysession
    UNION ALL SELECT company_id, id, 'fulfilment_courier.logo_id', logo_id FROM fulfilment_courier) c
LEFT JOIN erp_storedfile p ON p.id = c.file AND p.company_id = c.company_id
WHERE c.file IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'fulfilment_courierchange of ' || c.id, 'refers to nothing of its company'
FROM fulfilment_courierchange c
LEFT JOIN fulfilment_deliverysession d ON d.id = c.session_id AND d.company_id = c.company_id
LEFT JOIN fulfilment_courier p ON p.id = c.courier_id AND p.company_id = c.company_id
WHERE d.id IS NULL OR p.id IS NULL;
COMMENT ON VIEW audit_i32_proofs_stay_apart IS 'No proof, logo or change of courier refers to another company''s row, or to none';
