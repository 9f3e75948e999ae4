"""A company with an item in stock and a customer: what most tests of the books begin with."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from accounting.closing import close_year, reopen_year
from accounting.journaling import JournalLine, NewJournal, book_journal
from accounting.models import FiscalYear
from erp.access import Actor
from erp.rights import Role
from inventory.adjusting import OpeningLine, open_stock
from inventory.holdings import LeavingLine
from inventory.models import Item, StockDocument, StockLayer, Uom, Warehouse
from inventory.order_lines import NewLine
from inventory.revaluing import RevaluedLine, revalue_stock
from inventory.transferring import transfer_stock
from inventory.warehousing import create_warehouse
from invoices.billing import SuppliersBill, bill_purchase
from invoices.credit_rules import Wish
from invoices.crediting import NewCredit, create_credit_note
from invoices.invoicing import generate_from_order
from invoices.models import InvoiceItem, Payment
from invoices.order_invoices import GenerationOptions
from invoices.paying import OneCall, pay_invoice
from invoices.payment_drafting import NewPayment, Part, draft_payment
from invoices.posting import post_invoice
from invoices.status import CreditReason
from purchasing.enrolling import NewSupplier, create_supplier
from purchasing.models import GoodsReceipt, PurchaseOrder, PurchaseOrderLine, Supplier
from purchasing.ordering import NewPurchase, confirm_purchase, create_purchase
from purchasing.receipt_lines import ReceivedLine
from purchasing.receiving import NewReceipt as NewGoods
from purchasing.receiving import receive_goods
from sales.models import Customer, SalesOrder, SalesOrderLine
from sales.ordering import NewOrder, confirm_order, create_order
from tests.builders import World

DAY = date(2025, 12, 26)
PAST = date(2023, 12, 26)


@dataclass
class Scene:
    """20 pieces of one item for 1,200.00 in stock, and one customer. Everything happens on `DAY`."""

    world: World
    stock: Decimal = Decimal(20)
    value: Decimal = Decimal("1200.00")
    _items: dict[str, Item] = field(default_factory=dict)
    _bills: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @cached_property
    def actor(self) -> Actor:
        return self.world.actor(Role.ACCOUNTANT)

    @cached_property
    def customer(self) -> Customer:
        now = timezone.now()
        return Customer.unscoped.create(
            company=self.world.company, code="C-1", name="Customer Name", created_at=now, updated_at=now
        )

    @cached_property
    def supplier(self) -> Supplier:
        return create_supplier(draft=NewSupplier(name="Supplier Name"), actor=self.actor, now=timezone.now())

    def receipt(self) -> GoodsReceipt:
        """One piece of the item, on top of the stock."""
        line = ReceivedLine(Decimal(1), item_id=self.item().id, unit_cost=Decimal(60))
        draft = NewGoods(supplier_id=self.supplier.id, receipt_date=DAY, lines=[line])
        return receive_goods(draft=draft, actor=self.actor, now=timezone.now()).receipt

    def draft_purchase(self) -> PurchaseOrder:
        """10 pieces of the item at 60.00."""
        line = NewLine(self.item().id, Decimal(10), Decimal(60))
        draft = NewPurchase(supplier_id=self.supplier.id, order_date=DAY, lines=[line])
        return create_purchase(draft=draft, actor=self.actor, now=timezone.now())

    def confirmed_purchase(self) -> PurchaseOrder:
        order = self.draft_purchase()
        return confirm_purchase(order_id=order.id, actor=self.actor, now=timezone.now()).order

    def begun_purchase(self) -> PurchaseOrder:
        """An order of which 4 came, which are billed."""
        order = self.confirmed_purchase()
        self.come(order, Decimal(4))
        self.post(self.bill(order, Decimal(4)))
        return order

    def come(self, order: PurchaseOrder, quantity: Decimal, *, line_id: UUID | None = None) -> GoodsReceipt:
        """So much of a line of the order is received, of the only one unless it is named."""
        line = ReceivedLine(quantity, order_item=line_id or self.line_of_purchase(order))
        draft = NewGoods(purchase_order_id=order.id, receipt_date=DAY, lines=[line])
        return receive_goods(draft=draft, actor=self.actor, now=timezone.now()).receipt

    def bill(self, order: PurchaseOrder | None = None, quantity: Decimal | None = None) -> UUID:
        """A draft bill of so much of the only line of the order, or of all that is left."""
        order = order or self.confirmed_purchase()
        lines = {self.line_of_purchase(order): quantity} if quantity else {}
        options = GenerationOptions(partial_allowed=bool(lines), lines=lines, invoice_date=DAY)
        bill = SuppliersBill(f"S-{next(self._bills)}")
        return bill_purchase(order_id=order.id, bill=bill, options=options, actor=self.actor, today=DAY, now=timezone.now())

    def posted_bill(self) -> UUID:
        """A posted bill of 600.00, of goods that came."""
        order = self.confirmed_purchase()
        self.come(order, Decimal(10))
        bill = self.bill(order)
        self.post(bill)
        return bill

    def line_of_purchase(self, order: PurchaseOrder) -> UUID:
        """The only line of the order."""
        return PurchaseOrderLine.objects.of(self.actor).get(order=order).id

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

    @cached_property
    def side(self) -> Warehouse:
        """A warehouse beside the main one."""
        return create_warehouse(code="SIDE", name="Side", actor=self.actor, now=timezone.now())

    def transfer(self, quantity: Decimal = Decimal(1)) -> StockDocument:
        """So much of the item out of the main warehouse."""
        main = Warehouse.objects.of(self.actor).get(is_default=True)
        return transfer_stock(
            from_warehouse_id=main.id,
            to_warehouse_id=self.side.id,
            document_date=DAY,
            lines=[LeavingLine(self.item().id, quantity)],
            actor=self.actor,
            now=timezone.now(),
        )

    @property
    def newest_layer(self) -> StockLayer:
        """Of the item; there is one when it is in stock."""
        return StockLayer.objects.of(self.actor).filter(item=self.item(), quantity_left__gt=0).latest("received_on", "id")

    def revaluation(self) -> StockDocument:
        """A receipt's goods turned out to be worth 1.00 more."""
        self.receipt()
        line = RevaluedLine(Decimal(1), layer=self.newest_layer.id)
        done = revalue_stock(document_date=DAY, reason="Freight", lines=[line], actor=self.actor, now=timezone.now())
        return done.document

    def draft_order(self, *, quantity: int = 10, sku: str = "SKU001") -> SalesOrder:
        draft = NewOrder(customer_id=self.customer.id, order_date=DAY, lines=[NewLine(self.item(sku).id, Decimal(quantity))])
        return create_order(draft=draft, actor=self.actor, now=timezone.now())

    def confirmed_order(self, *, quantity: int = 10, sku: str = "SKU001") -> SalesOrder:
        order = self.draft_order(quantity=quantity, sku=sku)
        return confirm_order(order_id=order.id, actor=self.actor, now=timezone.now()).order

    def begun_order(self, *, quantity: int = 10, posted: int = 4) -> SalesOrder:
        """An order of which a part is posted."""
        order = self.confirmed_order(quantity=quantity)
        self.post(self.invoice_of(order, {self.line_of(order): Decimal(posted)}))
        return order

    def line_of(self, order: SalesOrder) -> UUID:
        """The only line of the order."""
        return SalesOrderLine.objects.of(self.actor).get(order=order).id

    def invoice_of(self, order: SalesOrder, lines: Mapping[UUID, Decimal]) -> UUID:
        """A draft of these lines; of all that is left when none is named."""
        options = GenerationOptions(lines=lines, partial_allowed=bool(lines))
        return generate_from_order(order_id=order.id, options=options, actor=self.actor, today=DAY, now=timezone.now()).id

    def draft_invoice(self, *, quantity: int = 10, sku: str = "SKU001") -> UUID:
        return self.invoice_of(self.confirmed_order(quantity=quantity, sku=sku), {})

    def post(self, invoice_id: UUID) -> UUID:
        post_invoice(invoice_id=invoice_id, actor=self.actor, posting_date=None, now=timezone.now())
        return invoice_id

    def posted_invoice(self, *, quantity: int = 10, sku: str = "SKU001") -> UUID:
        return self.post(self.draft_invoice(quantity=quantity, sku=sku))

    def payment(self, invoice_id: UUID, amount: Decimal) -> Payment:
        call = OneCall(invoice_id=invoice_id, amount=amount, payment_date=DAY)
        return pay_invoice(call=call, actor=self.actor, now=timezone.now())

    def draft_payment(self, amount: Decimal, *invoices: UUID) -> Payment:
        """All of it planned for each of these invoices; there is one, or none."""
        parts = [Part(invoice_id, amount) for invoice_id in invoices]
        draft = NewPayment(party_id=self.customer.id, amount=amount, payment_date=DAY, allocations=parts)
        return draft_payment(draft=draft, actor=self.actor, now=timezone.now())

    def credit_note(self, invoice_id: UUID, *, quantity: Decimal = Decimal(1), post: bool = True) -> UUID:
        """So many pieces of the invoice's first line come back."""
        line = InvoiceItem.objects.of(self.actor).get(invoice_id=invoice_id, line_no=1)
        credit = NewCredit(
            invoice_id,
            DAY,
            CreditReason.SALES_RETURN,
            return_stock=True,
            wishes=[Wish(line.id, quantity=quantity)],
            post=post,
        )
        return create_credit_note(credit=credit, actor=self.actor, now=timezone.now())

    def journal(self, day: date = DAY) -> UUID:
        """Rent, paid by the bank."""
        lines = [JournalLine("5100", debit=Decimal(1000)), JournalLine("1010", credit=Decimal(1000))]
        journal = NewJournal(voucher_date=day, narration="Rent", lines=lines)
        return book_journal(journal=journal, actor=self.actor, now=timezone.now())

    def past_year(self, *, closed: bool) -> UUID:
        """The fiscal year of `PAST`, booked in and closed, or open."""
        years = FiscalYear.objects.of(self.actor).filter(start_date__lte=PAST, end_date__gte=PAST)
        if not years:
            self.journal(PAST)
        year = years.get()
        if (year.closed_at is not None) != closed:
            (close_year if closed else reopen_year)(year_id=year.id, actor=self.actor, now=timezone.now())
        return year.id
