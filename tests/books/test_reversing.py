from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from accounting.models import LedgerEntry
from erp.rights import Role
from inventory.models import StockBalance, StockLayer
from invoices.models import Invoice, Payment
from invoices.paying import OneCall, pay_invoice
from invoices.payment_reversing import reverse_payment
from invoices.posting import post_invoice
from invoices.reversing import HasSettlements, reverse_invoice
from sales.models import SalesOrder
from tests.books.scene import Scene
from tests.builders import World

DAY = date(2025, 12, 26)


def test_a_reversal_mirrors_the_voucher_and_restores_the_layers(world: World) -> None:
    scene = Scene(world)
    invoice_id = scene.posted_invoice(quantity=10)
    done = reverse_invoice(
        invoice_id=invoice_id, actor=scene.actor, reason="by mistake", reversal_date=None, today=DAY, now=timezone.now()
    )
    again = reverse_invoice(
        invoice_id=invoice_id, actor=scene.actor, reason="by mistake", reversal_date=None, today=DAY, now=timezone.now()
    )
    assert (again.reversed_voucher_id, again.already) == (done.reversed_voucher_id, True)
    entries = LedgerEntry.unscoped.filter(company=world.company)
    assert sum(one.debit for one in entries) == sum(one.credit for one in entries)
    layer = StockLayer.unscoped.get(company=world.company)
    assert (layer.quantity_left, layer.value_left) == (layer.quantity, layer.value)
    assert StockBalance.unscoped.get(company=world.company).on_hand == 20
    invoice = Invoice.unscoped.get(id=invoice_id)
    assert invoice.status == "CANCELLED"
    order = SalesOrder.unscoped.get(company=world.company)
    assert order.status == "CONFIRMED"


def test_a_paid_invoice_is_not_reversed_before_its_payment(world: World) -> None:
    scene = Scene(world)
    invoice_id = scene.posted_invoice(quantity=10)
    payment = pay_invoice(call=OneCall(invoice_id, Decimal("100.00"), DAY), actor=scene.actor, now=timezone.now())
    with pytest.raises(HasSettlements):
        reverse_invoice(
            invoice_id=invoice_id, actor=scene.actor, reason="no", reversal_date=None, today=DAY, now=timezone.now()
        )
    reverse_payment(
        payment_id=payment.id, actor=scene.actor, reason="bounced", reversal_date=None, today=DAY, now=timezone.now()
    )
    invoice = Invoice.unscoped.get(id=invoice_id)
    assert (invoice.status, invoice.amount_received) == ("POSTED", Decimal(0))
    assert Payment.unscoped.get(id=payment.id).status == "REVERSED"


def test_posting_again_after_a_reversal_is_refused_as_cancelled(world: World) -> None:
    scene = Scene(world)
    invoice_id = scene.posted_invoice(quantity=1)
    reverse_invoice(invoice_id=invoice_id, actor=scene.actor, reason="x", reversal_date=None, today=DAY, now=timezone.now())
    with pytest.raises(Exception, match="CANCELLED"):
        post_invoice(invoice_id=invoice_id, actor=world.actor(Role.ADMIN), posting_date=None, now=timezone.now())
