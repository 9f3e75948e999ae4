"""Keeping what is sold and how it is counted: items with their packs, units of measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from erp.access import Actor
from erp.audit import Audit, record_audit
from erp.changing import Changes, apply_changes, changes_text, made_text, require_version, unique_or_refused
from erp.clock import day_in
from erp.identifiers import new_id
from erp.locking import LockOrder, Locks
from erp.performing import use_case
from erp.problems import Conflict, NotFound, ValidationFailed
from inventory.gst_rates import change_rate
from inventory.kinds import IssueRule, ItemKind, TaxCategory
from inventory.masters import find_uom
from inventory.models import Item, StockMovement, Uom
from inventory.packs import Pack, refuse_own_unit, replace_packs
from inventory.uqc import UNIT_QUANTITY_CODES

DEFAULT_UNIT = "PCS"


class StockHasMoved(Conflict):
    """What stock rests on does not change once stock of the item has moved. Make another item."""

    code = "stock-has-moved"
    message = "Stock of this item has moved; tracked, batch_required and uom can no longer change."


@dataclass(frozen=True, slots=True)
class NewItem:
    """Rates with up to four places in the company's currency; `uom` is a unit's code or id.

    `gst_rate` in percent, on whatever day until it is changed; None: that of the HSN code.
    """

    sku: str
    name: str
    uom: str = DEFAULT_UNIT
    kind: ItemKind = ItemKind.GOODS
    tracked: bool | None = None
    batch_required: bool = False
    issue_rule: IssueRule = IssueRule.FIFO
    hsn_code: str = ""
    gst_rate: Decimal | None = None
    tax_category: TaxCategory = TaxCategory.TAXABLE
    description: str = ""
    packs: Sequence[Pack] = ()
    sale_rate: Decimal | None = None
    purchase_rate: Decimal | None = None
    mrp: Decimal = Decimal(0)
    reorder_level: Decimal = Decimal(0)
    is_active: bool = True


@use_case
def create_item(locks: Locks, *, draft: NewItem, actor: Actor, now: datetime) -> Item:
    """A new item; goods are tracked unless said otherwise, services never.

    Raises NotFound, ValidationFailed, AlreadyExists.
    """
    tracked = draft.tracked if draft.tracked is not None else draft.kind is ItemKind.GOODS
    item = Item(
        id=new_id(),
        company_id=locks.company_id,
        sku=draft.sku,
        name=draft.name,
        uom=find_uom(actor, draft.uom),
        kind=draft.kind.value,
        tracked=tracked,
        batch_required=draft.batch_required,
        issue_rule=draft.issue_rule.value,
        hsn_code=draft.hsn_code,
        gst_rate=draft.gst_rate,
        tax_category=draft.tax_category.value,
        description=draft.description,
        sale_rate=draft.sale_rate,
        purchase_rate=draft.purchase_rate,
        mrp=draft.mrp,
        reorder_level=draft.reorder_level,
        is_active=draft.is_active,
    )
    _refuse_contradiction(item)
    with unique_or_refused({"item_sku": "sku"}):
        item.save(force_insert=True)
    replace_packs(actor, item, draft.packs)
    record_audit(locks, [Audit("create_item", "item", item.id, made_text(item))], actor=actor, now=now)
    return item


@use_case
def change_item(
    locks: Locks,
    *,
    item_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Item:
    """Change columns of an item; `uom` by code or id, `packs` all at once. What stock rests on is frozen once it has moved.

    Another `gst_rate` holds from `gst_rate_from` on, from today unless it is said; documents keep the one of their date.
    Locks STOCK (the item). Raises NotFound, Stale, StockHasMoved, ValidationFailed, AlreadyExists.
    """
    found = locks.take(LockOrder.STOCK, Item.objects.of(actor).filter(id=item_id))
    if not found:
        raise NotFound("Item not found")
    (item,) = found
    require_version(item.version, expected_version)
    wanted = dict(changes)
    if wanted.get("uom") is not None:
        wanted["uom_id"] = find_uom(actor, wanted["uom"]).id
    wanted.pop("uom", None)
    packs: Sequence[Pack] | None = wanted.pop("packs", None)
    rated = _take_rate(item, wanted, today=day_in(actor.company.timezone, now))
    changed = apply_changes(item, wanted)
    _refuse_contradiction(item)
    if changed.keys() & {"tracked", "batch_required", "uom_id"}:
        moved = StockMovement.objects.of(actor).filter(item_id=item_id).exists()
        if moved:
            raise StockHasMoved
    packed = {} if packs is None else replace_packs(actor, item, packs)
    if "uom_id" in changed:
        refuse_own_unit(item)
    if changed or rated or packed:
        item.version += 1
        with unique_or_refused({"item_sku": "sku"}):
            item.save()
        audit = Audit("change_item", "item", item.id, changes_text({**changed, **rated, **packed}))
        record_audit(locks, [audit], actor=actor, now=now)
    return item


def _take_rate(item: Item, wanted: dict[str, Any], *, today: date) -> Changes:
    """Take the GST rate out of what is wanted, write it, and tell what that changed."""
    valid_from = wanted.pop("gst_rate_from", None)
    if "gst_rate" in wanted:
        return change_rate(item, wanted.pop("gst_rate"), valid_from=valid_from or today)
    if valid_from is not None:
        raise ValidationFailed(errors={"gst_rate_from": ["Say the gst_rate that holds from then on."]})
    return {}


def _refuse_contradiction(item: Item) -> None:
    if item.kind == ItemKind.SERVICE and item.tracked:
        raise ValidationFailed(errors={"tracked": ["A service is never tracked."]})
    if item.batch_required and not item.tracked:
        raise ValidationFailed(errors={"batch_required": ["Only tracked goods have batches."]})


@use_case
def create_uom(locks: Locks, *, code: str, name: str, decimals: int, actor: Actor, now: datetime, uqc: str = "") -> Uom:
    """A new unit of measure. Raises ValidationFailed for a `uqc` that GST returns do not know, AlreadyExists."""
    _refuse_uqc(uqc)
    uom = Uom(id=new_id(), company_id=locks.company_id, code=code, name=name, decimals=decimals, uqc=uqc)
    with unique_or_refused({"uom_code": "code"}):
        uom.save(force_insert=True)
    record_audit(locks, [Audit("create_uom", "uom", uom.id, made_text(uom))], actor=actor, now=now)
    return uom


@use_case
def change_uom(
    locks: Locks,
    *,
    uom_id: UUID,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    expected_version: int | None = None,
) -> Uom:
    """Change name, decimals or `uqc` of a unit. Quantities that are there stay. Locks STOCK (the unit).

    Raises NotFound, Stale, ValidationFailed.
    """
    found = locks.take(LockOrder.STOCK, Uom.objects.of(actor).filter(id=uom_id))
    if not found:
        raise NotFound("Unit of measure not found")
    (uom,) = found
    require_version(uom.version, expected_version)
    changed = apply_changes(uom, changes)
    _refuse_uqc(uom.uqc)
    if changed:
        uom.version += 1
        uom.save()
        record_audit(locks, [Audit("change_uom", "uom", uom.id, changes_text(changed))], actor=actor, now=now)
    return uom


def _refuse_uqc(code: str) -> None:
    if code and code not in UNIT_QUANTITY_CODES:
        raise ValidationFailed(errors={"uqc": ["Not a unit quantity code of GST returns: PCS, KGS, BOX, NOS …"]})
