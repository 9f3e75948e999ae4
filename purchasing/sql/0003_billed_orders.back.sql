DROP TRIGGER purchasing_line_begins ON purchasing_purchaseorderline;
DROP TRIGGER purchasing_line_received ON purchasing_purchaseorderline;
CREATE OR REPLACE FUNCTION purchasing_line_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT o.received_qty FROM purchasing_purchaseorderline o WHERE o.company_id = NEW.company_id AND o.id = NEW.id)
        <> (SELECT coalesce(sum(l.quantity), 0) FROM purchasing_goodsreceiptline l
            WHERE l.company_id = NEW.company_id AND l.order_line_id = NEW.id AND 'POSTED' = (
                SELECT r.status FROM purchasing_goodsreceipt r WHERE r.company_id = l.company_id AND r.id = l.receipt_id)) THEN
        RAISE EXCEPTION 'received_adds_up: what has come of an order line is not what its receipts say'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'received_adds_up';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER purchasing_line_begins AFTER INSERT ON purchasing_purchaseorderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.received_qty <> 0) EXECUTE FUNCTION purchasing_line_received();
CREATE CONSTRAINT TRIGGER purchasing_line_received AFTER UPDATE ON purchasing_purchaseorderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.received_qty <> NEW.received_qty)
    EXECUTE FUNCTION purchasing_line_received();

CREATE OR REPLACE FUNCTION purchasing_order_follows_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    judged uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
    IF EXISTS (
        SELECT 1 FROM (
            SELECT l.order_line_id, l.item_id, coalesce(sum(l.quantity) FILTER (WHERE r.status = 'POSTED'), 0) AS quantity
            FROM purchasing_goodsreceipt r
            JOIN purchasing_goodsreceiptline l ON l.company_id = r.company_id AND l.receipt_id = r.id
            WHERE r.company_id = NEW.company_id AND r.purchase_order_id = judged
            GROUP BY l.order_line_id, l.item_id) came
        FULL JOIN (
            SELECT o.id, o.item_id, o.received_qty FROM purchasing_purchaseorderline o
            WHERE o.company_id = NEW.company_id AND o.order_id = judged) o ON o.id = came.order_line_id
        WHERE o.received_qty IS DISTINCT FROM coalesce(came.quantity, 0) OR o.item_id <> came.item_id) THEN
        RAISE EXCEPTION 'received_adds_up: what has come of the lines of order % is not what its receipts say', judged
            USING ERRCODE = 'check_violation', CONSTRAINT = 'received_adds_up';
    END IF;
    IF EXISTS (
        SELECT 1 FROM purchasing_purchaseorder d
        WHERE d.company_id = NEW.company_id AND d.id = judged AND (
            (d.status = 'IN_PROGRESS') <> EXISTS (SELECT 1 FROM purchasing_purchaseorderline o
                WHERE o.company_id = d.company_id AND o.order_id = d.id AND o.received_qty > 0)
            OR EXISTS (SELECT 1 FROM purchasing_goodsreceipt r WHERE r.company_id = d.company_id
                AND r.purchase_order_id = d.id AND r.supplier_id <> d.supplier_id))) THEN
        RAISE EXCEPTION 'order_follows_receipts: state and supplier of order % are not those of its receipts', judged
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_follows_receipts';
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE VIEW audit_i30_purchase_orders_received WITH (security_invoker = true) AS
SELECT o.company_id, o.id::text AS key,
    o.received_qty || ' of ' || o.quantity || ' received, receipts say ' || coalesce(came.quantity, 0) AS detail
FROM purchasing_purchaseorderline o
LEFT JOIN (SELECT l.company_id, l.order_line_id, sum(l.quantity) AS quantity
    FROM purchasing_goodsreceiptline l
    JOIN purchasing_goodsreceipt r ON r.company_id = l.company_id AND r.id = l.receipt_id AND r.status = 'POSTED'
    GROUP BY 1, 2) came ON came.company_id = o.company_id AND came.order_line_id = o.id
WHERE o.received_qty <> coalesce(came.quantity, 0) OR (o.received_qty BETWEEN 0 AND o.quantity) IS NOT TRUE
UNION ALL
SELECT l.company_id, r.receipt_number || ' line ' || l.line_no, 'came for another order, supplier or item'
FROM purchasing_goodsreceiptline l
JOIN purchasing_goodsreceipt r ON r.company_id = l.company_id AND r.id = l.receipt_id
LEFT JOIN purchasing_purchaseorderline o ON o.company_id = l.company_id AND o.id = l.order_line_id
LEFT JOIN purchasing_purchaseorder d ON d.company_id = o.company_id AND d.id = o.order_id
WHERE (l.order_line_id IS NOT NULL OR r.purchase_order_id IS NOT NULL)
    AND (o.order_id IS DISTINCT FROM r.purchase_order_id OR d.supplier_id <> r.supplier_id OR o.item_id <> l.item_id)
UNION ALL
SELECT d.company_id, d.order_number, 'is ' || d.status || ', and what has come says otherwise'
FROM purchasing_purchaseorder d
WHERE (d.status = 'IN_PROGRESS') <> EXISTS (SELECT 1 FROM purchasing_purchaseorderline o
    WHERE o.company_id = d.company_id AND o.order_id = d.id AND o.received_qty > 0);

DROP VIEW audit_i43_received_not_billed;
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

DROP FUNCTION purchasing_order_contradicts(purchasing_purchaseorder);
