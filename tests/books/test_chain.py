from datetime import date
from decimal import Decimal

from django.utils import timezone

from accounting.models import LedgerEntry
from erp.rights import Role
from inventory.adjusting import OpeningLine, open_stock
from inventory.models import Item, StockBalance, StockLayer, Uom
from inventory.order_lines import NewLine
from invoices.invoicing import generate_from_order
from invoices.models import Invoice
from invoices.order_invoices import GenerationOptions
from invoices.paying import OneCall, pay_invoice
from invoices.posting import post_invoice
from sales.models import Customer, SalesOrder
from sales.ordering import NewOrder, confirm_order, create_order
from tests.builders import World

DAY = date(2025, 12, 26)


def test_an_order_becomes_an_invoice_is_posted_and_paid(world: World) -> None:
    actor, now = world.actor(Role.ACCOUNTANT), timezone.now()
    item = Item.unscoped.create(
        company=world.company,
        sku="SKU001",
        name="Product A",
        uom=Uom.unscoped.get(company=world.company, code="PCS"),
        gst_rate=Decimal(18),
        sale_rate=Decimal(100),
    )
    customer = Customer.unscoped.create(
        company=world.company, code="C-1", name="Customer Name", created_at=now, updated_at=now
    )
    open_stock(
        actor=actor, document_date=date(2025, 12, 1), lines=[OpeningLine(item.id, Decimal(20), Decimal(1200))], now=now
    )
    order = create_order(
        draft=NewOrder(
            customer_id=customer.id,
            order_date=DAY,
            lines=[NewLine(item.id, Decimal(10), discount_pct=Decimal(5))],
        ),
        actor=actor,
        now=now,
    )
    confirmed = confirm_order(order_id=order.id, actor=actor, now=now)
    assert confirmed.reservations_count == 1
    invoice_id = generate_from_order(order_id=order.id, options=GenerationOptions(), actor=actor, today=DAY, now=now).id
    result = post_invoice(invoice_id=invoice_id, actor=actor, posting_date=None, now=now)
    again = post_invoice(invoice_id=invoice_id, actor=actor, posting_date=None, now=now)
    assert (again.voucher_id, again.already) == (result.voucher_id, True)
    entries = LedgerEntry.unscoped.filter(voucher_id=result.voucher_id).order_by("line_no")
    assert [(one.role, one.debit, one.credit) for one in entries] == [
        ("RECEIVABLE", Decimal("950.00"), 0),
        ("SALES", 0, Decimal("950.00")),
        ("COGS", Decimal("600.00"), 0),
        ("INVENTORY", 0, Decimal("600.00")),
    ]
    layer = StockLayer.unscoped.get(company=world.company)
    assert (layer.quantity_left, layer.value_left) == (Decimal(10), Decimal(600))
    balance = StockBalance.unscoped.get(company=world.company)
    assert (balance.on_hand, balance.reserved) == (Decimal(10), Decimal(0))
    assert SalesOrder.unscoped.get(id=order.id).status == "INVOICED"
    pay_invoice(call=OneCall(invoice_id, Decimal("950.00"), date(2025, 12, 27)), actor=actor, now=now)
    invoice = Invoice.unscoped.get(id=invoice_id)
    assert (invoice.status, invoice.amount_received, invoice.invoice_no) == ("PAID", Decimal("950.00"), "INV-2025-00001")


def test_an_imported_invoice_is_posted_at_its_declared_total(world: World) -> None:
    serial = world.import_invoice(Total=100).data["id"]
    invoice = Invoice.unscoped.get(company=world.company, serial=serial)
    result = post_invoice(invoice_id=invoice.id, actor=world.actor(Role.ACCOUNTANT), posting_date=None, now=timezone.now())
    assert result.voucher_number == "JV-2025-00001"
