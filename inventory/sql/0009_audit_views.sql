-- Violations only; see erp/sql/0008_audit_views.sql.

CREATE VIEW audit_i09_stock_document_has_voucher WITH (security_invoker = true) AS
SELECT d.company_id, d.number::text AS key, d.kind || ' ' || d.status || ' is contradicted by its voucher or its movements'
    AS detail
FROM inventory_stockdocument d
LEFT JOIN accounting_voucher v ON v.company_id = d.company_id AND v.id = d.voucher_id
LEFT JOIN accounting_voucher r ON r.company_id = d.company_id AND r.reverses_id = d.voucher_id
LEFT JOIN LATERAL (
    SELECT count(*) AS places FROM (
        SELECT 1 FROM inventory_stockmovement m WHERE m.company_id = d.company_id AND m.source_id = d.id
        GROUP BY m.item_id, m.warehouse_id HAVING sum(m.quantity) <> 0 OR sum(m.value) <> 0) s) moved ON true
WHERE (v.id IS NULL AND (d.voucher_id IS NOT NULL OR d.kind IN ('OPENING', 'DAMAGE', 'EXPIRY')))
    OR v.source_kind <> 'stock_document' OR v.source_id <> d.id OR v.voucher_date <> d.document_date
    OR v.reverses_id IS NOT NULL
    OR v.kind <> CASE WHEN d.kind IN ('OPENING', 'REVALUATION') THEN d.kind ELSE 'STOCK' END
    OR (v.id IS NOT NULL AND (d.status = 'REVERSED') <> (r.id IS NOT NULL))
    OR (d.kind = 'TRANSFER' AND (d.status = 'REVERSED') <> (moved.places = 0))
    OR (d.status = 'REVERSED' AND moved.places > 0)
UNION ALL
SELECT v.company_id, v.number, 'a voucher without its stock document'
FROM accounting_voucher v
WHERE v.source_kind = 'stock_document' AND NOT EXISTS (
    SELECT 1 FROM inventory_stockdocument d WHERE d.company_id = v.company_id AND d.id = v.source_id
        AND d.voucher_id IN (v.id, v.reverses_id));
COMMENT ON VIEW audit_i09_stock_document_has_voucher
    IS 'A stock document stands if and only if its voucher does, and its goods are where it says';
