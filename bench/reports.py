"""bench/reports: what reading the books costs, with a million entries.

    python -m bench.reports [--entries 1000000] [--customers 2000] [--tail 1000]

Each reading is done with nothing folded, with everything folded, and with a tail of vouchers since the fold. The median of
several runs counts, on one connection, over the product's own functions (SQL and the objects made of it).
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import django

from bench.ledger import ENTRIES_PER_VOUCHER, found_ledger, write_vouchers
from bench.measuring import bench_database

END = date(2026, 3, 31)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--tail", type=int, nargs="+", default=[100, 1_000], help="vouchers posted since the fold")
    options = parser.parse_args()
    with bench_database():
        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        company = found_ledger(customers=options.customers)
        start = time.monotonic()
        write_vouchers(company, options.entries // ENTRIES_PER_VOUCHER)
        print(f"{options.entries:,} entries of {options.customers:,} customers written in {time.monotonic() - start:.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        _analyze()
        columns = [_measure(company, "nothing folded", rounds=3), _fold(company)]
        written = 0
        for tail in options.tail:
            write_vouchers(company, tail - written)
            written = tail
            columns.append(_measure(company, f"{tail:,} since"))
        _print(columns)


def _fold(company: UUID) -> tuple[str, dict[str, float]]:
    from accounting.balances import fold_balances
    from accounting.models import AccountDay

    start = time.monotonic()
    fold_balances(company_id=company)
    print(f"folded into {AccountDay.unscoped.filter(company_id=company).count():,} days in {time.monotonic() - start:.1f} s")
    _analyze()
    return _measure(company, "all folded")


def _analyze() -> None:
    import os

    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def _readings(company: UUID) -> dict[str, Callable[[], Any]]:
    from accounting.balances import balance_of
    from accounting.models import LedgerAccount
    from accounting.queries import Place, read_statement
    from accounting.reporting import Period, balance_sheet, profit_and_loss, trial_balance

    sales = LedgerAccount.unscoped.get(company_id=company, code="4000").id
    year = Period(date(2025, 4, 1), END)
    deep = Place(END - timedelta(days=30), 0)
    return {
        "balance of the busiest account": lambda: balance_of(company, sales, as_of=END),
        "trial balance, control": lambda: trial_balance(company, year),
        "trial balance, every account": lambda: trial_balance(company, year, detail="account"),
        "profit and loss": lambda: profit_and_loss(company, year),
        "balance sheet": lambda: balance_sheet(company, as_of=END),
        "statement, first page of 50": lambda: read_statement(company, sales, first=year.first, last=END, size=50),
        "statement, a page deep inside": lambda: read_statement(
            company, sales, first=year.first, last=END, size=50, after=deep
        ),
    }


def _measure(company: UUID, name: str, rounds: int = 15) -> tuple[str, dict[str, float]]:
    found = {}
    for reading, work in _readings(company).items():
        times = []
        for _ in range(rounds + 1):
            start = time.monotonic()
            work()
            times.append(1000 * (time.monotonic() - start))
        found[reading] = statistics.median(times[1:])
    return name, found


def _print(columns: list[tuple[str, dict[str, float]]]) -> None:
    print(f"\n{'milliseconds, median':<36}" + "".join(f"{name:>18}" for name, _ in columns))
    for reading in columns[0][1]:
        print(f"{reading:<36}" + "".join(f"{found[reading]:>18.1f}" for _, found in columns))
    after = columns[2][1]
    print(
        f"\n{columns[2][0]}: balance of one account {after['balance of the busiest account']:.1f} ms (aim: at most 2), ",
        end="",
    )
    print(f"trial balance {after['trial balance, control']:.0f} ms (aim: at most 200)")


if __name__ == "__main__":
    main()
