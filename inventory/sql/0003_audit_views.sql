-- Violations only; see erp/sql/audit_views.sql.

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

CREATE VIEW audit_i27_transfers_are_whole WITH (security_invoker = true) AS
SELECT m.company_id, m.source_id || ' ' || m.item_id AS key, sum(m.quantity) || ' worth ' || sum(m.value) || ' left over' AS detail
FROM inventory_stockmovement m WHERE m.kind = 'TRANSFER'
GROUP BY m.company_id, m.source_id, m.item_id HAVING sum(m.quantity) <> 0 OR sum(m.value) <> 0
UNION ALL
SELECT m.company_id, m.id::text, 'moved by no transfer, or by another way or day than it says'
FROM inventory_stockmovement m
LEFT JOIN inventory_stockdocument d ON d.company_id = m.company_id AND d.id = m.source_id AND d.kind = 'TRANSFER'
WHERE m.kind = 'TRANSFER' AND (d.id IS NULL OR m.voucher_id IS NOT NULL OR m.source_kind <> 'stock_document'
    OR m.warehouse_id NOT IN (d.warehouse_id, d.destination_id) OR m.booking_date < d.document_date
    OR (d.status = 'POSTED' AND (m.booking_date <> d.document_date OR (m.quantity < 0) <> (m.warehouse_id = d.warehouse_id))));
COMMENT ON VIEW audit_i27_transfers_are_whole IS 'What a transfer takes out of one warehouse comes into the other, at its cost';

CREATE VIEW audit_i25_layers_succeed WITH (security_invoker = true) AS
SELECT l.company_id, l.id::text AS key, 'goes on with another item, batch, place or day, or with nothing' AS detail
FROM inventory_stocklayer l
JOIN inventory_stockmovement m ON m.company_id = l.company_id AND m.id = l.movement_id
LEFT JOIN inventory_stocklayer s ON s.company_id = l.company_id AND s.id = l.successor_of_id
WHERE CASE WHEN l.successor_of_id IS NULL THEN m.kind IN ('TRANSFER', 'REVALUATION')
    ELSE m.kind NOT IN ('TRANSFER', 'REVALUATION', 'RETURN') OR s.item_id <> l.item_id
        OR s.batch_id IS DISTINCT FROM l.batch_id OR s.received_on <> l.received_on
        OR (m.kind = 'REVALUATION' AND s.warehouse_id <> l.warehouse_id) END
UNION ALL
SELECT n.company_id, n.source_id || ' ' || n.successor_of_id, n.quantity || ' go on, ' || coalesce(t.quantity, 0) || ' were taken'
FROM (SELECT l.company_id, m.source_id, l.successor_of_id, sum(l.quantity) AS quantity,
        sum(l.value) FILTER (WHERE m.kind = 'TRANSFER') AS value
    FROM inventory_stocklayer l
    JOIN inventory_stockmovement m ON m.company_id = l.company_id AND m.id = l.movement_id
    WHERE m.kind IN ('TRANSFER', 'REVALUATION') AND l.successor_of_id IS NOT NULL GROUP BY 1, 2, 3) n
LEFT JOIN (SELECT m.company_id, m.source_id, c.layer_id, sum(c.quantity) AS quantity, sum(c.cost) AS cost
    FROM inventory_stockmovement m
    JOIN inventory_layerconsumption c ON c.company_id = m.company_id AND c.movement_id = m.id
    WHERE m.kind IN ('TRANSFER', 'REVALUATION') AND c.restores_id IS NULL GROUP BY 1, 2, 3) t
    ON t.company_id = n.company_id AND t.source_id = n.source_id AND t.layer_id = n.successor_of_id
WHERE t.quantity IS DISTINCT FROM n.quantity OR t.cost <> n.value;
COMMENT ON VIEW audit_i25_layers_succeed IS 'Goods that only changed their place or value stay as old, of their batch, as many';

CREATE VIEW audit_i32_destinations_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'inventory_stockdocument.destination_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM inventory_stockdocument c LEFT JOIN inventory_warehouse p ON p.id = c.destination_id AND p.company_id = c.company_id
WHERE c.destination_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_destinations_stay_apart IS 'No transfer goes to another company''s warehouse, or to none';
