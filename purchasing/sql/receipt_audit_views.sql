-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i28_receipts_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id, 'GRN ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT d.company_id, substring(d.receipt_number FROM '^GRN-([0-9]{4})-')::int AS year, count(*) AS rows,
        max(substring(d.receipt_number FROM '([0-9]{5,8})$')::int) AS top
    FROM purchasing_goodsreceipt d GROUP BY 1, 2) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series = 'GRN') s ON s.company_id = x.company_id AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_receipts_numbered IS 'Numbers of receipts of a year are 1…n without a gap';

CREATE VIEW audit_i43_received_not_billed WITH (security_invoker = true) AS
SELECT coalesce(r.company_id, e.company_id) AS company_id, 'GRNI' AS key,
    'received and not billed ' || coalesce(r.cost, 0) || ', account ' || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, sum(total_cost) AS cost FROM purchasing_goodsreceipt WHERE status = 'POSTED' GROUP BY 1) r
FULL JOIN (SELECT company_id, sum(credit - debit) AS balance FROM accounting_ledgerentry WHERE role = 'GRNI' GROUP BY 1) e
    ON e.company_id = r.company_id
WHERE coalesce(r.cost, 0) <> coalesce(e.balance, 0)
UNION ALL
SELECT r.company_id, r.receipt_number, r.status || ' for ' || r.total_cost || ', its voucher owes ' || coalesce(e.owed, 0)
FROM purchasing_goodsreceipt r
LEFT JOIN accounting_voucher v ON v.company_id = r.company_id AND v.id = r.voucher_id
LEFT JOIN accounting_voucher undo ON undo.company_id = v.company_id AND undo.reverses_id = v.id
LEFT JOIN LATERAL (SELECT sum(credit - debit) AS owed FROM accounting_ledgerentry
    WHERE company_id = v.company_id AND voucher_id = v.id AND role = 'GRNI') e ON true
WHERE v.source_id IS DISTINCT FROM r.id OR (r.status = 'REVERSED') <> (undo.id IS NOT NULL)
    OR coalesce(e.owed, 0) <> r.total_cost;
COMMENT ON VIEW audit_i43_received_not_billed IS 'What is received and not billed yet is what the GRNI account says';

CREATE VIEW audit_i43_receipts_are_layers WITH (security_invoker = true) AS
SELECT r.company_id, r.receipt_number::text AS key, 'cost ' || r.total_cost || ', lines ' || coalesce(sum(l.cost), 0) AS detail
FROM purchasing_goodsreceipt r
LEFT JOIN purchasing_goodsreceiptline l ON l.company_id = r.company_id AND l.receipt_id = r.id
GROUP BY r.company_id, r.id, r.receipt_number, r.total_cost
HAVING count(l.id) = 0 OR sum(l.cost) <> r.total_cost
UNION ALL
SELECT l.company_id, r.receipt_number || ' line ' || l.line_no, 'is not what its layer came with'
FROM purchasing_goodsreceiptline l
JOIN purchasing_goodsreceipt r ON r.company_id = l.company_id AND r.id = l.receipt_id
LEFT JOIN inventory_stocklayer s ON s.company_id = l.company_id AND s.id = l.layer_id
LEFT JOIN inventory_stockmovement m ON m.company_id = s.company_id AND m.id = s.movement_id
WHERE m.id IS NULL OR s.item_id <> l.item_id OR s.warehouse_id <> r.warehouse_id OR s.received_on <> r.receipt_date
    OR s.quantity <> l.quantity OR s.value <> l.cost OR m.kind <> 'RECEIPT' OR m.source_id <> r.id
    OR m.source_line_id IS DISTINCT FROM l.id OR m.voucher_id IS DISTINCT FROM r.voucher_id;
COMMENT ON VIEW audit_i43_receipts_are_layers IS 'A receipt is the sum of its lines, and each line is the layer it made';

CREATE VIEW audit_i32_purchasing_rows_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'purchasing_goodsreceipt.supplier_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM purchasing_goodsreceipt c LEFT JOIN purchasing_supplier p ON p.id = c.supplier_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_goodsreceipt.warehouse_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_goodsreceipt c LEFT JOIN inventory_warehouse p ON p.id = c.warehouse_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_goodsreceipt.voucher_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_goodsreceipt c LEFT JOIN accounting_voucher p ON p.id = c.voucher_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_goodsreceiptline.receipt_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_goodsreceiptline c
LEFT JOIN purchasing_goodsreceipt p ON p.id = c.receipt_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_goodsreceiptline.item_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_goodsreceiptline c LEFT JOIN inventory_item p ON p.id = c.item_id AND p.company_id = c.company_id
WHERE p.id IS NULL
UNION ALL
SELECT c.company_id, 'purchasing_goodsreceiptline.layer_id of ' || c.id, 'refers to nothing of its company'
FROM purchasing_goodsreceiptline c LEFT JOIN inventory_stocklayer p ON p.id = c.layer_id AND p.company_id = c.company_id
WHERE p.id IS NULL;
COMMENT ON VIEW audit_i32_purchasing_rows_stay_apart IS 'No row of purchasing refers to another company''s row, or to none';
