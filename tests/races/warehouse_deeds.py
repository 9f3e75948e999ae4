"""Deeds of the warehouse that tests let die and repeat."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from erp.idempotency import Answer
from erp.performing import Terms
from erp.rights import Role
from fulfilment.boxing import Boxed, Packed, complete_boxing, complete_tray_packing
from fulfilment.contents import BoxDraft
from fulfilment.correcting import CorrectedInvoice, correct_invoice
from fulfilment.drafts import CorrectionDraft, ItemCorrection
from fulfilment.models import BillingReturn, Box, BoxItem, PackingSession, PickingSession
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
    (Box, "id", ("tray_code", "is_sealed", "session__invoice__invoice_no")),
    (BoxItem, "id", ("box__tray_code", "invoice_item__item_code", "quantity")),
    (BillingReturn, "serial", ("section", "reason", "goods_changed", "resolution_notes", "invoice__invoice_no")),
]
"""What twins have in common on this side."""


def starting_to_pick(scene: Scene) -> Deed:
    number, actor = Warehouse(scene.world).imported(invoice_no="PICKED"), scene.world.actor(Role.PICKER)

    def answer(terms: Terms[Handled]) -> Answer:
        return start_picking.answer(terms, invoice_no=number, notes="n", actor=actor, now=timezone.now())

    return partial(once, lambda handled: handled.content.fulfilment_status, answer)


def packing_into_trays(scene: Scene) -> Deed:
    """All of an invoice in two trays, of which a draft had put it into one."""
    warehouse = Warehouse(scene.world)
    number = warehouse.packing(invoice_no="TRAYED")
    trays = [warehouse.tray(code) for code in ("FIRST", "SECOND")]
    warehouse.done("packing/save-tray-draft/", number, boxes=warehouse.boxes(number, trays[0]))
    (line,) = warehouse.shown(number)["items"]
    halves = (Decimal(line["quantity"]) - 1, Decimal(1))
    boxes = [BoxDraft(code, False, {UUID(line["id"]): half}) for code, half in zip(trays, halves, strict=True)]
    actor = scene.world.actor(Role.PACKER)

    def answer(terms: Terms[Packed]) -> Answer:
        now = timezone.now()
        return complete_tray_packing.answer(terms, invoice_no=number, boxes=boxes, self_boxing=False, actor=actor, now=now)

    return partial(once, lambda packed: packed.scene.content.fulfilment_status, answer)


def boxing(scene: Scene) -> Deed:
    """What lies in a tray goes into parcels, and the tray is free."""
    warehouse = Warehouse(scene.world)
    number, actor = warehouse.boxing(warehouse.tray("ONLY"), invoice_no="BOXED"), scene.world.actor(Role.PACKER)

    def answer(terms: Terms[Boxed]) -> Answer:
        return complete_boxing.answer(terms, invoice_no=number, label_count=2, actor=actor, now=timezone.now())

    return partial(once, lambda boxed: boxed.scene.content.fulfilment_status, answer)


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
