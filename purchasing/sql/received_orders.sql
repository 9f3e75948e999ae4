-- Judged at commit: every number that was taken from the series is used, so a series is 1…n without a gap.
CREATE FUNCTION purchasing_order_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN OLD.last_number ELSE 0 END + 1, NEW.last_number) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM purchasing_purchaseorder d
            WHERE d.company_id = NEW.company_id AND d.order_number = erp_spelled_number(NEW.series, NEW.year, n))) THEN
        RAISE EXCEPTION 'numbers_are_used: a number of % % was taken and not used', NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_used';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER purchasing_order_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'PO') EXECUTE FUNCTION purchasing_order_numbers_used();

CREATE TRIGGER purchasing_number_of_its_series BEFORE INSERT ON purchasing_purchaseorder
    FOR EACH ROW EXECUTE FUNCTION erp_number_of_its_series('order_number');

-- Judged at commit: what an order line says has come is on the receipts that stand. Rows are looked up one by one, for a
-- connection keeps the plan of a time when there were few.
CREATE FUNCTION purchasing_line_received() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- A line of which something has come names the item that came, and stays with its order.
CREATE FUNCTION purchasing_received_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM purchasing_goodsreceiptline l
            WHERE l.company_id = OLD.company_id AND l.order_line_id = OLD.id) THEN
        RAISE EXCEPTION 'received_line_stays: something of this line has come; its item and order stay'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'received_line_stays';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER purchasing_received_line_stays BEFORE UPDATE ON purchasing_purchaseorderline
    FOR EACH ROW WHEN (OLD.item_id <> NEW.item_id OR OLD.order_id <> NEW.order_id)
    EXECUTE FUNCTION purchasing_received_line_stays();

-- Judged at commit, once per order and receipt: every line says what its receipts say, which are of its item and of the
-- order's supplier, and the order is IN_PROGRESS exactly when something of it has come. The argument names the column that
-- holds the order.
CREATE FUNCTION purchasing_order_follows_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER purchasing_order_follows_receipts AFTER INSERT OR UPDATE ON purchasing_purchaseorder
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION purchasing_order_follows_receipts('id');
CREATE CONSTRAINT TRIGGER purchasing_order_follows_receipts AFTER INSERT OR UPDATE ON purchasing_goodsreceipt
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.purchase_order_id IS NOT NULL)
    EXECUTE FUNCTION purchasing_order_follows_receipts('purchase_order_id');

-- A receipt without an order has no lines of one; both are judged where they are written.
CREATE FUNCTION purchasing_line_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT r.purchase_order_id FROM purchasing_goodsreceipt r
            WHERE r.company_id = NEW.company_id AND r.id = NEW.receipt_id)
        IS DISTINCT FROM (SELECT o.order_id FROM purchasing_purchaseorderline o
            WHERE o.company_id = NEW.company_id AND o.id = NEW.order_line_id) THEN
        RAISE EXCEPTION 'line_of_order: a line of a receipt is of the order that its receipt is of'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'line_of_order';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER purchasing_line_of_order AFTER INSERT ON purchasing_goodsreceiptline
    FOR EACH ROW EXECUTE FUNCTION purchasing_line_of_order();
