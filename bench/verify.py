"""bench/verify: what it costs to judge every law, and what the triggers cost that judge each posting.

    python -m bench.verify [--invoices 64000] [--items 300] [--jobs 2]

Imported invoices of three lines are written set-based, posted by the product a hundred at a time (FIFO layers, vouchers,
events), and most of them paid, set-based, every trigger on. The first groups are posted in turn with and without the
triggers that only judge, to see their share. Then `verify` reads every audit view, and the reports on documents are read.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import django
import psycopg

from bench.documents import NOW, execute, found_shop, write_drafts
from bench.measuring import TICKS_PER_S, bench_database

_PAYMENTS = """
CREATE TEMP TABLE wanted ON COMMIT DROP AS
SELECT i.id AS invoice_id, i.customer_id, i.invoice_date, i.total_value, a.id AS party, gen_random_uuid() AS id,
    gen_random_uuid() AS voucher_id, row_number() OVER (ORDER BY i.invoice_date, i.id) AS n
FROM invoices_invoice i
JOIN accounting_ledgeraccount a ON a.company_id = i.company_id AND a.owner_id = i.customer_id
WHERE i.company_id = %(company)s AND i.status = 'POSTED' AND i.total_value > 0
ORDER BY i.invoice_date, i.id LIMIT %(count)s;
CREATE TEMP TABLE numbered ON COMMIT DROP AS
WITH taken AS (
    INSERT INTO erp_numberseries AS s (id, company_id, series, year, last_number)
    SELECT gen_random_uuid(), %(company)s, name, 2025, (SELECT count(*) FROM wanted) FROM unnest(ARRAY['JV', 'RCT']) AS name
    ON CONFLICT (company_id, series, year) DO UPDATE SET last_number = s.last_number + EXCLUDED.last_number
    RETURNING series, last_number - (SELECT count(*) FROM wanted) AS first
)
SELECT w.*, erp_spelled_number('JV', 2025, (j.first + w.n)::int) AS jv, erp_spelled_number('RCT', 2025, (r.first + w.n)::int)
    AS rct, y.id AS year_id, c.base_currency_id AS currency, b.id AS bank
FROM wanted w, taken j, taken r, accounting_fiscalyear y, erp_company c, accounting_ledgeraccount b
WHERE j.series = 'JV' AND r.series = 'RCT' AND y.company_id = %(company)s AND y.year = 2025 AND c.id = %(company)s
    AND b.company_id = %(company)s AND b.code = '1010';
INSERT INTO accounting_voucher (id, company_id, kind, number, fiscal_year_id, voucher_date, source_kind, source_id,
    source_revision, total, entry_count, narration, posted_at)
SELECT voucher_id, %(company)s, 'RECEIPT', jv, year_id, invoice_date, 'payment', id, 1, total_value, 2, rct, %(now)s
FROM numbered;
INSERT INTO accounting_ledgerentry (company_id, voucher_id, voucher_date, line_no, account_id, debit, credit, currency_id,
    amount_currency, role)
SELECT %(company)s, voucher_id, invoice_date, l, CASE l WHEN 1 THEN bank ELSE party END,
    CASE l WHEN 1 THEN total_value ELSE 0 END, CASE l WHEN 1 THEN 0 ELSE total_value END, currency,
    CASE l WHEN 1 THEN total_value ELSE -total_value END, CASE l WHEN 1 THEN 'BANK' ELSE 'RECEIVABLE' END
FROM numbered, generate_series(1, 2) AS l;
INSERT INTO invoices_payment (id, company_id, payment_number, kind, status, customer_id, payment_date, mode, account_id,
    currency_id, amount, allocated_amount, reference_number, notes, voucher_id, version, created_at, updated_at)
SELECT id, %(company)s, rct, 'RECEIPT', 'POSTED', customer_id, invoice_date, 'BANK_TRANSFER', bank, currency, total_value,
    total_value, '', '', voucher_id, 1, %(now)s, %(now)s
FROM numbered;
WITH paid AS (
    UPDATE invoices_invoice i SET amount_received = i.total_value, status = 'PAID', version = i.version + 1
    FROM numbered n WHERE i.id = n.invoice_id
)
INSERT INTO invoices_paymentallocation (id, company_id, payment_id, invoice_id, amount, allocation_date, created_at)
SELECT gen_random_uuid(), %(company)s, id, invoice_id, total_value, invoice_date, %(now)s FROM numbered;
INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)
SELECT %(company)s, 'invoice_paid', 'invoice', invoice_id, '{}', %(now)s FROM numbered;
INSERT INTO erp_auditentry (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id, changes)
SELECT %(company)s, %(now)s, 'user', '', '', 'receive_payment', 'payment', id, '' FROM numbered
"""

_SEALS = """
INSERT INTO invoices_contentseal (id, company_id, invoice_id, revision, content_hash)
SELECT gen_random_uuid(), i.company_id, i.id, i.revision, invoices_content_hash(i.company_id, i.id)
FROM invoices_invoice i WHERE i.company_id = %(company)s AND i.status <> 'DRAFT'
    AND NOT EXISTS (SELECT 1 FROM invoices_contentseal s WHERE s.company_id = i.company_id AND s.invoice_id = i.id)
"""
"""What the judge of a posting writes; missing where it was switched off."""

_JUDGES = """
SELECT c.oid::regclass::text, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
    AND t.tgname !~ '(on_hand_follows|layers_follow|append_only|never|_folds_|_begins_|_waits_for_)'
"""
"""Triggers that only judge: without them the same rows are written."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=64_000)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with bench_database():
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        actor = found_shop("BENCH", invoices=options.invoices, items=options.items)
        write_drafts(actor.company_id, invoices=options.invoices, items=options.items)
        _post(actor, options)
        _pay(actor.company_id, options.invoices * 95 // 100)
        _judge(actor.company, options.jobs)
        _report(actor)


def _post(actor: Any, options: argparse.Namespace) -> None:
    """The share of the judges first, with one invoice at a time and with a hundred; then all that is left."""
    from invoices.batch_posting import post_invoices
    from invoices.models import Invoice
    from invoices.posting import post_invoice

    ids = list(
        Invoice.unscoped.filter(company_id=actor.company_id).order_by("invoice_date", "id").values_list("id", flat=True)
    )

    def alone(some: list[UUID]) -> None:
        for one in some:
            post_invoice(invoice_id=one, actor=actor, posting_date=None, now=NOW)

    def together(some: list[UUID]) -> None:
        problems = [one.problem for one in post_invoices(invoice_ids=some, actor=actor, now=NOW) if one.problem]
        assert not problems, problems[0]

    ids = _share("one at a time", ids, alone, size=min(100, len(ids) // 40))
    ids = _share("a hundred together", ids, together, size=min(500, len(ids) // 40))
    start = time.monotonic()
    together(ids)
    took = time.monotonic() - start
    print(f"{len(ids):,} posted in {took:.0f} s, {len(ids) / took:.0f} per s with one connection")
    execute(_SEALS, company=actor.company_id)


def _share(name: str, ids: list[UUID], post: Callable[[list[UUID]], None], *, size: int) -> list[UUID]:
    """Post groups in turn with the judging triggers and without; what is left. CPU is the application's and PostgreSQL's."""
    from django.db import connection

    figures: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for turn in range(12):
        judged = turn % 2 == 0
        _switch_judges(on=judged)
        group, ids = ids[:size], ids[size:]
        database, application = _cpu(connection), time.process_time()
        post(group)
        database, application = _cpu(connection) - database, time.process_time() - application
        if turn > 1:
            figures[judged].append((1000 * database / size, 1000 * application / size))
    _switch_judges(on=True)
    (database, application), (bare, other) = (
        tuple(statistics.median(column) for column in zip(*figures[judged], strict=True)) for judged in (True, False)
    )
    both = database + application
    print(f"{name}, CPU ms per posting: {database:.2f} in PostgreSQL, {application:.2f} in the application;")
    print(f"    without the judges {bare:.2f} and {other:.2f}: they are {100 * (database - bare) / both:.0f} % of the whole")
    return ids


def _switch_judges(*, on: bool) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for table, trigger in connection.execute(_JUDGES).fetchall():
            connection.execute(f'ALTER TABLE {table} {"ENABLE" if on else "DISABLE"} TRIGGER "{trigger}"'.encode())


def _cpu(connection: Any) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    fields = Path(f"/proc/{backend}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _pay(company: UUID, count: int) -> None:
    start = time.monotonic()
    for first in range(0, count, 4000):
        execute(_PAYMENTS, company=company, count=min(4000, count - first))
    print(f"{count:,} payments written in {time.monotonic() - start:.0f} s")


def _judge(company: Any, jobs: int) -> None:
    from accounting.balances import fold_balances
    from erp.sequencing import NUMBER_EVENTS
    from erp.verifying import verify

    fold_balances(company_id=company.id)
    execute(NUMBER_EVENTS, batch=10**7)
    execute("VACUUM (ANALYZE)")
    for code in (company.code, ""):
        result = verify(company_code=code, jobs=jobs)
        slowest = sorted(result.verdicts, key=lambda one: -one.seconds)[:6]
        print(f"\nverify {code or 'every company'}: {result.seconds:.1f} s (aim: at most 20), {len(result.verdicts)} laws, "
              f"{len(result.broken)} broken, {len(result.empty)} with nothing to judge")  # fmt: skip
        print("slowest: " + ", ".join(f"{one.law.id} {one.seconds:.1f} s" for one in slowest))
        assert not result.broken, [(one.law.view, one.findings[:3]) for one in result.broken]
    print("rows: " + ", ".join(f"{name} {rows:,}" for name, rows in result.table_rows.items() if rows > 10_000))


def _report(actor: Any) -> None:
    """Ageing and the GST of the year, of all these documents: the median of five."""
    from erp.api.views import scoped_read
    from invoices.models import Invoice
    from invoices.open_items import DEFAULT_BUCKETS, age_open_items
    from invoices.status import InvoiceType
    from invoices.tax_summaries import summarise_tax

    days = (
        Invoice.unscoped.filter(company_id=actor.company_id).order_by("invoice_date").values_list("invoice_date", flat=True)
    )
    first, middle, last = days[0], days[len(days) // 2], days[len(days) - 1]
    readings: dict[str, Callable[[], Any]] = {
        "ageing, on the last day": lambda: age_open_items(
            actor, InvoiceType.SALES, as_of=last, by="due_date", ends=DEFAULT_BUCKETS
        ),
        f"ageing, on {middle}": lambda: age_open_items(
            actor, InvoiceType.SALES, as_of=middle, by="due_date", ends=DEFAULT_BUCKETS
        ),
        "GST of all, by rate": lambda: summarise_tax(
            actor, InvoiceType.SALES, first=first, last=last, by="rate", registration=None
        ),
        "GST of all, by HSN code": lambda: summarise_tax(
            actor, InvoiceType.SALES, first=first, last=last, by="hsn", registration=None
        ),
    }
    for name, read in readings.items():
        took = []
        for _ in range(5):
            start = time.monotonic()
            with scoped_read(actor):
                read()
            took.append(1000 * (time.monotonic() - start))
        print(f"{name}: {statistics.median(took):.0f} ms")


if __name__ == "__main__":
    main()
