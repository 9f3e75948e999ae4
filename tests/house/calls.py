"""Calls of the ground, of issue A's sales surface, and of the console."""

import msgspec

from erp.rights import Role
from tests.builders import PASSWORD, World, invoice_body
from tests.house.calling import Asker, Call, Ids


def _refresh(asker: Asker) -> dict[str, str]:
    return {"refresh": asker.refresh}


def _login(asker: Asker) -> dict[str, str]:
    return {"email": asker.world.user(Role.VIEWER).email, "password": PASSWORD}


def _page(asker: Asker) -> dict[str, str]:
    """What a browser sends from the page."""
    return {"Sec-Fetch-Site": "same-origin", "Cookie": f"erp_console={asker.refresh}"}


def _imported(world: World) -> Ids:
    return {"invoice_id": str(world.import_invoice().data["id"])}


CALLS: dict[tuple[str, str], Call] = {
    ("POST", "/api/auth/login/"): Call(body=_login),
    ("POST", "/api/auth/token/refresh/"): Call(body=_refresh),
    ("POST", "/api/auth/logout/"): Call(204, body=_refresh),
    ("GET", "/api/auth/users/me/"): Call(),
    ("POST", "/api/auth/users/change_password/"): Call(
        body=lambda asker: {"old_password": PASSWORD, "new_password": "another battery staple"}
    ),
    ("POST", "/api/sales/import/invoice/"): Call(201, body=lambda asker: invoice_body()),
    ("POST", "/api/sales/import/invoices/"): Call(
        body=lambda asker: msgspec.json.encode(invoice_body()),
        headers=lambda asker: {"Content-Type": "application/x-ndjson"},
    ),
    ("GET", "/api/sales/invoices/"): Call(),
    ("GET", "/api/sales/invoices/{invoice_id}/"): Call(ids=_imported),
    ("GET", "/api/sales/billing/invoices/"): Call(),
    ("GET", "/api/sales/billing/user-summary/"): Call(),
    ("GET", "/api/sales/invoice-report/"): Call(),
    ("GET", "/api/sales/invoice-report/export/"): Call(),
    ("GET", "/api/sales/items-billed-today/"): Call(),
    ("GET", "/api/sales/missing-invoices/"): Call(query="from_date=2026-01-01&to_date=2026-01-31"),
    ("GET", "/api/sales/events/"): Call(),
    ("POST", "/api/sales/sse/ticket/"): Call(201),
    ("GET", "/api/followup/alerts/"): Call(),
    ("GET", "/api/schema/"): Call(),
    ("GET", "/api/docs/"): Call(),
    ("GET", "/health/live"): Call(),
    ("GET", "/health/ready"): Call(503),  # no stream process numbers events here
    ("GET", "/metrics"): Call(),
    ("GET", "/"): Call(302),
    ("GET", "/console/"): Call(),
    ("POST", "/console/session/"): Call(body=_login, headers=_page),
    ("POST", "/console/token/"): Call(headers=_page),
    ("POST", "/console/sign-out/"): Call(204, headers=_page),
}
