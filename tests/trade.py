"""A company that trades over HTTP: what tests of the books' surface begin with, each step a request as its contract says."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from erp.models import Currency
from erp.rights import Role
from erp.verifying import verify
from tests.builders import Answer, World

Headers = Mapping[str, str]
NONE: Headers = MappingProxyType({})

_numbers = itertools.count(1)

DAY = "2025-12-26"
OPENED = "2025-12-01"
GSTIN_MH = "27AAPFU0939F1ZV"
GSTIN_KA = "29AAPFU0939F1ZR"


@dataclass
class Trade:
    """One company; its OWNER acts unless a request names another role."""

    world: World
    role: Role = Role.OWNER

    def get(self, path: str, *, role: Role | None = None, headers: Headers = NONE) -> Answer:
        return self.world.send("GET", path, None, role=role or self.role, **headers)

    def post(self, path: str, body: Any = None, *, role: Role | None = None, headers: Headers = NONE) -> Answer:
        return self.world.send("POST", path, body, role=role or self.role, **headers)

    def patch(self, path: str, body: Any, *, role: Role | None = None, headers: Headers = NONE) -> Answer:
        return self.world.send("PATCH", path, body, role=role or self.role, **headers)

    def delete(self, path: str, *, role: Role | None = None, headers: Headers = NONE) -> Answer:
        return self.world.send("DELETE", path, None, role=role or self.role, **headers)

    def made(self, path: str, body: Any) -> Any:
        """The body of a 201."""
        answer = self.post(path, body)
        assert answer.status == 201, answer.raw
        return answer.body

    def done(self, path: str, body: Any = None) -> Any:
        """The body of a 200."""
        answer = self.post(path, body)
        assert answer.status == 200, answer.raw
        return answer.body

    def registration(self, **changes: Any) -> Any:
        return self.made("/api/companies/registrations/", {"state_code": "MH", "gstin": GSTIN_MH} | changes)

    def quoted(self, rate: str, day: str = DAY) -> Any:
        """What a US dollar is worth from a day on."""
        Currency.objects.get_or_create(code="USD", defaults={"name": "US dollar", "symbol": "$"})
        return self.made("/api/accounting/exchange_rates/", {"currency_id": "USD", "rate_date": day, "rate": rate})

    def customer(self, **changes: Any) -> Any:
        return self.made("/api/orders/customers/", {"name": "Customer Name", "state_code": "MH"} | changes)

    def supplier(self, **changes: Any) -> Any:
        return self.made("/api/purchasing/suppliers/", {"name": "Supplier Name"} | changes)

    def purchase(self, items: list[Any] | None = None, **changes: Any) -> Any:
        """A DRAFT purchase order of 10 pieces at 60.00, unless told otherwise."""
        if items is None:
            items = [{"item_id": self.item("ORDERED", stock="0")["id"], "quantity": "10", "unit_rate": "60"}]
        sent = {"order_date": DAY, "items": items} | changes
        if "supplier_id" not in sent:
            sent["supplier_id"] = self.supplier()["id"]
        return self.made("/api/purchasing/orders/", sent)

    def confirmed_purchase(self, items: list[Any] | None = None, **changes: Any) -> Any:
        order = self.purchase(items, **changes)
        return self.done(f"/api/purchasing/orders/{order['id']}/confirm/")["order"]

    def received(self, order: Any, *quantities: str, **changes: Any) -> Any:
        """A receipt of so much of the order's lines, in their order."""
        lines = [
            {"order_item": line["id"], "quantity": part} for line, part in zip(order["items"], quantities, strict=False)
        ]
        sent = {"purchase_order_id": order["id"], "receipt_date": DAY, "lines": lines} | changes
        return self.made("/api/purchasing/receipts/", sent)

    def bill(self, order: Any = None, **options: Any) -> Any:
        """A draft of the supplier's bill of a purchase order."""
        order = order or self.confirmed_purchase()
        sent = {"invoice_date": DAY, "supplier_invoice_number": f"S-{next(_numbers)}"} | options
        return self.made(f"/api/invoices/from_purchase_order/{order['id']}/", sent)

    def posted_bill(self, order: Any = None, **options: Any) -> Any:
        """A posted bill, as its detail shows it; 600.00 unless told otherwise."""
        bill = self.bill(order, **options)
        self.done(f"/api/invoices/{bill['id']}/post_voucher/")
        return self.get(f"/api/invoices/{bill['id']}/").body

    def receipt(self, lines: list[Any] | None = None, **changes: Any) -> Any:
        """A goods receipt of 10 pieces at 60.00, unless told otherwise."""
        if lines is None:
            lines = [{"item_id": self.item("BOUGHT", stock="0")["id"], "quantity": "10", "unit_cost": "60"}]
        sent = {"receipt_date": DAY, "lines": lines} | changes
        if "supplier_id" not in sent:
            sent["supplier_id"] = self.supplier()["id"]
        return self.made("/api/purchasing/receipts/", sent)

    def item(self, sku: str = "SKU001", *, stock: str = "20", unit_cost: str = "60", **changes: Any) -> Any:
        """An item of 100.00 with 18 % tax, and some of it in stock."""
        body = {"sku": sku, "name": f"Product {sku}", "gst_rate": 18, "sale_rate": "100", "hsn_code": "847130"} | changes
        item = self.made("/api/inventory/items/", body)
        if stock != "0":
            self.opening(item["id"], stock, unit_cost)
        return item

    def opening(self, item_id: str, quantity: str, unit_cost: str, **changes: Any) -> Any:
        line = {"item_id": item_id, "quantity": quantity, "unit_cost": unit_cost}
        return self.made("/api/inventory/adjustments/", {"kind": "OPENING", "date": OPENED, "lines": [line]} | changes)

    def hsn_rate(self, hsn_code: str, gst_rate: str, valid_from: str = "2017-07-01") -> Any:
        """The GST rate of what begins with this code, from a day on."""
        body = {"hsn_code": hsn_code, "gst_rate": gst_rate, "valid_from": valid_from}
        return self.made("/api/inventory/hsn_rates/", body)

    def price_list(self, name: str = "Trade prices", *prices: Any, **changes: Any) -> Any:
        """A price list to sell at, with these prices on it."""
        made = self.made("/api/inventory/price_lists/", {"name": name, "kind": "SALES"} | changes)
        return self.done(f"/api/inventory/price_lists/{made['id']}/prices/", list(prices)) if prices else made

    def kilogram(self) -> str:
        """The code of a unit that is counted to the gram."""
        if not any(unit["code"] == "KG" for unit in self.get("/api/inventory/uoms/").body):
            self.made("/api/inventory/uoms/", {"code": "KG", "name": "Kilogram", "uqc": "KGS", "decimals": 3})
        return "KG"

    def member(self, role: Role) -> Any:
        """The membership of the company's person with this role."""
        email = self.world.user(role).email
        (found,) = [row for row in self.get("/api/companies/memberships/").body if row["user_email"] == email]
        return found

    def api_key(self, **changes: Any) -> Any:
        """A key of another system, with the key itself."""
        return self.made("/api/companies/api_keys/", {"name": "Billing", "scopes": ["invoices:import"]} | changes)

    def webhook(self, **changes: Any) -> Any:
        """Somewhere to send the company's events, with the secret that signs them."""
        return self.made("/api/companies/webhooks/", {"url": "https://hooks.example/erp"} | changes)

    def side(self) -> Any:
        """A warehouse beside the main one."""
        return self.made("/api/inventory/warehouses/", {"code": "SIDE", "name": "Side"})

    def transfer(self, item_id: str, quantity: str, **changes: Any) -> Any:
        """So much of the item out of the main warehouse, into a new one unless another is named."""
        if "to_warehouse_id" not in changes:
            changes["to_warehouse_id"] = self.side()["id"]
        main = next(one for one in self.get("/api/inventory/warehouses/").body if one["is_default"])
        line = {"item_id": item_id, "quantity": quantity}
        return self.made(
            "/api/inventory/transfers/", {"from_warehouse_id": main["id"], "date": DAY, "lines": [line]} | changes
        )

    def batch(self, batch_no: str = "B1") -> Any:
        """A batch of an item of its own, five pieces of it in stock."""
        line = {"item_id": self.item(f"OF-{batch_no}", stock="0")["id"], "quantity": "5", "unit_cost": "10"}
        lines = [line | {"batch_no": batch_no, "expiry_date": "2099-12-31"}]
        self.made("/api/inventory/adjustments/", {"kind": "OPENING", "date": OPENED, "lines": lines})
        return self.get(f"/api/inventory/batches/?item={line['item_id']}").body[0]

    def layer(self, sku: str = "VALUED") -> str:
        """Five pieces of an item of its own, in stock for 5.00."""
        made: str = self.opening(self.item(sku, stock="0")["id"], "5", "1")["lines"][0]["layer"]
        return made

    def revaluation(self, layer: str, difference: str, **changes: Any) -> Any:
        """The goods of this layer are worth so much more."""
        body = {"date": DAY, "reason": "Freight", "lines": [{"layer": layer, "difference": difference}]}
        return self.made("/api/inventory/revaluations/", body | changes)

    def order(self, items: list[Any] | None = None, **changes: Any) -> Any:
        """A DRAFT order of 10 pieces at 100.00 less 5 %, unless told otherwise."""
        if items is None:
            items = [{"item_id": self.item()["id"], "quantity": "10", "discount_pct": "5"}]
        body = {"order_date": DAY, "items": items} | changes
        if "customer_id" not in body:
            body["customer_id"] = self.customer()["id"]
        return self.made("/api/orders/sales/", body)

    def confirmed(self, items: list[Any] | None = None, **changes: Any) -> Any:
        order = self.order(items, **changes)
        return self.done(f"/api/orders/sales/{order['id']}/confirm/")["order"]

    def invoice(self, order: Any = None, **options: Any) -> Any:
        """A draft invoice of an order."""
        order = order or self.confirmed()
        return self.made(f"/api/invoices/from_sales_order/{order['id']}/", {"invoice_date": DAY} | options)

    def posted(self, order: Any = None, **options: Any) -> Any:
        """A posted invoice, as its detail shows it."""
        invoice = self.invoice(order, **options)
        self.done(f"/api/invoices/{invoice['id']}/post_voucher/")
        return self.get(f"/api/invoices/{invoice['id']}/").body

    def pay(self, invoice: Any, amount: str, **changes: Any) -> Any:
        body = {"invoice_id": invoice["id"], "amount": amount, "payment_date": "2025-12-27"} | changes
        return self.made("/api/payments/", body)

    def credit(self, invoice: Any, **changes: Any) -> Any:
        """A credit note: of all that is not yet credited, unless lines are named."""
        body = {"credit_date": "2025-12-28", "reason": "SALES_RETURN"} | changes
        return self.made(f"/api/invoices/{invoice['id']}/credit_note/", body)

    def holds_the_law(self) -> None:
        """Every invariant of the company's books, as the auditor sees them."""
        broken = verify(company_code=self.world.company.code, jobs=1).broken  # two would read the catalogue twice
        assert not broken, [(verdict.law.id, verdict.law.text, verdict.findings) for verdict in broken]
