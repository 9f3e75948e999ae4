-- Judged at commit: every number that was taken from the series is used, so a series is 1…n without a gap.
CREATE FUNCTION inventory_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN OLD.last_number ELSE 0 END + 1, NEW.last_number) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM inventory_stockdocument d
            WHERE d.company_id = NEW.company_id AND d.number = erp_spelled_number(NEW.series, NEW.year, n))) THEN
        RAISE EXCEPTION 'numbers_are_used: a number of % % was taken and not used', NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_used';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER inventory_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'STK') EXECUTE FUNCTION inventory_numbers_used();

-- Judged at commit, once per voucher: what moved in stock is worth what its INVENTORY legs say.
CREATE FUNCTION inventory_stock_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(e.debit - e.credit), 0) FROM accounting_ledgerentry e
            WHERE e.company_id = NEW.company_id AND e.voucher_id = NEW.id AND e.role = 'INVENTORY')
        <> (SELECT coalesce(sum(m.value), 0) FROM inventory_stockmovement m
            WHERE m.company_id = NEW.company_id AND m.voucher_id = NEW.id) THEN
        RAISE EXCEPTION 'stock_is_booked: the movements of voucher % differ from its INVENTORY legs', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_is_booked';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER inventory_stock_is_booked AFTER INSERT ON accounting_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION inventory_stock_is_booked();

CREATE TRIGGER inventory_number_of_its_series BEFORE INSERT ON inventory_stockdocument
    FOR EACH ROW EXECUTE FUNCTION erp_number_of_its_series('number');
