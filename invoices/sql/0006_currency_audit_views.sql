-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i45_settled_in_base WITH (security_invoker = true) AS
SELECT i.company_id, i.invoice_no::text AS key, i.status || ', booked at ' || round(i.total_value * i.exchange_rate, 2)
        || ' in base, settled ' || coalesce(a.base, 0) AS detail
FROM invoices_invoice i
JOIN erp_company k ON k.id = i.company_id AND k.base_currency_id <> i.currency_id
LEFT JOIN LATERAL (SELECT sum(settled_base) AS base FROM invoices_paymentallocation
    WHERE company_id = i.company_id AND invoice_id = i.id) a ON true
WHERE i.status IN ('POSTED', 'PARTIALLY_PAID', 'PAID')
    AND ((coalesce(a.base, 0) BETWEEN 0 AND round(i.total_value * i.exchange_rate, 2)) IS NOT TRUE
        OR (i.amount_received = i.total_value AND coalesce(a.base, 0) <> round(i.total_value * i.exchange_rate, 2))
        OR (i.amount_received = 0 AND coalesce(a.base, 0) <> 0))
UNION ALL
SELECT p.company_id, p.payment_number, p.status || ', worth ' || round(p.amount * p.exchange_rate, 2) || ' in base, used '
    || coalesce(a.base, 0)
FROM invoices_payment p
JOIN erp_company k ON k.id = p.company_id AND k.base_currency_id <> p.currency_id
LEFT JOIN LATERAL (SELECT sum(paid_base) AS base FROM invoices_paymentallocation
    WHERE company_id = p.company_id AND payment_id = p.id) a ON true
WHERE p.status = 'POSTED'
    AND ((coalesce(a.base, 0) BETWEEN 0 AND round(p.amount * p.exchange_rate, 2)) IS NOT TRUE
        OR (p.allocated_amount = p.amount AND coalesce(a.base, 0) <> round(p.amount * p.exchange_rate, 2))
        OR (p.allocated_amount = 0 AND coalesce(a.base, 0) <> 0))
UNION ALL
SELECT a.company_id, a.id::text, 'in another currency without its amounts in base, or in our own with them'
FROM invoices_paymentallocation a
JOIN invoices_payment p ON p.company_id = a.company_id AND p.id = a.payment_id
JOIN erp_company k ON k.id = a.company_id
WHERE (a.settled_base IS NULL) <> (p.currency_id = k.base_currency_id) OR (a.settled_base IS NULL) <> (a.paid_base IS NULL)
UNION ALL
SELECT i.company_id, i.invoice_no, 'in our own currency at the rate ' || i.exchange_rate
FROM invoices_invoice i JOIN erp_company k ON k.id = i.company_id AND k.base_currency_id = i.currency_id
WHERE i.exchange_rate <> 1;
COMMENT ON VIEW audit_i45_settled_in_base IS 'What is settled in its own currency is settled in base';
