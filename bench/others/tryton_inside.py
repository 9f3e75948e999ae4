"""What bench/others/tryton_post runs in Tryton's environment: it prepares, says so, waits for a line, posts, and tells."""

import datetime
import json
import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from proteus import Model
from proteus import config as proteus_config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError

DATABASE, WARM_UP = "tryton", 8


def prepare(config: Path, count: int) -> list[int]:
    """A database with Tryton's own modules, a company with a chart, and drafts that were validated."""
    password = config.with_name("password")
    password.write_text("bench bench bench")
    update = [
        "-c",
        str(config),
        "-d",
        DATABASE,
        "-u",
        "account_invoice",
        "--activate-dependencies",
        "--email",
        "a@example.com",
    ]
    admin = Path(sys.executable).with_name("trytond-admin")
    subprocess.run([str(admin), *update], check=True, env=os.environ | {"TRYTONPASSFILE": str(password)}, stdout=sys.stderr)
    proteus_config.set_trytond(f"postgresql:///{DATABASE}", config_file=str(config))
    create_company()
    company, today = get_company(), datetime.datetime.now(datetime.UTC).date()
    year = set_fiscalyear_invoice_sequences(create_fiscalyear(company, today))
    year.click("create_period")
    create_chart(company)
    revenue = get_accounts(company)["revenue"]
    party = Model.get("party.party")(name="Customer")
    party.save()
    made = []
    for _ in range(count):
        invoice = Model.get("account.invoice")(party=party, invoice_date=today)
        for number in range(3):
            line = invoice.lines.new()
            line.account, line.description = revenue, f"Article {number}"
            line.quantity, line.unit_price = 10, Decimal("100.00")
        invoice.save()
        made.append(invoice)
    Model.get("account.invoice").click(made, "validate_invoice")
    return [invoice.id for invoice in made]


def post(ids: list[int]) -> list[float]:
    """As its server does: an invoice to a transaction, which the block commits."""
    latencies = []
    for one in ids:
        began = time.perf_counter()
        extras: dict[str, Any] = {}
        while not _posted(one, extras):
            pass
        latencies.append(time.perf_counter() - began)
    return latencies


def _posted(invoice_id: int, extras: dict[str, Any]) -> bool:
    """False where it asks for another transaction, which locks first what it has met."""
    with Transaction().start(DATABASE, 1, context={"company": 1}, **extras) as transaction:
        invoices = Pool().get("account.invoice")
        try:
            invoices.post([invoices(invoice_id)])
        except TransactionError as again:
            transaction.rollback()
            again.fix(extras)
            return False
    return True


def main() -> None:
    config, count = Path(sys.argv[1]), int(sys.argv[2])
    ids = prepare(config, count + WARM_UP)
    post(ids[:WARM_UP])
    print("ready", flush=True)
    sys.stdin.readline()
    used = time.process_time()
    latencies = post(ids[WARM_UP:])
    print(json.dumps({"app_cpu_s": time.process_time() - used, "latencies_s": latencies}), flush=True)


if __name__ == "__main__":
    main()
