"""bench/verify_handled: what it costs to judge what the warehouse did.

    python -m bench.verify_handled [--invoices 64000] [--items 3] [--jobs 2]

Imported invoices of three lines are written set-based; the product itself moves them, as administrators move many at once:
all are picked, packed and delivered, with the sessions, events and audit entries of each step. A twentieth lay in trays, and
as many were sent back once and corrected; those rows are written set-based. Then `verify` reads every audit view, which
rebuilds each read copy from the sessions and compares.
"""

import argparse
import time
from datetime import date
from typing import Any

import django

from bench.documents import NOW, execute, found_shop, write_drafts
from bench.measuring import bench_database

MOST_AT_ONCE = 5_000

_TRAYS = """
INSERT INTO fulfilment_box (id, company_id, session_id, tray_code, is_sealed, sealed_at, created_at, freed_at)
SELECT gen_random_uuid(), k.company_id, k.id, 'T-' || k.serial || '-' || n, true, %(now)s, %(now)s, %(now)s
FROM fulfilment_packingsession k, generate_series(1, 2) AS n
WHERE k.company_id = %(company)s AND k.serial %% 20 = 0
"""
_RETURNS = """
INSERT INTO fulfilment_billingreturn (id, company_id, serial, invoice_id, section, reason, returned_by_id, returned_by_name,
    returned_by_email, returned_at, goods_changed, resolution_notes, resolved_at, resolved_by_id, resolved_by_name,
    resolved_by_email)
SELECT gen_random_uuid(), p.company_id, row_number() OVER (), p.invoice_id, 'PICKING', 'A strip is missing', p.worker_id,
    p.worker_name, p.worker_email, %(now)s, false, '', %(now)s, p.worker_id, p.worker_name, p.worker_email
FROM fulfilment_pickingsession p
WHERE p.company_id = %(company)s AND p.serial %% 20 = 1
"""
_COPIES = """
UPDATE invoices_invoice i SET handling = fulfilment_handling(i.company_id, i.id)
FROM fulfilment_billingreturn r WHERE r.company_id = i.company_id AND r.invoice_id = i.id AND i.company_id = %(company)s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=64_000)
    parser.add_argument("--items", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with bench_database():
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        actor = found_shop("BENCH", invoices=1, items=options.items)
        write_drafts(actor.company_id, invoices=options.invoices, items=options.items)
        _handle(actor)
        execute(_TRAYS, company=actor.company_id, now=NOW)
        execute(_RETURNS, company=actor.company_id, now=NOW)
        execute(_COPIES, company=actor.company_id)
        _judge(actor.company, options.jobs)


def _handle(actor: Any) -> None:
    """Each step in periods of as many days as hold no more than may be moved at once."""
    from fulfilment.administering import Range, advance_invoices
    from invoices.status import FulfilmentStatus

    print("| step | invoices | s | per s |\n|---|---|---|---|")
    for status in (FulfilmentStatus.INVOICED, FulfilmentStatus.PICKED, FulfilmentStatus.PACKED):
        start, count = time.monotonic(), 0
        for first, last in _periods(actor):
            done = advance_invoices(wanted=Range(status, first, last), actor=actor, now=NOW)
            count += len(done.before)
        took = time.monotonic() - start
        print(f"| from {status.value} | {count:,} | {took:.0f} | {count / took:.0f} |", flush=True)


def _periods(actor: Any) -> list[tuple[date, date]]:
    from django.db.models import Count

    from invoices.models import Invoice

    rows = Invoice.unscoped.filter(company_id=actor.company_id).values("invoice_date").annotate(count=Count("id"))
    periods: list[tuple[date, date]] = []
    held = MOST_AT_ONCE
    for row in rows.order_by("invoice_date"):
        day, count = row["invoice_date"], row["count"]
        held += count
        if held > MOST_AT_ONCE:
            periods.append((day, day))
            held = count
        periods[-1] = (periods[-1][0], day)
    assert all(last >= first for first, last in periods)
    return periods


def _judge(company: Any, jobs: int) -> None:
    from erp.sequencing import NUMBER_EVENTS
    from erp.verifying import verify

    execute(NUMBER_EVENTS, batch=10**7)
    execute("VACUUM (ANALYZE)")
    result = verify(company_code=company.code, jobs=jobs)
    slowest = sorted(result.verdicts, key=lambda one: -one.seconds)[:6]
    print("\n| law | s |\n|---|---|")
    for one in slowest:
        print(f"| {one.law.view} | {one.seconds:.1f} |")
    print(f"\nverify: {result.seconds:.1f} s (aim: at most 20), {len(result.verdicts)} laws, {len(result.broken)} broken, "
          f"{len(result.empty)} with nothing to judge")  # fmt: skip
    print("rows: " + ", ".join(f"{name} {rows:,}" for name, rows in result.table_rows.items() if rows > 1_000))
    assert not result.broken, [(one.law.view, one.findings[:3]) for one in result.broken]


if __name__ == "__main__":
    main()
