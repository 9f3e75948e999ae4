"""A company in which every path leads somewhere, for tests that send whatever comes to their mind."""

from typing import Any

from erp.rights import Role
from tests.api.routes import NOBODY, Route
from tests.builders import new_world, send
from tests.trade import GSTIN_KA, Trade


class Target:
    """`ids`: of a row of each kind, by what is said where it is missing; `known`: by what bodies call it."""

    def __init__(self) -> None:
        trade = Trade(new_world())
        trade.registration()
        draft = trade.order()
        item, customer = draft["items"][0]["item"], draft["customer"]
        line = [{"item_id": item, "quantity": 1}]
        confirmed = trade.confirmed(line, customer_id=customer)
        invoice = trade.invoice(trade.confirmed(line, customer_id=customer))
        posted = trade.posted(trade.confirmed(line, customer_id=customer))
        ordered = [line[0] | {"quantity": 100_000, "unit_rate": 60}]
        purchase, coming = trade.purchase(ordered), trade.confirmed_purchase(ordered)
        self.ids = {
            "Sales order not found": draft["id"],
            "Customer not found": customer,
            "Salesman not found": trade.made("/api/orders/salesmen/", {"name": "Ajay"})["id"],
            "Supplier not found": purchase["supplier"],
            "Purchase order not found": purchase["id"],
            "Goods receipt not found": trade.received(coming, "1")["id"],
            "Stock document not found": trade.get("/api/inventory/adjustments/").body[0]["id"],
            "Transfer not found": trade.transfer(trade.item("MOVED")["id"], "1")["id"],
            "Revaluation not found": trade.revaluation(trade.layer(), "1")["id"],
            "Batch not found": trade.batch()["id"],
            "Item not found": item,
            "Price list not found": trade.price_list()["id"],
            "Registration not found": trade.registration(state_code="KA", gstin=GSTIN_KA)["id"],
            "Membership not found": trade.member(Role.VIEWER)["id"],
            "API key not found": trade.api_key()["id"],
            "Webhook not found": trade.webhook()["id"],
            "HSN rate not found": trade.hsn_rate("8471", "18")["id"],
            "Unit of measure not found": draft["items"][0]["uom"],
            "Warehouse not found": draft["warehouse"],
            "Invoice not found": invoice["id"],
            "Payment not found": trade.pay(posted, "1.00")["id"],
            "": NOBODY,
        }
        self.known = {
            "item_id": item,
            "customer_id": customer,
            "invoice_id": posted["id"],
            "supplier_id": purchase["supplier"],
            "purchase_order_id": coming["id"],
            "order_item": confirmed["items"][0]["id"],
        }
        self.coming = coming["items"][0]["id"]
        self.line = draft["items"][0]["id"]
        self.token = trade.world.token(Role.OWNER)

    def path(self, route: Route) -> str:
        return route.at(self.ids[route.missing]).replace(NOBODY, self.line)

    def ask(self, route: Route, body: Any, query: str = "") -> int:
        return send(route.method, self.path(route) + query, body, Authorization=f"Bearer {self.token}").status
