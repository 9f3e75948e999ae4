-- Judged at commit: every number that was taken from the series is used, so a series is 1…n without a gap.
CREATE FUNCTION accounting_numbers_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM generate_series(CASE WHEN TG_OP = 'UPDATE' THEN OLD.last_number ELSE 0 END + 1, NEW.last_number) AS n
        WHERE NOT EXISTS (
            SELECT 1 FROM accounting_voucher d
            WHERE d.company_id = NEW.company_id AND d.number = erp_spelled_number(NEW.series, NEW.year, n))) THEN
        RAISE EXCEPTION 'numbers_are_used: a number of % % was taken and not used', NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numbers_are_used';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER accounting_numbers_used AFTER INSERT OR UPDATE ON erp_numberseries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series = 'JV') EXECUTE FUNCTION accounting_numbers_used();

-- What the books rest on stays once something is booked.
CREATE FUNCTION accounting_booked_company_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.base_currency_id <> NEW.base_currency_id OR OLD.books_start_date IS DISTINCT FROM NEW.books_start_date)
            AND EXISTS (SELECT 1 FROM accounting_voucher v WHERE v.company_id = OLD.id)
       OR OLD.fiscal_year_start <> NEW.fiscal_year_start
            AND EXISTS (SELECT 1 FROM accounting_fiscalyear y WHERE y.company_id = OLD.id) THEN
        RAISE EXCEPTION 'booked_company_stays: currency, start of the books and of the year stay once something is booked'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'booked_company_stays';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounting_booked_company_stays
    BEFORE UPDATE OF base_currency_id, books_start_date, fiscal_year_start ON erp_company
    FOR EACH ROW EXECUTE FUNCTION accounting_booked_company_stays();
