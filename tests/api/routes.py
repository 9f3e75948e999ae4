"""The routes of the books' surface as the invoices contract lists them: who may write, what an unknown id is called."""

from typing import Any, NamedTuple

from erp.rights import Role

ANY = frozenset(Role)
A = frozenset({Role.OWNER, Role.ADMIN})
A_C = A | {Role.ACCOUNTANT}
A_K = A | {Role.STOCK_KEEPER}
A_S = A | {Role.SALES_MANAGER}
A_C_S = A_C | {Role.SALES_MANAGER}
A_C_S_B = A_C_S | {Role.BILLER}
A_S_B = A_S | {Role.BILLER}
A_S_K = A_S | {Role.STOCK_KEEPER}
A_P = A | {Role.PURCHASE_MANAGER}
A_P_K = A | {Role.PURCHASE_MANAGER, Role.STOCK_KEEPER}
A_S_P = A_S | {Role.PURCHASE_MANAGER}
A_C_P = A_C | {Role.PURCHASE_MANAGER}
A_C_S_P_K = A_C_S | {Role.PURCHASE_MANAGER, Role.STOCK_KEEPER}

NOBODY = "01a215a0-0000-7000-8000-000000000000"
"""An id that no row has."""

SHORT_NAMES = {
    "ADMIN": A,
    "ADMIN or ACCOUNTANT": A_C,
    "ADMIN or STOCK_KEEPER": A_K,
    "ADMIN or SALES_MANAGER": A_S,
    "ADMIN or ACCOUNTANT or SALES_MANAGER": A_C_S,
    "ADMIN or ACCOUNTANT or SALES_MANAGER or BILLER": A_C_S_B,
    "ADMIN or SALES_MANAGER or BILLER": A_S_B,
    "ADMIN or SALES_MANAGER or STOCK_KEEPER": A_S_K,
    "ADMIN or PURCHASE_MANAGER": A_P,
    "ADMIN or PURCHASE_MANAGER or STOCK_KEEPER": A_P_K,
    "ADMIN or SALES_MANAGER or PURCHASE_MANAGER": A_S_P,
    "ADMIN or ACCOUNTANT or PURCHASE_MANAGER": A_C_P,
    "ADMIN or ACCOUNTANT or SALES_MANAGER or PURCHASE_MANAGER or STOCK_KEEPER": A_C_S_P_K,
}
"""How a refusal names who would have been allowed."""


class Route(NamedTuple):
    """`path` holds ``{id}`` where an id goes; `missing` is the text of its 404; `body` is one that would be read."""

    method: str
    path: str
    roles: frozenset[Role] = ANY
    missing: str = ""
    body: Any = None

    def at(self, row_id: str) -> str:
        return self.path.replace("{id}", row_id)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


_ORDER, _CUSTOMER, _SALESMAN = "Sales order not found", "Customer not found", "Salesman not found"
_ITEM, _UOM, _WAREHOUSE = "Item not found", "Unit of measure not found", "Warehouse not found"
_STOCK_DOCUMENT, _TRANSFER, _REVALUATION = "Stock document not found", "Transfer not found", "Revaluation not found"
_BATCH, _MEMBERSHIP, _KEY = "Batch not found", "Membership not found", "API key not found"
_WEBHOOK = "Webhook not found"
_HSN_RATE, _PRICE_LIST = "HSN rate not found", "Price list not found"
_REGISTRATION = "Registration not found"
_INVOICE, _PAYMENT = "Invoice not found", "Payment not found"
_SUPPLIER, _PURCHASE, _RECEIPT = "Supplier not found", "Purchase order not found", "Goods receipt not found"
_LINE = {"item_id": NOBODY, "quantity": "1"}

ROUTES = [
    Route("GET", "/api/companies/"),
    Route("POST", "/api/companies/switch/", ANY, body={"company_id": NOBODY}),
    Route("GET", "/api/companies/registrations/"),
    Route("POST", "/api/companies/registrations/", A, body={"state_code": "MH", "gstin": "27AAPFU0939F1ZV"}),
    Route("GET", "/api/companies/registrations/{id}/", ANY, _REGISTRATION),
    Route("PATCH", "/api/companies/registrations/{id}/", A, _REGISTRATION, {"valid_to": None}),
    Route("DELETE", "/api/companies/registrations/{id}/", A, _REGISTRATION),
    Route("GET", "/api/companies/memberships/"),
    Route("POST", "/api/companies/memberships/", A, body={"user_email": "a@nowhere.example", "role": "VIEWER"}),
    Route("GET", "/api/companies/memberships/{id}/", ANY, _MEMBERSHIP),
    Route("PATCH", "/api/companies/memberships/{id}/", A, _MEMBERSHIP, {"is_active": True}),
    Route("GET", "/api/companies/api_keys/", A),
    Route("POST", "/api/companies/api_keys/", A, body={"name": "N", "scopes": ["events:read"]}),
    Route("GET", "/api/companies/api_keys/{id}/", A, _KEY),
    Route("POST", "/api/companies/api_keys/{id}/rotate/", A, _KEY, {"overlap_hours": 1}),
    Route("POST", "/api/companies/api_keys/{id}/revoke/", A, _KEY),
    Route("GET", "/api/companies/webhooks/", A),
    Route("POST", "/api/companies/webhooks/", A, body={"url": "https://hooks.example/"}),
    Route("GET", "/api/companies/webhooks/{id}/", A, _WEBHOOK),
    Route("PATCH", "/api/companies/webhooks/{id}/", A, _WEBHOOK, {"is_active": False}),
    Route("DELETE", "/api/companies/webhooks/{id}/", A, _WEBHOOK),
    Route("POST", "/api/companies/webhooks/{id}/rotate/", A, _WEBHOOK, {"overlap_hours": 1}),
    Route("POST", "/api/companies/webhooks/{id}/replay/", A, _WEBHOOK, {"after": "x"}),
    Route("GET", "/api/companies/webhooks/{id}/deliveries/", A, _WEBHOOK),
    Route("POST", f"/api/companies/webhooks/{{id}}/deliveries/{NOBODY}/replay/", A, _WEBHOOK),
    Route("GET", "/api/companies/policies/", A),
    Route("PATCH", "/api/companies/policies/", A, body={"credit_check": "warn"}),
    Route("GET", "/api/companies/currencies/"),
    Route("GET", "/api/orders/sales/"),
    Route("POST", "/api/orders/sales/", A_C_S_B, body={"customer_id": NOBODY}),
    Route("GET", "/api/orders/sales/{id}/", ANY, _ORDER),
    Route("PATCH", "/api/orders/sales/{id}/", A_C_S_B, _ORDER, {"notes": "n"}),
    Route("POST", "/api/orders/sales/{id}/add_item/", A_C_S_B, _ORDER, _LINE),
    Route("PATCH", f"/api/orders/sales/{{id}}/items/{NOBODY}/", A_C_S_B, _ORDER, {"quantity": "2"}),
    Route("DELETE", f"/api/orders/sales/{{id}}/items/{NOBODY}/", A_C_S_B, _ORDER),
    Route("POST", "/api/orders/sales/{id}/confirm/", A_C_S_B, _ORDER),
    Route("POST", "/api/orders/sales/{id}/reserve/", A_S_K, _ORDER),
    Route("POST", "/api/orders/sales/{id}/cancel/", A_S, _ORDER, {"reason": "r"}),
    Route("POST", "/api/orders/sales/{id}/close/", A_S, _ORDER, {"reason": "r"}),
    Route("GET", "/api/orders/customers/"),
    Route("POST", "/api/orders/customers/", A_C_S_B, body={"name": "N"}),
    Route("GET", "/api/orders/customers/{id}/", ANY, _CUSTOMER),
    Route("PATCH", "/api/orders/customers/{id}/", A_C_S_B, _CUSTOMER, {"name": "N"}),
    Route("GET", "/api/orders/customers/{id}/credit/", ANY, _CUSTOMER),
    Route("GET", "/api/orders/salesmen/"),
    Route("POST", "/api/orders/salesmen/", A_S_B, body={"name": "N"}),
    Route("GET", "/api/orders/salesmen/{id}/", ANY, _SALESMAN),
    Route("PATCH", "/api/orders/salesmen/{id}/", A_S_B, _SALESMAN, {"name": "N"}),
    Route("GET", "/api/purchasing/suppliers/"),
    Route("POST", "/api/purchasing/suppliers/", A_C_P, body={"name": "N"}),
    Route("GET", "/api/purchasing/suppliers/{id}/", ANY, _SUPPLIER),
    Route("PATCH", "/api/purchasing/suppliers/{id}/", A_C_P, _SUPPLIER, {"name": "N"}),
    Route("GET", "/api/purchasing/orders/"),
    Route("POST", "/api/purchasing/orders/", A_P, body={"supplier_id": NOBODY}),
    Route("GET", "/api/purchasing/orders/{id}/", ANY, _PURCHASE),
    Route("PATCH", "/api/purchasing/orders/{id}/", A_P, _PURCHASE, {"notes": "n"}),
    Route("POST", "/api/purchasing/orders/{id}/add_item/", A_P, _PURCHASE, _LINE),
    Route("PATCH", f"/api/purchasing/orders/{{id}}/items/{NOBODY}/", A_P, _PURCHASE, {"quantity": "2"}),
    Route("DELETE", f"/api/purchasing/orders/{{id}}/items/{NOBODY}/", A_P, _PURCHASE),
    Route("POST", "/api/purchasing/orders/{id}/confirm/", A_P, _PURCHASE),
    Route("POST", "/api/purchasing/orders/{id}/cancel/", A_P, _PURCHASE, {"reason": "r"}),
    Route("POST", "/api/purchasing/orders/{id}/close/", A_P, _PURCHASE, {"reason": "r"}),
    Route("GET", "/api/purchasing/receipts/"),
    Route(
        "POST",
        "/api/purchasing/receipts/",
        A_P_K,
        body={"supplier_id": NOBODY, "receipt_date": "2025-12-26", "lines": [_LINE | {"unit_cost": "1"}]},
    ),
    Route("GET", "/api/purchasing/receipts/{id}/", ANY, _RECEIPT),
    Route("POST", "/api/purchasing/receipts/{id}/reverse/", A_C_P, _RECEIPT, {"reason": "r"}),
    Route("GET", "/api/inventory/items/"),
    Route("POST", "/api/inventory/items/", A_C_S_P_K, body={"sku": "S", "name": "N"}),
    Route("GET", "/api/inventory/items/{id}/", ANY, _ITEM),
    Route("PATCH", "/api/inventory/items/{id}/", A_C_S_P_K, _ITEM, {"name": "N"}),
    Route("GET", "/api/inventory/hsn_rates/"),
    Route(
        "POST",
        "/api/inventory/hsn_rates/",
        A_C,
        body={"hsn_code": "8471", "gst_rate": "18", "valid_from": "2025-04-01"},
    ),
    Route("GET", "/api/inventory/hsn_rates/{id}/", ANY, _HSN_RATE),
    Route("PATCH", "/api/inventory/hsn_rates/{id}/", A_C, _HSN_RATE, {"gst_rate": "12"}),
    Route("GET", "/api/inventory/price_lists/"),
    Route("POST", "/api/inventory/price_lists/", A_S_P, body={"name": "N", "kind": "SALES"}),
    Route("GET", "/api/inventory/price_lists/{id}/", ANY, _PRICE_LIST),
    Route("PATCH", "/api/inventory/price_lists/{id}/", A_S_P, _PRICE_LIST, {"name": "N"}),
    Route("GET", "/api/inventory/price_lists/{id}/prices/", ANY, _PRICE_LIST),
    Route(
        "POST",
        "/api/inventory/price_lists/{id}/prices/",
        A_S_P,
        _PRICE_LIST,
        [{"item_id": NOBODY, "unit_rate": "1"}],
    ),
    Route("GET", "/api/inventory/uoms/"),
    Route("POST", "/api/inventory/uoms/", A_K, body={"code": "BOX", "name": "Box"}),
    Route("GET", "/api/inventory/uoms/{id}/", ANY, _UOM),
    Route("PATCH", "/api/inventory/uoms/{id}/", A_K, _UOM, {"name": "Box"}),
    Route("GET", "/api/inventory/warehouses/"),
    Route("POST", "/api/inventory/warehouses/", A_K, body={"code": "W", "name": "N"}),
    Route("GET", "/api/inventory/warehouses/{id}/", ANY, _WAREHOUSE),
    Route("PATCH", "/api/inventory/warehouses/{id}/", A_K, _WAREHOUSE, {"name": "N"}),
    Route(
        "POST",
        "/api/inventory/adjustments/",
        A_C,
        body={"kind": "OPENING", "date": "2025-12-01", "lines": [_LINE | {"unit_cost": "1"}]},
    ),
    Route(
        "POST",
        "/api/inventory/adjustments/",
        A_K,
        body={"kind": "COUNT", "date": "2025-12-01", "lines": [{"item_id": NOBODY, "counted": "1"}]},
    ),
    Route("GET", "/api/inventory/adjustments/"),
    Route("GET", "/api/inventory/adjustments/{id}/", ANY, _STOCK_DOCUMENT),
    Route("POST", "/api/inventory/adjustments/{id}/reverse/", A_C, _STOCK_DOCUMENT, {"reason": "r"}),
    Route(
        "POST",
        "/api/inventory/transfers/",
        A_K,
        body={"from_warehouse_id": NOBODY, "to_warehouse_id": NOBODY, "date": "2025-12-01", "lines": [_LINE]},
    ),
    Route("GET", "/api/inventory/transfers/"),
    Route("GET", "/api/inventory/transfers/{id}/", ANY, _TRANSFER),
    Route("POST", "/api/inventory/transfers/{id}/reverse/", A_C, _TRANSFER, {"reason": "r"}),
    Route(
        "POST",
        "/api/inventory/revaluations/",
        A_C,
        body={"date": "2025-12-01", "reason": "r", "lines": [{"layer": NOBODY, "difference": "1"}]},
    ),
    Route("GET", "/api/inventory/revaluations/"),
    Route("GET", "/api/inventory/revaluations/{id}/", ANY, _REVALUATION),
    Route("POST", "/api/inventory/revaluations/{id}/reverse/", A_C, _REVALUATION, {"reason": "r"}),
    Route("GET", "/api/inventory/batches/"),
    Route("GET", "/api/inventory/batches/expiring/"),
    Route("GET", "/api/inventory/batches/{id}/", ANY, _BATCH),
    Route("POST", "/api/inventory/batches/{id}/block/", A_K, _BATCH, {"reason": "r"}),
    Route("POST", "/api/inventory/batches/{id}/unblock/", A_K, _BATCH, {"reason": "r"}),
    Route("GET", "/api/inventory/batches/{id}/trace/", A_C_S_P_K | {Role.VIEWER}, _BATCH),
    Route("GET", "/api/inventory/movements/"),
    Route("GET", "/api/inventory/stock/"),
    Route("GET", "/api/inventory/valuation/", A_C | {Role.PURCHASE_MANAGER, Role.VIEWER}),
    Route("GET", "/api/invoices/"),
    Route(
        "POST",
        "/api/invoices/",
        A_C,
        body={
            "invoice_type": "SALES",
            "party_id": NOBODY,
            "lines": [{"item_id": NOBODY, "quantity": "1", "unit_rate": "1"}],
        },
    ),
    Route("GET", "/api/invoices/outstanding/"),
    Route("GET", "/api/invoices/ageing/", A_C | {Role.SALES_MANAGER, Role.PURCHASE_MANAGER, Role.VIEWER}),
    Route("GET", "/api/invoices/gst_summary/", A_C | {Role.VIEWER}),
    Route("GET", "/api/invoices/{id}/", ANY, _INVOICE),
    Route("PATCH", "/api/invoices/{id}/", A_C, _INVOICE, {"notes": "n"}),
    Route(
        "POST",
        "/api/invoices/from_purchase_order/{id}/",
        A_C_P,
        _PURCHASE,
        {"supplier_invoice_number": "S", "invoice_date": "2025-12-26"},
    ),
    Route("POST", "/api/invoices/from_sales_order/{id}/", A_C_S, _ORDER, {"apply_gst": True}),
    Route("POST", "/api/invoices/{id}/post_voucher/", A_C, _INVOICE),
    Route("POST", "/api/invoices/{id}/cancel/", A_C, _INVOICE, {"reason": "r"}),
    Route("GET", "/api/accounting/exchange_rates/"),
    Route(
        "POST",
        "/api/accounting/exchange_rates/",
        A_C,
        body={"currency_id": "USD", "rate_date": "2025-12-26", "rate": "83.4567"},
    ),
    Route("GET", "/api/payments/"),
    Route("POST", "/api/payments/", A_C, body={"invoice_id": NOBODY, "amount": "1.00", "payment_date": "2025-12-27"}),
    Route("GET", "/api/payments/{id}/", ANY, _PAYMENT),
]

WRITES = [route for route in ROUTES if route.method != "GET"]
OF_OBJECTS = [route for route in WRITES if not isinstance(route.body, list)]
"""Writes whose body is an object; the others read a bare array."""
OF_ONE_ROW = [route for route in ROUTES if "{id}" in route.path]
