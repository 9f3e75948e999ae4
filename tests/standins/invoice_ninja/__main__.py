"""Start the stand-in alone, with some clients and invoices in it.

python -m tests.standins.invoice_ninja --clients 40 --port 8092
"""

import argparse
import threading

from tests.standins.faults import KINDS
from tests.standins.invoice_ninja.books import Books
from tests.standins.invoice_ninja.server import TOKEN, serving


def main() -> None:
    faults = "faults:\n" + "\n".join(f"  {name:<14}{text}" for name, text in KINDS.items())
    parser = argparse.ArgumentParser(
        "python -m tests.standins.invoice_ninja",
        description=__doc__,
        epilog=faults,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--clients", type=int, default=40, help="how many (default 40)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8092)
    options = parser.parse_args()
    with serving(host=options.host, port=options.port) as here:
        fill(here.books, options.clients)
        print(f"{here.url}  token {TOKEN}  (Ctrl-C stops it)")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


def fill(books: Books, clients: int) -> None:
    """Clients of which a third owes something, and a tenth of those for too long."""
    for number in range(1, clients + 1):
        contact = {"first_name": "Asha", "last_name": f"Rao {number}", "email": f"client{number}@example.com"}
        made = books.make_client({
            "name": f"Client {number}", "id_number": f"NINJA{number:05}", "city": "Pune", "postal_code": "411001",
            "settings": {"currency_id": "8"}, "contacts": [contact],
        })  # fmt: skip
        if number % 3 == 0:
            line = {"product_key": "PLAN", "notes": "Hosting", "cost": 100 + number, "quantity": 1, "tax_rate1": 18}
            due = "2024-01-31" if number % 30 == 0 else "2099-01-31"
            books.make_invoice({"client_id": made["id"], "due_date": due, "line_items": [line]}, ["mark_sent"])


if __name__ == "__main__":
    main()
