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
