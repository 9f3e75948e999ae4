-- Each view answers with violations only: no row, the law holds. Columns: company_id, key (which row), detail.

CREATE VIEW audit_i35_audit_is_sealed WITH (security_invoker = true) AS
SELECT l.company_id, 'seal ' || l.number AS key,
    CASE WHEN l.number <> l.number_before + 1 THEN 'follows ' || l.number_before
        WHEN e.id IS NULL THEN 'its entry ' || l.entry_id || ' is gone'
        ELSE 'entry ' || l.entry_id || ' or the seal before is not what was sealed' END AS detail
FROM (
    SELECT s.company_id, s.number, s.entry_id, s.hash, coalesce(lag(s.number) OVER mine, 0) AS number_before,
        coalesce(lag(s.hash) OVER mine, decode(repeat('00', 32), 'hex')) AS hash_before
    FROM erp_auditseal s WINDOW mine AS (PARTITION BY s.company_id ORDER BY s.number)) l
LEFT JOIN erp_auditentry e ON e.company_id = l.company_id AND e.id = l.entry_id
WHERE l.number <> l.number_before + 1 OR l.hash IS DISTINCT FROM erp_audit_hash(l.hash_before, l.number, e)
UNION ALL
SELECT h.company_id, 'head', 'says ' || h.last_number || ', the last seal is ' || coalesce(s.number, 0)
FROM erp_audithead h LEFT JOIN LATERAL (
    SELECT number, hash FROM erp_auditseal WHERE company_id = h.company_id ORDER BY number DESC LIMIT 1) s ON true
WHERE h.last_number <> coalesce(s.number, 0) OR h.hash <> coalesce(s.hash, decode(repeat('00', 32), 'hex'))
UNION ALL
SELECT e.company_id, 'entry ' || e.id, 'has no seal and waits for none'
FROM erp_auditentry e
WHERE NOT EXISTS (SELECT FROM erp_auditseal s WHERE s.company_id = e.company_id AND s.entry_id = e.id)
    AND NOT EXISTS (SELECT FROM erp_unsealedentry u WHERE u.id = e.id)
UNION ALL
SELECT s.company_id, 'seals', 'there is no head of them' FROM erp_auditseal s
WHERE s.number = 1 AND NOT EXISTS (SELECT FROM erp_audithead h WHERE h.company_id = s.company_id);
COMMENT ON VIEW audit_i35_audit_is_sealed IS
    'Audit entries are numbered without gap, chained by their hashes, and what was sealed is unchanged';
