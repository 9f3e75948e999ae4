"""The hand-written SQL of the books: balances, the statement of an account, reports, the fold.

Every statement names the company. Texts are fixed; values are bound.
"""

MARK = """mark AS (
    SELECT coalesce((SELECT f.tx FROM accounting_foldmark f, pg_control_system() s
            WHERE f.company_id = %(company)s AND f.cluster = s.system_identifier), '0'::xid8) AS tx,
        '18446744073709551615'::xid8 AS beyond
)"""
"""Where the tail begins; at nothing when the mark was made in another cluster, where transaction ids mean something else."""

_DAYS = """
    SELECT d.account_id, d.day, d.debit, d.credit
    FROM accounting_accountday d
    WHERE d.company_id = %(company)s AND d.day <= %(last)s AND (SELECT tx FROM mark) > '0'::xid8"""
# The upper bound holds always: a range tells the planner that the tail is short, half a range does not.
_TAIL = """
    SELECT e.account_id, e.voucher_date, e.debit, e.credit
    FROM accounting_voucher v
    JOIN accounting_ledgerentry e ON e.company_id = v.company_id AND e.voucher_id = v.id
    WHERE v.company_id = %(company)s AND v.voucher_date <= %(last)s
        AND v.tx >= (SELECT tx FROM mark) AND v.tx < (SELECT beyond FROM mark)"""

DAYS_AND_TAIL = f"{_DAYS}\n    UNION ALL{_TAIL}"
"""Sums of every account by day up to `last`, some days in several parts. Stands after `MARK`."""

DAYS_AND_TAIL_OF_ACCOUNTS = (
    f"{_DAYS} AND d.account_id = ANY(%(accounts)s)\n    UNION ALL{_TAIL} AND e.account_id = ANY(%(accounts)s)"
)
"""The same of some accounts."""

_SUMS = """
SELECT s.account_id, coalesce(sum(s.debit - s.credit) FILTER (WHERE s.day < %(first)s), 0),
    coalesce(sum(s.debit) FILTER (WHERE s.day >= %(first)s), 0),
    coalesce(sum(s.credit) FILTER (WHERE s.day >= %(first)s), 0)
"""
BALANCES = f"WITH {MARK}{_SUMS}FROM ({DAYS_AND_TAIL}) s GROUP BY s.account_id"
BALANCES_OF_ACCOUNTS = f"WITH {MARK}{_SUMS}FROM ({DAYS_AND_TAIL_OF_ACCOUNTS}) s GROUP BY s.account_id"

FOLD = "UPDATE accounting_foldmark SET tx = tx WHERE company_id = %s"
FOLD_ANEW = "UPDATE accounting_foldmark SET tx = '0' WHERE company_id = %s"
"""Any update of the mark folds; `tx = 0` begins anew. See `accounting.guards.FOLD`."""

STATEMENT = f"""
WITH {MARK}, sums AS (
    SELECT coalesce(sum(s.debit - s.credit) FILTER (WHERE s.day < %(first)s), 0) AS opening,
        coalesce(sum(s.debit - s.credit) FILTER (WHERE s.day < %(after_date)s), 0) AS before_the_day,
        coalesce(sum(s.debit - s.credit), 0) AS closing
    FROM ({DAYS_AND_TAIL_OF_ACCOUNTS}) s
), same_day AS (
    SELECT coalesce(sum(e.debit - e.credit), 0) AS balance
    FROM accounting_ledgerentry e
    WHERE e.company_id = %(company)s AND e.account_id = %(account)s
        AND e.voucher_date = %(after_date)s AND e.id <= %(after_id)s
), page AS (
    SELECT e.voucher_date, e.id, e.voucher_id, e.debit, e.credit
    FROM accounting_ledgerentry e
    WHERE e.company_id = %(company)s AND e.account_id = %(account)s AND e.voucher_date <= %(last)s
        AND (e.voucher_date, e.id) > (%(after_date)s, %(after_id)s)
    ORDER BY e.voucher_date, e.id
    LIMIT %(size)s
)
SELECT sums.opening, sums.closing, page.voucher_date, page.id, page.voucher_id, v.number, v.kind, v.narration, page.debit,
    page.credit, sums.before_the_day + same_day.balance
        + sum(page.debit - page.credit) OVER (ORDER BY page.voucher_date, page.id)
FROM sums CROSS JOIN same_day
LEFT JOIN page ON true
LEFT JOIN accounting_voucher v ON v.company_id = %(company)s AND v.id = page.voucher_id
ORDER BY page.voucher_date, page.id
"""
"""Opening and closing balance beside a page of entries with the running balance; one row without an entry for none."""

_KNOWN_THEN = """
    SELECT e.account_id, e.voucher_date AS day, e.debit, e.credit
    FROM accounting_voucher v
    JOIN accounting_ledgerentry e ON e.company_id = v.company_id AND e.voucher_id = v.id
    WHERE v.company_id = %(company)s AND v.voucher_date <= %(last)s AND v.posted_at <= %(known_at)s"""

# Year-end vouchers and what undid them, with their sides changed: added to the sums, they are as if never booked.
_YEAR_ENDS_TAKEN_BACK = """
    UNION ALL
    SELECT e.account_id, e.voucher_date, -e.debit, -e.credit
    FROM accounting_voucher c
    JOIN accounting_voucher v ON v.company_id = c.company_id AND (v.id = c.id OR v.reverses_id = c.id)
    JOIN accounting_ledgerentry e ON e.company_id = v.company_id AND e.voucher_id = v.id
    WHERE c.company_id = %(company)s AND c.kind = 'YEAR_CLOSE' AND v.voucher_date <= %(last)s"""

_SHOWN = {
    "control": "CASE WHEN a.owner_id IS NULL THEN a.id ELSE a.parent_id END",
    "account": "a.id",
}

_REPORT = """
WITH {mark}, line AS (
    SELECT s.account_id, coalesce(sum(s.debit - s.credit) FILTER (WHERE s.day < %(first)s), 0) AS opening,
        coalesce(sum(s.debit) FILTER (WHERE s.day >= %(first)s), 0) AS debit,
        coalesce(sum(s.credit) FILTER (WHERE s.day >= %(first)s), 0) AS credit
    FROM ({sums}) s
    GROUP BY s.account_id
), folded AS (
    SELECT {shown} AS id, sum(l.opening) AS opening, sum(l.debit) AS debit, sum(l.credit) AS credit,
        sum(greatest(l.opening + l.debit - l.credit, 0)) AS owing,
        sum(greatest(l.credit - l.debit - l.opening, 0)) AS owed
    FROM line l JOIN accounting_ledgeraccount a ON a.company_id = %(company)s AND a.id = l.account_id
    GROUP BY 1
)
SELECT a.id, a.code, a.name, a.type, a.role, f.opening, f.debit, f.credit, f.owing, f.owed
FROM folded f JOIN accounting_ledgeraccount a ON a.company_id = %(company)s AND a.id = f.id
ORDER BY a.code
"""


def _report(sums: str, shown: str) -> str:
    return _REPORT.format(mark=MARK, sums=sums, shown=shown)


REPORT = {
    (detail, year_ends): _report(DAYS_AND_TAIL + ("" if year_ends else _YEAR_ENDS_TAKEN_BACK), shown)
    for detail, shown in _SHOWN.items()
    for year_ends in (True, False)
}
"""(detail, with year-end vouchers) → the lines of a report."""

REPORT_KNOWN_THEN = {
    (detail, year_ends): _report(
        _KNOWN_THEN + ("" if year_ends else _YEAR_ENDS_TAKEN_BACK + " AND v.posted_at <= %(known_at)s"), shown
    )
    for detail, shown in _SHOWN.items()
    for year_ends in (True, False)
}
"""The same of what was known at a moment."""

PERIOD = """json_build_object('books_start_date', k.books_start_date, 'soft_lock_date', k.soft_lock_date,
        'tax_lock_date', k.tax_lock_date, 'hard_lock_date', k.hard_lock_date, 'fiscal_year_start', k.fiscal_year_start,
        'year', CASE WHEN y.id IS NOT NULL
            THEN json_build_object('id', y.id, 'year', y.year, 'is_closed', y.closed_at IS NOT NULL) END)"""
"""A `Period` as JSON, of the company `k` and the fiscal year `y` of the day (LEFT JOIN: the first booking makes it)."""

READ_PERIOD = f"""
SELECT {PERIOD}::text FROM erp_company k
LEFT JOIN accounting_fiscalyear y ON y.company_id = k.id AND %(day)s BETWEEN y.start_date AND y.end_date
WHERE k.id = %(company)s
"""

RATE_ON = """(SELECT x.rate FROM accounting_exchangerate x
    WHERE x.company_id = k.id AND x.currency_id = {currency} AND x.rate_date <= {day}
        AND x.rate_date >= {day} - k.rate_max_age_days
    ORDER BY x.rate_date DESC LIMIT 1)"""
"""The rate of a currency that is good on a day, of the company `k`; null when there is none."""

READ_RATE = f"""
SELECT {RATE_ON.format(currency="%(currency)s", day="%(day)s::date")} FROM erp_company k WHERE k.id = %(company)s
"""

OPEN_CURRENCIES = """
SELECT a.id, a.code, a.name, a.role, c.id, c.code, sum(e.amount_currency), sum(e.debit - e.credit)
FROM accounting_ledgerentry e
JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id AND v.source_kind <> %(source)s
JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
JOIN erp_currency c ON c.id = e.currency_id
WHERE e.company_id = %(company)s AND e.voucher_date <= %(as_of)s AND e.currency_id <> %(base)s
    AND e.role IN ('RECEIVABLE', 'PAYABLE')
GROUP BY a.id, a.code, a.name, a.role, c.id, c.code
HAVING sum(e.amount_currency) <> 0 OR sum(e.debit - e.credit) <> 0
ORDER BY a.code, c.code
"""
"""What parties' accounts hold of other currencies than the company's, at the end of a day, runs of other months apart."""

ACCOUNTS_BY_ROLE = """(SELECT coalesce(json_object_agg(a.role, a.id), '{}') FROM accounting_ledgeraccount a
    WHERE a.company_id = %(company)s AND a.owner_id IS NULL AND a.is_active AND a.role = ANY(%(roles)s))"""
"""What `accounts_by_role` answers, as a JSON object inside a larger statement."""

WRITE_VOUCHERS = """voucher AS (
    INSERT INTO accounting_voucher (id, company_id, kind, number, fiscal_year_id, voucher_date, source_kind, source_id,
        source_revision, reverses_id, total, entry_count, narration, posted_by_id, posted_at)
    SELECT v.id, %(company)s, v.kind, v.number, v.fiscal_year_id, v.voucher_date, v.source_kind, v.source_id,
        v.source_revision, v.reverses_id, v.total, v.entry_count, v.narration, v.posted_by_id, %(now)s
    FROM jsonb_populate_recordset(NULL::accounting_voucher, %(vouchers)s::jsonb) AS v
    ORDER BY v.number
    RETURNING 1
), entry AS (
    INSERT INTO accounting_ledgerentry (company_id, voucher_id, voucher_date, line_no, account_id, debit, credit,
        currency_id, amount_currency, role)
    SELECT %(company)s, e.voucher_id, e.voucher_date, e.line_no, e.account_id, e.debit, e.credit, e.currency_id,
        e.amount_currency, e.role
    FROM jsonb_populate_recordset(NULL::accounting_ledgerentry, %(entries)s::jsonb) AS e
    WHERE (SELECT count(*) FROM voucher) >= 0
    ORDER BY e.voucher_id, e.line_no
    RETURNING 1
)"""
"""The CTEs `voucher` and `entry`, of `voucher_rows`: to stand alone or as a part of a larger statement."""

INSERT_VOUCHERS = f"WITH {WRITE_VOUCHERS} SELECT count(*) FROM entry"

PARTY_ACCOUNTS = """
WITH missing AS (
    INSERT INTO accounting_ledgeraccount (id, company_id, code, name, type, role, owner_id, parent_id, is_group, is_control,
        is_active)
    SELECT p.id, %(company)s, parent.code || '-' || p.suffix, p.name, parent.type, parent.role, p.owner_id, parent.id, false,
        true, true
    FROM jsonb_to_recordset(%(parties)s::jsonb) AS p (id uuid, owner_id uuid, suffix text, name text)
    JOIN accounting_ledgeraccount parent ON parent.company_id = %(company)s AND parent.role = %(role)s
        AND parent.owner_id IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM accounting_ledgeraccount a WHERE a.company_id = %(company)s AND a.role = %(role)s
        AND a.owner_id = p.owner_id)
    ORDER BY p.owner_id
    ON CONFLICT (company_id, role, owner_id) WHERE role IS NOT NULL DO NOTHING
    RETURNING owner_id, id
)
SELECT owner_id, id FROM missing
UNION ALL
SELECT a.owner_id, a.id FROM accounting_ledgeraccount a
WHERE a.company_id = %(company)s AND a.role = %(role)s AND a.owner_id = ANY(%(owners)s)
"""
