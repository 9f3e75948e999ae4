"""What `uisp_migrate` may be told, and the CRMs that it opens by that."""

import os
import ssl
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from connectors.models import Connection
from connectors.rates import TokenBucket
from connectors.secrets import secret_of
from connectors.uisp.carrying import REFUSED
from connectors.uisp.client import RATE, UispClient
from connectors.uisp.forwarding import WORKERS
from connectors.uisp.sources import CrmSource, FileSource, Source
from connectors.uisp.staging import CASH
from connectors.uisp.target import Target

SOURCE_KEY, TARGET_KEY = "UISP_SOURCE_KEY", "UISP_TARGET_KEY"
EXPORT = Path("invoices_export.json")
MOST_SKEW_S = 300


def add_uisp_arguments(parser: ArgumentParser) -> None:
    _add_places(parser)
    _add_parts(parser)
    parser.add_argument("--failures", type=Path, metavar="FILE", help="default: uisp_failures_<time>.jsonl")
    parser.add_argument("--max-failures", type=int, metavar="N", help="stop after more refused rows than this")
    parser.add_argument("--rate", type=int, default=RATE, metavar="R", help=f"requests a second (default {RATE})")
    parser.add_argument("--ca-file", type=Path, help="who vouches for the certificate of the CRM")
    parser.add_argument("--insecure", action="store_true", help="do not check the certificate")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--no-verify", action="store_true", help="do not check the laws of the books at the end")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each row")


def _add_places(parser: ArgumentParser) -> None:
    parser.add_argument("--company", required=True, help="the company's code, e.g. DEMO")
    parser.add_argument("--as", dest="email", default="", help="who migrates (default: the oldest OWNER)")
    parser.add_argument("--source", default="uisp", help=f"name of a connection, or a URL (key in ${SOURCE_KEY})")
    parser.add_argument("--import-from", type=Path, metavar="PATH", help="an export, its folder, or a failure file")
    parser.add_argument("--export-only", type=Path, nargs="?", const=EXPORT, metavar="FILE", help="write the export only")
    parser.add_argument("--to", choices=["erp", "uisp"], default="erp", help="into the books (default), or another UISP")
    parser.add_argument("--target", default="", help=f"with --to uisp: a connection, or a URL (key in ${TARGET_KEY})")
    parser.add_argument("--client-map", type=Path, metavar="CSV", help="with --to uisp: lines of source id,target id")
    parser.add_argument("--workers", type=int, default=WORKERS, metavar="N", help=f"with --to uisp (default {WORKERS})")
    parser.add_argument(
        "--i-switched-mail-off",
        action="store_true",
        help="with --to uisp: mail, receipts, reminders, late fees and suspension are off there",
    )


def _add_parts(parser: ArgumentParser) -> None:
    parser.add_argument("--resume", action="store_true", help="go on with the run that was left")
    parser.add_argument("--dry-run", action="store_true", help="all of it, rolled back; the same report")
    parser.add_argument("--reconcile-only", action="store_true", help="the report of the last run, by what is here now")
    parser.add_argument("--undo", type=UUID, metavar="RUN", help="take back what a run brought into the books, by reversal")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DATE", help="what was created since, and what is open")
    parser.add_argument("--test", action="store_true", help="10 invoices, with their clients and payments")
    parser.add_argument("--limit", type=int, metavar="N", help="N invoices, with their clients and payments")
    parser.add_argument("--offset", type=int, default=0, metavar="N", help="begin at invoice N")
    parser.add_argument("--resume-from", type=int, default=0, metavar="N", help="as --offset; better use --resume")
    parser.add_argument("--payments", choices=["real", "synthetic", "none"], default="real")
    parser.add_argument("--method", default=CASH, help="method id of synthetic payments (default: cash)")
    parser.add_argument("--include-drafts", action="store_true", help="migrate drafts as drafts")
    parser.add_argument("--include-void", action="store_true", help="migrate void invoices as cancelled ones")
    parser.add_argument("--max-missing", type=int, default=0, metavar="N", help="clients that may be missing")
    parser.add_argument("--number-prefix", default="", metavar="TEXT", help="before each number; decided once")
    parser.add_argument(
        "--account", action="append", default=[], metavar="METHOD=CODE", help="where a way to pay is booked, e.g. GCash=1010"
    )


class Openings:
    """Opens what a history is read from and written to, and closes it. `tell` says what a person should know."""

    def __init__(self, options: dict[str, Any], tell: Callable[[str], Any]) -> None:
        self._options, self._tell = options, tell
        self._clients: list[UispClient] = []

    def source(self, connection: Connection, *, is_url: bool) -> Source | None:
        """None where a run is resumed that needs none. Raises CommandError, NoSecret, and as `Transport`."""
        options = self._options
        if options["import_from"] is not None:
            return FileSource(options["import_from"], since=options["since"])
        if options["resume"] and not connection.base_url:
            return None
        client = self._opened(connection.base_url, connection, SOURCE_KEY if is_url else "")
        return CrmSource(client, connection.base_url, since=options["since"])

    def target(self, connection: Connection, *, is_url: bool) -> Target:
        client = self._opened(connection.base_url, connection, TARGET_KEY if is_url else "")
        return Target(client, connection.base_url, client_map=self._options["client_map"])

    def _opened(self, url: str, connection: Connection, variable: str) -> UispClient:
        key = os.environ.get(variable, "") if variable else secret_of(connection)
        if not key:
            raise CommandError(f"The key of {url} is expected in ${variable}.", returncode=REFUSED)
        verified: Any = True
        if self._options["insecure"]:
            self._tell("The certificate of the CRM is not checked: whoever is in between reads along.")
            verified = False
        elif self._options["ca_file"] is not None:
            verified = ssl.create_default_context(cafile=str(self._options["ca_file"]))
        client = UispClient(url, key, bucket=TokenBucket(self._options["rate"]), verify=verified)
        self._clients.append(client)
        self._tell(f"UISP {client.version()} at {url}")
        skew_s = client.transport.skew_s or 0
        if abs(skew_s) > MOST_SKEW_S:
            raise CommandError(f"The clock of the CRM is {skew_s} s ahead; correct one of the two.", returncode=REFUSED)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()
