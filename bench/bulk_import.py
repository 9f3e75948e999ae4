"""bench/bulk_import: a file of invoices through the bulk door, side by side with COPY and a set-based merge by hand.

    python -m bench.bulk_import [--count 64301] [--rounds 1]

Both read the same file and write the same rows with the same constraints, triggers, roles and durability, a transaction for
each thousand lines, an event and an audit entry for each invoice. The floor validates nothing, warns of nothing, and takes
every number for new. Each runs in a process of its own, whose peak memory the kernel tells; starting it is not counted.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import django
import psycopg

from bench.measuring import bench_database, cpu_seconds

CHUNK = 1000
CUSTOMERS, SALESMEN = 2000, 25


def body_of(number: int) -> dict[str, Any]:
    """An invoice as the first load of a distributor brings it: one or two items."""
    return {
        "invoice_no": f"L-{number:07d}",
        "invoice_date": f"20{24 + number % 3}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "salesman": f"Salesman {number % SALESMEN}",
        "remarks": "Carried over",
        "customer": {
            "code": f"C-{number * 7919 % CUSTOMERS:05d}",
            "name": f"Pharmacy {number * 7919 % CUSTOMERS}",
            "area": "Gulberg",
            "phone1": "+92-300-1234567",
        },
        "items": [
            {
                "name": f"Article {line}",
                "item_code": f"MED-{(number + line) % 900:04d}",
                "barcode": f"89640001{(number + line) % 900:05d}",
                "quantity": 1 + number % 9,
                "mrp": "45.50",
                "batch_no": "BATCH-20260115",
                "expiry_date": "2027-12-31",
            }
            for line in range(1 + number % 2)
        ],
    }


# The event is written out as the contract shows an invoice, since listeners of the floor want it whole as well.
MERGE = """
WITH input AS MATERIALIZED (
    SELECT gen_random_uuid() AS id, nextval('invoices_invoice_serial_seq') AS serial, body AS b, body->'customer' AS c
    FROM bulk_input
), salesman AS (
    INSERT INTO sales_salesman (id, company_id, name, created_at)
    SELECT gen_random_uuid(), %(company)s, name, %(now)s
    FROM (SELECT DISTINCT b->>'salesman' AS name FROM input) d ORDER BY name
    ON CONFLICT (company_id, name) DO NOTHING RETURNING id, name
), the_salesman AS (
    SELECT id, name FROM salesman UNION ALL SELECT id, name FROM sales_salesman WHERE company_id = %(company)s
), customer AS (
    INSERT INTO sales_customer AS present (id, company_id, code, name, area, phone1, created_at, updated_at)
    SELECT gen_random_uuid(), %(company)s, d.c->>'code', d.c->>'name', d.c->>'area', d.c->>'phone1', %(now)s, %(now)s
    FROM (SELECT DISTINCT ON (c->>'code') c FROM input ORDER BY c->>'code') d
    ON CONFLICT (company_id, code)
    DO UPDATE SET name = EXCLUDED.name, area = EXCLUDED.area, phone1 = EXCLUDED.phone1
    WHERE (present.name, present.area, present.phone1) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.area, EXCLUDED.phone1)
    RETURNING id, code
), the_customer AS (
    SELECT id, code FROM customer UNION ALL
    SELECT id, code FROM sales_customer WHERE company_id = %(company)s AND code NOT IN (SELECT code FROM customer)
), line AS MATERIALIZED (
    SELECT gen_random_uuid() AS id, i.id AS invoice_id, x.*, round(x.quantity * x.mrp, 2) AS line_total
    FROM input i, ROWS FROM (jsonb_to_recordset(i.b->'items') AS (name text, item_code text, barcode text, quantity numeric,
        mrp numeric, batch_no text, expiry_date date))
        WITH ORDINALITY AS x (name, item_code, barcode, quantity, mrp, batch_no, expiry_date, line_no)
), total AS MATERIALIZED (
    SELECT invoice_id, sum(line_total) AS total, json_agg(json_build_object('id', id, 'line_no', line_no, 'name', name,
        'item_code', item_code, 'barcode', barcode, 'quantity', quantity, 'mrp', mrp, 'company_name', '', 'packing', '',
        'shelf_location', '', 'remarks', '', 'batch_no', batch_no, 'expiry_date', expiry_date)) AS items
    FROM line GROUP BY invoice_id
), invoice AS (
    INSERT INTO invoices_invoice (id, company_id, serial, invoice_type, origin, invoice_no, invoice_date, customer_id,
        salesman_id, created_by, priority, items_total, total_value, temp_name, remarks, fulfilment_status, billing_status,
        status, version, created_at, updated_at)
    SELECT i.id, %(company)s, i.serial, 'SALES', 'IMPORTED', i.b->>'invoice_no', (i.b->>'invoice_date')::date, k.id, s.id,
        '',
        'MEDIUM', t.total, t.total, '', i.b->>'remarks', 'INVOICED', 'BILLED', 'DRAFT', 1, %(now)s, %(now)s
    FROM input i JOIN total t ON t.invoice_id = i.id JOIN the_customer k ON k.code = i.c->>'code'
    JOIN the_salesman s ON s.name = i.b->>'salesman'
    RETURNING 1
), lines AS (
    INSERT INTO invoices_invoiceitem (id, company_id, invoice_id, line_no, name, item_code, barcode, quantity, mrp,
        line_total, company_name, packing, shelf_location, batch_no, expiry_date, remarks)
    SELECT id, %(company)s, invoice_id, line_no, name, item_code, barcode, quantity, mrp, line_total, '', '', '', batch_no,
        expiry_date, '' FROM line
), audited AS (
    INSERT INTO erp_auditentry
        (company_id, at, actor_kind, actor_name, request_id, action, subject_kind, subject_id, changes)
    SELECT %(company)s, %(now)s, 'user', 'bench', '', 'import_invoice', 'invoice', id, '' FROM input
), event AS (
    INSERT INTO erp_outboxevent (company_id, type, subject_kind, subject_id, payload, created_at)
    SELECT %(company)s, 'invoice_created', 'invoice', i.id, json_build_object('id', i.serial, 'uuid', i.id,
        'invoice_no', i.b->>'invoice_no', 'invoice_date', i.b->>'invoice_date', 'customer', i.c, 'status', 'INVOICED',
        'billing_status', 'BILLED', 'priority', 'MEDIUM', 'salesman', i.b->>'salesman', 'created_by', '',
        'created_user', NULL, 'items', t.items, 'Total', t.total::text, 'total_amount', t.total, 'items_total', t.total,
        'temp_name', '',
        'remarks', i.b->>'remarks', 'created_at', %(now)s, 'updated_at', %(now)s, 'is_express_delivery', false,
        'tray_codes', json_build_array(), 'return_info', NULL, 'picker_info', NULL, 'packer_info', NULL,
        'delivery_info', NULL, 'type', 'invoice_created', 'timestamp', %(now)s,
        'actor', json_build_object('kind', 'user', 'name', 'bench'))::text,
        %(now)s
    FROM input i JOIN total t ON t.invoice_id = i.id
)
SELECT count(*) FROM invoice
"""


def floor(path: Path, company: str) -> int:
    """COPY into a temporary table and one statement, a thousand lines to a transaction; answers how many were written."""
    from erp.database import DatabaseRole, conninfo

    written = 0
    with psycopg.connect(conninfo(DatabaseRole.APP), autocommit=True) as connection, path.open("rb") as lines:
        connection.execute("CREATE TEMPORARY TABLE bulk_input (body jsonb) ON COMMIT DELETE ROWS")
        # Nobody has counted these tables yet, and what is joined are thousands of rows each time.
        connection.execute("SET enable_nestloop = off")
        while chunk := list(islice(lines, CHUNK)):
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.company_id', %s, true)", (company,))
                with cursor.copy("COPY bulk_input (body) FROM STDIN") as copy:
                    for line in chunk:
                        copy.write_row((line.decode(),))
                row = cursor.execute(MERGE, {"company": company, "now": datetime.now(UTC)}, prepare=True).fetchone()
                written += row[0] if row else 0
            # As the door does: without it the tables are planned for as if they were empty.
            connection.execute("SELECT erp_learn_sizes()")
    return written


def door(path: Path, company: str) -> int:
    """The use case, as the command and the endpoint call it."""
    from functools import partial

    from django.utils import timezone

    from erp.access import member_of
    from erp.api.rendering import as_problem
    from erp.models import Company
    from invoices.api.envelopes import bulk_lines_text
    from invoices.bulk_importing import BulkTerms, import_invoices

    actor = member_of(Company.objects.get(id=company))
    assert actor is not None
    terms = BulkTerms(partial(bulk_lines_text, dry_run=False), partial(as_problem, path=""), timezone.now)
    with path.open("rb") as lines:
        return sum(answer.counts["created"] for answer in import_invoices(lines=lines, actor=actor, terms=terms))


CONTESTANTS = {"floor": floor, "door": door}


def contend(name: str, path: Path, company: str) -> None:
    """In a process of its own: do it, and print what it took."""
    django.setup()
    began = time.perf_counter()
    written = CONTESTANTS[name](path, company)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"written": written, "seconds": seconds, "cpu": time.process_time(), "peak_mb": peak / 1024}))


def measured(name: str, path: Path, count: int, database_pid: int) -> dict[str, float]:
    from django.utils import timezone

    from companies.founding import Person, found_company, take_in
    from erp.rights import Role

    company = found_company(code=f"B{time.monotonic_ns()}", name="Bench", now=timezone.now())
    person = Person(f"owner@{company.code.lower()}.example", "Owner", "bench bench bench", Role.OWNER)
    take_in(company=company, person=person)
    database = cpu_seconds(database_pid)
    command = [
        sys.executable,
        "-m",
        "bench.bulk_import",
        "--contend",
        name,
        "--file",
        str(path),
        "--company",
        str(company.id),
    ]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    if found["written"] != count:
        raise SystemExit(f"{name} wrote {found['written']} of {count}")
    return found | {"database": cpu_seconds(database_pid) - database}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=64301)
    parser.add_argument("--rounds", type=int, default=1)
    for name in ("--contend", "--file", "--company"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contend:
        contend(options.contend, Path(options.file), options.company)
        return
    with bench_database() as server, tempfile.TemporaryDirectory() as directory:
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        assert server.pid is not None
        path = Path(directory) / "invoices.ndjson"
        with path.open("w") as file:
            file.writelines(json.dumps(body_of(number)) + "\n" for number in range(options.count))
        found: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
        for _ in range(options.rounds):
            for name, rounds in found.items():
                rounds.append(measured(name, path, options.count, server.pid))
    report(found, options.count)


def report(found: dict[str, list[dict[str, float]]], count: int) -> None:
    best = {name: min(rounds, key=lambda one: one["seconds"]) for name, rounds in found.items()}
    print(f"\n{count:,} invoices of 1 or 2 items, the best of {len(found['floor'])} round(s)\n")
    print(f"{'':<28}{'seconds':>9}{'per s':>9}{'app CPU s':>11}{'db CPU s':>10}{'peak MB':>9}")
    for name, title in (("floor", "COPY and merge by hand"), ("door", "the bulk door")):
        one = best[name]
        print(
            f"{title:<28}{one['seconds']:>9.1f}{count / one['seconds']:>9.0f}{one['cpu']:>11.1f}{one['database']:>10.1f}"
            f"{one['peak_mb']:>9.0f}"
        )
    ratio, peak = best["door"]["seconds"] / best["floor"]["seconds"], best["door"]["peak_mb"]
    print(f"\nthe door / the floor: {ratio:.2f} (aim: at most 2.5); its peak {peak:.0f} MB (aim: at most 200)")


if __name__ == "__main__":
    main()
