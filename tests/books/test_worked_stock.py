"""The worked table of the stock, line by line and over HTTP: one item in one warehouse, from first receipt to last sale."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from accounting.models import LedgerEntry
from inventory.models import StockLayer
from tests.builders import World
from tests.trade import Trade


@dataclass
class Stock:
    """The item, its layers by the names of the table, and the supplier and customer it is traded with."""

    trade: Trade
    item: str
    supplier: str
    customer: str
    layers: dict[str, str] = field(default_factory=dict)

    def receive(self, name: str, quantity: str, unit_cost: str, received: str, booked: str = "") -> None:
        line = {"item_id": self.item, "quantity": quantity, "unit_cost": unit_cost}
        dates = {"receipt_date": received} | ({"posting_date": booked} if booked else {})
        made = self.trade.receipt([line], supplier_id=self.supplier, **dates)
        self.layers[made["lines"][0]["layer"]] = name

    def sell(self, quantity: str, day: str) -> Any:
        order = self.trade.confirmed(
            [{"item_id": self.item, "quantity": quantity}], customer_id=self.customer, order_date=day
        )
        return self.trade.posted(order, invoice_date=day)

    def cost(self, invoice: Any) -> Decimal:
        rows = LedgerEntry.unscoped.filter(company=self.trade.world.company, voucher_id=invoice["voucher"], role="COGS")
        return rows.get().debit

    def left(self) -> str:
        rows = StockLayer.unscoped.filter(company=self.trade.world.company, quantity_left__gt=0)
        shown = [
            f"{self.layers[str(one.id)]} {one.quantity_left:f}/{one.value_left}"
            for one in rows.order_by("received_on", "id")
        ]
        return " ".join(shown).replace(".000/", "/")

    def balance(self, role: str) -> Decimal:
        rows = LedgerEntry.unscoped.filter(company=self.trade.world.company, role=role)
        return rows.aggregate(sum=Sum(F("debit") - F("credit")))["sum"] or Decimal(0)

    def has(self, left: str, inventory: str) -> None:
        assert (self.left(), self.balance("INVENTORY")) == (left, Decimal(inventory))


def test_the_worked_table_of_the_stock(world: World) -> None:
    trade = Trade(world)
    trade.registration()
    stock = Stock(trade, trade.item("X", stock="0")["id"], trade.supplier()["id"], trade.customer()["id"])
    stock.receive("L1", "10", "60", "2025-04-02")
    stock.receive("L2", "3", "66.6667", "2025-04-10")
    stock.receive("L3", "5", "70", "2025-04-12")
    stock.has("L1 10/600.00 L2 3/200.00 L3 5/350.00", "1150.00")
    assert stock.cost(stock.sell("4", "2025-04-13")) == 240
    stock.has("L1 6/360.00 L2 3/200.00 L3 5/350.00", "910.00")
    second = stock.sell("8", "2025-04-14")
    assert stock.cost(second) == Decimal("493.33")
    stock.has("L2 1/66.67 L3 5/350.00", "416.67")
    assert stock.cost(stock.sell("1", "2025-04-15")) == Decimal("66.67")
    stock.has("L3 5/350.00", "350.00")
    trade.credit(second, credit_date="2025-04-16", lines=[{"line": second["lines"][0]["id"], "quantity": "3"}])
    stock.has("L1 1/60.00 L2 2/133.33 L3 5/350.00", "543.33")
    stock.receive("L4", "4", "62", "2025-04-05", booked="2025-04-17")
    stock.has("L1 1/60.00 L4 4/248.00 L2 2/133.33 L3 5/350.00", "791.33")
    assert stock.cost(stock.sell("2", "2025-04-18")) == 122
    stock.has("L4 3/186.00 L2 2/133.33 L3 5/350.00", "669.33")
    assert stock.cost(stock.sell("7", "2025-04-19")) == Decimal("459.33")
    stock.has("L3 3/210.00", "210.00")
    third = next(layer for layer, name in stock.layers.items() if name == "L3")
    body = {"date": "2025-04-20", "reason": "Bill of L3", "lines": [{"layer": third, "difference": "10.00"}]}
    revaluation = trade.made("/api/inventory/revaluations/", body)
    assert [(line["quantity"], line["value"]) for line in revaluation["lines"]] == [
        ("-3.000", "-210.00"), ("3.000", "216.00")
    ]  # fmt: skip
    stock.layers[revaluation["lines"][1]["layer"]] = "L5"
    assert stock.balance("PRICE_VARIANCE") == -6
    stock.has("L5 3/216.00", "216.00")
    assert stock.cost(stock.sell("3", "2025-04-21")) == 216
    stock.has("", "0.00")
    trade.holds_the_law()
