from decimal import Decimal

import pytest
from django.utils import timezone

from erp.problems import NotFound
from inventory.models import StockBalance, StockLayer
from inventory.stock import InsufficientStock
from invoices import batch_posting
from invoices.amending import cancel_invoice
from invoices.batch_posting import post_invoices
from invoices.models import Invoice
from invoices.posting import InvoiceCancelled
from tests.books.scene import Scene
from tests.builders import World


def test_a_batch_posts_each_invoice_once_and_takes_the_layers_in_turn(world: World) -> None:
    scene = Scene(world)
    ids = [scene.draft_invoice(quantity=3) for _ in range(5)]
    heard: list[tuple[int, int]] = []
    results = post_invoices(
        invoice_ids=ids, actor=scene.actor, now=timezone.now(), on_progress=lambda *step: heard.append(step)
    )
    assert [one.invoice_id for one in results] == ids
    assert sorted(one.voucher_number or "" for one in results) == [f"JV-2025-{number:05d}" for number in range(2, 7)]
    again = post_invoices(invoice_ids=ids, actor=scene.actor, now=timezone.now())
    assert [one.voucher_id for one in again] == [one.voucher_id for one in results]
    layer = StockLayer.unscoped.get(company=world.company)
    assert (layer.quantity_left, layer.value_left) == (Decimal(5), Decimal(300))
    balance = StockBalance.unscoped.get(company=world.company)
    assert (balance.on_hand, balance.reserved) == (Decimal(5), Decimal(0))
    assert heard == [(5, 5)]


def test_one_that_is_not_to_be_posted_does_not_break_up_its_group(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(world)
    ids = [scene.draft_invoice(quantity=1) for _ in range(4)]
    cancel_invoice(invoice_id=ids[1], actor=scene.actor, now=timezone.now())
    scene.post(ids[2])
    monkeypatch.setattr(batch_posting, "_post_alone", None)
    results = post_invoices(invoice_ids=ids, actor=scene.actor, now=timezone.now())
    assert [(type(one.problem), one.already) for one in results] == [
        (type(None), False),
        (InvoiceCancelled, False),
        (type(None), True),
        (type(None), False),
    ]
    assert Invoice.unscoped.filter(company=world.company, status="POSTED").count() == 3


def test_a_short_invoice_stops_only_itself(world: World, other_world: World) -> None:
    scene = Scene(world, stock=Decimal(4), value=Decimal(400))
    ids = [scene.draft_invoice(quantity=3), scene.draft_invoice(quantity=3)]
    foreign = Scene(other_world).draft_invoice(quantity=1)
    results = post_invoices(invoice_ids=[*ids, foreign], actor=scene.actor, now=timezone.now())
    problems = [type(one.problem) for one in results]
    assert problems.count(InsufficientStock) == 1
    assert problems[-1] is NotFound
    assert Invoice.unscoped.filter(company=world.company, status="POSTED").count() == 1
