"""Deeds of the purchasing side that the connection dies in: a bill is entered, posted, paid, and taken back."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from erp.idempotency import Answer
from erp.performing import Terms
from inventory.order_lines import NewLine
from invoices.billing import SuppliersBill, bill_purchase
from invoices.credit_rules import Wish
from invoices.crediting import NewCredit, create_credit_note
from invoices.models import CreditNote, Invoice, InvoiceItem, Payment
from invoices.order_invoices import GenerationOptions
from invoices.payment_drafting import NewPayment, Part, draft_payment
from invoices.status import CreditReason, PaymentKind
from purchasing.models import GoodsReceipt, PurchaseOrder, PurchaseOrderLine
from purchasing.ordering import NewPurchase, confirm_purchase, create_purchase
from tests.books.scene import DAY, Scene
from tests.races.deeds import Deed, once, posting, reversing

SHOWN: list[tuple[Any, str, tuple[str, ...]]] = [
    (PurchaseOrder, "id", ("status", "version")),
    (
        PurchaseOrderLine,
        "line_no",
        ("line_no", "received_qty", "received_value", "invoiced_qty", "posted_qty", "billed_value"),
    ),
    (GoodsReceipt, "receipt_number", ("receipt_number", "status", "total_cost", "version")),
]
"""What twins have in common on this side."""


def entering_a_bill(scene: Scene) -> Deed:
    order, actor = scene.confirmed_purchase(), scene.actor
    bill, options = SuppliersBill("S-1"), GenerationOptions(invoice_date=DAY)

    def answer(terms: Terms[UUID]) -> Answer:
        now = timezone.now()
        return bill_purchase.answer(terms, order_id=order.id, bill=bill, options=options, actor=actor, today=DAY, now=now)

    return partial(once, lambda invoice_id: Invoice.objects.of(actor).get(id=invoice_id).invoice_no, answer)


def posting_a_bill(scene: Scene) -> Deed:
    """A part of one line came, nothing of the other, for a supplier without an account."""
    lines = [
        NewLine(scene.item().id, Decimal(7), Decimal("33.3333")),
        NewLine(scene.item("SKU002").id, Decimal(3), Decimal(5)),
    ]
    draft = NewPurchase(supplier_id=scene.supplier.id, order_date=DAY, lines=lines)
    order = create_purchase(draft=draft, actor=scene.actor, now=timezone.now())
    confirm_purchase(order_id=order.id, actor=scene.actor, now=timezone.now())
    first = PurchaseOrderLine.objects.of(scene.actor).get(order=order, line_no=1)
    scene.come(order, Decimal(2), line_id=first.id)
    return posting(scene, scene.bill(order))


def paying_a_supplier(scene: Scene) -> Deed:
    """More than the bill: the rest is an advance."""
    parts = [Part(scene.posted_bill(), Decimal("400.00"))]
    draft = NewPayment(scene.supplier.id, Decimal("500.00"), DAY, PaymentKind.PAYMENT, allocations=parts, post=True)
    actor = scene.actor

    def answer(terms: Terms[Payment]) -> Answer:
        return draft_payment.answer(terms, draft=draft, actor=actor, now=timezone.now())

    return partial(once, lambda payment: payment.payment_number, answer)


def reversing_a_bill(scene: Scene) -> Deed:
    return reversing(scene, scene.posted_bill())


def debiting(scene: Scene) -> Deed:
    """Three of ten pieces go back out of two layers, and a part of the bill is paid by it."""
    order = scene.confirmed_purchase()
    scene.come(order, Decimal(2))
    scene.come(order, Decimal(8))
    bill, actor = scene.bill(order), scene.actor
    scene.post(bill)
    wish = Wish(InvoiceItem.objects.of(actor).get(invoice_id=bill).id, quantity=Decimal(3))
    credit = NewCredit(bill, DAY, CreditReason.DEFICIENT, return_stock=True, wishes=[wish])

    def answer(terms: Terms[UUID]) -> Answer:
        return create_credit_note.answer(terms, credit=credit, actor=actor, now=timezone.now())

    return partial(once, lambda note_id: CreditNote.objects.of(actor).get(id=note_id).credit_note_number, answer)


DEEDS = [entering_a_bill, posting_a_bill, paying_a_supplier, reversing_a_bill, debiting]
