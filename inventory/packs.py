"""Packs of an item, units that hold a number of its own: kept with it, and counted back into its unit.

Stock, orders and invoices are in the item's own unit always.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from erp.access import Actor
from erp.identifiers import new_id
from erp.models.scoped import HasCompany
from erp.money import QUANTITY_LIMIT, places_of
from erp.problems import FieldErrors, NotFound, ValidationFailed
from erp.spelling import shortest_text
from inventory.masters import fraction_fault
from inventory.models import Item, ItemPack, Uom

QUANTITY_PLACES = 3


class Pack(NamedTuple):
    """A unit's code, and how many of the item's own unit one of it holds, with up to three places."""

    uom_code: str
    factor: Decimal


class Counted(NamedTuple):
    """What somebody counted of an item; an empty `uom_code` means the item's own unit. The item is read with its unit."""

    quantity: Decimal
    uom_code: str
    item: Item


@dataclass(frozen=True, slots=True)
class InBase:
    """A quantity in the item's own unit, and what is wrong with it."""

    quantity: Decimal
    fault: FieldErrors


def packs_of(scope: HasCompany, items: Iterable[UUID]) -> dict[UUID, list[ItemPack]]:
    """The packs of each item, read with their units, by the unit's code; in one statement."""
    found: dict[UUID, list[ItemPack]] = {item: [] for item in items}
    if found:
        rows = ItemPack.objects.of(scope).filter(item_id__in=list(found)).select_related("uom")
        for pack in rows.order_by("item_id", "uom__code"):
            found[pack.item_id].append(pack)
    return found


def replace_packs(actor: Actor, item: Item, wanted: Sequence[Pack]) -> dict[str, list[list[str]]]:
    """Give an item these packs and no others; what that changed, written already. The item is new, or locked.

    Raises NotFound for a unit that there is not, ValidationFailed for one that is the item's own, or named twice.
    """
    units = {unit.code: unit for unit in Uom.objects.of(actor).filter(code__in=[pack.uom_code for pack in wanted])}
    missing = "Unit of measure not found"
    if any(pack.uom_code not in units for pack in wanted):
        raise NotFound(
            missing, errors={"packs": [{} if one.uom_code in units else {"uom_code": [missing]} for one in wanted]}
        )
    seen: set[UUID] = {item.uom_id}
    faults: list[FieldErrors] = []
    for pack in wanted:
        unit = units[pack.uom_code].id
        faults.append({"uom_code": ["Each pack has a unit of its own, other than the item's."]} if unit in seen else {})
        seen.add(unit)
    if any(faults):
        raise ValidationFailed(errors={"packs": faults})
    present = packs_of(item, [item.id])[item.id]
    before, after = [_text(one.uom.code, one.factor) for one in present], sorted(_text(*one) for one in wanted)
    if before == after:
        return {}
    ItemPack.objects.of(item).filter(item_id=item.id).delete()
    ItemPack.objects.of(item).bulk_create(
        ItemPack(id=new_id(), company_id=item.company_id, item_id=item.id, uom_id=units[one.uom_code].id, factor=one.factor)
        for one in wanted
    )
    return {"packs": [before, after]}


def refuse_own_unit(item: Item) -> None:
    """Raise ValidationFailed for an item whose own unit is one of its packs'."""
    if ItemPack.objects.of(item).filter(item_id=item.id, uom_id=item.uom_id).exists():
        raise ValidationFailed(errors={"uom_id": ["This is the unit of one of the item's packs."]})


def in_base_unit(scope: HasCompany, counted: Sequence[Counted]) -> list[InBase]:
    """Each quantity in its item's own unit: quantity × factor, exactly.

    A fault is a unit that the item has not, a quantity finer than the unit that it is counted in or than the item's own, and
    a product of more than three places. No statement unless somebody counts in another unit than the item's.
    """
    in_packs = {one.item.id for one in counted if one.uom_code and one.uom_code != one.item.uom.code}
    packs = packs_of(scope, in_packs)
    return [_in_base(one, {pack.uom.code: pack for pack in packs.get(one.item.id, ())}) for one in counted]


def _in_base(counted: Counted, packs: Mapping[str, ItemPack]) -> InBase:
    quantity, code, item = counted
    if not code or code == item.uom.code:
        return InBase(quantity, fraction_fault(quantity, item.uom))
    pack = packs.get(code)
    if pack is None:
        offered = " or ".join([item.uom.code, *packs])
        return InBase(quantity, {"uom_code": [f"This item is counted in {offered}."]})
    fault = fraction_fault(quantity, pack.uom)
    product = quantity * pack.factor
    if not fault and places_of(product) > QUANTITY_PLACES:
        fault = {
            "quantity": [f"{quantity} {code} are {product} {item.uom.code}: more than {QUANTITY_PLACES} decimal places."]
        }
    if not fault and product >= QUANTITY_LIMIT:
        fault = {"quantity": [f"{quantity} {code} are {product} {item.uom.code}: too many."]}
    return InBase(product, fault or fraction_fault(product, item.uom))


def _text(uom_code: str, factor: Decimal) -> str:
    return f"{uom_code} × {shortest_text(factor)}"
