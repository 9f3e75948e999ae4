"""Deeds of the warehouse that tests let die and repeat."""

from functools import partial
from typing import Any

from django.utils import timezone

from erp.idempotency import Answer
from erp.performing import Terms
from erp.rights import Role
from fulfilment.correcting import CorrectedInvoice, correct_invoice
from fulfilment.drafts import CorrectionDraft, ItemCorrection
from fulfilment.models import BillingReturn, PackingSession, PickingSession
from fulfilment.picking import start_picking
from fulfilment.scenes import Scene as Handled
from invoices.drafts import Quantity
from tests.books.scene import DAY, Scene
from tests.builders import item_body
from tests.races.deeds import Deed, once
from tests.warehouse import Warehouse

SHOWN: list[tuple[Any, str, tuple[str, ...]]] = [
    (PickingSession, "serial", ("status", "notes", "invoice__invoice_no")),
    (PackingSession, "serial", ("status", "label_count", "invoice__invoice_no")),
    (BillingReturn, "serial", ("section", "reason", "goods_changed", "resolution_notes", "invoice__invoice_no")),
]
"""What twins have in common on this side."""


def starting_to_pick(scene: Scene) -> Deed:
    number, actor = Warehouse(scene.world).imported(invoice_no="PICKED"), scene.world.actor(Role.PICKER)

    def answer(terms: Terms[Handled]) -> Answer:
        return start_picking.answer(terms, invoice_no=number, notes="n", actor=actor, now=timezone.now())

    return partial(once, lambda handled: handled.content.fulfilment_status, answer)


def correcting(scene: Scene) -> Deed:
    """A posted invoice in review, of which one piece less is there: packed anew, and revised in the books."""
    scene.item()
    warehouse = Warehouse(scene.world)
    items = [item_body(item_code="SKU001", quantity=6)]
    number = warehouse.packed(invoice_no="CORRECTED", invoice_date=DAY.isoformat(), items=items)
    scene.post(scene.world.invoice(number).id)
    warehouse.sent_back(number)
    lines = [ItemCorrection(item_code="SKU001", quantity=Quantity(5))]
    correction, actor = CorrectionDraft(invoice_no=number, items=lines, resolution_notes="one less"), scene.actor

    def answer(terms: Terms[CorrectedInvoice]) -> Answer:
        now = timezone.now()
        return correct_invoice(correction=correction, actor=actor, now=now, answer=terms.show, repeat=terms.repeat)

    return partial(once, lambda corrected: corrected.warnings[-1]["posted"], answer)
