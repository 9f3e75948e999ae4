-- What comes in bulk fills tables in minutes that were empty, while autovacuum looks once in a minute. Until somebody has counted,
-- the planner takes them for empty: one index is as good as another then, and a foreign key reads all rows of the company
-- for each new one. So tables are counted that never were, or have grown tenfold since. Counting is the owner's right.
CREATE FUNCTION erp_learn_sizes() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    grown text;
BEGIN
    FOR grown IN
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND pg_relation_size(c.oid) > CASE WHEN c.reltuples > 0 THEN 10 * c.relpages::bigint * 8192 ELSE 0 END
        ORDER BY c.relname
    LOOP
        EXECUTE format('ANALYZE %I', grown);
    END LOOP;
END
$$;
