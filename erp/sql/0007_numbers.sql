-- A document's number as `erp.numbering.spell_number` spells it.
CREATE FUNCTION erp_spelled_number(series text, year int, number int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT series || '-' || CASE WHEN year > 0 THEN lpad(year::text, 4, '0') || '-' ELSE '' END
        || CASE WHEN number < 100000 THEN lpad(number::text, 5, '0') ELSE number::text END
$$;
