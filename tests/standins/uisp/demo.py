"""`make demo-uisp N=300`: a history of that size, migrated into a company of its own, with the report at the end."""

import secrets
import subprocess
import sys
import time
from pathlib import Path

from tests.standins.uisp.history import History


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    folder = Path("var") / f"uisp-{size}"
    print(f"Writing {size:,} invoices to {folder} …", flush=True)
    history = History(size)
    history.write(folder)
    code = f"UISP-{secrets.token_hex(3)}"
    owner = f"owner@{code.lower()}.example"
    manage("migrate", "--verbosity", "0")
    manage(
        "found_company", "--code", code, "--name", "Isla Networks", "--owner-email", owner, "--currency", "PHP",
        "--timezone", "Asia/Manila", password=secrets.token_urlsafe(16),
    )  # fmt: skip
    began = time.monotonic()
    manage("uisp_migrate", "--company", code, "--import-from", str(folder))
    seconds = time.monotonic() - began
    truth = history.expected()
    print(f"\nThe truth: {truth['migrated']:,} invoices of {truth['total']}, paid {truth['paid']}, open {truth['open']};")
    print(f"{truth['payments']:,} payments of {truth['money']}, of which credit {truth['credit']}.")
    print(f"It took {seconds:.0f} s with the check of all laws, {size / seconds:,.0f} invoices a second.")


def manage(*arguments: str, password: str = "") -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], check=True, input=f"{password}\n", text=True)


if __name__ == "__main__":
    main()
