"""Start the stand-in alone, or write its history as the export files that `manage.py uisp_migrate` reads.

python -m tests.standins.uisp --invoices 300 --port 8091
python -m tests.standins.uisp --invoices 64301 --write var/uisp
"""

import argparse
import threading
from pathlib import Path

from tests.standins.faults import KINDS
from tests.standins.uisp.history import WHOLE, History
from tests.standins.uisp.server import READ_KEY, WRITE_KEY, serving


def main() -> None:
    faults = "faults:\n" + "\n".join(f"  {name:<14}{text}" for name, text in KINDS.items())
    parser = argparse.ArgumentParser(
        "python -m tests.standins.uisp", description=__doc__, epilog=faults, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--invoices", type=int, default=300, help=f"how many (default 300; the whole one has {WHOLE:,})")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--empty", action="store_true", help="a CRM in which nothing has happened yet")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the export and expected.json, and serve nothing")
    options = parser.parse_args()
    history = None if options.empty else History(options.invoices, seed=options.seed)
    if options.write is not None:
        assert history is not None, "an empty history is not written"
        history.write(options.write)
        print(f"{history.size:,} invoices written to {options.write}")
        return
    with serving(history, host=options.host, port=options.port) as here:
        print(f"{here.url}/crm/api/v1.0  read key {READ_KEY}, write key {WRITE_KEY}  (Ctrl-C stops it)")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
