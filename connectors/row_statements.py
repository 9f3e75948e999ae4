"""The hand-written SQL of runs and their rows. Every statement names the company; values are bound."""

STAGE_ROWS = """
INSERT INTO connectors_importrow (id, company_id, run_id, entity, external_id, client_external_id, position, payload, state,
    code, message, attempts)
SELECT r.id, %(company)s, %(run)s, r.entity, r.external_id, r.client_external_id, r.position, r.payload, 'PENDING', '', '', 0
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id uuid, entity text, external_id text, client_external_id text, position int,
    payload jsonb)
ON CONFLICT (company_id, run_id, entity, external_id) DO NOTHING
"""

WAITING_CLIENTS = """
SELECT client_external_id, count(*) FROM connectors_importrow
WHERE company_id = %(company)s AND run_id = %(run)s AND state IN ('PENDING', 'SENT', 'UNKNOWN')
GROUP BY client_external_id ORDER BY min(position), client_external_id
"""
"""Whose rows wait, in the order in which they were read, and how many they are."""

READ_ROWS = """
SELECT id, entity, external_id, client_external_id, payload::text, state FROM connectors_importrow
WHERE company_id = %(company)s AND run_id = %(run)s AND client_external_id = ANY(%(clients)s)
    AND state IN ('PENDING', 'SENT', 'UNKNOWN')
ORDER BY position
"""

READ_ARRIVED = """
SELECT entity, external_id, target_external_id FROM connectors_importrow
WHERE company_id = %(company)s AND run_id = %(run)s AND client_external_id = ANY(%(clients)s)
    AND state IN ('DONE', 'UNCHANGED') AND target_external_id <> ''
"""
"""What of some clients is in the other system already, with its id there."""

MARK_SENT = """
UPDATE connectors_importrow SET state = 'SENT', attempts = attempts + 1
WHERE company_id = %(company)s AND run_id = %(run)s AND id = %(row)s AND state IN ('PENDING', 'SENT', 'UNKNOWN')
"""

SETTLE_ROWS = """
UPDATE connectors_importrow w
SET state = r.state, code = r.code, message = r.message, target_id = r.target_id,
    target_external_id = r.target_external_id, http_status = r.http_status,
    attempts = w.attempts + CASE w.state WHEN 'SENT' THEN 0 ELSE 1 END
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id uuid, state text, code text, message text, target_id uuid,
    target_external_id text, http_status smallint)
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.id = r.id
"""

INSERT_REFS = """
INSERT INTO connectors_externalref (id, company_id, connection_id, entity, external_id, customer_id, invoice_id, payment_id,
    content_hash, data, fetched_at)
SELECT r.id, %(company)s, %(connection)s, r.entity, r.external_id, r.customer_id, r.invoice_id, r.payment_id, r.content_hash,
    r.data, %(now)s
FROM jsonb_populate_recordset(NULL::connectors_externalref, %(refs)s::jsonb) AS r
"""

COUNT_ROWS = """
SELECT entity, state, code, count(*) FROM connectors_importrow WHERE company_id = %(company)s AND run_id = %(run)s
GROUP BY entity, state, code ORDER BY entity, state, code
"""

SHARED_IDENTS = """
SELECT payload->>'userIdent' FROM connectors_importrow
WHERE company_id = %(company)s AND run_id = %(run)s AND entity = 'client' AND payload->>'userIdent' <> ''
GROUP BY 1 HAVING count(*) > 1
"""
"""What several clients call themselves by: then it is no code."""

ADVANCE = """
UPDATE connectors_importrun
SET done = (SELECT count(*) FROM connectors_importrow WHERE company_id = %(company)s AND run_id = %(run)s
        AND state NOT IN ('PENDING', 'SENT', 'UNKNOWN')), heartbeat_at = %(now)s, eta_at = %(eta)s
WHERE company_id = %(company)s AND id = %(run)s
"""
