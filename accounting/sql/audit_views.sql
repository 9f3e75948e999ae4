-- Violations only; see erp/sql/audit_views.sql.

CREATE VIEW audit_i01_voucher_balances WITH (security_invoker = true) AS
SELECT e.company_id, e.voucher_id::text AS key, 'debit ' || sum(e.debit) || ', credit ' || sum(e.credit) AS detail
FROM accounting_ledgerentry e GROUP BY e.company_id, e.voucher_id HAVING sum(e.debit) <> sum(e.credit);
COMMENT ON VIEW audit_i01_voucher_balances IS 'Debit equals credit in every voucher';

CREATE VIEW audit_i02_days_balance WITH (security_invoker = true) AS
SELECT e.company_id, coalesce(e.voucher_date::text, 'all days') AS key, 'debit - credit = ' || sum(e.debit - e.credit) AS detail
FROM accounting_ledgerentry e
GROUP BY GROUPING SETS ((e.company_id, e.voucher_date), (e.company_id)) HAVING sum(e.debit - e.credit) <> 0;
COMMENT ON VIEW audit_i02_days_balance IS 'Debit equals credit per company, and on every day';

CREATE VIEW audit_i03_entries_counted WITH (security_invoker = true) AS
SELECT v.company_id, v.number::text AS key,
    coalesce(e.rows, 0) || ' of ' || v.entry_count || ' entries, ' || coalesce(e.total, 0) || ' of ' || v.total AS detail
FROM accounting_voucher v
LEFT JOIN (SELECT company_id, voucher_id, count(*) AS rows, sum(debit) AS total FROM accounting_ledgerentry GROUP BY 1, 2) e
    ON e.company_id = v.company_id AND e.voucher_id = v.id
WHERE coalesce(e.rows, 0) <> v.entry_count OR coalesce(e.total, 0) <> v.total
    OR (v.entry_count < 2 AND (v.entry_count <> 0 OR v.total <> 0));
COMMENT ON VIEW audit_i03_entries_counted IS 'Every voucher has its entries, two or more, and none only when it is worth nothing';

CREATE VIEW audit_i04_reported_balance WITH (security_invoker = true) AS
WITH mark AS (
    SELECT c.id AS company_id, coalesce(f.tx, '0'::xid8) AS tx
    FROM erp_company c
    LEFT JOIN (SELECT f.company_id, f.tx FROM accounting_foldmark f, pg_control_system() s
        WHERE f.cluster = s.system_identifier) f ON f.company_id = c.id
), told AS (
    SELECT d.company_id, d.account_id, sum(d.debit) AS debit, sum(d.credit) AS credit
    FROM accounting_accountday d JOIN mark m ON m.company_id = d.company_id AND m.tx > '0'::xid8 GROUP BY 1, 2
    UNION ALL
    SELECT e.company_id, e.account_id, sum(e.debit), sum(e.credit)
    FROM accounting_ledgerentry e
    JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
    JOIN mark m ON m.company_id = v.company_id AND v.tx >= m.tx GROUP BY 1, 2
), reported AS (
    SELECT company_id, account_id, sum(debit) AS debit, sum(credit) AS credit FROM told GROUP BY 1, 2
), real AS (
    SELECT company_id, account_id, sum(debit) AS debit, sum(credit) AS credit FROM accounting_ledgerentry GROUP BY 1, 2
)
SELECT coalesce(r.company_id, e.company_id) AS company_id, coalesce(r.account_id, e.account_id)::text AS key,
    'reported ' || coalesce(r.debit - r.credit, 0) || ', entries ' || coalesce(e.debit - e.credit, 0) AS detail
FROM reported r
FULL JOIN real e ON e.company_id = r.company_id AND e.account_id = r.account_id
WHERE coalesce(r.debit, 0) <> coalesce(e.debit, 0) OR coalesce(r.credit, 0) <> coalesce(e.credit, 0);
COMMENT ON VIEW audit_i04_reported_balance IS 'The reported balance of an account is the sum of its entries';

CREATE VIEW audit_i05_folded_days WITH (security_invoker = true) AS
WITH real AS (
    SELECT e.company_id, e.account_id, e.voucher_date AS day, sum(e.debit) AS debit, sum(e.credit) AS credit
    FROM accounting_ledgerentry e
    JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
    JOIN accounting_foldmark f ON f.company_id = v.company_id AND v.tx < f.tx
    GROUP BY 1, 2, 3
)
SELECT coalesce(d.company_id, e.company_id) AS company_id, coalesce(d.account_id, e.account_id) || ' '
        || coalesce(d.day, e.day) AS key,
    'folded ' || coalesce(d.debit, 0) || '/' || coalesce(d.credit, 0) || ', entries ' || coalesce(e.debit, 0) || '/'
        || coalesce(e.credit, 0) AS detail
FROM accounting_accountday d
FULL JOIN real e ON e.company_id = d.company_id AND e.account_id = d.account_id AND e.day = d.day
WHERE coalesce(d.debit, 0) <> coalesce(e.debit, 0) OR coalesce(d.credit, 0) <> coalesce(e.credit, 0);
COMMENT ON VIEW audit_i05_folded_days IS 'Every folded day is the sum of its entries up to the mark';

CREATE VIEW audit_i06_entries_with_voucher WITH (security_invoker = true) AS
SELECT v.company_id, v.number::text AS key, 'another date, or lines that are not 1…n' AS detail
FROM accounting_voucher v
JOIN accounting_ledgerentry e ON e.company_id = v.company_id AND e.voucher_id = v.id
GROUP BY v.company_id, v.id
HAVING bool_or(e.voucher_date <> v.voucher_date) OR min(e.line_no) <> 1 OR max(e.line_no) <> count(*)
    OR count(DISTINCT e.line_no) <> count(*);
COMMENT ON VIEW audit_i06_entries_with_voucher IS 'Entries have the date of their voucher and line numbers 1…n';

CREATE VIEW audit_i07_one_positive_side WITH (security_invoker = true) AS
SELECT e.company_id, e.id::text AS key, 'debit ' || e.debit || ', credit ' || e.credit || ', currency ' || e.amount_currency
    AS detail
FROM accounting_ledgerentry e JOIN erp_company c ON c.id = e.company_id
WHERE ((e.debit > 0 AND e.credit = 0) OR (e.credit > 0 AND e.debit = 0)) IS NOT TRUE
    OR 'NaN' IN (e.debit, e.credit, e.amount_currency)
    OR (e.amount_currency > 0 AND e.credit > 0) OR (e.amount_currency < 0 AND e.debit > 0)
    OR (e.currency_id = c.base_currency_id AND e.amount_currency <> e.debit - e.credit);
COMMENT ON VIEW audit_i07_one_positive_side IS 'An entry has one positive, finite side, and it is the amount in its currency';

CREATE VIEW audit_i08_account_takes_entry WITH (security_invoker = true) AS
SELECT e.company_id, e.id::text AS key, 'account ' || a.code || ' takes no such entry' AS detail
FROM accounting_ledgerentry e JOIN accounting_ledgeraccount a ON a.id = e.account_id
WHERE a.company_id <> e.company_id OR a.is_group OR a.role <> e.role
    OR (a.currency_id IS NOT NULL AND a.currency_id <> e.currency_id);
COMMENT ON VIEW audit_i08_account_takes_entry IS 'An entry stands on a leaf of its company, of its role and currency';

CREATE VIEW audit_i28_vouchers_numbered WITH (security_invoker = true) AS
SELECT coalesce(x.company_id, s.company_id) AS company_id, 'JV ' || coalesce(x.year, s.year) AS key,
    coalesce(x.rows, 0) || ' numbers up to ' || coalesce(x.top, 0) || ', series at ' || coalesce(s.last_number, 0) AS detail
FROM (SELECT v.company_id, y.year, count(*) AS rows,
        max(coalesce(substring(v.number FROM '^JV-[0-9]{4}-([0-9]{5,8})$'), '0')::int) AS top
    FROM accounting_voucher v JOIN accounting_fiscalyear y ON y.company_id = v.company_id AND y.id = v.fiscal_year_id
    GROUP BY v.company_id, y.year) x
FULL JOIN (SELECT * FROM erp_numberseries WHERE series = 'JV') s ON s.company_id = x.company_id AND s.year = x.year
WHERE coalesce(x.rows, 0) <> coalesce(x.top, 0) OR coalesce(x.top, 0) <> coalesce(s.last_number, 0);
COMMENT ON VIEW audit_i28_vouchers_numbered IS 'Voucher numbers of a year are 1…n without a gap';

CREATE VIEW audit_i33_reversal_mirrors WITH (security_invoker = true) AS
SELECT v.company_id, v.number::text AS key, 'reverses a reversal, twice, another document, earlier, or not leg by leg' AS detail
FROM accounting_voucher v
JOIN accounting_voucher o ON o.company_id = v.company_id AND o.id = v.reverses_id
WHERE o.reverses_id IS NOT NULL OR v.voucher_date < o.voucher_date OR v.kind <> 'REVERSAL'
    OR ROW(o.source_kind, o.source_id, o.source_revision) <> ROW(v.source_kind, v.source_id, v.source_revision)
    OR EXISTS (
        SELECT 1 FROM accounting_ledgerentry e
        WHERE e.company_id = v.company_id AND e.voucher_id IN (v.id, o.id)
        GROUP BY e.account_id, e.role, e.currency_id HAVING sum(e.debit - e.credit) <> 0 OR sum(e.amount_currency) <> 0)
UNION ALL
SELECT v.company_id, v.reverses_id::text, count(*) || ' reversals'
FROM accounting_voucher v WHERE v.reverses_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
UNION ALL
SELECT v.company_id, v.number, 'a reversal of nothing' FROM accounting_voucher v
WHERE v.kind = 'REVERSAL' AND v.reverses_id IS NULL;
COMMENT ON VIEW audit_i33_reversal_mirrors IS 'A reversal mirrors one voucher, once, and is never reversed';

CREATE VIEW audit_i34_locked_periods WITH (security_invoker = true) AS
SELECT v.company_id, v.number::text AS key, v.voucher_date || ' is outside its fiscal year' AS detail
FROM accounting_voucher v JOIN accounting_fiscalyear y ON y.company_id = v.company_id AND y.id = v.fiscal_year_id
WHERE v.voucher_date NOT BETWEEN y.start_date AND y.end_date
UNION ALL
SELECT v.company_id, v.number, v.voucher_date || ' was booked after its year was closed'
FROM accounting_voucher v JOIN accounting_fiscalyear y ON y.company_id = v.company_id AND y.id = v.fiscal_year_id
WHERE v.posted_at > y.closed_at AND v.kind <> 'YEAR_CLOSE'
UNION ALL
SELECT v.company_id, v.number, v.voucher_date || ' is before the books start'
FROM accounting_voucher v JOIN erp_company c ON c.id = v.company_id
WHERE v.voucher_date < c.books_start_date
UNION ALL
SELECT v.company_id, v.number, v.voucher_date || ' was booked after it was locked'
FROM (SELECT a.company_id, a.at, (nullif(a.changes, '')::jsonb -> 'hard_lock_date' ->> 1)::date AS locked
    FROM erp_auditentry a WHERE a.action = 'set_locks') l
JOIN accounting_voucher v ON v.company_id = l.company_id AND v.posted_at > l.at AND v.voucher_date <= l.locked;
COMMENT ON VIEW audit_i34_locked_periods IS 'Nothing is booked into a locked date after the lock';

CREATE VIEW audit_i48_voucher_numbers_legal WITH (security_invoker = true) AS
SELECT v.company_id, v.number::text AS key, 'booked in ' || y.year AS detail
FROM accounting_voucher v JOIN accounting_fiscalyear y ON y.company_id = v.company_id AND y.id = v.fiscal_year_id
WHERE v.number !~ '^JV-[0-9]{4}-[0-9]{5,8}$' OR length(v.number) > 16 OR substring(v.number FROM 4 FOR 4) <> y.year::text;
COMMENT ON VIEW audit_i48_voucher_numbers_legal IS 'A voucher number has the legal form and the year of its date';

CREATE VIEW audit_i50_accounts_and_controls WITH (security_invoker = true) AS
SELECT a.company_id, a.role || coalesce(' of ' || a.owner_id, '') AS key, count(*) || ' accounts' AS detail
FROM accounting_ledgeraccount a WHERE a.role IS NOT NULL GROUP BY a.company_id, a.role, a.owner_id HAVING count(*) > 1
UNION ALL
SELECT e.company_id, e.id::text, v.kind || ' on control account ' || a.code
FROM accounting_ledgeraccount a
JOIN accounting_ledgerentry e ON e.company_id = a.company_id AND e.account_id = a.id
JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
WHERE a.is_control AND (v.kind = 'JOURNAL'
    OR (v.kind = 'GST_SETTLEMENT' AND a.role NOT LIKE 'INPUT\_%' AND a.role NOT LIKE 'OUTPUT\_%'));
COMMENT ON VIEW audit_i50_accounts_and_controls IS 'One account per role and owner; control accounts take document vouchers only';

CREATE VIEW audit_i32_accounting_rows_stay_apart WITH (security_invoker = true) AS
SELECT c.company_id, 'accounting_ledgeraccount.parent_id of ' || c.id AS key, 'refers to nothing of its company' AS detail
FROM accounting_ledgeraccount c LEFT JOIN accounting_ledgeraccount p ON p.id = c.parent_id AND p.company_id = c.company_id
WHERE c.parent_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'accounting_voucher.fiscal_year_id of ' || c.id, 'refers to nothing of its company'
FROM accounting_voucher c LEFT JOIN accounting_fiscalyear p ON p.id = c.fiscal_year_id AND p.company_id = c.company_id
WHERE c.fiscal_year_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'accounting_voucher.reverses_id of ' || c.id, 'refers to nothing of its company'
FROM accounting_voucher c LEFT JOIN accounting_voucher p ON p.id = c.reverses_id AND p.company_id = c.company_id
WHERE c.reverses_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'accounting_ledgerentry.voucher_id of ' || c.id, 'refers to nothing of its company'
FROM accounting_ledgerentry c LEFT JOIN accounting_voucher p ON p.id = c.voucher_id AND p.company_id = c.company_id
WHERE c.voucher_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'accounting_ledgerentry.account_id of ' || c.id, 'refers to nothing of its company'
FROM accounting_ledgerentry c LEFT JOIN accounting_ledgeraccount p ON p.id = c.account_id AND p.company_id = c.company_id
WHERE c.account_id IS NOT NULL AND p.id IS NULL
UNION ALL
SELECT c.company_id, 'accounting_accountday.account_id of ' || c.id, 'refers to nothing of its company'
FROM accounting_accountday c LEFT JOIN accounting_ledgeraccount p ON p.id = c.account_id AND p.company_id = c.company_id
WHERE c.account_id IS NOT NULL AND p.id IS NULL;
COMMENT ON VIEW audit_i32_accounting_rows_stay_apart IS 'No row of accounting refers to another company''s row, or to none';
