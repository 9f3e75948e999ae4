"""bench/post: posting an invoice of three stocked lines, side by side with a hand-written floor.

    python -m bench.post [--count 400] [--rounds 3]

Imported drafts become posted: voucher and entries, first-in-first-out layers, movements, event and audit entry, every
constraint and trigger on. The floor gives the same guarantees in four statements, with the layers taken by a window function
and without the product's rules, refusals and payloads. A client is a process. CPU is the application's and PostgreSQL's.
"""

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import django
import psycopg

from bench.documents import NOW, execute, found_shop, write_drafts
from bench.measuring import HEADER, Figure, bench_database, cpu_seconds
from bench.post_floor import post_by_hand

CLIENTS = (1, 2, 8, 32)
COMPANIES = 8
ITEMS, DAYS = 300, 4
WARM_UP = 8
"""Postings of each client before the clock starts: statements are prepared, plans are made."""

Work = Callable[[Any, Sequence[UUID]], list[float]]


@dataclass(frozen=True, slots=True)
class Share:
    """What one client posts."""

    actor: Any
    ids: Sequence[UUID]


class Shop:
    """A company, and its drafts that are still to be posted."""

    def __init__(self, code: str, drafts: int) -> None:
        from invoices.models import Invoice

        self.actor = found_shop(code, invoices=drafts, items=ITEMS)
        write_drafts(self.actor.company_id, invoices=drafts, items=ITEMS, days=DAYS)
        execute(_RECEIVABLES, company=self.actor.company_id)
        rows = Invoice.unscoped.filter(company_id=self.actor.company_id).order_by("invoice_date", "id")
        self._ids = list(rows.values_list("id", flat=True))

    def share(self, count: int) -> Share:
        ids, self._ids = self._ids[:count], self._ids[count:]
        assert len(ids) == count, "too few drafts were written"
        return Share(self.actor, ids)


_RECEIVABLES = """
INSERT INTO accounting_ledgeraccount (id, company_id, code, name, type, role, owner_id, parent_id, is_group, is_control,
    is_active)
SELECT gen_random_uuid(), p.company_id, p.code || '-' || c.code, c.name, p.type, p.role, c.id, p.id, false, true, true
FROM accounting_ledgeraccount p JOIN sales_customer c ON c.company_id = p.company_id
WHERE p.company_id = %(company)s AND p.role = 'RECEIVABLE' AND p.owner_id IS NULL
"""
"""As the first posting of each customer would make them, so that nobody's figure holds them."""


def post_singly(actor: Any, ids: Sequence[UUID]) -> list[float]:
    from invoices.posting import post_invoice

    latencies = []
    for one in ids:
        began = time.perf_counter()
        post_invoice(invoice_id=one, actor=actor, posting_date=None, now=NOW)
        latencies.append(time.perf_counter() - began)
    return latencies


def post_together(actor: Any, ids: Sequence[UUID]) -> list[float]:
    from invoices.batch_posting import post_invoices

    began = time.perf_counter()
    refused = [one.problem for one in post_invoices(invoice_ids=ids, actor=actor, now=NOW) if one.problem]
    assert not refused, refused[0]
    return [(time.perf_counter() - began) / len(ids)] * len(ids)


def run(name: str, work: Work, shares: Sequence[Share], *, database_pid: int) -> Figure:
    """Each share by a process of its own; they start together, after a warm-up."""
    context = multiprocessing.get_context("fork")
    ready, results = context.Barrier(len(shares) + 1), context.Queue()

    def client(share: Share) -> None:
        from django.db import connections

        connections.close_all()
        work(share.actor, share.ids[:WARM_UP])
        ready.wait()
        used = time.process_time()
        latencies = work(share.actor, share.ids[WARM_UP:])
        results.put((time.process_time() - used, latencies))
        connections.close_all()

    processes = [context.Process(target=client, args=(share,)) for share in shares]
    for process in processes:
        process.start()
    ready.wait()
    database, began = cpu_seconds(database_pid), time.perf_counter()
    answers = [results.get(timeout=600) for _ in processes]
    wall, database = time.perf_counter() - began, cpu_seconds(database_pid) - database
    for process in processes:
        process.join()
        assert process.exitcode == 0, f"{name}: a client failed"
    latencies = [one for _, mine in answers for one in mine]
    return Figure(name, len(latencies), wall, sum(used for used, _ in answers), database, latencies)


def contestants(count: int) -> Iterator[tuple[str, Work, int, int]]:
    """Name, work, clients, and whether they share one company or have one each."""
    yield "floor: four statements by hand", post_by_hand, 1, 1
    for clients in CLIENTS:
        yield f"ours, {clients} clients, one company", post_singly, clients, 1
    yield f"ours, {COMPANIES} clients, {COMPANIES} companies", post_singly, COMPANIES, COMPANIES
    yield "ours, a hundred together", post_together, 1, 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=400, help="invoices per contestant and round, warm-up apart")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with bench_database() as server:
        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        assert server.pid is not None
        plan = list(contestants(options.count))
        needed = [sum(options.count + clients * WARM_UP for _, _, clients, many in plan if many == 1)]
        needed += [options.count // COMPANIES + WARM_UP] * (COMPANIES - 1)
        needed[0] += needed[-1]
        shops = [Shop(f"BENCH{place}", options.rounds * drafts) for place, drafts in enumerate(needed)]
        connections.close_all()
        figures: dict[str, list[Figure]] = {}
        for _ in range(options.rounds):
            for name, work, clients, many in plan:
                each = options.count // clients + WARM_UP
                shares = [shops[place % many].share(each) for place in range(clients)]
                figures.setdefault(name, []).append(run(name, work, shares, database_pid=server.pid))
        report(figures, options.rounds)


def report(figures: dict[str, list[Figure]], rounds: int) -> None:
    medians = {name: sorted(some, key=lambda one: one.cpu_ms)[len(some) // 2] for name, some in figures.items()}
    print(f"\n{rounds} rounds, median round by CPU\n\n{HEADER}")
    for figure in medians.values():
        print(figure.row())
    floor, *ours, companies, batch = medians.values()
    one, many = ours[0], ours[CLIENTS.index(8)]
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        (deadlocks,) = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone() or (None,)
    print(f"\nours / floor, by CPU:            {100 * floor.cpu_ms / one.cpu_ms:.0f} % of the floor (aim: at least 50 %)")
    print(f"8 clients / 1, one company:      {many.per_s / one.per_s:.1f} times (aim: at least 1.5)")
    print(f"8 companies / one, 8 clients:    {companies.per_s / many.per_s:.1f} times")
    print(f"together / singly, per invoice:  {batch.per_s / one.per_s:.1f} times (aim: at least 4)")
    print(f"deadlocks:                       {deadlocks}")


if __name__ == "__main__":
    main()
