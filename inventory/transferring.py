"""Moving goods from one warehouse to another: as old, of the same batch, at the same cost; the books do not notice."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from accounting.periods import open_period
from erp.access import Actor
from erp.locking import Locks
from erp.performing import use_case
from erp.problems import ValidationFailed
from inventory.documents import refuse_future, take_stock_numbers
from inventory.holdings import LeavingLine, find_leaving, held_layers, take_out
from inventory.masters import find_warehouse
from inventory.models import StockDocument
from inventory.stock import Place, lock_balances
from inventory.transfers import write_transfer


@use_case
def transfer_stock(
    locks: Locks,
    *,
    actor: Actor,
    from_warehouse_id: UUID,
    to_warehouse_id: UUID,
    document_date: date,
    lines: Sequence[LeavingLine],
    now: datetime,
    reason: str = "",
) -> StockDocument:
    """Take goods out of one warehouse and into the other (J13: no voucher, there is one Inventory account).

    Of every layer that gives something a new one goes on there: received on the same day, of the same batch, at the cost
    that was taken; it may be issued from `document_date` on. Quarantined, blocked and expired goods may go as well; what is
    promised to orders stays. Quantities in the base unit. Locks COMPANY (share), STOCK, SERIES. Records `stock_adjusted`.
    Raises NotFound, ValidationFailed, InsufficientStock, BatchShort, PeriodClosed, BeforeBooksStart (409).
    """
    refuse_future(document_date, actor=actor, now=now)
    year = open_period(locks, document_date, actor=actor)
    here = find_warehouse(actor, from_warehouse_id, member="from_warehouse_id")
    there = find_warehouse(actor, to_warehouse_id, member="to_warehouse_id")
    if here.id == there.id:
        raise ValidationFailed(errors={"to_warehouse_id": ["The goods lie there already."]})
    leaving, _ = find_leaving(locks, lines, warehouse_id=here.id, actor=actor)
    places = [line.place for line in leaving]
    balances = lock_balances(locks, [*places, *(Place(place.item_id, there.id) for place in places)])
    parcels = take_out(leaving, held_layers(locks, places, day=document_date), balances)
    return write_transfer(
        locks,
        parcels,
        here_id=here.id,
        there=there,
        number=take_stock_numbers(locks, year, booked=False).document,
        day=document_date,
        reason=reason,
        act="transfer_stock",
        actor=actor,
        now=now,
    )
