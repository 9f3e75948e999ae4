"""Making the items that imported lines mean and nobody has entered, inside somebody's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import made_text
from erp.identifiers import new_id
from erp.locking import Locks
from inventory.cataloguing import DEFAULT_UNIT
from inventory.masters import find_uom
from inventory.models import Item


@dataclass(frozen=True, slots=True)
class UnknownItem:
    """What a document says of an item: its name, and its price with up to four places."""

    name: str
    mrp: Decimal


def make_items(
    locks: Locks, wanted: Mapping[str, UnknownItem], *, tracked: bool, actor: Actor, now: datetime
) -> dict[str, Item]:
    """The active items with these SKUs, made where there is none of that SKU; one that is not active is left alone.

    New rows are inserted in the order of their SKUs, before any place is locked: whoever waits for one holds no stock.
    """
    uom = find_uom(actor, DEFAULT_UNIT)
    rows = [
        Item(id=new_id(), company_id=locks.company_id, sku=sku, name=said.name, mrp=said.mrp, uom=uom, tracked=tracked)
        for sku, said in sorted(wanted.items())
    ]
    Item.objects.of(locks).bulk_create(rows, ignore_conflicts=True)
    found = {item.sku: item for item in Item.objects.of(locks).filter(sku__in=list(wanted))}
    made = [Audit("create_item", "item", row.id, made_text(row)) for row in rows if found[row.sku].id == row.id]
    if made:
        record_audit(locks, made, actor=actor, now=now)
    return {sku: item for sku, item in found.items() if item.is_active}
