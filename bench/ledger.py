"""Books of any size for benches: a company, its customers, and balanced vouchers written set-based, every trigger on.

Each voucher is a sale of one line: RECEIVABLE against SALES, OUTPUT_CGST and OUTPUT_SGST, and RECEIVABLE's customer in turn.
"""

import os
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg

ENTRIES_PER_VOUCHER = 4
FIRST_DAY = date(2025, 4, 1)
NOW = datetime(2026, 3, 31, tzinfo=UTC)

_CUSTOMERS = """
INSERT INTO accounting_ledgeraccount (id, company_id, code, name, type, role, owner_id, parent_id, is_group, is_control,
    is_active)
SELECT gen_random_uuid(), %(company)s, '1100-C-' || lpad(n::text, 5, '0'), 'Customer ' || n, 'ASSET', 'RECEIVABLE',
    gen_random_uuid(), p.id, false, true, true
FROM generate_series(1, %(count)s) AS n,
    (SELECT id FROM accounting_ledgeraccount WHERE company_id = %(company)s AND code = '1100') AS p
"""

_VOUCHERS = """
WITH series AS (
    INSERT INTO erp_numberseries AS s (id, company_id, series, year, last_number)
    VALUES (gen_random_uuid(), %(company)s, 'JV', 2025, %(count)s)
    ON CONFLICT (company_id, series, year) DO UPDATE SET last_number = s.last_number + EXCLUDED.last_number
    RETURNING last_number - %(count)s AS first
)
SELECT n AS place, gen_random_uuid() AS id, erp_spelled_number('JV', 2025, series.first + n) AS number,
    %(first_day)s::date + (series.first + n) %% 364 AS day, 118.00 + (series.first + n) %% 900 AS net
INTO TEMP wanted FROM series, generate_series(1, %(count)s) AS n
"""

_WRITE = """
INSERT INTO accounting_voucher (id, company_id, kind, number, fiscal_year_id, voucher_date, source_kind, source_id,
    source_revision, total, entry_count, narration, posted_at)
SELECT w.id, %(company)s, 'STOCK', w.number, y.id, w.day, 'bench', w.id, 1, w.net + 2 * round(w.net * 0.09, 2), 4,
    'Bench ' || w.number, %(now)s
FROM wanted w, accounting_fiscalyear y WHERE y.company_id = %(company)s AND y.year = 2025;
"""

_ENTRIES = """
WITH account AS (
    SELECT id, role, row_number() OVER (PARTITION BY role ORDER BY code) AS place, count(*) OVER (PARTITION BY role) AS many
    FROM accounting_ledgeraccount
    WHERE company_id = %(company)s AND NOT is_group AND role IN ('RECEIVABLE', 'SALES', 'OUTPUT_CGST', 'OUTPUT_SGST')
), leg AS (
    SELECT w.id, w.day, l.line_no, l.role, CASE l.side WHEN 'net' THEN w.net WHEN 'tax' THEN round(w.net * 0.09, 2)
        ELSE w.net + 2 * round(w.net * 0.09, 2) END AS amount, w.place
    FROM wanted w, (VALUES (1, 'RECEIVABLE', 'total'), (2, 'SALES', 'net'), (3, 'OUTPUT_CGST', 'tax'),
        (4, 'OUTPUT_SGST', 'tax')) AS l (line_no, role, side)
)
INSERT INTO accounting_ledgerentry (company_id, voucher_id, voucher_date, line_no, account_id, debit, credit, currency_id,
    amount_currency, role)
SELECT %(company)s, leg.id, leg.day, leg.line_no, a.id, CASE leg.line_no WHEN 1 THEN leg.amount ELSE 0 END,
    CASE leg.line_no WHEN 1 THEN 0 ELSE leg.amount END, c.base_currency_id,
    CASE leg.line_no WHEN 1 THEN leg.amount ELSE -leg.amount END, leg.role
FROM leg JOIN account a ON a.role = leg.role AND a.place = 1 + leg.place %% a.many
JOIN erp_company c ON c.id = %(company)s
ORDER BY leg.place, leg.line_no
"""


def found_ledger(*, customers: int) -> UUID:
    """A company with its fiscal year 2025 and the accounts of its customers. Django is set up and migrated."""
    from accounting.models import FiscalYear
    from companies.founding import found_company
    from erp.locking import one_transaction

    company = found_company(code="BENCH", name="Bench", now=NOW)
    with one_transaction(company_id=company.id):
        FiscalYear.unscoped.create(company=company, year=2025, start_date=FIRST_DAY, end_date=date(2026, 3, 31))
    with _connection() as connection:
        connection.execute(_CUSTOMERS, {"company": company.id, "count": customers})
    return company.id


def write_vouchers(company_id: UUID, count: int, *, at_once: int = 5_000) -> None:
    """Write that many vouchers of four entries, committed in parts."""
    parameters: dict[str, Any] = {"company": company_id, "now": NOW, "first_day": FIRST_DAY}
    with _connection() as connection:
        for first in range(0, count, at_once):
            with connection.transaction():
                connection.execute(_VOUCHERS, parameters | {"count": min(at_once, count - first)})
                connection.execute(_WRITE, parameters)
                connection.execute(_ENTRIES, parameters)
                connection.execute("DROP TABLE wanted")


def _connection() -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
