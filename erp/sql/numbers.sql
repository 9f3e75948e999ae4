-- A document's number as `erp.numbering.spell_number` spells it.
CREATE FUNCTION erp_spelled_number(series text, year int, number int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT series || '-' || CASE WHEN year > 0 THEN lpad(year::text, 4, '0') || '-' ELSE '' END
        || CASE WHEN number < 100000 THEN lpad(number::text, 5, '0') ELSE number::text END
$$;

-- Refuses a number that was not taken from its series. The column that holds it is the trigger's argument.
CREATE FUNCTION erp_number_of_its_series() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given text := to_jsonb(NEW) ->> TG_ARGV[0];
    parts text[] := regexp_match(given, '^([A-Z]+)-(?:([0-9]{4})-)?([0-9]{5,8})$');
BEGIN
    IF parts IS NULL OR NOT EXISTS (
        SELECT 1 FROM erp_numberseries s
        WHERE s.company_id = NEW.company_id AND s.series = parts[1] AND s.year = coalesce(parts[2], '0')::int
            AND s.last_number >= parts[3]::int) THEN
        RAISE EXCEPTION 'number_of_its_series: % was not taken from its series', given
            USING ERRCODE = 'check_violation', CONSTRAINT = 'number_of_its_series';
    END IF;
    RETURN NEW;
END
$$;
