"""What `up` says when all runs: where things are, whom to log in as, and two lines to paste. Knows no
Django."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

SAMPLE_INVOICE: dict[str, Any] = {
    "invoice_no": "HELLO-1",
    "invoice_date": "2026-01-23",
    "salesman": "Ajay",
    "priority": "HIGH",
    "customer": {"code": "CUST-889", "name": "LifeCare Pharmacy", "area": "Kozhikode"},
    "items": [
        {"name": "Paracetamol 650mg", "item_code": "PR650", "quantity": 20, "mrp": 3.50},
        {"name": "Otrivin Nasal Spray", "item_code": "OTN10", "quantity": 10, "mrp": 85.00},
    ],
}


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What `seed_demo` left in `demo.json`; empty without a demo."""

    email: str = ""
    password: str = ""
    api_key: str = ""
    file: str = ""


def read_demo(directory: Path) -> Demo:
    """The demo's credentials in `directory`/demo.json; what is missing there is left out of the welcome."""
    file = directory / "demo.json"
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return Demo()
    owner = found.get("users", {}).get("owner", {})
    return Demo(
        email=owner.get("email", ""),
        password=owner.get("password", ""),
        api_key=found.get("api_key", ""),
        file=str(file),
    )


def reachable_host(host: str) -> str:
    """An address that reaches a server listening on `host`: "everywhere" is no place to go to."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def base_url(host: str, port: int) -> str:
    """`http://127.0.0.1:8000`, with brackets around an IPv6 address."""
    host = reachable_host(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def import_line(url: str, api_key: str) -> str:
    """A shell command that imports the sample invoice; pasted again it answers "unchanged"."""
    body = json.dumps(SAMPLE_INVOICE, separators=(",", ":"))
    return (
        f"curl -sS {url}/api/sales/import/invoice/ -H 'X-API-KEY: {api_key}' \\\n"
        f"  -H 'Content-Type: application/json' -d '{body}'"
    )


def stream_line(url: str, api_key: str) -> str:
    """A shell command that follows the invoices as they change."""
    return f"curl -sSN {url}/api/sales/sse/invoices/ -H 'X-API-KEY: {api_key}'"


def say_welcome(console: Console, *, host: str, port: int, demo: Demo) -> None:
    """Prints it. The lines to paste stand outside the frame, unwrapped."""
    url = base_url(host, port)
    rows = [("Page", f"{url}/"), ("API", f"{url}/api/docs/"), ("Stream", f"{url}/api/sales/sse/invoices/")]
    if demo.email:
        rows += [("Log in", demo.email), ("Password", demo.password), ("Others", f"in {demo.file}")]
    if demo.api_key:
        rows += [("API key", demo.api_key)]
    text = Text("\n".join(f"{name:<9} {value}" for name, value in rows), no_wrap=True, overflow="ignore")
    console.print()
    console.print(Panel(text, title="It runs", title_align="left", expand=False, padding=(0, 1)))
    if demo.api_key:
        console.print("\nWatch the invoices, in a second terminal:\n", style="bold")
        console.print(stream_line(url, demo.api_key), markup=False)
        console.print("\nand send one, in a third:\n", style="bold")
        console.print(import_line(url, demo.api_key), markup=False)
    console.print("\nCtrl-C stops everything; the data stays.", style="dim")
