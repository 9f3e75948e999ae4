"""bench/uisp: a billing history into the books, side by side with COPY and hand-written statements.

    python -m bench.uisp [--count 64301] [--rounds 1]

Both read the same export and write the same customers, invoices, payments and full books, with the same constraints,
triggers, roles and durability. The product stages every row first, knows rows again, and compares all of it at the end; its
phases are told apart. Each contestant runs in a process of its own, whose peak memory the kernel tells.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

from bench.history_floor import write_by_hand
from bench.measuring import bench_database, cpu_seconds


def floor(folder: Path, company: str) -> dict[str, float]:
    began = time.perf_counter()
    written = write_by_hand(folder, company)
    return {"written": written, "seconds": time.perf_counter() - began}


def ours(folder: Path, company: str) -> dict[str, float]:
    """The run of the command, each phase timed by when the run enters it."""
    from django.utils import timezone

    from connectors.running import connection_named
    from connectors.uisp import carrying
    from connectors.uisp.sources import FileSource
    from connectors.uisp.staging import Choice
    from connectors.uisp.translation import Rules
    from erp.access import member_of
    from erp.models import Company

    actor = member_of(Company.objects.get(id=company))
    assert actor is not None
    now = timezone.now()
    connection = connection_named("bench", base_url="", actor=actor, now=now)
    rules = Rules(zone="Asia/Manila", currency="PHP")
    order = carrying.Order(connection, FileSource(folder), Choice(), rules)
    at = {"begin": time.perf_counter()}
    _timed(carrying, "begin_applying", at, "staged")
    _timed(carrying, "migrate", at, "applied")
    outcome = carrying.carry_over(order, actor=actor, watch=carrying.Watch(timezone.now))
    end = time.perf_counter()
    if outcome.report is None or outcome.report["differences"] or outcome.report["refused"]:
        raise SystemExit(f"the migration did not come out even: {outcome}")
    return {
        "written": outcome.report["invoices"],
        "seconds": end - at["begin"],
        "stage": at["staged"] - at["begin"],
        "apply": at["applied"] - at["staged"],
        "reconcile": end - at["applied"],
    }


def _timed(module: Any, name: str, at: dict[str, float], moment: str) -> None:
    """Note when the function of this name has returned."""
    function = getattr(module, name)

    def noting(*arguments: Any, **named: Any) -> Any:
        found = function(*arguments, **named)
        at[moment] = time.perf_counter()
        return found

    setattr(module, name, noting)


CONTESTANTS = {"floor": floor, "ours": ours}


def contend(name: str, folder: Path, company: str) -> None:
    """In a process of its own: do it, and print what it took."""
    django.setup()
    found = CONTESTANTS[name](folder, company)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found | {"cpu": time.process_time(), "peak_mb": peak}))


def measured(name: str, folder: Path, database_pid: int) -> dict[str, float]:
    company = _founded()
    database = cpu_seconds(database_pid)
    command = [sys.executable, "-m", "bench.uisp", "--contend", name, "--folder", str(folder), "--company", company]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found | {"database": cpu_seconds(database_pid) - database}


def _founded() -> str:
    """A company in pesos with what both need: an owner, the years of the history, its items."""
    from django.utils import timezone

    from accounting.periods import hold_periods, year_of
    from companies.founding import Person, found_company, take_in
    from erp.access import member_of
    from erp.locking import LockOrder, one_transaction
    from erp.rights import Role
    from inventory.unknown_items import UnknownItem, make_items
    from tests.standins.uisp.history import FIRST_DAY

    now = timezone.now()
    company = found_company(code=f"B{time.monotonic_ns()}", name="Bench", now=now, currency_code="PHP", zone="Asia/Manila")
    take_in(company=company, person=Person(f"{company.code.lower()}@b.example", "Owner", "bench bench bench", Role.OWNER))
    actor = member_of(company)
    assert actor is not None
    with one_transaction(company_id=company.id) as locks:
        hold_periods(locks)
        locks.claim(LockOrder.STOCK)
        items = {f"UISP-{name}": UnknownItem(name, Decimal(0)) for name in ("SERVICE", "PRODUCT")}
        make_items(locks, items, tracked=False, actor=actor, now=now)
        locks.claim(LockOrder.ACCOUNT)
        first = FIRST_DAY.date()
        days = [first, first.replace(month=6), first.replace(year=first.year + 1, month=6)]
        for day in days:
            year_of(locks, day, actor=actor)
    return str(company.id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=64301)
    parser.add_argument("--rounds", type=int, default=1)
    for name in ("--contend", "--folder", "--company"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contend:
        contend(options.contend, Path(options.folder), options.company)
        return
    with bench_database() as server, tempfile.TemporaryDirectory() as directory:
        django.setup()
        from django.core.management import call_command

        from tests.standins.uisp.history import History

        call_command("migrate", verbosity=0)
        assert server.pid is not None
        History(options.count).write(Path(directory))
        found: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
        for _ in range(options.rounds):
            for name, rounds in found.items():
                rounds.append(measured(name, Path(directory), server.pid))
                print(name, rounds[-1], file=sys.stderr, flush=True)
    report(found, options.count)


def report(found: dict[str, list[dict[str, float]]], count: int) -> None:
    best = {name: min(rounds, key=lambda one: one["seconds"]) for name, rounds in found.items()}
    if best["floor"]["written"] != best["ours"]["written"]:
        raise SystemExit(f"{best['floor']['written']} by hand, {best['ours']['written']} by the product")
    print(f"\n{count:,} invoices with their payments and books, the best of {len(found['floor'])} round(s)\n")
    print(f"{'':<28}{'seconds':>9}{'per s':>9}{'app CPU s':>11}{'db CPU s':>10}{'peak MB':>9}")
    for name, title in (("floor", "COPY and SQL by hand"), ("ours", "the migration, whole")):
        one = best[name]
        print(
            f"{title:<28}{one['seconds']:>9.1f}{count / one['seconds']:>9.0f}{one['cpu']:>11.1f}{one['database']:>10.1f}"
            f"{one['peak_mb']:>9.0f}"
        )
    for phase in ("stage", "apply", "reconcile"):
        print(f"{'  ' + phase:<28}{best['ours'][phase]:>9.1f}")
    ratio = best["ours"]["apply"] / best["floor"]["seconds"]
    print(f"\napply / the floor: {ratio:.2f} (aim: at most 2.5); peak {best['ours']['peak_mb']:.0f} MB (aim: at most 200)")


if __name__ == "__main__":
    main()
