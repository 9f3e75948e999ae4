"""bench/audit: what the audit's seals cost the writer, the sealer, and whoever checks them.

    python -m bench.audit [--entries 64000]

Entries are written a thousand to a statement and one to a statement, in turn with and without the trigger that puts them
into the sealer's queue; then all are sealed, and the chain is judged by the view, reckoned anew, exported, and checked from
the file.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django
import psycopg
from django.utils import timezone

from bench.measuring import bench_database, cpu_seconds

_WRITE = """
INSERT INTO erp_auditentry (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id, changes)
SELECT %(company)s, now(), 'api_key', 'Billing', gen_random_uuid()::text, 'import_invoice', 'invoice', gen_random_uuid(),
    '{"remarks": ["", "call first"], "priority": ["LOW", "HIGH"]}'
FROM generate_series(1, %(count)s)
"""
_QUEUE = "ALTER TABLE erp_auditentry {} TRIGGER pgtrigger_waits_for_its_seal_46324"
_ROUNDS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=64_000)
    options = parser.parse_args()
    with bench_database() as server:
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from companies.founding import found_company

        company = found_company(code="BENCH", name="Bench", now=timezone.now()).id
        with psycopg.connect(server.url, autocommit=True) as owner:
            _queue(owner, company)
            _prove(owner, company, options.entries, partial(_tell, server.pid or 0))


def _queue(owner: "psycopg.Connection[Any]", company: Any) -> None:
    for count, statements in ((1_000, 2), (1, 200)):
        took: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
        for _ in range(_ROUNDS):
            for how, times in took.items():
                owner.execute(_QUEUE.format(how).encode())
                times.append(_seconds(partial(_write, owner, company, count, statements)) / statements)
        with_, without = (statistics.median(took[how]) * 1e6 / count for how in ("ENABLE", "DISABLE"))
        print(f"{count:>5} entries to a statement: {with_:6.1f} µs each, without the queue {without:6.1f} µs")
        owner.execute(_QUEUE.format("ENABLE").encode())


def _write(owner: "psycopg.Connection[Any]", company: Any, count: int, statements: int) -> None:
    for _ in range(statements):
        owner.execute(_WRITE, {"company": company, "count": count})


def _prove(owner: "psycopg.Connection[Any]", company: Any, entries: int, tell: Callable[..., None]) -> None:
    from erp import audit_file
    from erp.proving import export_audit, prove_audit

    # What was written without the queue waits as well from here on.
    owner.execute("INSERT INTO erp_unsealedentry SELECT id, company_id FROM erp_auditentry ON CONFLICT DO NOTHING")
    asyncio.run(_seal())
    _write(owner, company, entries, 1)
    tell("sealed", entries, lambda: asyncio.run(_seal()))
    view = "SELECT count(*) FROM audit_i35_audit_is_sealed"
    (found,) = owner.execute("SELECT count(*) FROM erp_auditseal").fetchone() or (0,)
    tell("judged by the view", found, lambda: owner.execute(view.encode()).fetchone())
    tell("reckoned anew", found, lambda: prove_audit(company_code="BENCH"))
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "audit.jsonl"
        options: dict[str, Any] = {"company_code": "BENCH", "begin": None, "end": None, "now": timezone.now()}
        with file.open("wb") as out:
            tell("exported", found, lambda: export_audit(out=out, **options))
        tell("checked from the file", found, lambda: audit_file.main([str(file)]))


async def _seal() -> None:
    from erp.relay import connect_relay
    from erp.sealing import BATCH, PLANNED_BY_KEY, seal_entries

    async with await connect_relay() as relay:
        await relay.execute(PLANNED_BY_KEY)
        while await seal_entries(relay) == BATCH:
            pass


def _tell(database_pid: int, what: str, count: int, work: Callable[[], object]) -> None:
    """By the clock, and by the CPU of this process and of PostgreSQL, which does not depend on who else uses the machine."""
    before_s = time.process_time() + cpu_seconds(database_pid)
    took_s = _seconds(work)
    cpu_s = time.process_time() + cpu_seconds(database_pid) - before_s
    print(f"{count:>7,} entries {what}: {took_s:6.2f} s, of CPU {cpu_s:6.2f} s, {cpu_s * 1e6 / count:6.1f} µs each")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
