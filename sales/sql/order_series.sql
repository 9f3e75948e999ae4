-- Judged at commit: every number that was taken from the series is used, so a series is 1…n without a gap.
CREATE FUNCTION sales_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN OLD.last_number ELSE 0 END + 1, NEW.last_number) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM sales_salesorder d
            WHERE d.company_id = NEW.company_id AND d.order_number = erp_spelled_number(NEW.series, NEW.year, n))) THEN
        RAISE EXCEPTION 'numbers_are_used: a number of % % was taken and not used', NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_used';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER sales_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'SO') EXECUTE FUNCTION sales_numbers_used();

CREATE TRIGGER sales_number_of_its_series BEFORE INSERT ON sales_salesorder
    FOR EACH ROW EXECUTE FUNCTION erp_number_of_its_series('order_number');

-- Judged at commit: a reservation is no more than its order line has not posted.
CREATE FUNCTION sales_reserved_within_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM inventory_reservation r
        LEFT JOIN sales_salesorderline l ON l.company_id = r.company_id AND l.id = r.source_id
        WHERE r.id = NEW.id AND (l.id IS NULL OR r.item_id <> l.item_id OR r.quantity > l.quantity - l.posted_qty)) THEN
        RAISE EXCEPTION 'reserved_within_order: more is reserved than order line % has not posted', NEW.source_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserved_within_order';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER sales_reserved_within_order AFTER INSERT OR UPDATE ON inventory_reservation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.source_kind = 'sales_order_line')
    EXECUTE FUNCTION sales_reserved_within_order();
