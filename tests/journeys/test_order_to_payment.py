"""The complete flow of the quick reference, from a sales order to its payment, as a client of a running server sees it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.db.models import Sum

from accounting.models import LedgerEntry
from erp.rights import Role
from inventory.models import StockLayer
from tests.builders import PASSWORD, World
from tests.serving import running_server
from tests.trade import GSTIN_MH, Trade

pytestmark = pytest.mark.db_heavy


@pytest.fixture(scope="module")
def base_url(migrated_database: None) -> Iterator[str]:
    with running_server() as server:
        yield server.base_url


@pytest.fixture
def client(base_url: str, world: World) -> Iterator[httpx.Client]:
    """Somebody of the company, logged in as the documents say."""
    credentials = {"email": world.user(Role.ADMIN).email, "password": PASSWORD}
    token = httpx.post(f"{base_url}/api/auth/login/", json=credentials).raise_for_status().json()["data"]["access"]
    with httpx.Client(base_url=f"{base_url}/api", headers={"Authorization": f"Bearer {token}"}) as made:
        yield made


def made(response: httpx.Response) -> Any:
    assert response.status_code in {200, 201}, response.text
    return response.json()


def balances(world: World) -> dict[str, Decimal]:
    """Role → what its accounts hold, debit positive: the trial balance."""
    rows = (
        LedgerEntry.unscoped.filter(company=world.company).values("role").annotate(debit=Sum("debit"), credit=Sum("credit"))
    )
    return {row["role"]: row["debit"] - row["credit"] for row in rows}


def stock_value(world: World) -> Decimal:
    """What the layers are still worth."""
    return StockLayer.unscoped.filter(company=world.company).aggregate(value=Sum("value_left"))["value"] or Decimal(0)


def prepare(client: httpx.Client) -> tuple[str, str, str]:
    """What the flow takes for granted: a registration, a customer, a currency, an item in stock."""
    made(client.post("/companies/registrations/", json={"state_code": "MH", "gstin": GSTIN_MH}))
    customer = made(client.post("/orders/customers/", json={"name": "Customer Name", "state_code": "MH"}))
    (currency,) = [one for one in made(client.get("/companies/currencies/")) if one["code"] == "INR"]
    item = {"sku": "SKU001", "name": "Product A", "hsn_code": "847130", "gst_rate": 18, "sale_rate": "100.00"}
    item_id = made(client.post("/inventory/items/", json=item))["id"]
    for quantity, unit_cost in (("3", "33.3333"), ("17", "59.9999")):
        line = {"item_id": item_id, "quantity": quantity, "unit_cost": unit_cost}
        made(client.post("/inventory/adjustments/", json={"kind": "OPENING", "date": "2025-12-01", "lines": [line]}))
    return customer["id"], currency["id"], item_id


def test_the_complete_sales_order_to_payment_flow(client: httpx.Client, world: World) -> None:
    customer_id, currency_id, item_id = prepare(client)

    # 1. Create and confirm sales order
    order_response = client.post("/orders/sales/", json={"customer_id": customer_id, "currency_id": currency_id})
    assert order_response.status_code == 201
    order_id = order_response.json()["id"]
    line = {"item_id": item_id, "quantity": "10", "discount_pct": "5.00"}
    made(client.post(f"/orders/sales/{order_id}/add_item/", json=line))
    confirmed = made(client.post(f"/orders/sales/{order_id}/confirm/"))
    assert (confirmed["order"]["status"], confirmed["reservations_count"]) == ("CONFIRMED", 1)

    # 2. Generate invoice from order
    invoice_response = client.post(f"/invoices/from_sales_order/{order_id}/", json={"apply_gst": True})
    assert invoice_response.status_code == 201
    invoice = invoice_response.json()
    invoice_id = invoice["id"]
    year = date.fromisoformat(invoice["invoice_date"])
    assert invoice["invoice_number"] == f"INV-{year.year - (year.month < 4)}-00001"
    assert (invoice["total_value"], len(invoice["lines"])) == ("1121.00", 1)

    # 3. Post invoice to accounting
    post_response = client.post(f"/invoices/{invoice_id}/post_voucher/")
    assert post_response.status_code == 200
    voucher_info = post_response.json()
    assert voucher_info["voucher_number"].startswith("JV-")
    assert made(client.post(f"/invoices/{invoice_id}/post_voucher/"))["voucher_id"] == voucher_info["voucher_id"]

    # 4. Check outstanding invoices
    outstanding = client.get("/invoices/outstanding/")
    assert [one["outstanding_amount"] for one in outstanding.json()] == ["1121.00"]
    detail = made(client.get(f"/invoices/{invoice_id}/"))
    assert (detail["status"], detail["total_value"], detail["amount_received"]) == ("POSTED", "1121.00", "0.00")
    order = made(client.get(f"/orders/sales/{order_id}/"))
    assert (order["status"], order["invoiced_at"] is not None) == ("INVOICED", True)

    # 5. Later: apply payment, in two parts
    for amount in ("500.00", "621.00"):
        body = {"invoice_id": invoice_id, "amount": amount, "payment_date": invoice["invoice_date"]}
        assert client.post("/payments/", json=body).status_code == 201
    paid = made(client.get(f"/invoices/{invoice_id}/"))
    assert (paid["status"], paid["outstanding_amount"]) == ("PAID", "0.00")
    assert made(client.get("/invoices/outstanding/")) == []

    # The books, to the paisa
    held = balances(world)
    assert sum(held.values()) == 0
    assert held["RECEIVABLE"] == 0
    assert (held["BANK"], held["SALES"]) == (Decimal("1121.00"), Decimal("-950.00"))
    assert (held["OUTPUT_CGST"], held["OUTPUT_SGST"]) == (Decimal("-85.50"), Decimal("-85.50"))
    assert held["COGS"] == Decimal("520.00")  # 3 for 100.00, then 7 of 17 for 1020.00
    assert held["INVENTORY"] == stock_value(world) == Decimal("600.00")
    assert made(client.get(f"/orders/customers/{customer_id}/"))["balance"] == "0.00"
    (stock,) = made(client.get("/inventory/stock/"))["rows"]
    assert (stock["on_hand"], stock["reserved"], stock["available"]) == ("10.000", "0.000", "10.000")
    Trade(world).holds_the_law()


def test_what_the_quick_reference_says_must_fail_fails(client: httpx.Client) -> None:
    customer_id, currency_id, item_id = prepare(client)
    body = {"customer_id": customer_id, "currency_id": currency_id, "items": [{"item_id": item_id, "quantity": "1"}]}
    order_id = made(client.post("/orders/sales/", json=body))["id"]
    draft = client.post(f"/invoices/from_sales_order/{order_id}/")
    assert (draft.status_code, draft.json()["error"]) == (400, "Cannot create invoice from DRAFT order")
    made(client.post(f"/orders/sales/{order_id}/cancel/"))
    cancelled = client.post(f"/invoices/from_sales_order/{order_id}/")
    assert (cancelled.status_code, cancelled.json()["error"]) == (400, "Cannot create invoice from CANCELLED order")
    unknown = client.post(f"/invoices/from_sales_order/{customer_id}/")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "Sales order not found")
    order_id = made(client.post("/orders/sales/", json=body))["id"]
    made(client.post(f"/orders/sales/{order_id}/confirm/"))
    invoice_id = made(client.post(f"/invoices/from_sales_order/{order_id}/"))["id"]
    made(client.post(f"/invoices/{invoice_id}/cancel/"))
    refused = client.post(f"/invoices/{invoice_id}/post_voucher/")
    assert (refused.status_code, refused.json()["error"]) == (400, "Cannot post a CANCELLED invoice")
