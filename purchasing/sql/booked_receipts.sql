-- Judged at commit: every number that was taken from the series is used, so a series is 1…n without a gap.
CREATE FUNCTION purchasing_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN OLD.last_number ELSE 0 END + 1, NEW.last_number) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM purchasing_goodsreceipt d
            WHERE d.company_id = NEW.company_id AND d.receipt_number = erp_spelled_number(NEW.series, NEW.year, n))) THEN
        RAISE EXCEPTION 'numbers_are_used: a number of % % was taken and not used', NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_used';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER purchasing_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'GRN') EXECUTE FUNCTION purchasing_numbers_used();

CREATE TRIGGER purchasing_number_of_its_series BEFORE INSERT ON purchasing_goodsreceipt
    FOR EACH ROW EXECUTE FUNCTION erp_number_of_its_series('receipt_number');

-- A line comes with its receipt, in its transaction, and is the layer that it made. Rows are looked up one by one, for a
-- connection keeps the plan of a time when there were few.
CREATE FUNCTION purchasing_line_is_its_layer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1
        FROM (SELECT * FROM purchasing_goodsreceipt WHERE company_id = NEW.company_id AND id = NEW.receipt_id OFFSET 0) r
        CROSS JOIN (SELECT * FROM inventory_stocklayer WHERE company_id = NEW.company_id AND id = NEW.layer_id OFFSET 0) s
        CROSS JOIN LATERAL (
            SELECT tx FROM accounting_voucher WHERE company_id = NEW.company_id AND id = r.voucher_id OFFSET 0) v
        CROSS JOIN LATERAL (
            SELECT * FROM inventory_stockmovement WHERE company_id = NEW.company_id AND id = s.movement_id OFFSET 0) m
        WHERE v.tx = pg_current_xact_id() AND s.item_id = NEW.item_id AND s.warehouse_id = r.warehouse_id AND s.received_on = r.receipt_date
            AND s.quantity = NEW.quantity AND s.value = NEW.cost AND m.kind = 'RECEIPT' AND m.source_id = r.id
            AND m.source_line_id = NEW.id AND m.voucher_id = r.voucher_id) THEN
        RAISE EXCEPTION 'receipt_is_its_layers: a line of a receipt is the layer that came with it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_is_its_layers';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER purchasing_line_is_its_layer AFTER INSERT ON purchasing_goodsreceiptline
    FOR EACH ROW EXECUTE FUNCTION purchasing_line_is_its_layer();

-- Judged at commit, once per receipt: it is the sum of its lines, and its voucher owes that to GRNI; it is reversed exactly
-- when its voucher is. The argument names the column that holds the receipt.
CREATE FUNCTION purchasing_receipt_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    doc purchasing_goodsreceipt;
    judged uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
    SELECT r.* INTO doc FROM purchasing_goodsreceipt r
    WHERE r.company_id = NEW.company_id AND r.id = judged;
    IF doc.id IS NULL OR NOT EXISTS (
        SELECT 1 FROM accounting_voucher v
        WHERE v.company_id = doc.company_id AND v.id = doc.voucher_id AND v.kind = 'GOODS_RECEIPT'
            AND v.source_kind = 'goods_receipt' AND v.source_id = doc.id AND v.voucher_date >= doc.receipt_date
            AND v.total = doc.total_cost
            AND doc.total_cost = (SELECT coalesce(sum(e.credit - e.debit), 0) FROM accounting_ledgerentry e
                WHERE e.company_id = v.company_id AND e.voucher_id = v.id AND e.role = 'GRNI')) THEN
        RAISE EXCEPTION 'receipt_is_booked: a receipt has its voucher, which owes its cost to GRNI'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_is_booked';
    END IF;
    IF (doc.status = 'REVERSED') <> EXISTS (
        SELECT 1 FROM accounting_voucher v WHERE v.company_id = doc.company_id AND v.reverses_id = doc.voucher_id) THEN
        RAISE EXCEPTION 'receipt_is_booked: receipt % is %, which its voucher contradicts', doc.receipt_number, doc.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_is_booked';
    END IF;
    IF doc.total_cost IS DISTINCT FROM (SELECT sum(l.cost) FROM purchasing_goodsreceiptline l
            WHERE l.company_id = doc.company_id AND l.receipt_id = doc.id) THEN
        RAISE EXCEPTION 'receipt_adds_up: receipt % is not the sum of its lines', doc.receipt_number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_adds_up';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER purchasing_receipt_is_booked AFTER INSERT OR UPDATE ON purchasing_goodsreceipt
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION purchasing_receipt_is_booked('id');
CREATE CONSTRAINT TRIGGER purchasing_receipt_is_booked AFTER INSERT ON accounting_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.source_kind = 'goods_receipt')
    EXECUTE FUNCTION purchasing_receipt_is_booked('source_id');
