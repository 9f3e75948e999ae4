"""bench/import: one 3-item invoice over HTTP, side by side with the floor and with an ordinary view.

    python -m bench.import_invoices [--count 3000] [--clients 8] [--rounds 3]

Every contestant writes the same rows into the same tables, with the same constraints, triggers and durability. The
floor is one hand-written statement per invoice, without HTTP, authentication or validation; the others run under granian
(WSGI, two workers, one thread each). CPU counts application and PostgreSQL, not the load generator, except for the floor,
where the client is the application.
"""

import argparse
import http.client
import itertools
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import django
import psycopg

from bench.measuring import HEADER, Figure, bench_database, cpu_seconds, granian_server

_numbers = itertools.count(1)
_customers = 200


def body_of(number: int) -> dict[str, Any]:
    """An invoice as billing systems send it: 3 items, one of 200 customers, one of 10 salesmen."""
    customer = number % _customers
    return {
        "invoice_no": f"B-{number:08d}",
        "invoice_date": "2026-01-23",
        "salesman": f"Salesman {number % 10}",
        "created_by": "admin_user",
        "priority": "HIGH",
        "temp_name": "Downtown Location",
        "remarks": "Rush order for pharmacy chain",
        "customer": {
            "code": f"CUST-{customer:05d}",
            "name": f"Pharmacy {customer}",
            "area": "Gulberg",
            "address1": "Plot 45, Main Boulevard",
            "address2": "Near City Hospital",
            "phone1": "+92-300-1234567",
            "phone2": "+92-42-35123456",
            "email": "orders@pharmacy.example",
        },
        "items": [
            {
                "name": f"Article {line}",
                "item_code": f"MED-{line:04d}",
                "barcode": f"89640001{line:05d}",
                "quantity": 10 + line,
                "mrp": 45.50,
                "company_name": "GSK",
                "packing": "Strip of 10 tablets",
                "shelf_location": "A-12-03",
                "batch_no": "BATCH-20260115",
                "expiry_date": "2027-12-31",
                "remarks": "Keep in cool dry place",
            }
            for line in range(3)
        ],
    }


def run_clients(count: int, clients: int, send: Callable[[int], Callable[[int], None]]) -> tuple[float, list[float]]:
    """`clients` threads share `count` invoices; answers wall seconds and each latency."""
    numbers = [next(_numbers) for _ in range(count)]
    shares = [numbers[first::clients] for first in range(clients)]
    latencies: list[float] = []
    lock = threading.Lock()

    def work(client: int) -> None:
        one = send(client)
        mine = []
        for number in shares[client]:
            began = time.perf_counter()
            one(number)
            mine.append(time.perf_counter() - began)
        with lock:
            latencies.extend(mine)

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, range(clients)))
    return time.perf_counter() - began, latencies


def over_http(port: int, key: str) -> Callable[[int], Callable[[int], None]]:
    def connect(_client: int) -> Callable[[int], None]:
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def post(number: int) -> None:
            connection.request(
                "POST",
                "/api/sales/import/invoice/",
                json.dumps(body_of(number)).encode(),
                {"Content-Type": "application/json", "X-API-KEY": key},
            )
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise SystemExit(f"{answer.status}: {text[:300]!r}")

        return post

    return connect


def measure_http(name: str, count: int, clients: int, *, port: int, pid: int, key: str, database_pid: int) -> Figure:
    app, database = cpu_seconds(pid), cpu_seconds(database_pid)
    wall, latencies = run_clients(count, clients, over_http(port, key))
    return Figure(name, count, wall, cpu_seconds(pid) - app, cpu_seconds(database_pid) - database, latencies)


FLOOR = """
WITH input AS (SELECT %(body)s::jsonb AS b),
salesman AS (
    INSERT INTO sales_salesman (id, company_id, name, created_at)
    SELECT gen_random_uuid(), %(company)s, b->>'salesman', %(now)s FROM input
    ON CONFLICT (company_id, name) DO NOTHING RETURNING id
), the_salesman AS (
    SELECT id FROM salesman UNION ALL
    SELECT s.id FROM sales_salesman s, input WHERE s.company_id = %(company)s AND s.name = b->>'salesman' LIMIT 1
), customer AS (
    INSERT INTO sales_customer AS c (id, company_id, code, name, area, address1, address2, phone1, phone2, email,
        created_at, updated_at)
    SELECT gen_random_uuid(), %(company)s, x->>'code', x->>'name', x->>'area', x->>'address1', x->>'address2',
        x->>'phone1', x->>'phone2', x->>'email', %(now)s, %(now)s
    FROM (SELECT b->'customer' AS x FROM input) AS one
    ON CONFLICT (company_id, code) DO UPDATE SET name = EXCLUDED.name, area = EXCLUDED.area
    WHERE (c.name, c.area) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.area)
    RETURNING id
), the_customer AS (
    SELECT id FROM customer UNION ALL
    SELECT c.id FROM sales_customer c, input WHERE c.company_id = %(company)s AND c.code = b->'customer'->>'code' LIMIT 1
), line AS (
    SELECT gen_random_uuid() AS id, ordinality AS line_no, x.*, round(x.quantity * x.mrp, 2) AS line_total
    FROM input, ROWS FROM (jsonb_to_recordset(b->'items') AS (name text, item_code text, barcode text, quantity numeric,
        mrp numeric, company_name text, packing text, shelf_location text, batch_no text, expiry_date date, remarks text))
        WITH ORDINALITY AS x (name, item_code, barcode, quantity, mrp, company_name, packing, shelf_location, batch_no,
            expiry_date, remarks, ordinality)
), invoice AS (
    INSERT INTO invoices_invoice (id, company_id, invoice_type, origin, invoice_no, invoice_date, customer_id, salesman_id,
        created_by, priority, items_total, total_value, temp_name, remarks, fulfilment_status, billing_status, status,
        version, created_at, updated_at)
    SELECT gen_random_uuid(), %(company)s, 'SALES', 'IMPORTED', b->>'invoice_no', (b->>'invoice_date')::date,
        (SELECT id FROM the_customer), (SELECT id FROM the_salesman), b->>'created_by', b->>'priority',
        (SELECT sum(line_total) FROM line), (SELECT sum(line_total) FROM line), b->>'temp_name', b->>'remarks',
        'INVOICED', 'BILLED', 'DRAFT', 1, %(now)s, %(now)s
    FROM input RETURNING id
), lines AS (
    INSERT INTO invoices_invoiceitem (id, company_id, invoice_id, line_no, name, item_code, barcode, quantity, mrp,
        line_total, company_name, packing, shelf_location, batch_no, expiry_date, remarks)
    SELECT l.id, %(company)s, invoice.id, l.line_no, l.name, l.item_code, l.barcode, l.quantity, l.mrp, l.line_total,
        l.company_name, l.packing, l.shelf_location, l.batch_no, l.expiry_date, l.remarks
    FROM line l, invoice
), audited AS (
    INSERT INTO erp_auditentry
        (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id, changes)
    SELECT %(company)s, %(now)s, 'api_key', 'bench', '', 'import_invoice', 'invoice', invoice.id, '' FROM invoice
)
INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)
SELECT %(company)s, 'invoice_created', 'invoice', invoice.id, input.b::text, %(now)s FROM invoice, input
RETURNING subject_id
"""


def measure_floor(count: int, clients: int, *, company_id: Any, database_pid: int) -> Figure:
    """One prepared statement per invoice and connection, autocommit, as the serving role."""
    from erp.database import DatabaseRole, conninfo

    connections = [psycopg.connect(conninfo(DatabaseRole.APP), autocommit=True) for _ in range(clients)]

    def send(client: int) -> Callable[[int], None]:
        connection = connections[client]

        def insert(number: int) -> None:
            parameters = {"body": json.dumps(body_of(number)), "company": company_id, "now": datetime.now(UTC)}
            connection.execute(FLOOR, parameters, prepare=True).fetchone()

        return insert

    name = "floor: one statement, no HTTP"
    app, database = time.process_time(), cpu_seconds(database_pid)
    wall, latencies = run_clients(count, clients, send)
    figure = Figure(name, count, wall, time.process_time() - app, cpu_seconds(database_pid) - database, latencies)
    for connection in connections:
        connection.close()
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=3000, help="invoices per contestant and round")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with bench_database() as server:
        django.setup()
        from django.core.management import call_command
        from django.utils import timezone

        from companies.founding import found_company, issue_api_key
        from erp.rights import Scope

        call_command("migrate", verbosity=0)
        company = found_company(code="BENCH", name="Bench", now=timezone.now())
        key = issue_api_key(company=company, name="bench", scopes=[Scope.INVOICES_IMPORT], now=timezone.now())
        database_pid = server.pid
        assert database_pid is not None
        contest(options, company.id, key, database_pid)


def contest(options: argparse.Namespace, company_id: Any, key: str, database_pid: int) -> None:
    """Rounds in turn, so that a drift of the machine meets everybody; the median round of each counts."""
    figures: dict[str, list[Figure]] = {}
    with (
        granian_server("erp.wsgi:application", settings="erp.settings") as (our_port, our_pid),
        granian_server("erp.wsgi:application", settings="bench.ordinary.settings") as (their_port, their_pid),
    ):
        for turn in range(options.rounds + 1):
            count = options.count if turn else max(200, options.count // 10)
            round_figures = [
                measure_floor(count, options.clients, company_id=company_id, database_pid=database_pid),
                measure_http(
                    "ours: import over HTTP",
                    count,
                    options.clients,
                    port=our_port,
                    pid=our_pid,
                    key=key,
                    database_pid=database_pid,
                ),
                measure_http(
                    "ordinary nested-serializer view",
                    max(100, count // 5),
                    options.clients,
                    port=their_port,
                    pid=their_pid,
                    key=key,
                    database_pid=database_pid,
                ),
            ]
            if turn:
                for figure in round_figures:
                    figures.setdefault(figure.name, []).append(figure)
            else:
                # The first round warms everything up; autovacuum would analyse within a minute, for all contestants.
                with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                    connection.execute("ANALYZE")
    medians = [sorted(rounds, key=lambda one: one.cpu_ms)[len(rounds) // 2] for rounds in figures.values()]
    floor, ours, ordinary = medians
    print(f"\n{options.clients} clients, {options.rounds} rounds, median round by CPU\n\n{HEADER}")
    for figure in medians:
        print(figure.row())
    print(f"\nours / floor, by CPU:      {100 * floor.cpu_ms / ours.cpu_ms:.0f} % of the floor (aim: at least 40 %)")
    print(f"ours / ordinary, by CPU:   {ordinary.cpu_ms / ours.cpu_ms:.1f} times (aim: at least 4)")


if __name__ == "__main__":
    main()
