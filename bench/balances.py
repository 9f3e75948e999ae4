"""bench/balances: three remedies for the hot balance rows, side by side.

    python -m bench.balances [--seconds 6] [--rounds 3] [--clients 1 8]

Every remedy books the same voucher of four entries into the product's own tables, every constraint and trigger on, with the
gap-free number taken last, in one company. They differ in what is done about balances:

(a) one row per account, updated in order just before the number is taken;
(b) eight rows per account, one of which is updated, summed when read;
(c) none: entries only; a fold moves them into account days once a second, meanwhile, and a reader adds the rest.
"""

import argparse
import os
import random
import statistics
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import django
import psycopg

from bench.ledger import NOW, found_ledger
from bench.measuring import TICKS_PER_S, bench_database

STRIPES = {"a": 1, "b": 8, "c": 0}
NAMES = {"a": "(a) one row each", "b": "(b) eight stripes", "c": "(c) entries and a fold"}

_SCRATCH = """
CREATE TABLE bench_balance (account_id uuid, stripe int, debit numeric(18,2) NOT NULL, credit numeric(18,2) NOT NULL,
    PRIMARY KEY (account_id, stripe)) WITH (fillfactor = 50);
INSERT INTO bench_balance SELECT id, stripe, 0, 0 FROM accounting_ledgeraccount, generate_series(0, 7) AS stripe
"""
_BALANCES = """
UPDATE bench_balance b SET debit = b.debit + l.debit, credit = b.credit + l.credit
FROM (SELECT b.account_id, b.stripe, l.debit, l.credit
    FROM bench_balance b
    JOIN unnest(%(accounts)s::uuid[], %(debits)s::numeric[], %(credits)s::numeric[]) AS l (account_id, debit, credit)
        ON l.account_id = b.account_id
    WHERE b.stripe = %(stripe)s
    ORDER BY b.account_id FOR NO KEY UPDATE OF b) l
WHERE b.account_id = l.account_id AND b.stripe = l.stripe
"""
_NUMBER = """
INSERT INTO erp_numberseries AS s (id, company_id, series, year, last_number)
VALUES (gen_random_uuid(), %(company)s, 'JV', 2025, 1)
ON CONFLICT (company_id, series, year) DO UPDATE SET last_number = s.last_number + 1
RETURNING erp_spelled_number('JV', 2025, last_number)
"""
_WRITE = """
WITH voucher AS (
    INSERT INTO accounting_voucher (id, company_id, kind, number, fiscal_year_id, voucher_date, source_kind, source_id,
        source_revision, total, entry_count, narration, posted_at)
    VALUES (%(id)s, %(company)s, 'STOCK', %(number)s, %(year)s, '2025-12-26', 'bench', %(id)s, 1, 118, 4, '', %(now)s)
    RETURNING 1
)
INSERT INTO accounting_ledgerentry (company_id, voucher_id, voucher_date, line_no, account_id, debit, credit, currency_id,
    amount_currency, role)
SELECT %(company)s, %(id)s, '2025-12-26', l.line_no, l.account_id, l.debit, l.credit, %(currency)s, l.debit - l.credit,
    a.role
FROM unnest(%(accounts)s::uuid[], %(debits)s::numeric[], %(credits)s::numeric[])
    WITH ORDINALITY AS l (account_id, debit, credit, line_no)
JOIN accounting_ledgeraccount a ON a.id = l.account_id
WHERE (SELECT count(*) FROM voucher) >= 0
"""


class Poster(threading.Thread):
    """One client: books until it is told to stop."""

    def __init__(self, remedy: str, ids: dict[str, Any], stop: threading.Event) -> None:
        super().__init__()
        self._remedy, self._ids, self._stop_asked = remedy, ids, stop
        self.latencies: list[float] = []
        self.cpu_s = 0.0
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=1) as connection:
                while not self._stop_asked.is_set():
                    start = time.monotonic()
                    self._book(connection)
                    self.latencies.append(time.monotonic() - start)
                self.cpu_s = _cpu_of(connection.info.backend_pid)
        except Exception as problem:
            self.problem = problem

    def _book(self, connection: "psycopg.Connection[Any]") -> None:
        ids = self._ids
        values = {
            "id": uuid4(),
            "company": ids["company"],
            "year": ids["year"],
            "currency": ids["currency"],
            "now": NOW,
            "accounts": [random.choice(ids["customers"]), ids["4000"], ids["2200"], ids["2201"]],
            "debits": [118, 0, 0, 0],
            "credits": [0, 100, 9, 9],
        }
        with connection.transaction():
            if stripes := STRIPES[self._remedy]:
                connection.execute(_BALANCES, values | {"stripe": random.randrange(stripes)})
            row = connection.execute(_NUMBER, values).fetchone()
            assert row is not None
            connection.execute(_WRITE, values | {"number": row[0]})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    options = parser.parse_args()
    with bench_database():
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        company = found_ledger(customers=200)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(_SCRATCH)
        ids = _ids(company)
        _contest(options, ids)
        _check(company)


def _contest(options: argparse.Namespace, ids: dict[str, Any]) -> None:
    """Rounds in turn, so that a drift of the machine meets everybody; the median round of each counts."""
    figures: dict[tuple[str, int], list[tuple[float, float, float, float]]] = {}
    for turn in range(options.rounds + 1):
        for remedy in STRIPES:
            for clients in options.clients:
                figure = _round(remedy, clients, options.seconds if turn else 1, ids)
                if turn:
                    figures.setdefault((remedy, clients), []).append(figure)
    print(f"{'':<26}{'clients':>9}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}{'db CPU ms':>11}")
    for (remedy, clients), rounds in figures.items():
        rate, p50, p99, cpu = sorted(rounds)[len(rounds) // 2]
        print(f"{NAMES[remedy]:<26}{clients:>9}{rate:>9.0f}{p50:>9.2f}{p99:>9.2f}{cpu:>11.2f}")


def _ids(company: UUID) -> dict[str, Any]:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        codes: dict[str, Any] = dict(
            connection.execute("SELECT code, id FROM accounting_ledgeraccount WHERE company_id = %s", [company]).fetchall()
        )
        row = connection.execute(
            "SELECT c.base_currency_id, y.id FROM erp_company c JOIN accounting_fiscalyear y ON y.company_id = c.id"
            " WHERE c.id = %s",
            [company],
        ).fetchone()
    assert row is not None
    customers = [key for code, key in codes.items() if code.startswith("1100-")]
    return codes | {"company": company, "currency": row[0], "year": row[1], "customers": customers}


def _cpu_of(backend: int) -> float:
    """CPU seconds of a database session since it was opened."""
    fields = Path(f"/proc/{backend}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _round(remedy: str, clients: int, seconds: float, ids: dict[str, Any]) -> tuple[float, float, float, float]:
    stop = threading.Event()
    posters = [Poster(remedy, ids, stop) for _ in range(clients)]
    folding: list[float] = []
    folder = threading.Thread(target=_fold_each_second, args=(ids["company"], stop, folding))
    start = time.monotonic()
    for thread in posters:
        thread.start()
    if remedy == "c":
        folder.start()
    time.sleep(seconds)
    stop.set()
    for thread in posters:
        thread.join()
        if thread.problem:
            raise thread.problem
    wall = time.monotonic() - start
    if remedy == "c":
        folder.join()
    latencies = [one for thread in posters for one in thread.latencies]
    used = sum(thread.cpu_s for thread in posters) + sum(folding)
    cuts = statistics.quantiles(latencies, n=100)
    return len(latencies) / wall, 1000 * cuts[49], 1000 * cuts[98], 1000 * used / len(latencies)


def _fold_each_second(company: UUID, stop: threading.Event, used: list[float]) -> None:
    from django.db import connection

    from accounting.balances import fold_balances

    while not stop.wait(1):
        fold_balances(company_id=company)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        used.append(_cpu_of(cursor.fetchone()[0]))
    connection.close()


def _check(company: UUID) -> None:
    """Whatever the remedy: the balances read are the sums of the entries."""
    from accounting.reporting import Period, trial_balance

    lines = trial_balance(company, Period(NOW.date(), NOW.date()))
    assert sum(line.closing for line in lines) == 0
    assert any(line.closing for line in lines)


if __name__ == "__main__":
    main()
