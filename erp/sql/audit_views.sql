-- Each view answers with violations only: no row, the law holds. Columns: company_id, key (which row), detail.
-- `manage.py verify` reads all of them in one snapshot. Every view is proven silent on good data and loud on its corruption.

CREATE VIEW audit_i36_key_has_answer WITH (security_invoker = true) AS
SELECT k.company_id, k.route || ' ' || k.key AS key, 'status ' || k.status || ', ' || length(k.answer) || ' characters' AS detail
FROM erp_idempotencykey k
WHERE k.status NOT BETWEEN 200 AND 299 OR length(k.body_hash) <> 32 OR (k.answer = '' AND k.status <> 204);
COMMENT ON VIEW audit_i36_key_has_answer IS 'An idempotency key carries its answer';

CREATE VIEW audit_i40_keys_hashed WITH (security_invoker = true) AS
SELECT k.company_id, k.prefix::text AS key, 'in clear, or without scope' AS detail
FROM erp_apikey k
WHERE k.hashed_key !~ '^(sha512\$\$[0-9a-f]{128}|(pbkdf2_|argon2|scrypt).+)$' OR cardinality(k.scopes) = 0;
COMMENT ON VIEW audit_i40_keys_hashed IS 'API keys are hashed and have a scope';

CREATE VIEW audit_i53_events_numbered WITH (security_invoker = true) AS
SELECT c.company_id, 'events' AS key,
    'numbers ' || coalesce(e.first, 0) || '…' || coalesce(e.last, 0) || ', ' || e.rows || ' rows; channel says '
        || c.floor || '…' || c.last_number AS detail
FROM erp_eventchannel c
CROSS JOIN LATERAL (
    SELECT min(o.number) AS first, max(o.number) AS last, count(*) AS rows FROM erp_outboxevent o
    WHERE o.company_id = c.company_id AND o.number > c.floor) e
WHERE e.rows <> c.last_number - c.floor OR coalesce(e.last, c.floor) <> c.last_number
UNION ALL
SELECT e.company_id, e.id::text, 'numbered ' || e.number || ' after ' || e.before
FROM (SELECT o.company_id, o.id, o.number,
        lag(o.number) OVER (PARTITION BY o.company_id, o.subject_id ORDER BY o.id) AS before
    FROM erp_outboxevent o WHERE o.number IS NOT NULL) e
WHERE e.number <= e.before;
COMMENT ON VIEW audit_i53_events_numbered IS 'Event numbers run from floor to head without gap, in the order of each document';

CREATE VIEW audit_i54_company_has_owner WITH (security_invoker = true) AS
SELECT c.id AS company_id, c.code::text AS key, 'members, but no active owner' AS detail
FROM erp_company c
WHERE EXISTS (SELECT 1 FROM erp_membership m WHERE m.company_id = c.id AND m.role = 'OWNER')
    AND NOT EXISTS (SELECT 1 FROM erp_membership m WHERE m.company_id = c.id AND m.role = 'OWNER' AND m.is_active);
COMMENT ON VIEW audit_i54_company_has_owner IS 'A company that had an owner has an active one';

CREATE VIEW audit_s1_company_tables_have_policy WITH (security_invoker = true) AS
SELECT NULL::uuid AS company_id, c.oid::regclass::text AS key, 'no policy confines it to a company' AS detail
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'company_scope');
COMMENT ON VIEW audit_s1_company_tables_have_policy IS 'Every table of companies has the policy that confines it';

CREATE VIEW audit_s2_keys_carry_company WITH (security_invoker = true) AS
SELECT NULL::uuid AS company_id, k.conrelid::regclass || '.' || k.conname AS key, 'refers without the company' AS detail
FROM pg_constraint k
WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
    AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'company_id')
    AND NOT EXISTS (SELECT 1 FROM pg_attribute a
        WHERE a.attrelid = k.conrelid AND a.attname = 'company_id' AND a.attnum = ANY (k.conkey));
COMMENT ON VIEW audit_s2_keys_carry_company IS 'A foreign key between tables of companies carries the company';

CREATE VIEW audit_s3_exact_columns WITH (security_invoker = true) AS
SELECT NULL::uuid AS company_id, c.table_name || '.' || c.column_name AS key, c.data_type::text AS detail
FROM information_schema.columns c
WHERE c.table_schema = 'public'
    AND c.data_type IN ('real', 'double precision', 'money', 'timestamp without time zone', 'time without time zone');
COMMENT ON VIEW audit_s3_exact_columns IS 'No column rounds or forgets its time zone';

CREATE VIEW audit_s4_constraints_valid WITH (security_invoker = true) AS
SELECT NULL::uuid AS company_id, k.conrelid::regclass || '.' || k.conname AS key, 'not validated' AS detail
FROM pg_constraint k
WHERE NOT k.convalidated AND k.connamespace = 'public'::regnamespace;
COMMENT ON VIEW audit_s4_constraints_valid IS 'Every constraint vouches for every row';

CREATE VIEW audit_s5_triggers_enabled WITH (security_invoker = true) AS
SELECT NULL::uuid AS company_id, t.tgrelid::regclass || '.' || t.tgname AS key, 'disabled' AS detail
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled NOT IN ('O', 'A');
COMMENT ON VIEW audit_s5_triggers_enabled IS 'No trigger is disabled';

CREATE VIEW audit_s6_serving_role_is_weak WITH (security_invoker = true) AS
SELECT NULL::uuid AS company_id, r.rolname::text AS key, 'has more power than serving needs' AS detail
FROM pg_roles r
WHERE r.rolname IN ('erp_app', 'erp_relay')
    AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication)
UNION ALL
SELECT NULL::uuid, c.oid::regclass::text, 'owned by a serving role'
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relowner::regrole::text IN ('erp_app', 'erp_relay', 'erp_auditor');
COMMENT ON VIEW audit_s6_serving_role_is_weak IS 'The serving roles own nothing and bypass nothing';

CREATE VIEW audit_s7_history_is_append_only WITH (security_invoker = true) AS
SELECT NULL::uuid AS company_id, c.oid::regclass::text AS key, 'erp_app may ' || p AS detail
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p
WHERE c.relnamespace = 'public'::regnamespace AND t.tgname LIKE 'pgtrigger_append_only_%'
    AND has_table_privilege('erp_app', c.oid, p);
COMMENT ON VIEW audit_s7_history_is_append_only IS 'The serving role may not change what is only appended to';
