"""bench/stream: events to many listeners, side by side with a bare ASGI application.

    python -m bench.stream_events [--clients 1000] [--companies 3] [--rate 50] [--events 200] [--bytes 3000]

Both servers are one uvicorn process with uvloop; the listeners are another process on the same machine, divided among the
companies, each of which has the rate of events. Our events are
committed one by one by a writer, durably, and pass the sequencer; the floor's are made up in its own memory. Latency counts
from when an event is due until the listener has read it, so that a publisher who falls behind is not counted out. CPU is
that of the server process alone.
"""

import argparse
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.measuring import bench_database, cpu_seconds, free_port, wait_for_port

BEHIND = 100
HEADER = f"{'':<30}{'arrived':>12}{'p50 ms':>9}{'p99 ms':>9}{'µs CPU each':>13}{'MB':>6}{'open s':>8}{'took s':>8}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One contestant's run: what the listeners report, the server's CPU for it, its memory with all streams open."""

    name: str
    expected: int
    report: dict[str, Any]
    cpu_s: float
    memory_mb: float

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_s / max(1, int(self.report["deliveries"]))

    def row(self) -> str:
        arrived = f"{100 * self.report['deliveries'] / self.expected:.0f} %, {self.report['out_of_order']} odd"
        took_s = self.report["complete_s"] - self.report["open_s"]
        return (
            f"{self.name:<30}{arrived:>12}{self.report['p50_ms']:>9.0f}{self.report['p99_ms']:>9.0f}"
            f"{self.cpu_us:>13.1f}{self.memory_mb:>6.0f}{self.report['open_s']:>8.2f}{took_s:>8.1f}"
        )


@contextmanager
def uvicorn_server(application: str, *, log_level: str = "warning") -> Iterator[tuple[int, int]]:
    """Yields (port, pid)."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
    command += ["--no-access-log", "--log-level", log_level, "--timeout-graceful-shutdown", "3"]
    crowd = dict.fromkeys(["STREAMS_PER_CREDENTIAL", "STREAMS_PER_COMPANY", "STREAMS_PER_PROCESS"], "100000")
    process = subprocess.Popen(command, env=os.environ | crowd | {"LOG_LEVEL": "ERROR"})
    try:
        wait_for_port(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def listeners(port: int, clients: int, events: int, *, keys: str = "-", last_ids: str = "") -> Iterator[Callable[[], Any]]:
    """Entered when all are open; what it yields waits for their report."""
    command = [sys.executable, "-c", "from bench.listeners import main; main()"]
    command += [str(port), str(clients), str(events), keys, last_ids or ",".join("-" for _ in keys.split(","))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise SystemExit("the listeners did not come in")
        yield lambda: json.loads(process.stdout.readline() if process.stdout else "")


def memory_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0


def measure_floor(options: argparse.Namespace) -> Figure:
    with (
        # It notices that a client has gone when it next writes, and is cut off with a complaint.
        uvicorn_server("bench.bare_stream:application", log_level="critical") as (port, pid),
        listeners(port, options.clients, options.events) as report,
    ):
        memory, cpu = memory_mb(pid), cpu_seconds(pid)
        address = f"http://127.0.0.1:{port}/go?{options.rate},{options.events},{options.bytes}"
        urllib.request.urlopen(address).close()
        reported = report()
        cpu = cpu_seconds(pid) - cpu
    return Figure("floor: bare ASGI", options.clients * options.events, reported, cpu, memory)


def measure_ours(options: argparse.Namespace, companies: list[tuple[Any, str]]) -> tuple[Figure, Figure]:
    """The live stream; then everybody returns at once, each behind by 100 events, to a server that knows none of them."""
    with uvicorn_server("erp.asgi:application") as (port, pid):
        with listeners(port, options.clients, options.events, keys=keys_of(companies)) as report:
            memory, cpu = memory_mb(pid), cpu_seconds(pid)
            write(options, companies)
            reported = report()
            cpu = cpu_seconds(pid) - cpu
        live = Figure("ours", options.clients * options.events, reported, cpu, memory)
    with psycopg.connect(os.environ["DATABASE_URL"]) as reader:
        heads = dict(reader.execute("SELECT company_id, last_number FROM erp_eventchannel").fetchall())
    last_ids = ",".join(f"invoices-{company}:{max(0, heads[company] - BEHIND)}" for company, _ in companies)
    with uvicorn_server("erp.asgi:application") as (port, pid):
        cpu = cpu_seconds(pid)
        behind = min(BEHIND, options.events)
        with listeners(port, options.clients, behind, keys=keys_of(companies), last_ids=last_ids) as report:
            reported = report()
        figure = Figure("ours, all return", options.clients * BEHIND, reported, cpu_seconds(pid) - cpu, 0)
    return live, figure


def measure_killed(options: argparse.Namespace, companies: list[tuple[Any, str]]) -> Figure:
    """Everybody listens to one process, and another, which leads the sequencer, is killed in the middle."""
    with (
        uvicorn_server("erp.asgi:application") as (_, leader),
        uvicorn_server("erp.asgi:application") as (port, pid),
        listeners(port, options.clients, options.events, keys=keys_of(companies)) as report,
    ):
        cpu = cpu_seconds(pid)
        write(options, companies, at_half=lambda: os.kill(leader, signal.SIGKILL))
        reported = report()
        cpu = cpu_seconds(pid) - cpu
    return Figure("ours, the leader killed", options.clients * options.events, reported, cpu, 0)


def keys_of(companies: list[tuple[Any, str]]) -> str:
    return ",".join(key for _, key in companies)


def write(
    options: argparse.Namespace, companies: list[tuple[Any, str]], *, at_half: Callable[[], None] = lambda: None
) -> None:
    """Commit the events of each company at their rate, as a use case does: one transaction each, then the hint."""
    insert = (
        "INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)"
        " VALUES (%s, 'invoice_created', 'invoice', gen_random_uuid(), %s, now())"
    )
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as writer:
        began = time.time()
        for number in range(1, options.events + 1):
            due = began + (number - 1) / options.rate
            for company_id, _ in companies:
                writer.execute(insert, [company_id, json.dumps({"at": due, "pad": "x" * options.bytes})])
            writer.execute("NOTIFY erp_outbox")
            if number == options.events // 2:
                at_half()
            time.sleep(max(0.0, began + number / options.rate - time.time()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--companies", type=int, default=1)
    parser.add_argument("--rate", type=int, default=50, help="events a second")
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--bytes", type=int, default=3000, help="size of a payload")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 3 * options.clients + 1000), most))
    with bench_database():
        migrate()
        companies = [found(f"BENCH{number}") for number in range(options.companies)]
        floor = measure_floor(options)
        ours, returning = measure_ours(options, companies)
        killed = measure_killed(options, companies)
    print(f"\n{options.clients} listeners in {options.companies} companies, each with {options.events} events")
    print(f"of {options.bytes} bytes at {options.rate}/s; load of the machine {os.getloadavg()[0]:.1f}\n\n{HEADER}")
    for figure in (floor, ours, killed):
        print(figure.row())
    print(f"\nours / floor, p99: {ours.report['p99_ms'] / floor.report['p99_ms']:.2f} (aim: at most 1.25)")
    print(f"ours / floor, CPU: {ours.cpu_us / floor.cpu_us:.2f} (aim: at most 1.5)")
    done = returning.report
    print(f"all return at once, {BEHIND} behind: caught up after {done['complete_s']:.1f} s (aim: at most 3 at 5,000)")
    lost = killed.expected - killed.report["deliveries"]
    print(
        f"leader killed: {lost} lost, {killed.report['out_of_order']} odd;"
        f" the latest {killed.report['longest_ms']:.0f} ms late,"
        f" without a kill {ours.report['longest_ms']:.0f} ms (aim: a stall of at most 2,000)"
    )


def migrate() -> None:
    """The new database, and Django for this process."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def found(code: str) -> tuple[Any, str]:
    """A company and a key of it."""
    from django.db import connection
    from django.utils import timezone

    from companies.founding import found_company, issue_api_key
    from erp.rights import Scope

    company = found_company(code=code, name="Bench", now=timezone.now())
    key = issue_api_key(company=company, name="bench", scopes=[Scope.EVENTS_READ], now=timezone.now())
    connection.close()
    return company.id, key


if __name__ == "__main__":
    main()
