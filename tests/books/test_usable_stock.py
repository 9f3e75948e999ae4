"""What an issue may take: the layers that the item's rule reaches first, and no more of them than are wanted."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from django.utils import timezone

from erp.locking import one_transaction
from inventory.adjusting import OpeningLine, open_stock
from inventory.fifo import in_order, take
from inventory.kinds import IssueRule
from inventory.masters import find_warehouse
from inventory.models import Batch, Item
from inventory.reservations import UsableStock, usable_stock
from inventory.stock import Place
from tests.books.scene import DAY, Scene
from tests.builders import World

# Received on this day of the month before, expiring so many days after DAY (None: never), and how many pieces.
BROUGHT = [(9, 300, 4), (3, None, 5), (3, 90, 1), (20, 60, 6), (14, 90, 2), (1, -1, 7)]
USABLE = 18


@pytest.mark.parametrize("rule", list(IssueRule))
def test_an_issue_takes_the_same_layers_from_those_that_come_as_from_all(world: World, rule: IssueRule) -> None:
    scene = Scene(world)
    place, batches = _stocked(scene, rule)
    everything = _read(scene, place, Decimal(1000))
    assert everything.quantity == {place: Decimal(USABLE)}
    assert len(everything.layers[place]) == len(BROUGHT) - 1
    read = [_read(scene, place, Decimal(wanted)) for wanted in range(USABLE + 1)]
    for wanted, stock in enumerate(read):
        assert stock.quantity == everything.quantity
        assert take(in_order(stock.layers[place], rule), Decimal(wanted)) == take(
            in_order(everything.layers[place], rule), Decimal(wanted)
        )
    assert all(len(less.layers[place]) <= len(more.layers[place]) for less, more in pairwise(read))
    assert len(read[1].layers[place]) == 1
    last = in_order(everything.layers[place], rule)[-1]
    assert last.batch_id in batches or last.batch_id is None


def test_all_of_a_batch_that_is_named_comes(world: World) -> None:
    scene = Scene(world)
    place, batches = _stocked(scene, IssueRule.FIFO)
    last = batches[3]
    assert last is not None
    with one_transaction(company_id=scene.actor.company_id) as locks:
        stock = usable_stock(locks, [place], day=DAY, sources=[], wanted={place: Decimal(1)}, batches=[last])
    assert last in {layer.batch_id for layer in stock.layers[place]}
    assert stock.quantity == {place: Decimal(USABLE)}


def _stocked(scene: Scene, rule: IssueRule) -> tuple[Place, list[UUID | None]]:
    item = scene.item(stocked=False)
    Item.unscoped.filter(id=item.id).update(issue_rule=rule.value)
    lines = [
        OpeningLine(
            item.id,
            Decimal(pieces),
            Decimal(100 + number),
            batch_no="" if expires is None else f"B{number}",
            expiry_date=None if expires is None else DAY + timedelta(days=expires),
            received_on=DAY.replace(month=DAY.month - 1, day=day),
        )
        for number, (day, expires, pieces) in enumerate(BROUGHT)
    ]
    open_stock(actor=scene.actor, document_date=DAY, lines=lines, now=timezone.now())
    named = dict(Batch.unscoped.filter(item=item).values_list("batch_no", "id"))
    place = Place(item.id, find_warehouse(scene.actor, None).id)
    return place, [named.get(f"B{number}") for number in range(len(BROUGHT))]


def _read(scene: Scene, place: Place, wanted: Decimal) -> UsableStock:
    with one_transaction(company_id=scene.actor.company_id) as locks:
        return usable_stock(locks, [place], day=DAY, sources=[], wanted={place: wanted})
