"""A company with an item in stock and a customer: what most tests of the books begin with."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from erp.access import Actor
from erp.rights import Role
from inventory.adjusting import OpeningLine, open_stock
from inventory.models import Item, Uom
from invoices.invoicing import GenerationOptions, generate_from_order
from invoices.posting import post_invoice
from sales.models import Customer, SalesOrder
from sales.ordering import NewLine, NewOrder, confirm_order, create_order
from tests.builders import World

DAY = date(2025, 12, 26)


@dataclass
class Scene:
    """20 pieces of one item for 1,200.00 in stock, and one customer. Everything happens on `DAY`."""

    world: World
    stock: Decimal = Decimal(20)
    value: Decimal = Decimal("1200.00")
    _items: dict[str, Item] = field(default_factory=dict)

    @cached_property
    def actor(self) -> Actor:
        return self.world.actor(Role.ACCOUNTANT)

    @cached_property
    def customer(self) -> Customer:
        now = timezone.now()
        return Customer.unscoped.create(
            company=self.world.company, code="C-1", name="Customer Name", created_at=now, updated_at=now
        )

    def item(self, sku: str = "SKU001", *, stocked: bool = True) -> Item:
        if sku not in self._items:
            self._items[sku] = Item.unscoped.create(
                company=self.world.company,
                sku=sku,
                name=f"Product {sku}",
                uom=Uom.unscoped.get(company=self.world.company, code="PCS"),
                gst_rate=Decimal(18),
                sale_rate=Decimal(100),
            )
            if stocked:
                self.bring_in(self._items[sku], self.stock, self.value, date(2025, 12, 1))
        return self._items[sku]

    def bring_in(self, item: Item, quantity: Decimal, value: Decimal, day: date) -> None:
        open_stock(actor=self.actor, document_date=day, lines=[OpeningLine(item.id, quantity, value)], now=timezone.now())

    def confirmed_order(self, *, quantity: int = 10, sku: str = "SKU001") -> SalesOrder:
        draft = NewOrder(customer_id=self.customer.id, order_date=DAY, lines=[NewLine(self.item(sku).id, Decimal(quantity))])
        order = create_order(draft=draft, actor=self.actor, now=timezone.now())
        return confirm_order(order_id=order.id, actor=self.actor, now=timezone.now()).order

    def draft_invoice(self, *, quantity: int = 10, sku: str = "SKU001") -> UUID:
        order = self.confirmed_order(quantity=quantity, sku=sku)
        return generate_from_order(
            order_id=order.id, options=GenerationOptions(), actor=self.actor, today=DAY, now=timezone.now()
        )

    def posted_invoice(self, *, quantity: int = 10, sku: str = "SKU001") -> UUID:
        invoice_id = self.draft_invoice(quantity=quantity, sku=sku)
        post_invoice(invoice_id=invoice_id, actor=self.actor, posting_date=None, now=timezone.now())
        return invoice_id
