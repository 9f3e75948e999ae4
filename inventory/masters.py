"""Looking up items, units and warehouses that somebody names."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from erp.access import Actor
from erp.identifiers import as_uuid
from erp.money import places_of
from erp.problems import Conflict, FieldErrors, NotFound, ValidationFailed
from inventory.models import Item, Uom, Warehouse


class WarehouseInactive(Conflict):
    """The warehouse takes no new documents: `errors` says where it is named. Activate it again, or name another."""

    code = "warehouse-inactive"


def find_items(actor: Actor, wanted: Sequence[UUID | None], *, lines: str = "") -> dict[UUID, Item]:
    """Active items with their units, by id; None names none.

    Raises NotFound, saying in which of the `lines` there is none; without a name for the lines there is only one.
    """
    items = Item.objects.of(actor).select_related("uom").filter(is_active=True).in_bulk([one for one in set(wanted) if one])
    text = "Item not found"
    found = [{} if one is None or one in items else {"item_id": [text]} for one in wanted]
    if any(found):
        errors: FieldErrors = {lines: found} if lines else found[0]
        raise NotFound(text, errors=errors)
    return items


def find_warehouse(actor: Actor, warehouse_id: UUID | None, *, member: str = "warehouse_id") -> Warehouse:
    """The named warehouse, else the default one, for a new document.

    Raises NotFound, WarehouseInactive, naming the member of the body.
    """
    rows = Warehouse.objects.of(actor)
    found = rows.filter(id=warehouse_id).first() if warehouse_id else rows.filter(is_default=True).first()
    if found is None:
        text = "Warehouse not found"
        raise NotFound(text, errors={member: [text]})
    if not found.is_active:
        text = f"The warehouse {found.code} is inactive."
        raise WarehouseInactive(text, errors={member: [text]})
    return found


def fraction_fault(quantity: Decimal, unit: Uom, *, member: str = "quantity") -> FieldErrors:
    """What is wrong with a quantity that is counted more finely than its unit; nothing when it is not."""
    if places_of(quantity) <= unit.decimals:
        return {}
    finest = f"no more than {unit.decimals} decimal places" if unit.decimals else "whole ones only"
    return {member: [f"{unit.code} is counted with {finest}."]}


def refuse_fractions(counted: Sequence[tuple[Decimal, Item]], *, lines: str = "lines", member: str = "quantity") -> None:
    """Raise ValidationFailed, saying in which of the `lines` a quantity is finer than the unit of its item."""
    faults = [fraction_fault(quantity, item.uom, member=member) for quantity, item in counted]
    if any(faults):
        raise ValidationFailed(errors={lines: faults})


def find_uom(actor: Actor, text: str) -> Uom:
    """A unit by code or id. Raises NotFound."""
    rows = Uom.objects.of(actor)
    wanted = as_uuid(text)
    found = rows.filter(code=text).first() if wanted is None else rows.filter(id=wanted).first()
    if found is None:
        message = "Unit of measure not found"
        raise NotFound(message, errors={"uom_id": [message]})
    return found
