-- Each view answers with violations only: no row, the law holds. Columns: company_id, key (which row), detail.

CREATE VIEW audit_i55_webhooks_behind_their_place WITH (security_invoker = true) AS
SELECT e.company_id, e.url::text AS key, 'looked at ' || e.position || ' of ' || coalesce(c.last_number, 0) || ' events' AS detail
FROM erp_webhookendpoint e LEFT JOIN erp_eventchannel c ON c.company_id = e.company_id
WHERE e.position > coalesce(c.last_number, 0)
UNION ALL
SELECT d.company_id, d.id::text, 'event ' || d.number || ', looked at ' || e.position
FROM erp_webhookdelivery d JOIN erp_webhookendpoint e ON e.company_id = d.company_id AND e.id = d.endpoint_id
WHERE d.number > e.position
UNION ALL
SELECT d.company_id, d.id::text, 'a ' || d.type || ' of ' || d.subject_id || ', its event is a ' || o.type || ' of ' || o.subject_id
FROM erp_webhookdelivery d JOIN erp_outboxevent o ON o.company_id = d.company_id AND o.number = d.number
WHERE o.type <> d.type OR o.subject_id <> d.subject_id;
COMMENT ON VIEW audit_i55_webhooks_behind_their_place IS
    'A webhook has looked at no event that there is not, and delivers only what it has looked at';
