"""The connection dies before every statement that posts, pays, credits, moves goods or reverses, at COMMIT and after it.

After a crash the company is as before, to the byte, or, when only the answer was lost, all is done. The repeat does what was
done on a twin where nothing went wrong: same numbers, amounts, stock and events, and no law is broken.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounting.models import LedgerEntry, Voucher
from erp.idempotency import Answer
from erp.models import AuditEntry, NumberSeries, OutboxEvent
from erp.parsing import read_into, read_object
from erp.performing import Terms
from erp.verifying import verify
from inventory.documents import Documented
from inventory.holdings import LeavingLine
from inventory.models import (
    LayerConsumption,
    Reservation,
    StockBalance,
    StockDocument,
    StockLayer,
    StockMovement,
    Warehouse,
)
from inventory.order_lines import NewLine
from inventory.revaluing import RevaluedLine, revalue_stock
from inventory.reversing import reverse_document
from inventory.transferring import transfer_stock
from invoices.credit_rules import Wish
from invoices.crediting import NewCredit, create_credit_note
from invoices.drafts import InvoiceDraft
from invoices.importing import Imported, import_invoice
from invoices.models import CreditNote, Invoice, InvoiceItem, InvoiceRevision, Payment, PaymentAllocation
from invoices.paying import OneCall, pay_invoice
from invoices.payment_reversing import reverse_payment
from invoices.status import CreditReason
from sales.models import SalesOrder, SalesOrderLine
from sales.ordering import NewOrder, confirm_order, create_order
from tests.books.scene import DAY, Scene
from tests.builders import World, invoice_body, item_body, new_world
from tests.dying import dying_after_commit, dying_at_commit, dying_before
from tests.observing import rows_of
from tests.races import purchase_deeds, warehouse_deeds
from tests.races.deeds import Deed, Done, once, posting, reversing

pytestmark = [pytest.mark.db_heavy, pytest.mark.long]


# ── The deeds, each with all that comes before it ────────────────────────────────────────────────────────────────────


def posting_an_orders_invoice(scene: Scene) -> Deed:
    """Two items, one of them from two layers; the order is done and its goods are no longer promised."""
    scene.bring_in(scene.item(), Decimal(5), Decimal("333.33"), DAY)
    lines = [NewLine(scene.item().id, Decimal(22)), NewLine(scene.item("SKU002").id, Decimal(7))]
    draft = NewOrder(customer_id=scene.customer.id, order_date=DAY, lines=lines)
    order = create_order(draft=draft, actor=scene.actor, now=timezone.now())
    confirm_order(order_id=order.id, actor=scene.actor, now=timezone.now())
    return posting(scene, scene.invoice_of(order, {}))


def posting_an_imported_invoice(scene: Scene) -> Deed:
    """One line of goods in stock and one that stock knows nothing of, for a customer without an account."""
    scene.item()
    items = [item_body(item_code="SKU001", quantity=6), item_body(item_code="UNKNOWN")]
    assert scene.world.import_invoice(invoice_body(invoice_no="BILLED", items=items)).status == 201
    return posting(scene, scene.world.invoice("BILLED").id)


def paying(scene: Scene) -> Deed:
    call = OneCall(scene.posted_invoice(), Decimal("400.00"), DAY)
    actor = scene.actor

    def answer(terms: Terms[Payment]) -> Answer:
        return pay_invoice.answer(terms, call=call, actor=actor, now=timezone.now())

    return partial(once, lambda payment: payment.payment_number, answer)


def crediting(scene: Scene) -> Deed:
    """Three of ten pieces come back, and a part of the invoice is paid by it."""
    invoice_id = scene.posted_invoice()
    line = InvoiceItem.objects.of(scene.actor).get(invoice_id=invoice_id)
    wish = Wish(line.id, quantity=Decimal(3))
    credit = NewCredit(invoice_id, DAY, CreditReason.SALES_RETURN, return_stock=True, wishes=[wish])
    actor = scene.actor

    def answer(terms: Terms[UUID]) -> Answer:
        return create_credit_note.answer(terms, credit=credit, actor=actor, now=timezone.now())

    return partial(once, lambda note_id: CreditNote.objects.of(actor).get(id=note_id).credit_note_number, answer)


def reversing_an_invoice(scene: Scene) -> Deed:
    return reversing(scene, scene.posted_invoice())


def reversing_a_payment(scene: Scene) -> Deed:
    payment, actor = scene.payment(scene.posted_invoice(), Decimal("400.00")), scene.actor

    def reverse() -> Done:
        made = reverse_payment(
            payment_id=payment.id, actor=actor, reason="r", reversal_date=None, today=DAY, now=timezone.now()
        )
        return Done(made.reversed_voucher_number, made.already)

    return reverse


def transferring(scene: Scene) -> Deed:
    """Goods of two layers, some of their item promised to an order."""
    scene.bring_in(scene.item(), Decimal(5), Decimal("333.33"), DAY)
    scene.confirmed_order(quantity=2)
    main = Warehouse.objects.of(scene.actor).get(is_default=True)
    actor, side = scene.actor, scene.side

    def answer(terms: Terms[StockDocument]) -> Answer:
        return transfer_stock.answer(
            terms,
            from_warehouse_id=main.id,
            to_warehouse_id=side.id,
            document_date=DAY,
            lines=[LeavingLine(scene.item().id, Decimal(21))],
            actor=actor,
            now=timezone.now(),
        )

    return partial(once, lambda document: document.number, answer)


def revaluing(scene: Scene) -> Deed:
    """A layer of which a part is sold and a part has gone to another warehouse."""
    scene.posted_invoice()
    scene.transfer(Decimal(3))
    layer, actor = scene.newest_layer, scene.actor
    root = layer.successor_of_id or layer.id

    def answer(terms: Terms[Documented]) -> Answer:
        lines = [RevaluedLine(Decimal("12.34"), layer=root)]
        return revalue_stock.answer(terms, document_date=DAY, reason="Freight", lines=lines, actor=actor, now=timezone.now())

    return partial(once, lambda made: made.document.number, answer)


def reversing_a_transfer(scene: Scene) -> Deed:
    document, actor = scene.transfer(Decimal(3)), scene.actor

    def reverse() -> Done:
        made = reverse_document(
            document_id=document.id, kinds=["TRANSFER"], reason="r", reversal_date=DAY, actor=actor, now=timezone.now()
        )
        return Done(made.document.number, made.already)

    return reverse


def revising(scene: Scene) -> Deed:
    """Goods of two layers instead of one, for less than was paid: a part of the payment is free again."""
    scene.bring_in(scene.item(), Decimal(5), Decimal("333.33"), DAY)
    body = invoice_body(invoice_no="BILLED", invoice_date=DAY.isoformat(), items=[item_body(item_code="SKU001", quantity=6)])
    assert scene.world.import_invoice(body).status == 201
    invoice_id = scene.post(scene.world.invoice("BILLED").id)
    scene.payment(invoice_id, scene.world.invoice("BILLED").total_value)
    again = json.dumps(body | {"items": [item_body(item_code="SKU001", quantity=22)], "Total": "10.00"}).encode()
    draft, actor = read_into(InvoiceDraft, read_object(again, max_bytes=len(again))), scene.actor

    def answer(terms: Terms[Imported]) -> Answer:
        return import_invoice(draft=draft, actor=actor, now=timezone.now(), answer=terms.show, repeat=terms.repeat)

    return partial(once, lambda imported: imported.warnings[-1]["posted"], answer)


DEEDS = [
    posting_an_orders_invoice,
    posting_an_imported_invoice,
    paying,
    crediting,
    reversing_an_invoice,
    reversing_a_payment,
    transferring,
    revaluing,
    *purchase_deeds.DEEDS,
    revising,
]
CAMPAIGN = [
    *DEEDS,
    reversing_a_transfer,
    warehouse_deeds.correcting,
    warehouse_deeds.starting_to_pick,
    warehouse_deeds.packing_into_trays,
    warehouse_deeds.boxing,
]
"""With those that go the way of another, and the warehouse's: they are struck at night only."""


# ── What a company looks like afterwards ─────────────────────────────────────────────────────────────────────────────

SHOWN: list[tuple[Any, str, tuple[str, ...]]] = [
    (Voucher, "number", ("number", "kind", "voucher_date", "source_kind", "total", "entry_count", "narration")),
    (LedgerEntry, "id", ("voucher__number", "line_no", "role", "debit", "credit")),
    (NumberSeries, "series", ("series", "year", "last_number")),
    (StockMovement, "id", ("kind", "item__sku", "quantity", "value", "booking_date", "source_kind")),
    (StockLayer, "id", ("item__sku", "quantity", "value", "quantity_left", "value_left")),
    (LayerConsumption, "id", ("layer__item__sku", "quantity", "cost")),
    (StockBalance, "id", ("item__sku", "warehouse__code", "on_hand", "reserved")),
    (StockDocument, "number", ("number", "kind", "document_date", "status", "reversal_reason", "version")),
    (Reservation, "id", ("quantity",)),
    (SalesOrder, "id", ("status", "version")),
    (SalesOrderLine, "line_no", ("line_no", "quantity", "invoiced_qty", "posted_qty")),
    (Invoice, "invoice_no", ("invoice_no", "status", "total_value", "amount_received", "version")),
    (InvoiceItem, "line_no", ("line_no", "item_code", "quantity", "line_total", "import_discount", "posted_as_tracked")),
    (InvoiceRevision, "revision", ("revision", "voucher__number", "invoice__invoice_no")),
    (Payment, "payment_number", ("payment_number", "status", "amount", "allocated_amount", "version")),
    (PaymentAllocation, "id", ("invoice__invoice_no", "amount")),
    (CreditNote, "credit_note_number", ("credit_note_number", "status", "total_value", "amount_applied")),
    (OutboxEvent, "id", ("type", "subject_kind")),
    (AuditEntry, "id", ("action", "subject_kind")),
    *purchase_deeds.SHOWN,
    *warehouse_deeds.SHOWN,
]


def picture(world: World) -> dict[str, list[Any]]:
    """All that twins have in common: everything but ids, codes and the time."""
    shown = {}
    for model, order, columns in SHOWN:
        rows = model.unscoped.filter(company=world.company).order_by(order)
        shown[model.__name__] = list(rows.values_list(*columns))
    return shown


def assert_no_law_is_broken(world: World) -> None:
    assert [(verdict.law.id, verdict.findings) for verdict in verify(company_code=world.company.code).broken] == []


# ── The campaign ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def whole_connection() -> Iterator[None]:
    """What died in a test is not left to the next one."""
    yield
    connection.close()


@dataclass(frozen=True)
class Undisturbed:
    """A deed that nothing happened to: its statements, what it told, and what the company looks like since."""

    statements: list[str]
    done: Done
    picture: dict[str, list[Any]]


def undisturbed(deed_of: Callable[[Scene], Deed]) -> Undisturbed:
    world = new_world()
    deed = deed_of(Scene(world))
    with dying_before(None) as seen:
        done = deed()
    assert not done.already
    return Undisturbed(seen, done, picture(world))


def assert_as_undisturbed(world: World, deed: Deed, clean: Undisturbed, *, already: bool) -> None:
    """Repeated, the deed tells what the undisturbed one told, and its company cannot be told from the other."""
    assert deed() == Done(clean.done.number, already)
    assert picture(world) == clean.picture
    assert deed() == Done(clean.done.number, already=True)
    assert picture(world) == clean.picture
    assert_no_law_is_broken(world)


def strike(world: World, deed: Deed, how: AbstractContextManager[object]) -> bool:
    """Do the deed and let its connection die; whether anything is left of it."""
    before = rows_of(world)
    with how, pytest.raises(OperationalError):
        deed()
    connection.close()
    return rows_of(world) != before


def points_of(clean: Undisturbed) -> list[tuple[str, Callable[[], AbstractContextManager[object]]]]:
    """Where a deed can be struck before it has committed. The hint after COMMIT is no part of the work."""
    statements = [sql for sql in clean.statements if not sql.startswith("NOTIFY")]
    points: list[tuple[str, Callable[[], AbstractContextManager[object]]]] = [("COMMIT", dying_at_commit)]
    points += [(sql, partial(dying_before, number)) for number, sql in enumerate(statements)]
    return points


@pytest.mark.parametrize("deed_of", DEEDS, ids=lambda deed_of: deed_of.__name__)
def test_what_died_at_every_point_in_turn_is_done_once_and_right(deed_of: Callable[[Scene], Deed]) -> None:
    """One twin for all points: a crash leaves no trace, so each strikes the repeat of the one before."""
    clean = undisturbed(deed_of)
    world = new_world()
    deed = deed_of(Scene(world))
    points = points_of(clean)
    assert len(points) > 5
    for struck, how in points:
        assert not strike(world, deed, how()), struck
    assert_as_undisturbed(world, deed, clean, already=False)


@pytest.mark.parametrize("deed_of", DEEDS, ids=lambda deed_of: deed_of.__name__)
def test_a_lost_answer_is_given_again_and_nothing_is_done_twice(deed_of: Callable[[Scene], Deed]) -> None:
    clean = undisturbed(deed_of)
    world = new_world()
    deed = deed_of(Scene(world))
    assert strike(world, deed, dying_after_commit())
    assert_as_undisturbed(world, deed, clean, already=True)


@pytest.mark.slow
@pytest.mark.parametrize("deed_of", CAMPAIGN, ids=lambda deed_of: deed_of.__name__)
def test_each_crash_on_a_twin_of_its_own_breaks_no_law(deed_of: Callable[[Scene], Deed]) -> None:
    clean = undisturbed(deed_of)
    for struck, how in points_of(clean):
        world = new_world()
        deed = deed_of(Scene(world))
        assert not strike(world, deed, how()), struck
        assert_no_law_is_broken(world)
        assert_as_undisturbed(world, deed, clean, already=False)
