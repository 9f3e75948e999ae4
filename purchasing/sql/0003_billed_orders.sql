-- Judged at commit: what an order line says has come, and at which value, is on the receipts that stand. Rows are looked up
-- one by one, for a connection keeps the plan of a time when there were few.
CREATE OR REPLACE FUNCTION purchasing_line_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT ROW(o.received_qty, o.received_value) FROM purchasing_purchaseorderline o
            WHERE o.company_id = NEW.company_id AND o.id = NEW.id)
        <> (SELECT ROW(coalesce(sum(l.quantity), 0), coalesce(sum(l.cost), 0)) FROM purchasing_goodsreceiptline l
            WHERE l.company_id = NEW.company_id AND l.order_line_id = NEW.id AND 'POSTED' = (
                SELECT r.status FROM purchasing_goodsreceipt r WHERE r.company_id = l.company_id AND r.id = l.receipt_id)) THEN
        RAISE EXCEPTION 'received_adds_up: what has come of an order line is not what its receipts say'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'received_adds_up';
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER purchasing_line_begins ON purchasing_purchaseorderline;
DROP TRIGGER purchasing_line_received ON purchasing_purchaseorderline;
CREATE CONSTRAINT TRIGGER purchasing_line_begins AFTER INSERT ON purchasing_purchaseorderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.received_qty <> 0 OR NEW.received_value <> 0)
    EXECUTE FUNCTION purchasing_line_received();
CREATE CONSTRAINT TRIGGER purchasing_line_received AFTER UPDATE ON purchasing_purchaseorderline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.received_qty <> NEW.received_qty OR OLD.received_value <> NEW.received_value)
    EXECUTE FUNCTION purchasing_line_received();

-- Whether the state of an order is not the one that follows from its lines: it has begun when something came or is on a live
-- bill; it is INVOICED when all is posted, or when the rest was given up, with nothing in between.
CREATE FUNCTION purchasing_order_contradicts(d purchasing_purchaseorder) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (d.status IN ('IN_PROGRESS', 'INVOICED'))
            IS DISTINCT FROM coalesce(bool_or(o.received_qty > 0 OR o.invoiced_qty > 0), false)
        OR (d.status = 'IN_PROGRESS' AND bool_and(o.posted_qty = o.quantity))
        OR (d.status = 'INVOICED' AND bool_or(o.invoiced_qty <> o.posted_qty OR o.received_qty > o.posted_qty))
        OR (d.status = 'INVOICED') <> (d.invoiced_at IS NOT NULL)
    FROM purchasing_purchaseorderline o WHERE o.company_id = d.company_id AND o.order_id = d.id
$$;

-- Judged at commit, once per order and receipt: every line says what its receipts say, which are of its item and of the
-- order's supplier, and the order's state is the one that follows from its lines. The argument names the column that
-- holds the order.
CREATE OR REPLACE FUNCTION purchasing_order_follows_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    judged uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
    IF EXISTS (
        SELECT 1 FROM (
            SELECT l.order_line_id, l.item_id, coalesce(sum(l.quantity) FILTER (WHERE r.status = 'POSTED'), 0) AS quantity,
                coalesce(sum(l.cost) FILTER (WHERE r.status = 'POSTED'), 0) AS cost
            FROM purchasing_goodsreceipt r
            JOIN purchasing_goodsreceiptline l ON l.company_id = r.company_id AND l.receipt_id = r.id
            WHERE r.company_id = NEW.company_id AND r.purchase_order_id = judged
            GROUP BY l.order_line_id, l.item_id) came
        FULL JOIN (
            SELECT o.id, o.item_id, o.received_qty, o.received_value FROM purchasing_purchaseorderline o
            WHERE o.company_id = NEW.company_id AND o.order_id = judged) o ON o.id = came.order_line_id
        WHERE o.received_qty IS DISTINCT FROM coalesce(came.quantity, 0) OR o.item_id <> came.item_id
            OR o.received_value IS DISTINCT FROM coalesce(came.cost, 0)) THEN
        RAISE EXCEPTION 'received_adds_up: what has come of the lines of order % is not what its receipts say', judged
            USING ERRCODE = 'check_violation', CONSTRAINT = 'received_adds_up';
    END IF;
    IF EXISTS (
        SELECT 1 FROM purchasing_purchaseorder d
        WHERE d.company_id = NEW.company_id AND d.id = judged AND (
            purchasing_order_contradicts(d)
            OR EXISTS (SELECT 1 FROM purchasing_goodsreceipt r WHERE r.company_id = d.company_id
                AND r.purchase_order_id = d.id AND r.supplier_id <> d.supplier_id))) THEN
        RAISE EXCEPTION 'order_follows_receipts: state and supplier of order % are not those of its receipts and bills', judged
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_follows_receipts';
    END IF;
    RETURN NULL;
END
$$;

-- Laws that bills are a part of from here on; see 0002_audit_views.sql and 0003_audit_views.sql.
CREATE OR REPLACE VIEW audit_i30_purchase_orders_received WITH (security_invoker = true) AS
SELECT o.company_id, o.id::text AS key,
    o.received_qty || ' of ' || o.quantity || ' received for ' || o.received_value || ', receipts say '
        || coalesce(came.quantity, 0) || ' for ' || coalesce(came.cost, 0) AS detail
FROM purchasing_purchaseorderline o
LEFT JOIN (SELECT l.company_id, l.order_line_id, sum(l.quantity) AS quantity, sum(l.cost) AS cost
    FROM purchasing_goodsreceiptline l
    JOIN purchasing_goodsreceipt r ON r.company_id = l.company_id AND r.id = l.receipt_id AND r.status = 'POSTED'
    GROUP BY 1, 2) came ON came.company_id = o.company_id AND came.order_line_id = o.id
WHERE o.received_qty <> coalesce(came.quantity, 0) OR o.received_value <> coalesce(came.cost, 0)
    OR (o.received_qty BETWEEN 0 AND o.quantity) IS NOT TRUE
UNION ALL
SELECT l.company_id, r.receipt_number || ' line ' || l.line_no, 'came for another order, supplier or item'
FROM purchasing_goodsreceiptline l
JOIN purchasing_goodsreceipt r ON r.company_id = l.company_id AND r.id = l.receipt_id
LEFT JOIN purchasing_purchaseorderline o ON o.company_id = l.company_id AND o.id = l.order_line_id
LEFT JOIN purchasing_purchaseorder d ON d.company_id = o.company_id AND d.id = o.order_id
WHERE (l.order_line_id IS NOT NULL OR r.purchase_order_id IS NOT NULL)
    AND (o.order_id IS DISTINCT FROM r.purchase_order_id OR d.supplier_id <> r.supplier_id OR o.item_id <> l.item_id)
UNION ALL
SELECT d.company_id, d.order_number, 'is ' || d.status || ', and what has come or is billed says otherwise'
FROM purchasing_purchaseorder d
WHERE purchasing_order_contradicts(d)
UNION ALL
SELECT o.company_id, o.id::text, o.posted_qty || ' posted, ' || o.invoiced_qty || ' invoiced, ' || o.quantity || ' ordered'
FROM purchasing_purchaseorderline o
WHERE (0 <= o.posted_qty AND o.posted_qty <= o.invoiced_qty AND o.invoiced_qty <= o.quantity) IS NOT TRUE;

DROP VIEW audit_i43_received_not_billed;
CREATE VIEW audit_i43_received_not_billed WITH (security_invoker = true) AS
SELECT coalesce(r.company_id, e.company_id) AS company_id, 'GRNI' AS key,
    'received and not billed, less billed and not received ' || coalesce(r.cost, 0) || ', account '
        || coalesce(e.balance, 0) AS detail
FROM (SELECT company_id, sum(cost) AS cost FROM (
        SELECT company_id, total_cost AS cost FROM purchasing_goodsreceipt WHERE status = 'POSTED'
        UNION ALL SELECT company_id, -billed_value FROM purchasing_purchaseorderline) x GROUP BY 1) r
FULL JOIN (SELECT company_id, sum(credit - debit) AS balance FROM accounting_ledgerentry WHERE role = 'GRNI' GROUP BY 1) e
    ON e.company_id = r.company_id
WHERE coalesce(r.cost, 0) <> coalesce(e.balance, 0)
UNION ALL
SELECT o.company_id, o.id::text, o.received_qty || ' received for ' || o.received_value || ', ' || o.posted_qty || ' billed for '
        || o.billed_value
FROM purchasing_purchaseorderline o
WHERE (CASE sign(o.received_qty - o.posted_qty) WHEN 0 THEN o.received_value = o.billed_value
    WHEN 1 THEN o.received_value >= o.billed_value ELSE o.received_value <= o.billed_value END) IS NOT TRUE
UNION ALL
SELECT r.company_id, r.receipt_number, r.status || ' for ' || r.total_cost || ', its voucher owes ' || coalesce(e.owed, 0)
FROM purchasing_goodsreceipt r
LEFT JOIN accounting_voucher v ON v.company_id = r.company_id AND v.id = r.voucher_id
LEFT JOIN accounting_voucher undo ON undo.company_id = v.company_id AND undo.reverses_id = v.id
LEFT JOIN LATERAL (SELECT sum(credit - debit) AS owed FROM accounting_ledgerentry
    WHERE company_id = v.company_id AND voucher_id = v.id AND role = 'GRNI') e ON true
WHERE v.source_id IS DISTINCT FROM r.id OR (r.status = 'REVERSED') <> (undo.id IS NOT NULL)
    OR coalesce(e.owed, 0) <> r.total_cost;
COMMENT ON VIEW audit_i43_received_not_billed IS 'What is received and not billed, less what is billed and not received, is what the GRNI account says';
