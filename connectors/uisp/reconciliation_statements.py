"""The hand-written SQL that compares what was read with what is here. It rounds and adds by itself, so that it would notice
what the translation did wrong. Every statement names the company; values are bound; `clients` null means all.
"""

_MINE = """w.company_id = %(company)s AND w.run_id = %(run)s AND w.state IN ('DONE', 'UNCHANGED')
        AND (%(clients)s::text[] IS NULL OR w.client_external_id = ANY(%(clients)s))"""

_INVOICES = f"""theirs AS (
    SELECT w.external_id, w.client_external_id, w.target_id, (w.payload->>'status')::int AS status,
        coalesce(w.payload->>'currencyCode', '') AS currency,
        to_char((w.payload->>'createdDate')::timestamptz AT TIME ZONE %(zone)s, 'YYYY-MM') AS month,
        (w.payload->>'total')::numeric AS exact, round((w.payload->>'total')::numeric, 2) AS total,
        round((w.payload->>'amountPaid')::numeric, 2) AS paid
    FROM connectors_importrow w WHERE w.entity = 'invoice' AND {_MINE}
)"""

COMPARE_INVOICES = f"""
WITH {_INVOICES}
SELECT t.status, t.currency, t.month, count(*), sum(t.total), sum(t.paid), count(i.id), coalesce(sum(i.total_value), 0),
    coalesce(sum(i.amount_received), 0), count(*) FILTER (WHERE t.exact <> t.total), sum(t.total - t.exact)
FROM theirs t LEFT JOIN invoices_invoice i ON i.company_id = %(company)s AND i.id = t.target_id
GROUP BY t.status, t.currency, t.month ORDER BY t.status, t.currency, t.month
"""

DIFFERING_INVOICES = f"""
WITH {_INVOICES}
SELECT t.external_id, t.status || ' ' || t.total || ' paid ' || t.paid,
    coalesce(i.status || ' ' || i.total_value || ' paid ' || i.amount_received, 'absent')
FROM theirs t LEFT JOIN invoices_invoice i ON i.company_id = %(company)s AND i.id = t.target_id
WHERE i.id IS NULL OR i.total_value <> t.total
    OR (%(with_money)s AND t.status IN (1, 2, 3) AND (i.amount_received <> t.paid
        OR i.status <> CASE t.status WHEN 1 THEN 'POSTED' WHEN 2 THEN 'PARTIALLY_PAID' ELSE 'PAID' END))
    OR (t.status = 0 AND i.status <> 'DRAFT') OR (t.status = 4 AND i.status <> 'CANCELLED')
ORDER BY t.external_id
"""

COMPARE_PAYMENTS = f"""
SELECT (SELECT count(DISTINCT c.value->>'paymentId') FROM connectors_importrow w
        CROSS JOIN LATERAL jsonb_array_elements(w.payload->'paymentCovers') c
        WHERE w.entity = 'invoice' AND {_MINE} AND c.value->>'paymentId' IS NOT NULL),
    count(*) FILTER (WHERE p.allocated_amount > 0), count(*), coalesce(sum(round((w.payload->>'amount')::numeric, 2)), 0),
    coalesce(sum(p.amount), 0), coalesce(sum(round((w.payload->>'creditAmount')::numeric, 2)), 0),
    coalesce(sum(p.amount - p.allocated_amount), 0)
FROM connectors_importrow w
LEFT JOIN invoices_payment p ON p.company_id = w.company_id AND p.id = w.target_id
WHERE w.entity = 'payment' AND {_MINE}
"""
"""Payments that the invoices name, and those that settle them here; then amounts and credit of all, there and here."""

DIFFERING_CLIENTS = f"""
WITH {_INVOICES}, mine AS (
    SELECT w.client_external_id AS client, i.total_value - i.amount_received AS open
    FROM connectors_importrow w JOIN invoices_invoice i ON i.company_id = w.company_id AND i.id = w.target_id
    WHERE w.entity = 'invoice' AND {_MINE} AND i.status NOT IN ('DRAFT', 'CANCELLED')
    UNION ALL
    SELECT w.client_external_id, p.allocated_amount - p.amount
    FROM connectors_importrow w JOIN invoices_payment p ON p.company_id = w.company_id AND p.id = w.target_id
    WHERE w.entity = 'payment' AND {_MINE}
), here AS (
    SELECT client, sum(open) AS balance FROM mine GROUP BY client
)
SELECT w.external_id, round((w.payload->>'accountOutstanding')::numeric, 2)
    - round((w.payload->>'accountCredit')::numeric, 2) AS theirs, coalesce(h.balance, 0)
FROM connectors_importrow w LEFT JOIN here h ON h.client = w.external_id
WHERE w.entity = 'client' AND {_MINE} AND w.payload->>'accountOutstanding' IS NOT NULL
    AND round((w.payload->>'accountOutstanding')::numeric, 2) - round((w.payload->>'accountCredit')::numeric, 2)
        <> coalesce(h.balance, 0)
ORDER BY w.external_id
"""

BOOKS_AGREE = """
WITH mine AS (
    SELECT r.customer_id AS id FROM connectors_externalref r
    WHERE r.company_id = %(company)s AND r.connection_id = %(connection)s AND r.entity = 'client'
), documents AS (
    SELECT i.total_value - i.amount_received AS open FROM invoices_invoice i
    WHERE i.company_id = %(company)s AND i.customer_id IN (SELECT id FROM mine) AND i.exchange_rate = 1
        AND i.status IN ('POSTED', 'PARTIALLY_PAID')
    UNION ALL
    SELECT p.allocated_amount - p.amount FROM invoices_payment p
    WHERE p.company_id = %(company)s AND p.customer_id IN (SELECT id FROM mine) AND p.exchange_rate = 1
        AND p.status = 'POSTED'
    UNION ALL
    SELECT n.amount_applied - n.total_value FROM invoices_creditnote n
    WHERE n.company_id = %(company)s AND n.customer_id IN (SELECT id FROM mine) AND n.status = 'POSTED'
)
SELECT (SELECT coalesce(sum(open), 0) FROM documents),
    (SELECT coalesce(sum(e.debit - e.credit), 0) FROM accounting_ledgeraccount a
        JOIN accounting_ledgerentry e ON e.company_id = a.company_id AND e.account_id = a.id
        JOIN erp_company k ON k.id = a.company_id AND e.currency_id = k.base_currency_id
        JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
        LEFT JOIN accounting_voucher o ON o.company_id = v.company_id AND o.id = v.reverses_id
        WHERE a.company_id = %(company)s AND a.role = 'RECEIVABLE' AND a.owner_id IN (SELECT id FROM mine)
            AND coalesce(o.kind, v.kind) NOT IN ('OPENING', 'FX')),
    (SELECT coalesce(sum(e.debit - e.credit), 0) FROM accounting_ledgerentry e WHERE e.company_id = %(company)s)
"""
"""Of the customers who were brought, in base currency: open less credit by the documents, the same by the ledger; and what
the ledger of the company is out of balance."""

FORWARDED = """
SELECT entity, external_id, client_external_id, target_external_id, (SELECT jsonb_object_agg(key, value)
    FROM jsonb_each(payload) WHERE key = ANY('{status,currencyCode,createdDate,total,amountPaid,paymentCovers,amount,
        creditAmount,accountOutstanding,accountCredit}'))::text
FROM connectors_importrow
WHERE company_id = %(company)s AND run_id = %(run)s AND state IN ('DONE', 'UNCHANGED') ORDER BY position
"""
"""What of a run is in the other system: as it was read, what is compared of it."""

TAXES_STAGED = """
SELECT DISTINCT t.tax FROM connectors_importrow w
CROSS JOIN LATERAL jsonb_array_elements(w.payload->'items') i
CROSS JOIN LATERAL (VALUES (i.value->>'tax1Id'), (i.value->>'tax2Id'), (i.value->>'tax3Id')) AS t (tax)
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.entity = 'invoice'
    AND jsonb_typeof(w.payload->'items') = 'array' AND t.tax IS NOT NULL
"""

ATTRIBUTES_STAGED = """
SELECT DISTINCT w.entity, a.value->>'key', a.value->>'name' FROM connectors_importrow w
CROSS JOIN LATERAL jsonb_array_elements(w.payload->'attributes') a
WHERE w.company_id = %(company)s AND w.run_id = %(run)s AND w.entity IN ('invoice', 'payment')
    AND jsonb_typeof(w.payload->'attributes') = 'array' AND a.value->>'key' IS NOT NULL AND a.value->>'name' IS NOT NULL
"""
